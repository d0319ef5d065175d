"""Tables of cases: what can be asked of many patients at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twitchbayes.cases import case_label, checked_codes, encode_frame, fill_defaults
from twitchbayes.compiled import CompiledNetwork
from twitchbayes.contradictions import contradictions_frame
from twitchbayes.evidence import (
    gathered,
    likelihoods,
    read_findings,
    refuse_target,
    with_defaults,
)
from twitchbayes.questions.arguments import MOST_SEED, whole
from twitchbayes.questions.many_intervals import many_intervals_frame
from twitchbayes.sampling import draw_cases_given
from twitchbayes.scoring import OnImpossible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CaseTables"]

MOST_CASES = 10_000_000
"""Cases that are drawn at once."""


class CaseTables(CompiledNetwork):
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

    def intervals_frame(
        self,
        frame: pd.DataFrame,
        level: float = 0.95,
        draws: int = 200,
        seed: int = 0,
        *,
        on_impossible: OnImpossible = "error",
    ) -> pd.DataFrame:
        """Returns how sure the posteriors of a table of cases are, as `Diagnosis.intervals` does.

        All cases meet the same draws of the network's numbers, so that cases can be compared.
        Memory is bounded: of the drawn probabilities 256 MB are held at once, and more cases taken
        in parts.

        Law: a row is `diagnose(case).intervals(level, draws, seed)`, to 1e-12.

        Args:
            frame: as for `encode`.
            level: the share of the draws between low and high.
            draws: how many draws of all numbers.
            seed: of the draws.
            on_impossible: as for `diagnose_frame`.

        Returns:
            A table with the same index. Columns are a MultiIndex `of` ("cause" or "group"), `name`,
            and `value`: `posterior`, `low`, `median`, `high`, and `first`, the share of the draws
            in which it is the most probable. Rows of impossible cases are missing (NaN).

        Raises:
            EvidenceError, ImpossibleEvidenceError, TooWideError: as for `diagnose_frame`.
            QueryError: as for `diagnose_frame`; a level that is no probability, a number of draws
                that is none; or a case that every draw makes impossible.

        Warns:
            ImpossibleCasesWarning: as for `diagnose_frame`.

        Example:
            >>> import pandas as pd
            >>> import twitchbayes as tb
            >>> frame = pd.DataFrame({"xray": ["no", "yes"], "smoke": True}, index=["a", "b"])
            >>> sure = tb.load("asia").intervals_frame(frame, draws=50)
            >>> bool((sure["cause", "yes", "low"] <= sure["cause", "yes", "high"]).all())
            True
        """
        codes = self._codes(frame)
        posterior = self._scorer.posteriors(codes, on_impossible, frame)
        values = many_intervals_frame(
            self.network,
            self.engine,
            codes,
            posterior,
            lambda place: case_label(frame.index, place),
            level=level,
            draws=draws,
            seed=seed,
        )
        return values.set_axis(frame.index, axis=0)

    def simulate(
        self,
        n: int,
        evidence: Mapping[str, object] | pd.Series[Any] | None = None,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Returns cases drawn from the network, of patients in whom some things were found.

        Defaults of the network are assumed as in `diagnose`; all states of such a variable, given
        as a set, take it back. The target may be given. Cases are exact draws from the joint
        distribution given the evidence, hard or soft: what is above a finding in the network is
        drawn variable by variable from its posterior given all that was drawn before, the rest from
        its parents.

        Law: as `n` grows the share of each state is its probability in `marginals(None, evidence)`.

        Args:
            n: how many cases.
            evidence: findings as one mapping.
            seed: of the draws.

        Returns:
            A row per case and a column per variable, all of them known, as categories of the
            states. Without the columns of the target and the mechanisms it is a table for
            `diagnose_frame`.

        Raises:
            QueryError: `n` or `seed` is no such number.
            EvidenceError, ImpossibleEvidenceError, TooWideError: as for `diagnose`.

        References:
            Henrion 1988, Propagating uncertainty in Bayesian networks by probabilistic logic
            sampling.

        Example:
            >>> import twitchbayes as tb
            >>> cases = tb.load("asia").simulate(1000, {"xray": True}, seed=1)
            >>> cases.shape, set(cases["xray"])
            ((1000, 8), {'yes'})
        """
        import pandas as pd

        count = whole("n", n, 1, MOST_CASES)
        generator = np.random.default_rng(whole("seed", seed, 0, MOST_SEED))
        given = read_findings(self.network, gathered(evidence, {}))
        found = with_defaults(self.network, given, ())
        self.marginal([], found)  # refuses what is impossible, by name
        cases = draw_cases_given(
            self.network, self.engine, likelihoods(self.network, found), count, generator
        )
        return pd.DataFrame(
            {
                variable.name: pd.Categorical.from_codes(
                    cases[:, place], categories=pd.Index(variable.states)
                )
                for place, variable in enumerate(self.network.variables)
            }
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
