"""The answer to a case: the posterior of every cause, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.display import html, text
from twitchbayes.display.rows import DiagnosisRows
from twitchbayes.errors import TooWideError
from twitchbayes.evidence import (
    Finding,
    describe,
    gathered,
    read_findings,
    refuse_target,
    resolve,
    with_defaults,
)
from twitchbayes.pictures import Pictures
from twitchbayes.questions import Case
from twitchbayes.questions.arguments import whole
from twitchbayes.questions.glance import glance
from twitchbayes.questions.named import ask
from twitchbayes.red_flags import raised_flags
from twitchbayes.rendering import Sure, diagnosis_rows, further_words
from twitchbayes.showing import Shown, Subject, shown
from twitchbayes.values import is_missing
from twitchbayes.verification import Verification, pgmpy_posterior

if TYPE_CHECKING:
    import pandas as pd

    from twitchbayes.model import DiagnosticModel

__all__ = ["Diagnosis"]

MOST_ROWS = 10_000
"""Rows of a table that are shown, at most."""


@dataclass(frozen=True, repr=False, eq=False)
class Diagnosis(Pictures):
    """The posterior probability of every cause, given the findings of one case.

    Made by `DiagnosticModel.diagnose`; nothing about it changes, `update` makes a new one.

    Attributes:
        model: the model that was asked.
        findings: what was found, and the defaults that were assumed.
        log_evidence: ln P(findings and what was assumed), in nats; for soft evidence up to the
            factor of its weights.
    """

    model: DiagnosticModel
    findings: tuple[Finding, ...]
    log_evidence: float
    _posterior: NDArray[np.float64]

    @classmethod
    def of(
        cls, model: DiagnosticModel, given: Mapping[str, object], kept: Sequence[Finding] = ()
    ) -> Diagnosis:
        """Diagnoses one case, as `DiagnosticModel.diagnose` does.

        Args:
            model: the model to ask.
            given: findings as users write them.
            kept: findings that were read before, none of them about the same variables.
        """
        target = model.target
        refuse_target(model.network, [key for key in given if not is_missing(given[key])])
        found = [*kept, *read_findings(model.network, given)]
        findings = with_defaults(model.network, found, [target.name])
        answer = model.marginal([target.name], findings)
        return cls(model, findings, float(answer.log_evidence[0]), answer.probabilities[0])

    @property
    def posterior(self) -> pd.Series[Any]:
        """P(cause | findings) as a series over the causes, in the order declared; sums to one."""
        return self._series(self._posterior, "posterior")

    @property
    def prior(self) -> pd.Series[Any]:
        """P(cause | context): what was known of who the patient is, before any finding.

        Context are the variables of that kind: in `leg_twitch` the setting, age, sex, exposures and
        history.

        Raises:
            TooWideError: without the findings, which may cut the network apart, exact inference
                would need more memory than is taken.
        """
        return self._series(self._prior, "prior")

    @property
    def groups(self) -> pd.Series[Any]:
        """P(group of causes | findings), in the order declared.

        Where the network declares no groups, every cause is its own.
        """
        return self._by_group(self.posterior)

    @property
    def evidence(self) -> pd.DataFrame:
        """What was used: per variable the finding, its kind, and whether it was only assumed."""
        import pandas as pd

        rows = [
            (
                finding.variable,
                describe(variable.states, finding.weights, finding.measured),
                variable.kind,
                finding.assumed,
            )
            for finding in self.findings
            for variable in [self.model.network.by_name[finding.variable]]
        ]
        columns = ["variable", "finding", "kind", "assumed"]
        return pd.DataFrame(rows, columns=columns).set_index("variable")

    @property
    def red_flags(self) -> pd.DataFrame:
        """Findings that need action whatever the posterior is, the most urgent first.

        Per flag: label, action (`emergency`, `urgent`, `soon`, `routine`), findings, sources, note.
        Nothing else that is found can hide one.
        """
        import pandas as pd

        rows = [
            (
                flag.name,
                flag.label,
                flag.action,
                ", ".join(name for name, _ in flag.when),
                "; ".join(flag.sources),
                flag.note,
            )
            for flag in raised_flags(self.model.network, self.findings)
        ]
        columns = ["red_flag", "label", "action", "findings", "sources", "note"]
        return pd.DataFrame(rows, columns=columns).set_index("red_flag")

    def top(self, n: int = 3) -> pd.DataFrame:
        """Returns the `n` most probable causes: prior, posterior, group.

        Raises:
            TooWideError: as for `prior`.

        Example:
            >>> import twitchbayes as tb
            >>> dx = tb.load("leg_twitch").diagnose(serum_magnesium=0.5, cramps=True)
            >>> dx.top(1).index[0]
            'magnesium_deficiency'
        """
        import pandas as pd

        order = np.argsort(-self._posterior, kind="stable")[: max(0, n)]
        group = {state: group.name for group in self.model.network.groups for state in group.states}
        leaders = [self.model.causes[i] for i in order]
        return pd.DataFrame(
            {
                "prior": self._prior[order],
                "posterior": self._posterior[order],
                "group": [group.get(cause, cause) for cause in leaders],
            },
            index=pd.Index(leaders, name=self.model.target.name),
        )

    def update(
        self, evidence: Mapping[str, object] | pd.Series[Any] | None = None, /, **findings: object
    ) -> Diagnosis:
        """Returns a new diagnosis with findings added, changed, or taken back (`None`).

        NaN and what is missing in a pandas Series was not asked: it leaves a finding as it was.

        Raises:
            EvidenceError, ImpossibleEvidenceError, TooWideError: as for `DiagnosticModel.diagnose`.

        Example:
            >>> import twitchbayes as tb
            >>> dx = tb.load("leg_twitch").diagnose(objective_weakness="focal")
            >>> worse = dx.update(babinski=True, muscle_wasting=True)
            >>> bool(worse.posterior["motor_neuron_disease"] > dx.posterior["motor_neuron_disease"])
            True
        """
        network = self.model.network
        gave = gathered(evidence, findings)
        given = {k: value for k, value in gave.items() if value is None or not is_missing(value)}
        changed = {resolve(network, key)[0].name for key in given}
        kept = [finding for finding in self.findings if finding.variable not in changed]
        return Diagnosis.of(self.model, given, kept)

    def show(self, question: str, /, *, rows: int = 10, **arguments: object) -> Shown:
        """Returns the answer to a question in words, as text and as HTML.

        Args:
            question: "posterior", "explanation", "conflict", "intervals", "next", "settled",
                "sensitivity", "sources", "compare" or "mechanisms".
            rows: how many rows of a table are shown, at most; it says of how many.
            **arguments: of the method that answers it: `top`, `explain`, `conflict`, `intervals`,
                `next_findings`, `settled`, `sensitivity`, `sources`, `compare` or `mechanisms`.

        Raises:
            QueryError: no such question, an argument that it does not take, or one that it needs
                and did not get; and what the method raises.

        Example:
            >>> import twitchbayes as tb
            >>> dx = tb.load("asia").diagnose(xray="yes", smoke="yes")
            >>> print(dx.show("explanation", cause="yes").text.splitlines()[2])
            The odds of Lung cancer against everything else were 1 to 9 before the findings
        """
        most = whole("rows", rows, 1, MOST_ROWS)
        asked = ask(self, question, arguments)
        return shown(Subject(self.model.network, self.findings, self._posterior, asked, most))

    def verify(self) -> Verification:
        """Returns the same posterior from pgmpy's own variable elimination, and the difference.

        Law: the largest difference is below 1e-9.

        Raises:
            FormatError: a noisy-MAX has too many parents for pgmpy, which needs its full table.

        Example:
            >>> import twitchbayes as tb
            >>> tb.load("asia").diagnose(xray="yes").verify().largest_difference < 1e-9
            True
        """
        other = pgmpy_posterior(self.model.network, self.model.target.name, self.findings)
        return Verification(
            self._series(other, "posterior"), float(np.abs(other - self._posterior).max())
        )

    def __repr__(self) -> str:
        return text.diagnosis_text(self._rows())

    def _repr_html_(self) -> str:
        return html.diagnosis_html(self._rows())

    @cached_property
    def _case(self) -> Case:
        return Case(self.model.network, self.model.engine, self.findings)

    @cached_property
    def _prior(self) -> NDArray[np.float64]:
        by_name = self.model.network.by_name
        context = [f for f in self.findings if by_name[f.variable].kind == "context"]
        prior = self.model.marginal([self.model.target.name], context).probabilities
        return np.array(prior[0])

    def _rows(self, sure: Sure | None = None) -> DiagnosisRows:
        try:
            prior = dict(zip(self.model.causes, self._prior.tolist(), strict=True))
        except TooWideError:  # with fewer findings; what is shown must show
            prior = None
        return diagnosis_rows(
            self.model.network,
            self.findings,
            prior,
            dict(zip(self.model.causes, self._posterior.tolist(), strict=True)),
            self.log_evidence,
            further_words(self.model.network, glance(self._case, self._posterior)),
            sure,
        )

    def _series(self, values: NDArray[np.float64], name: str) -> pd.Series[Any]:
        import pandas as pd

        index = pd.Index(self.model.causes, name=self.model.target.name)
        return pd.Series(values.copy(), index=index, name=name)

    def _by_group(self, over_causes: pd.Series[Any]) -> pd.Series[Any]:
        import pandas as pd

        groups = self.model.network.groups
        if not groups:
            return over_causes.rename_axis("group")
        return pd.Series(
            [float(over_causes[list(group.states)].sum()) for group in groups],
            index=pd.Index([group.name for group in groups], name="group"),
            name=over_causes.name,
        )
