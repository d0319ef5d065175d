"""Tables of cases: what can be asked of many patients at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twitchbayes.cases import checked_codes, encode_frame, fill_defaults
from twitchbayes.compiled import Compiled
from twitchbayes.contradictions import contradictions_frame
from twitchbayes.evidence import refuse_target
from twitchbayes.scoring import OnImpossible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CaseTables"]


class CaseTables(Compiled):
    """The methods of a model that take a table of cases."""

    def encode(self, frame: pd.DataFrame) -> NDArray[np.signedinteger[Any]]:
        """Returns a table of cases as codes, the form that `posteriors` takes.

        Args:
            frame: a row per case, a column per finding (a variable or a measurement); a cell is one
                state, a bool, a number of the measurement, or missing (None, NaN), which means not
                asked. Defaults of the network are filled in, but for the target.

        Returns:
            Shape (cases, variables), columns as `variables`; the place of the state in
            `states(name)`, or -1 where not observed. int8 (int16 where a variable has over 128
            states).

        Raises:
            EvidenceError: unknown columns or states, numbers out of range: all of them at once,
                with the cases.
        """
        codes = encode_frame(self.network, frame)
        fill_defaults(self.network, codes)
        return codes

    def posteriors(
        self, codes: ArrayLike, *, on_impossible: OnImpossible = "error"
    ) -> NDArray[np.float64]:
        """Returns the posterior of every cause for many cases, arrays only.

        Args:
            codes: shape (cases, variables), as `encode` returns them; -1 is not observed, and
                nothing is assumed in its place.
            on_impossible: what to do where cases have probability zero: `"error"` raises for the
                first, `"null"` leaves their rows NaN and warns.

        Returns:
            Shape (cases, causes), each row summing to one.

        Raises:
            QueryError: codes of another shape or type, out of range, or the target is given; or
                another `on_impossible`.
            ImpossibleEvidenceError: a case has probability zero; names the first one.
            TooWideError: as for `diagnose`.

        Warns:
            ImpossibleCasesWarning: how many cases are impossible, the first of them, and why.
        """
        return self._scorer.posteriors(checked_codes(self.network, codes), on_impossible)

    def diagnose_frame(
        self, frame: pd.DataFrame, *, on_impossible: OnImpossible = "error"
    ) -> pd.DataFrame:
        """Returns the posterior of every cause for a table of cases.

        Args:
            frame: as for `encode`.
            on_impossible: what to do where cases have probability zero: `"error"` raises for the
                first, `"null"` leaves their rows missing (NaN) and warns; `impossible_cases` lists
                them with the reason.

        Returns:
            A table with the same index and a column per cause.

        Raises:
            EvidenceError: as for `encode`, or a column of the target.
            ImpossibleEvidenceError: a case has probability zero; names the first one.
            QueryError: another `on_impossible`, or the network has no target.
            TooWideError: as for `diagnose`.

        Warns:
            ImpossibleCasesWarning: how many cases are impossible, the first of them, and why.

        Example:
            >>> import pandas as pd
            >>> import twitchbayes as tb
            >>> frame = pd.DataFrame({"xray": ["no", "yes"], "smoke": True}, index=["a", "b"])
            >>> tb.load("asia").diagnose_frame(frame)["yes"].round(3).to_dict()
            {'a': 0.002, 'b': 0.646}
        """
        import pandas as pd

        posterior = self._scorer.posteriors(self._codes(frame), on_impossible, frame)
        return pd.DataFrame(
            posterior, index=frame.index, columns=pd.Index(self.causes, name=self.target.name)
        )

    def impossible_cases(self, cases: pd.DataFrame | ArrayLike) -> pd.DataFrame:
        """Returns the cases of a table that have probability zero, and why.

        Args:
            cases: a table as for `diagnose_frame`, or codes as for `posteriors`.

        Returns:
            A row per impossible case, under its label (for codes, its place), and a column
            `conflict`: findings that cannot go together, of which none can be left out, such as
            `tub=yes, either=no`; a smallest such set, unless that of an earlier case fits, too.
            After a hundred different conflicts, or fewer in wide networks where each takes long, no
            more are looked for, and where none of these fits it is missing.

        Raises:
            EvidenceError, QueryError, TooWideError: as for `diagnose_frame` and `posteriors`.

        Example:
            >>> import pandas as pd
            >>> import twitchbayes as tb
            >>> frame = pd.DataFrame({"tub": [False, True], "either": False}, index=["a", "b"])
            >>> tb.load("asia").impossible_cases(frame)["conflict"].to_dict()
            {'b': 'tub=yes, either=no'}
        """
        import pandas as pd

        if isinstance(cases, pd.DataFrame):
            codes = self._codes(cases)
            places = self._scorer.impossible(codes)
            table = cases.iloc[places]
            given, labels = encode_frame(self.network, table), table.index
        else:
            codes = checked_codes(self.network, cases)
            places = self._scorer.impossible(codes)
            given, labels = codes[places], pd.Index(places)
        return contradictions_frame(self.network, self.engine, codes[places], given, labels)

    def _codes(self, frame: pd.DataFrame) -> NDArray[np.signedinteger[Any]]:
        """Returns a table of cases as codes, with defaults; refuses the target."""
        codes = self.encode(frame)
        if (codes[:, self.network.position[self.target.name]] >= 0).any():
            refuse_target(self.network, frame.columns)
        return codes
