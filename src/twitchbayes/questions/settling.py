"""Whether one more finding, or two, could still change the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.display.rows import NOTICE, percent
from twitchbayes.questions.arguments import share
from twitchbayes.questions.case import Case
from twitchbayes.questions.information import joints

__all__ = ["Results", "Settled", "settled"]

Values = NDArray[np.float64]
Results = tuple[tuple[str, str], ...]

TOGETHER = 2048
"""Hypothetical cases that are answered at once."""

ROUNDING = 1e-12
"""Differences of a posterior that are rounding."""


@dataclass(frozen=True, repr=False)
class Settled:
    """Whether the answer could still change.

    Attributes:
        network: name and version of the network.
        leader: the most probable cause.
        posterior: its probability.
        threshold: below which it counts as moved; where it is below already, only another leader
            is a change.
        by_one: the finding and result that move the leader furthest down; empty where none does.
        lowest_by_one: what it leaves the leader at.
        one_could_change_it: whether one result takes the leader below the threshold, or puts
            another cause first.
        by_two, lowest_by_two, two_could_change_it: the same for up to two results together.
    """

    network: str
    leader: str
    posterior: float
    threshold: float
    by_one: Results
    lowest_by_one: float
    one_could_change_it: bool
    by_two: Results
    lowest_by_two: float
    two_could_change_it: bool

    def __repr__(self) -> str:
        lines = [
            f"Could anything still change it? ({self.network})",
            "",
            f"{self.leader} now {percent(self.posterior)}, wanted {percent(self.threshold)}",
        ]
        for count, results, lowest, could in (
            ("One finding", self.by_one, self.lowest_by_one, self.one_could_change_it),
            ("Two findings", self.by_two, self.lowest_by_two, self.two_could_change_it),
        ):
            words = " and ".join(f"{name}={state}" for name, state in results)
            moved = f": {words} would leave {percent(lowest)}" if results else ""
            lines.append(f"{count} {'could' if could else 'could not'} change it{moved}")
        return "\n".join([*lines, NOTICE])


def settled(case: Case, posterior: Values, threshold: float) -> Settled:
    """Returns whether one more finding, or two, could change the answer; see `Diagnosis.settled`.

    Raises:
        QueryError: a threshold that is no probability.
    """
    bound = share("threshold", threshold)
    leader = int(posterior.argmax())
    now = float(posterior[leader])
    singles = dict(zip(case.open, joints(case, posterior, case.open), strict=True))
    one = _Moved(now, (), another=False)
    for place, joint in singles.items():
        one = one.by(case, leader, (), place, joint)
    two = one
    for result, place, joint in _pairs(case, singles):
        two = two.by(case, leader, (result,), place, joint)

    def changes(moved: _Moved) -> bool:
        return moved.another or moved.lowest < bound <= now

    return Settled(
        network=f"{case.network.name} {case.network.version}",
        leader=case.target.states[leader],
        posterior=now,
        threshold=bound,
        by_one=one.results,
        lowest_by_one=one.lowest,
        one_could_change_it=changes(one),
        by_two=two.results,
        lowest_by_two=two.lowest,
        two_could_change_it=changes(two),
    )


class _Moved(NamedTuple):
    """How far down results move the leader, which do, and whether any puts another cause first."""

    lowest: float
    results: Results
    another: bool

    def by(self, case: Case, leader: int, before: Results, place: int, joint: Values) -> _Moved:
        """Returns the same after a look at one more finding and its joint with the cause."""
        chance = joint.sum(axis=0)
        possible = np.flatnonzero(chance > 0)
        after = joint[:, possible] / chance[possible]
        another = self.another or bool((after.max(axis=0) > after[leader] + ROUNDING).any())
        best = int(after[leader].argmin())
        lowest = float(after[leader, best])
        if lowest >= self.lowest - ROUNDING:
            return self._replace(another=another)
        variable = case.network.variables[place]
        result = (variable.name, variable.states[possible[best]])
        return _Moved(lowest, (*before, result), another)


def _pairs(
    case: Case, singles: Mapping[int, Values]
) -> Iterator[tuple[tuple[str, str], int, Values]]:
    """Yields per result and later finding their joint with the cause, given the result.

    A case of the run is a result with a cause; the other findings are marginals of it.
    """
    runs = [
        (place, state, cause)
        for place, joint in singles.items()
        for state in np.flatnonzero(joint.sum(axis=0) > 0).tolist()
        for cause in np.flatnonzero(joint[:, state] > 0).tolist()
    ]
    variables = case.network.variables
    for some in _chunks(runs):
        likelihoods = case.likelihoods(len(some))
        for node in (*case.open, case.place):
            likelihoods[node] = np.ones((len(some), len(variables[node].states)))
        for number, (place, state, cause) in enumerate(some):
            for node, known in ((place, state), (case.place, cause)):
                likelihoods[node][number] = 0.0
                likelihoods[node][number, known] = 1.0
        answer = case.engine.marginals(case.open, likelihoods).probabilities
        for place, state in dict.fromkeys((place, state) for place, state, _ in some):
            rows = [n for n, run in enumerate(some) if run[:2] == (place, state)]
            causes = [some[n][2] for n in rows]
            result = (variables[place].name, variables[place].states[state])
            weights = singles[place][causes, state][:, np.newaxis]
            for other in case.open:
                if other != place:
                    joint = np.zeros((len(singles[place]), len(variables[other].states)))
                    joint[causes] = weights * answer[other][rows]
                    yield result, other, joint


def _chunks(runs: list[tuple[int, int, int]]) -> Iterator[list[tuple[int, int, int]]]:
    """Yields runs by some thousands, those of one result together."""
    some: list[tuple[int, int, int]] = []
    for run in runs:
        if len(some) >= TOGETHER and some[-1][:2] != run[:2]:
            yield some
            some = []
        some.append(run)
    if some:
        yield some
