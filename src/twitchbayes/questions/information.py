"""What next: what each thing not yet asked would tell, and whether anything could still matter."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.errors import QueryError, did_you_mean
from twitchbayes.questions.case import Case

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result", "Settled", "information_frame", "settled"]

Values = NDArray[np.float64]

COLUMNS = ["kind", "information", "cost", "per_cost", "swing", "results"]


class Result(NamedTuple):
    """One result that a finding may have.

    Attributes:
        state: of the finding.
        probability: of this result, given what is known.
        posterior: of the leading cause, if this were found.
    """

    state: str
    probability: float
    posterior: float

    def __repr__(self) -> str:
        return f"{self.state} {self.probability:.1%}: {self.posterior:.1%}"


@dataclass(frozen=True)
class Settled:
    """Whether the answer could still change.

    Attributes:
        leader: the most probable cause.
        posterior: its probability.
        threshold: below which it counts as moved.
        by_one: (finding, state) that moves the leader furthest down, with what it leaves it at.
        by_two: the same for the two that do so together.
        one_could_change_it, two_could_change_it: whether it falls below the threshold, or another
            cause takes the lead.
    """

    leader: str
    posterior: float
    threshold: float
    by_one: tuple[tuple[str, str], ...]
    lowest_by_one: float
    by_two: tuple[tuple[str, str], ...]
    lowest_by_two: float
    one_could_change_it: bool
    two_could_change_it: bool


def information_frame(
    case: Case,
    posterior: Values,
    about: str | Sequence[str] | None,
    kinds: str | Collection[str] | None,
    costs: Mapping[str, float] | None,
) -> pd.DataFrame:
    """Returns what each open finding would tell; see `Diagnosis.next_findings`.

    Raises:
        QueryError: an unknown cause or kind, or a cost that cannot be.
    """
    import pandas as pd

    places = _of_kinds(case, kinds)
    prices = _prices(case, costs)
    leader = int(posterior.argmax())
    sides = np.eye(len(posterior), dtype=np.bool_)
    if about is not None:
        meant = case.causes(about, default=case.target.states[leader])
        sides = np.stack([meant, ~meant])
    rows = []
    for place, joint in zip(places, _joints(case, posterior, places), strict=True):
        variable = case.network.variables[place]
        chance = joint.sum(axis=0)
        information = _mutual_information(np.stack([joint[side].sum(axis=0) for side in sides]))
        possible = np.flatnonzero(chance > 0)
        after = joint[leader, possible] / chance[possible]
        results = tuple(
            Result(variable.states[state], float(chance[state]), float(of_leader))
            for state, of_leader in zip(possible, after, strict=True)
        )
        cost = prices.get(variable.name, prices.get(variable.kind, 1.0))
        swing = float(np.abs(after - posterior[leader]).max())
        about_it = (variable.kind, information, cost, information / cost, swing, results)
        rows.append((variable.name, *about_it))
    frame = pd.DataFrame(rows, columns=["finding", *COLUMNS]).set_index("finding")
    return frame.sort_values("per_cost", ascending=False, kind="stable")


def settled(case: Case, posterior: Values, threshold: float) -> Settled:
    """Returns whether one more finding, or two, could change the answer; see `Diagnosis.settled`.

    Raises:
        QueryError: a threshold that is no probability.
    """
    if not 0 < threshold < 1:
        raise QueryError(f"a threshold is a probability between 0 and 1, not {threshold}")
    leader = int(posterior.argmax())
    results = [
        (place, state)
        for place in case.open
        for state in range(len(case.network.variables[place].states))
    ]
    ones = [(result,) for result in results]
    twos = [
        (first, second)
        for i, first in enumerate(results)
        for second in results[i + 1 :]
        if first[0] != second[0]
    ]
    (one, at_one, lead_one), (two, at_two, lead_two) = (
        _furthest(case, leader, sets) for sets in (ones, twos)
    )
    now = float(posterior[leader])
    return Settled(
        leader=case.target.states[leader],
        posterior=now,
        threshold=threshold,
        by_one=_named(case, one),
        lowest_by_one=min(at_one, now),
        by_two=_named(case, two),
        lowest_by_two=min(at_two, now),
        one_could_change_it=at_one < threshold or lead_one,
        two_could_change_it=at_two < threshold or lead_two,
    )


def _of_kinds(case: Case, kinds: str | Collection[str] | None) -> tuple[int, ...]:
    if kinds is None:
        return case.open
    wanted = {kinds} if isinstance(kinds, str) else set(kinds)
    known = {v.kind for v in case.network.variables if v.kind not in ("cause", "mechanism")}
    for kind in sorted(wanted - known):
        raise QueryError(
            f"no finding of {case.network.name} is of kind {kind!r}{did_you_mean(kind, known)}; "
            f"there are {', '.join(sorted(known))}"
        )
    return tuple(place for place in case.open if case.network.variables[place].kind in wanted)


def _prices(case: Case, costs: Mapping[str, float] | None) -> dict[str, float]:
    """Returns the costs by finding or kind: those of the network, under those that are given."""
    known = {case.network.variables[place].name for place in case.open}
    kinds = {variable.kind for variable in case.network.variables}
    for name, cost in (costs or {}).items():
        if name not in known and name not in kinds:
            given = any(finding.variable == name for finding in case.findings)
            why = (
                "is known already"
                if given
                else f"is no finding and no kind{did_you_mean(name, [*known, *kinds])}"
            )
            raise QueryError(f"costs: {name!r} {why}")
        if not 0 < cost < np.inf:
            raise QueryError(f"costs: that of {name} is {cost}; a cost is a number above 0")
    return {**dict(case.network.costs), **(costs or {})}


def _joints(case: Case, posterior: Values, places: Sequence[int]) -> list[Values]:
    """Returns P(cause, state | findings) per open finding, shape (causes, states).

    All in one run: the causes are the cases.
    """
    causes = np.flatnonzero(posterior > 0)
    likelihoods = case.likelihoods(len(causes))
    likelihoods[case.place] = np.eye(len(posterior))[causes]
    answer = case.engine.marginals(places, likelihoods)
    joints = []
    for place in places:
        joint = np.zeros((len(posterior), answer.probabilities[place].shape[1]))
        joint[causes] = posterior[causes, np.newaxis] * answer.probabilities[place]
        joints.append(joint)
    return joints


def _mutual_information(joint: Values) -> float:
    """Returns I(A; B) in bits of a joint distribution, shape (A, B) (Shannon 1948)."""
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    # rounding may leave a little less than nothing
    return max(0.0, float((joint[there] * np.log2(joint[there] / apart[there])).sum()))


def _furthest(
    case: Case, leader: int, sets: Sequence[tuple[tuple[int, int], ...]]
) -> tuple[tuple[tuple[int, int], ...], float, bool]:
    """Returns which of some sets of results moves the leader down most, and to what.

    The third is whether any of them puts another cause first.
    """
    if not sets:
        return (), 1.0, False
    likelihoods = case.likelihoods(len(sets))
    for place in case.open:
        likelihoods[place] = np.ones((len(sets), len(case.network.variables[place].states)))
    for number, results in enumerate(sets):
        for place, state in results:
            likelihoods[place][number] = 0.0
            likelihoods[place][number, state] = 1.0
    answer = case.engine.marginal([case.place], likelihoods)
    of_leader = np.where(np.isneginf(answer.log_evidence), 1.0, answer.probabilities[:, leader])
    lowest = int(of_leader.argmin())
    another = (answer.probabilities.max(axis=1) > of_leader).any()
    return sets[lowest], float(of_leader[lowest]), bool(another)


def _named(case: Case, results: Sequence[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
    variables = case.network.variables
    return tuple(
        (variables[place].name, variables[place].states[state]) for place, state in results
    )
