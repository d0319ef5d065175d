"""The questions that a diagnosis takes: a method each, with the law that its answer obeys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twitchbayes.errors import QueryError
from twitchbayes.questions import (
    comparison,
    conflict,
    explanation,
    hidden,
    information,
    sensitivity,
    settling,
    uncertainty,
)
from twitchbayes.questions.case import Case
from twitchbayes.questions.conflict import Conflict
from twitchbayes.questions.settling import Settled

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Questions"]


class Questions:
    """What can be asked of a diagnosis: one method per question, each a run of the same plan."""

    @property
    def _case(self) -> Case:
        """The findings, with the network and the engine that answers for them."""
        raise NotImplementedError

    _posterior: NDArray[np.float64]

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
        A default that is no context is a finding that was assumed, and is marked so.
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
            A row per finding, the weightiest first: `state`; `assumed`, whether it is a default of
            the network that was not found; `weight`, in log10 (1 makes the odds
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
            sensitivity.influence_frame(self._case.network, self.sensitivity(cause))
        )

    def compare(self, other: Questions, *, orders: int = 512, seed: int = 0) -> pd.DataFrame:
        """Returns what moved from this diagnosis to another, and which finding moved it.

        Two ways are gone: what only this one has, or has otherwise, is taken back until nothing is
        left but what both share; then what the other has is added. On each way a finding has its
        exact Shapley share, so a finding that changed has one of each, added up. Nothing on the way
        is impossible, however little two patients have in common. Context that differs is a finding
        like others.

        Law: down every cause's column the shares sum to the change of its posterior. Law: what the
        other way round would move is the same with the opposite sign.

        Args:
            other: by the same network: another visit, another patient, another finding.
            orders: how many orders are drawn on a way of more than 14 findings.
            seed: of what is drawn.

        Returns:
            A row per variable that differs: `before` and `after` in words; per cause its Shapley
            share of the change in probability; and `standard_error`, the largest of these shares
            (0 where exact).

        Raises:
            QueryError: a diagnosis by another network, or `orders` or `seed` is no such number.

        Example:
            >>> import twitchbayes as tb
            >>> dx = tb.load("asia").diagnose(xray="yes")
            >>> moved = dx.compare(dx.update(smoke="yes", xray="no"))
            >>> moved[["before", "after"]].T.to_dict()["smoke"]
            {'before': 'not asked', 'after': 'yes'}
        """
        if not isinstance(other, Questions):
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
        return self._signed(hidden.mechanism_frame(self._case))

    @property
    def _leader(self) -> str:
        return self._case.target.states[int(self._posterior.argmax())]

    def _signed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Returns an answer that says by which version of which network it is."""
        network = self._case.network
        frame.attrs["network"] = f"{network.name} {network.version}"
        return frame
