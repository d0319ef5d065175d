"""A network with its engine: what `load` returns, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from twitchbayes.accounts import Accounts
from twitchbayes.case_tables import CaseTables
from twitchbayes.diagnosis import Diagnosis
from twitchbayes.display import html, text
from twitchbayes.errors import QueryError
from twitchbayes.evidence import (
    gathered,
    likelihoods,
    read_findings,
    with_defaults,
)
from twitchbayes.exploring import Explorer
from twitchbayes.io import network_to_pgmpy, write_network
from twitchbayes.most_probable import Explanation
from twitchbayes.rendering import model_rows
from twitchbayes.teaching import Vignette, draw_vignette

if TYPE_CHECKING:
    import os

    import pandas as pd
    from pgmpy.models import DiscreteBayesianNetwork

__all__ = ["DiagnosticModel"]


class DiagnosticModel(CaseTables, Accounts):
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

    def explore(
        self, evidence: Mapping[str, object] | pd.Series[Any] | None = None, /, **findings: object
    ) -> Explorer:
        """Returns an explorer: in a notebook, a case to click through; elsewhere what it shows.

        Every finding has a control; the posterior, the red flags and the next best questions follow
        each click. It needs the extra `twitchbayes[explore]`, and nothing from the net.

        Args:
            evidence: what is known from the beginning, as for `diagnose`.
            **findings: the same by keyword.

        Raises:
            EvidenceError, ImpossibleEvidenceError, QueryError, TooWideError: as for `diagnose`.

        Example:
            >>> import twitchbayes as tb
            >>> explorer = tb.load("leg_twitch").explore(age=62)
            >>> explorer.answer("babinski", "yes")    # as a click does
            >>> explorer.code
            'model.diagnose(age=62, babinski="yes")'
        """
        return Explorer(self.diagnose(evidence, **findings))

    def vignette(
        self, seed: int = 0, findings: int = 8, causes: Literal["prior", "even"] = "prior"
    ) -> Vignette:
        """Returns a simulated patient to guess about, the cause hidden.

        A patient is drawn from the network. Told are the context that the causes depend on, and the
        answers to questions drawn among the best that are left, the more telling the more often.
        What is asked never depends on what is still hidden.

        Args:
            seed: another patient for another one; the same for the same.
            findings: how many questions are asked, fewer where none is left that would tell more.
            causes: `"prior"` draws a cause as often as the network expects it, `"even"` each as
                often as any other, so that rare ones are seen.

        Raises:
            QueryError: `findings` or `seed` is no such number, or `causes` is something else; or
                the network has no target.
            TooWideError: as for `diagnose`.

        Example:
            >>> import twitchbayes as tb
            >>> vignette = tb.load("leg_twitch").vignette(seed=3, causes="even")
            >>> round(vignette.guess("benign_idle").even_score, 2)
            -3.7
        """
        return draw_vignette(self, seed, findings, causes)

    def to_pgmpy(self) -> DiscreteBayesianNetwork:
        """Returns the network as a pgmpy model.

        Raises:
            FormatError: a noisy-MAX has too many parents to be written out as a table.
        """
        return network_to_pgmpy(self.network)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the network to a file, in the format of its suffix.

        `.toml` keeps everything. The formats of other programs lose labels, kinds, groups,
        defaults, measurements, red flags, figures, invariants, codes and sources: `.bif`,
        `.xmlbif`, `.net` (slow, and to eight decimals) and `.xdsl` keep names, states and tables,
        the variables perhaps in another order; `.uai` keeps the tables alone.

        Raises:
            FormatError: an unknown suffix, no such folder, or the format cannot hold this network;
                a file that was there stays as it was.
        """
        write_network(self.network, Path(path))

    def __repr__(self) -> str:
        return text.model_text(model_rows(self.network))

    def _repr_html_(self) -> str:
        return html.model_html(model_rows(self.network))
