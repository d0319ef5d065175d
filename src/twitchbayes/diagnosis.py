"""The answer to a case: the posterior of every cause, and what it rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.display import html, text
from twitchbayes.display.rows import DiagnosisRows
from twitchbayes.errors import QueryError, TooWideError
from twitchbayes.evidence import (
    Finding,
    describe,
    gathered,
    read_findings,
    refuse_target,
    resolve,
    with_defaults,
)
from twitchbayes.questions import (
    Case,
    Conflict,
    Settled,
    comparison,
    conflict,
    explanation,
    information,
    sensitivity,
    settling,
    uncertainty,
)
from twitchbayes.red_flags import raised_flags
from twitchbayes.rendering import diagnosis_rows
from twitchbayes.values import is_missing
from twitchbayes.verification import Verification, pgmpy_posterior

if TYPE_CHECKING:
    import pandas as pd

    from twitchbayes.model import DiagnosticModel

__all__ = ["Diagnosis"]


@dataclass(frozen=True, repr=False, eq=False)
class Diagnosis:
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

    def explain(
        self,
        cause: str | Sequence[str] | None = None,
        against: str | Sequence[str] | None = None,
        *,
        orders: int = 512,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Returns what each finding adds to the odds of a cause: its exact Shapley share.

        The findings are those that are not context; the context, which makes the prior, is held.
        Up to 14 findings all their subsets are looked at; of more, orders in which they come are
        drawn, and `standard_error` says how well the shares are known (it is 0 where exact).

        Law: the weights sum to the change of the log10 odds from `prior` to `posterior`. Law: where
        the findings are independent given the cause and `against` is one cause, a weight is the
        log10 of the finding's likelihood ratio.

        Args:
            cause: a cause, a group of causes, or several; the most probable cause where left out.
            against: the same, to compare with; all others where left out.
            orders: how many orders are drawn, of more than 14 findings.
            seed: of what is drawn.

        Returns:
            A row per finding, the weightiest first: `state`; `weight`, in log10 (1 makes the odds
            ten times as high); `factor`, 10 to the weight; `likelihood_ratio` of the finding alone;
            `standard_error`. `attrs` holds the causes on both sides, and the log10 odds before and
            after.

        Raises:
            QueryError: an unknown cause, one that is on both sides, or odds that are no finite
                number because a side is certain or impossible.

        References:
            Shapley 1953, A value for n-person games.

        Example:
            >>> import twitchbayes as tb
            >>> why = tb.load("asia").diagnose(xray="yes", smoke="yes").explain("yes")
            >>> why["factor"].round(2).to_dict()
            {'xray': 16.42}
        """
        return self._signed(
            explanation.explanation_frame(
                self._case, self._leader, cause, against, orders=orders, seed=seed
            )
        )

    def conflict(self, *, patients: int = 1000, seed: int = 0) -> Conflict:
        """Returns whether the findings fit together, and which of them does not.

        Law: the measure is zero for findings that are independent of each other.

        Args:
            patients: how many are simulated to say how unusual such findings are: people of the
                same context, asked the same.
            seed: of the simulation.

        Raises:
            QueryError: `patients` below 1.

        References:
            Jensen, Chamberlain, Nordahl and Jensen 1991, Analysis in HUGIN of data conflict.

        Example:
            >>> import twitchbayes as tb
            >>> fit = tb.load("asia").diagnose(xray="yes", dysp="no", smoke="no").conflict()
            >>> fit.kind, round(fit.measure, 2)
            ('rare cause', 0.28)
        """
        return conflict.measured_conflict(self._case, self._posterior, patients=patients, seed=seed)

    def intervals(self, level: float = 0.95, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
        """Returns how sure the posterior is, as far as the network's numbers are known.

        Every row of numbers is drawn from its Dirichlet distribution, each number as well known as
        its interval or its counts say; one that has neither counts for 30 observations. What a row
        leaves open is shared as in the baseline, as if that were certain. Rows are drawn
        independently of each other; that the structure may be wrong is not counted.

        Law: as the counts grow the interval closes on the posterior.

        Args:
            level: the share of the draws between low and high.
            draws: how many draws of all numbers.
            seed: of the draws.

        Returns:
            A row per cause and per group (index `of`, `name`): `posterior`, `low`, `median`,
            `high`, and `first`, the share of the draws in which it is the most probable.

        Raises:
            QueryError: a level that is no probability, a number of draws that is none, or no draw
                in which the findings are possible.

        Example:
            >>> import twitchbayes as tb
            >>> sure = tb.load("leg_twitch").diagnose(babinski=True).intervals(draws=200)
            >>> bool((sure["low"] <= sure["high"]).all())
            True
        """
        return self._signed(
            uncertainty.interval_frame(
                self._case, self._posterior, level=level, draws=draws, seed=seed
            )
        )

    def next_findings(
        self,
        about: str | Sequence[str] | None = None,
        kinds: str | Collection[str] | None = None,
        costs: Mapping[str, float] | None = None,
    ) -> pd.DataFrame:
        """Returns what to ask or examine next: what each open finding would tell, in bits.

        Law: never negative, and equal to the mutual information of the finding and the cause.

        Args:
            about: a cause, a group, or several, to tell apart from all others; which of all causes
                it is where left out.
            kinds: of findings, such as `"history"` or `["history", "examination"]`; all where left
                out.
            costs: by finding or by kind, in any unit; what is left out costs what the network
                says, or 1.

        Returns:
            A row per finding not yet known, the most information per cost first: `kind`;
            `information` about the cause, in bits; `cost`; `per_cost`; `swing`, the largest
            change of the probability of the leader, or of what is asked about; `results`, a tuple
            with the state, the probability of this result and that posterior for each.

        Raises:
            QueryError: an unknown cause or kind, or a cost that is not above zero or for something
                that is no open finding.

        References:
            Shannon 1948, A mathematical theory of communication.

        Example:
            >>> import twitchbayes as tb
            >>> tb.load("asia").diagnose(smoke="yes").next_findings().index[0]
            'xray'
        """
        return self._signed(
            information.information_frame(self._case, self._posterior, about, kinds, costs)
        )

    def settled(self, threshold: float = 0.5) -> Settled:
        """Returns whether one more finding, or two, could still change the answer.

        Changed it is where the leader, if it is not there already, falls below the threshold, or
        another cause becomes more probable. All results of all open findings are tried, however
        unlikely.

        Args:
            threshold: the probability of the leader that is wanted at least.

        Raises:
            QueryError: a threshold that is no probability.

        Example:
            >>> import twitchbayes as tb
            >>> tb.load("asia").diagnose(either="no").settled(0.5).one_could_change_it
            False
        """
        return settling.settled(self._case, self._posterior, threshold)

    def sensitivity(self, cause: str | None = None) -> pd.DataFrame:
        """Returns which number of the network matters most to this answer.

        A number t moves, the others of its row with it in proportion; every posterior is then
        (a t + b) / (c t + d), which is computed exactly.

        Law: equal to what a network rebuilt with t gives, in which other rows stay as they are,
        also those that share what they leave open as the baseline does.

        Args:
            cause: whose posterior is looked at; the most probable one where left out.

        Returns:
            A row per number that bears on the answer, the largest range first: `variable`, `state`
            and `given` as in `estimates()`; `value`, its interval `low` and `high` (its own, or the
            95% interval of its counts, of 30 observations where there are none) and `grade`;
            `slope`, the derivative at the value;
            `posterior_low` and `posterior_high`, the posterior's range as the number moves through
            its interval, and `range`, the difference; `changes_at`, the nearest value at which
            another cause takes the lead, and `changes_to`, which (missing where none does);
            `sources`.

        Raises:
            QueryError: an unknown cause.

        References:
            Van der Gaag and Coupe 2000, Sensitivity analysis for threshold decision making with
            Bayesian belief networks.

        Example:
            >>> import twitchbayes as tb
            >>> numbers = tb.load("asia").diagnose(dysp="yes").sensitivity("yes")
            >>> numbers.loc[0, ["variable", "state"]].tolist()
            ['lung', 'yes']
        """
        meant = self._case.causes(cause, default=self._leader)
        if meant.sum() != 1:
            raise QueryError(f"sensitivity is about one cause, not about several: {cause!r}")
        return self._signed(sensitivity.sensitivity_frame(self._case, int(meant.argmax())))

    def sources(self, cause: str | None = None) -> pd.DataFrame:
        """Returns the papers this answer rests on, the most influential first.

        Influence is the largest range of the posterior that one of the source's numbers makes by
        moving through its interval, as in `sensitivity`.

        Args:
            cause: as for `sensitivity`.

        Raises:
            QueryError: an unknown cause.

        Example:
            >>> import twitchbayes as tb
            >>> tb.load("asia").diagnose(dysp="yes").sources().index.tolist()
            ['lauritzen_spiegelhalter_1988']
        """
        return self._signed(
            sensitivity.influence_frame(self.model.network, self.sensitivity(cause))
        )

    def compare(self, other: Diagnosis, *, orders: int = 512, seed: int = 0) -> pd.DataFrame:
        """Returns what moved from this diagnosis to another, and which finding moved it.

        Law: down every cause's column the shares sum to the change of its posterior.

        Args:
            other: by the same network: another visit, another patient, another finding.
            orders: how many orders are drawn where more than 14 findings differ.
            seed: of what is drawn.

        Returns:
            A row per variable that differs: `before` and `after` in words, and per cause its
            Shapley share of the change in probability.

        Raises:
            QueryError: a diagnosis by another network.
            ImpossibleEvidenceError: findings of the one with findings of the other are impossible.

        Example:
            >>> import twitchbayes as tb
            >>> dx = tb.load("asia").diagnose(xray="yes")
            >>> moved = dx.compare(dx.update(smoke="yes", xray="no"))
            >>> moved[["before", "after"]].T.to_dict()["smoke"]
            {'before': 'not asked', 'after': 'yes'}
        """
        if not isinstance(other, Diagnosis):
            raise QueryError(f"compare takes another diagnosis, not {type(other).__name__}")
        return self._signed(
            comparison.comparison_frame(self._case, other._case, orders=orders, seed=seed)
        )

    def mechanisms(self) -> pd.DataFrame:
        """Returns how likely each hidden mechanism is, before the findings and now.

        Returns:
            A row per mechanism and state (index `mechanism`, `state`): `prior`, `posterior`.

        Example:
            >>> import twitchbayes as tb
            >>> now = tb.load("leg_twitch").diagnose(babinski=True).mechanisms()["posterior"]
            >>> bool(now["upper_motor_neuron_lesion", "yes"] > 0.3)
            True
        """
        import pandas as pd

        case = self._case
        hidden = [
            (place, variable)
            for place, variable in enumerate(case.network.variables)
            if variable.kind == "mechanism"
        ]
        places = [place for place, _ in hidden]
        states = [(variable.name, state) for _, variable in hidden for state in variable.states]
        known = [Case(case.network, case.engine, case.context), case]
        columns = {}
        for name, of in zip(("prior", "posterior"), known, strict=True):
            answer = case.engine.marginals(places, of.likelihoods()).probabilities
            values = [answer[place][0] for place in places]
            columns[name] = np.concatenate(values) if values else np.empty(0)
        index = pd.MultiIndex.from_tuples(states, names=["mechanism", "state"])
        return self._signed(pd.DataFrame(columns, index=index))

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

    def _signed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Returns an answer that says by which version of which network it is."""
        network = self.model.network
        frame.attrs["network"] = f"{network.name} {network.version}"
        return frame

    @property
    def _leader(self) -> str:
        return self.model.causes[int(self._posterior.argmax())]

    @cached_property
    def _prior(self) -> NDArray[np.float64]:
        by_name = self.model.network.by_name
        context = [f for f in self.findings if by_name[f.variable].kind == "context"]
        prior = self.model.marginal([self.model.target.name], context).probabilities
        return np.array(prior[0])

    def _rows(self) -> DiagnosisRows:
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
