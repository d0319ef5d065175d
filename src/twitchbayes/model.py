"""A network with its engine: what `load` returns, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twitchbayes import listing
from twitchbayes.cases import checked_codes, encode_frame, fill_defaults
from twitchbayes.conflicts import conflicts_frame, find_conflict
from twitchbayes.diagnosis import Diagnosis
from twitchbayes.display import html, text
from twitchbayes.engine import Engine, Marginal
from twitchbayes.errors import ImpossibleEvidenceError, QueryError
from twitchbayes.evidence import (
    Finding,
    gathered,
    likelihoods,
    read_findings,
    refuse_target,
    state_codes,
    with_defaults,
)
from twitchbayes.fidelity import fidelity_frame
from twitchbayes.io import network_to_pgmpy, write_network
from twitchbayes.most_probable import Explanation
from twitchbayes.network import Network, Variable
from twitchbayes.rendering import model_rows
from twitchbayes.scoring import OnImpossible, Scorer

if TYPE_CHECKING:
    import os

    import pandas as pd
    from pgmpy.models import DiscreteBayesianNetwork

__all__ = ["DiagnosticModel"]


class DiagnosticModel:
    """A network that can be asked. Nothing that is asked changes it.

    Attributes:
        network: the frozen data.

    Example:
        >>> import twitchbayes as tb
        >>> model = tb.load("asia")
        >>> model.causes
        ('no', 'yes')
        >>> dx = model.diagnose(asia=True, dysp="yes")
        >>> float(dx.posterior["yes"].round(4))
        0.0995
    """

    def __init__(self, network: Network) -> None:
        self.network = network

    @cached_property
    def engine(self) -> Engine:
        """The network compiled for inference."""
        return Engine(self.network)

    def prepare(self) -> None:
        """Compiles the network for questions about its target now, not when one is first asked.

        `load` does so; a model that was made otherwise or sent to another process is compiled by
        its first question, which takes some hundredths of a second.
        """
        if self.network.target is not None:
            self._scorer.prepare()

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in the order declared."""
        return tuple(variable.name for variable in self.network.variables)

    @property
    def causes(self) -> tuple[str, ...]:
        """The states of the target, in the order declared.

        Raises:
            QueryError: the network has no target.
        """
        return self.target.states

    @property
    def target(self) -> Variable:
        """The variable whose states are the causes.

        Raises:
            QueryError: the network has none.
        """
        if self.network.target is None:
            raise QueryError(
                f"{self.network.name} names no target; load it with target=..., one of "
                f"{', '.join(self.variables[:12])}{', ...' if len(self.variables) > 12 else ''}"
            )
        return self.network.by_name[self.network.target]

    def states(self, name: str) -> tuple[str, ...]:
        """Returns the states of a variable, the unremarkable one first.

        Raises:
            QueryError: there is no such variable.
        """
        return self.network.variable(name).states

    def diagnose(
        self, evidence: Mapping[str, object] | pd.Series[Any] | None = None, /, **findings: object
    ) -> Diagnosis:
        """Returns the posterior of every cause, given what was found.

        Args:
            evidence: findings as one mapping or pandas Series by name, such as a row of a table.
            **findings: a state name; a bool for no/yes; a set, list or array of states (one of
                these); a mapping of every state to a weight, P(what was seen | state) up to a
                factor; a number where the network declares a measurement (`age=34`); `None` or NaN
                where it was not asked, which is not the same as absent.

        Raises:
            EvidenceError: an unknown name or state, bad weights, a number out of range, the target
                itself, or a variable given twice.
            ImpossibleEvidenceError: the findings have probability zero; names the fewest that
                cannot go together.
            QueryError: the network has no target.
            TooWideError: exact inference would need more memory than is taken.

        Example:
            >>> import twitchbayes as tb
            >>> dx = tb.load("leg_twitch").diagnose(timing="falling_asleep", pain="none", age=34)
            >>> dx.groups.idxmax()
            'benign'
        """
        return Diagnosis.of(self, gathered(evidence, findings))

    def query(
        self,
        variables: str | Sequence[str],
        evidence: Mapping[str, object] | pd.Series[Any] | None = None,
        /,
        **findings: object,
    ) -> pd.Series[Any]:
        """Returns the posterior of one variable, or the joint posterior of several.

        Defaults of the network are assumed as they are in `diagnose`, but not for what is asked
        about; the target may be given.

        Args:
            variables: one name, or a list of names.
            evidence: findings as one mapping.
            **findings: as for `diagnose`.

        Returns:
            A series named `probability` over the states; for a list, over combinations of states
            (a MultiIndex with one level per name).

        Raises:
            QueryError: an unknown variable, none, or one named twice.
            EvidenceError, ImpossibleEvidenceError, TooWideError: as for `diagnose`.

        Example:
            >>> import twitchbayes as tb
            >>> tb.load("asia").query("tub", asia="yes").round(3).to_dict()
            {'no': 0.95, 'yes': 0.05}
        """
        import pandas as pd

        if not isinstance(variables, (str, Collection)):
            raise QueryError(f"query takes a name or a list of names, not {variables!r}")
        names = [variables] if isinstance(variables, str) else list(variables)
        if not names:
            raise QueryError("query asks about no variable; name one, or a list")
        for name in names:
            self.network.variable(name)
            if names.count(name) > 1:
                raise QueryError(f"query names {name!r} twice; name it once")
        given = read_findings(self.network, gathered(evidence, findings))
        found = with_defaults(self.network, given, names)
        joint = self.marginal(names, found).probabilities[0]
        if isinstance(variables, str):
            index: pd.Index[Any] = pd.Index(self.states(variables), name=variables)
        else:
            index = pd.MultiIndex.from_product([self.states(name) for name in names], names=names)
        return pd.Series(joint.ravel(), index=index, name="probability")

    def marginals(
        self,
        variables: Sequence[str] | None = None,
        evidence: Mapping[str, object] | pd.Series[Any] | None = None,
        /,
        **findings: object,
    ) -> pd.Series[Any]:
        """Returns the posterior of every variable, each by itself, in the time of a few queries.

        Defaults of the network are assumed as in `diagnose`, also where such a variable is asked
        for: all posteriors are about one state of knowledge. The target may be given.

        Args:
            variables: the names asked for, in the order of the answer; all, as declared, if `None`.
            evidence: findings as one mapping.
            **findings: as for `diagnose`.

        Returns:
            A series named `probability` over (variable, state), a MultiIndex. Variables that are
            given are there too, with what is known of them.

        Raises:
            QueryError: an unknown variable, or one named twice.
            EvidenceError, ImpossibleEvidenceError, TooWideError: as for `diagnose`.

        Example:
            >>> import twitchbayes as tb
            >>> posteriors = tb.load("asia").marginals(dysp="yes", xray="yes")
            >>> posteriors["lung"].round(3).to_dict()
            {'no': 0.379, 'yes': 0.621}
            >>> float(posteriors["dysp", "yes"])
            1.0
        """
        import pandas as pd

        if isinstance(variables, (str, Mapping)):
            raise QueryError(
                f"marginals takes a list of names, not {variables!r}; findings come second, "
                "marginals(None, findings), or by keyword"
            )
        names = list(self.variables if variables is None else variables)
        for name in names:
            self.network.variable(name)
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise QueryError(f"marginals names {twice!r} twice; name it once")
        found = with_defaults(
            self.network, read_findings(self.network, gathered(evidence, findings)), ()
        )
        observed = likelihoods(self.network, found)
        nodes = [self.network.position[name] for name in names]
        answer = self.engine.marginals(nodes, observed)
        if np.isneginf(answer.log_evidence[0]):
            raise self._impossible(observed, {f.variable for f in found if f.assumed})
        states = [(name, state) for name in names for state in self.states(name)]
        index = pd.MultiIndex.from_tuples(states, names=["variable", "state"])
        values = [answer.probabilities[node][0] for node in nodes]
        joined = np.concatenate(values) if values else np.empty(0)
        return pd.Series(joined, index=index, name="probability")

    def most_probable(
        self, evidence: Mapping[str, object] | pd.Series[Any] | None = None, /, **findings: object
    ) -> Explanation:
        """Returns the most probable explanation: the states of all variables together.

        Defaults of the network are assumed as in `diagnose`; the target may be given. Of equally
        probable combinations always the same one is returned.

        Args:
            evidence: findings as one mapping.
            **findings: as for `diagnose`.

        Raises:
            EvidenceError, ImpossibleEvidenceError, TooWideError: as for `diagnose`; a noisy-MAX
                needs its full table here, as far as its parents are not given.

        Example:
            >>> import twitchbayes as tb
            >>> best = tb.load("asia").most_probable(dysp="yes", xray="yes")
            >>> best.states[["lung", "smoke", "bronc"]].to_dict()
            {'lung': 'yes', 'smoke': 'yes', 'bronc': 'yes'}
            >>> round(best.probability, 3)
            0.367
        """
        import pandas as pd

        found = with_defaults(
            self.network, read_findings(self.network, gathered(evidence, findings)), ()
        )
        observed = likelihoods(self.network, found)
        best = self.engine.most_probable(observed)
        if np.isneginf(best.log_probability[0]):
            raise self._impossible(observed, {f.variable for f in found if f.assumed})
        states = [
            variable.states[place]
            for variable, place in zip(self.network.variables, best.states[0].tolist(), strict=True)
        ]
        index = pd.Index(self.variables, name="variable")
        return Explanation(
            f"{self.network.name} {self.network.version}",
            pd.Series(states, index=index, name="state", dtype=object),
            float(best.log_probability[0]),
        )

    def marginal(self, names: Sequence[str], found: Sequence[Finding]) -> Marginal:
        """Returns the joint posterior of some variables for one case, as arrays.

        Raises:
            ImpossibleEvidenceError: the findings have probability zero.
        """
        places = [self.network.position[name] for name in names]
        observed = likelihoods(self.network, found)
        codes = state_codes(self.network, found) if list(names) == [self.network.target] else None
        if codes is None:
            answer = self.engine.marginal(places, observed)
        else:
            answer = self._scorer.posterior(codes)
        if np.isneginf(answer.log_evidence[0]):
            raise self._impossible(observed, {f.variable for f in found if f.assumed})
        return answer

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
        return conflicts_frame(self.network, self.engine, codes[places], given, labels)

    def estimates(self) -> pd.DataFrame:
        """Returns every number that the network states, with where it comes from.

        One row per number: variable, state, given (the conditions in words), value, grade,
        numerator, denominator, low, high, sources, note. A state that is left out of a row takes
        the remainder and is not listed.
        """
        return listing.estimates_frame(self.network)

    def sources(self) -> pd.DataFrame:
        """Returns the bibliography, by source id, with how many numbers cite each."""
        return listing.sources_frame(self.network)

    def fidelity(self) -> pd.DataFrame:
        """Returns every published figure beside what the network as a whole implies.

        What is implied is P(found | given), exact and marginal over everything else. Nothing is
        assumed: the people are those of the study, so a default of the network, such as a setting,
        stands in for nothing. It equals `query` of what is found with the same evidence, where a
        default that is not given is given as any of its states.

        Returns:
            A row per figure, in the order of the network: found and given (events in words), item,
            people, figure, low, high, interval ("published", "wilson" for one made from the counts,
            "" where there is none), implied, inside (of the interval), close (within 0.05 of the
            figure), faithful (inside or close), source, tier, left_out (why), note. A figure that
            is left out has no implied value, and one without interval nothing to be inside of; such
            cells are missing. Without figures the frame is empty.

        Raises:
            ImpossibleEvidenceError: the people of a figure have probability zero; names it.
            TooWideError: as for `diagnose`.

        Example:
            >>> import twitchbayes as tb
            >>> list(tb.load("asia").fidelity().columns[:5])
            ['found', 'given', 'item', 'people', 'figure']
        """
        return fidelity_frame(self.network, self.engine)

    def to_pgmpy(self) -> DiscreteBayesianNetwork:
        """Returns the network as a pgmpy model.

        Raises:
            FormatError: a noisy-MAX has too many parents to be written out as a table.
        """
        return network_to_pgmpy(self.network)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the network to a file, in the format of its suffix.

        `.toml` keeps everything. The formats of other programs lose labels, kinds, groups,
        defaults, measurements, red flags and sources: `.bif`, `.xmlbif`, `.net` (slow, and to eight
        decimals) and `.xdsl` keep names, states and tables, the variables perhaps in another order;
        `.uai` keeps the tables alone.

        Raises:
            FormatError: an unknown suffix, no such folder, or the format cannot hold this network;
                a file that was there stays as it was.
        """
        write_network(self.network, Path(path))

    def __getstate__(self) -> dict[str, Network]:
        return {"network": self.network}

    def __repr__(self) -> str:
        return text.model_text(model_rows(self.network))

    def _repr_html_(self) -> str:
        return html.model_html(model_rows(self.network))

    def _codes(self, frame: pd.DataFrame) -> NDArray[np.signedinteger[Any]]:
        """Returns a table of cases as codes, with defaults; refuses the target."""
        codes = self.encode(frame)
        if (codes[:, self.network.position[self.target.name]] >= 0).any():
            refuse_target(self.network, frame.columns)
        return codes

    @cached_property
    def _scorer(self) -> Scorer:
        return Scorer(self.network, self.engine, self.target.name)

    def _impossible(
        self, observed: Mapping[int, NDArray[np.float64]], assumed: set[str]
    ) -> ImpossibleEvidenceError:
        conflict = find_conflict(self.network, self.engine, observed)
        return ImpossibleEvidenceError(
            f"the findings have probability zero in {self.network.name}: "
            f"{conflict.sentence(assumed)}; check them, or give one as soft evidence (a weight per "
            "state)",
            conflict.findings,
        )
