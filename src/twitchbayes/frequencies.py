"""Of so many people so many: probabilities as whole numbers that add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.display import people
from twitchbayes.display.people_rows import FrequencyRows, PeopleRow, TreeRows
from twitchbayes.errors import QueryError
from twitchbayes.questions.arguments import whole
from twitchbayes.questions.case import Case
from twitchbayes.showing.names import Names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Frequencies", "FrequencyTree", "apportion", "frequencies", "frequency_tree"]

MOST_PEOPLE = 10**12


@dataclass(frozen=True, repr=False, eq=False)
class Frequencies:
    """How many of so many people have each cause.

    Attributes:
        n: how many people.
        causes: of them have each cause, whole numbers that sum to n; of what is rarer than one in n
            nobody, which is shown as "fewer than 1".
        groups: the same for groups of causes, each the sum of its causes.
    """

    n: int
    causes: pd.Series[Any]
    groups: pd.Series[Any]
    _rows: FrequencyRows

    def __repr__(self) -> str:
        return people.frequency_text(self._rows)

    def _repr_html_(self) -> str:
        return people.frequency_html(self._rows)


@dataclass(frozen=True, repr=False)
class FrequencyTree:
    """What one finding says about a cause, in whole numbers of people.

    Attributes:
        n: how many people, who are like the patient before any finding.
        with_cause, without_cause: how many of them have the cause, and how many do not.
        with_cause_and_finding, without_cause_but_finding: how many of these have the finding.
        posterior: P(cause | finding, context), exact; the numbers of people are rounded.
    """

    n: int
    with_cause: int
    without_cause: int
    with_cause_and_finding: int
    without_cause_but_finding: int
    posterior: float
    _rows: TreeRows

    def __repr__(self) -> str:
        return people.tree_text(self._rows)

    def _repr_html_(self) -> str:
        return people.tree_html(self._rows)


def apportion(shares: Sequence[float] | NDArray[np.float64], n: int) -> list[int]:
    """Returns whole numbers that sum to n, as near to the shares as may be: largest remainders.

    Each is the share of n, rounded up or down; of equal remainders the first is rounded up.

    Args:
        shares: what belongs to each; they sum to one.
        n: to be distributed.

    Example:
        >>> apportion([0.5, 0.3334, 0.1666], 100)
        [50, 33, 17]
    """
    exact = np.asarray(shares, dtype=np.float64) * n
    counts = np.floor(exact).astype(np.int64)
    missing = n - int(counts.sum())
    for place in np.argsort(-(exact - counts), kind="stable")[:missing]:
        counts[place] += 1
    return [int(count) for count in counts]


def frequencies(case: Case, posterior: NDArray[np.float64], n: object) -> Frequencies:
    """Returns how many of n people have each cause; see `Diagnosis.frequencies`.

    Raises:
        QueryError: n is no such number.
    """
    import pandas as pd

    n = whole("n", n, 1, MOST_PEOPLE)
    network = case.network
    target = network.by_name[str(network.target)]
    counts = dict(zip(target.states, apportion(posterior, n), strict=True))
    chances = dict(zip(target.states, posterior.tolist(), strict=True))
    members = {group.name: group.states for group in network.groups}
    members = members or {cause: (cause,) for cause in target.states}
    labels = {group.name: group.label or group.name for group in network.groups}
    rows = [
        PeopleRow(
            labels.get(name, target.state_label(name)),
            sum(counts[cause] for cause in states),
            sum(chances[cause] for cause in states),
            tuple(
                PeopleRow(target.state_label(cause), counts[cause], chances[cause])
                for cause in states
                if len(states) > 1
            ),
        )
        for name, states in members.items()
    ]
    return Frequencies(
        n,
        pd.Series(counts, name="people", dtype="int64").rename_axis(target.name),
        pd.Series(
            {name: sum(counts[cause] for cause in states) for name, states in members.items()},
            name="people",
            dtype="int64",
        ).rename_axis("group"),
        FrequencyRows(
            f"{network.name} {network.version}",
            network.title,
            n,
            tuple(rows),
            Names(network).case(case.findings),
        ),
    )


def frequency_tree(
    case: Case,
    weights: Sequence[float],
    variable: str,
    cause: str | Sequence[str] | None,
    leader: str,
    n: object,
) -> FrequencyTree:
    """Returns what one finding says about a cause; see `Diagnosis.frequency_tree`.

    Args:
        case: whose context is held.
        weights: 1 for the states that are the finding, 0 for the others.
        variable: what the finding is about.
        cause: the cause, or several; the leader where left out.
        leader: the most probable cause.
        n: how many people, or None.

    Raises:
        QueryError: an unknown cause, or n is no such number.
    """
    network = case.network
    meant = case.causes(cause, default=leader)
    places = [case.place, network.position[variable]]
    before = Case(network, case.engine, case.context)
    joint = case.engine.marginal(places, before.likelihoods()).probabilities[0]
    found = np.array(weights, dtype=np.bool_)
    true = float(joint[meant][:, found].sum())
    false = float(joint[~meant][:, found].sum())
    prior = float(joint[meant].sum())
    if true + false == 0:
        raise QueryError(f"nobody of this context has this finding of {variable}; give another")
    people_counted = _enough(prior, true) if n is None else whole("n", n, 1, MOST_PEOPLE)
    shares = [true, max(0.0, prior - true), false, max(0.0, 1 - prior - false)]
    leaves = apportion(np.array(shares) / sum(shares), people_counted)
    of_variable = network.by_name[variable]
    states = [s for s, w in zip(of_variable.states, weights, strict=True) if w]
    words = " or ".join(of_variable.state_label(state) for state in states)
    labels = [
        case.target.state_label(s) for s, m in zip(case.target.states, meant, strict=True) if m
    ]
    posterior = true / (true + false)
    rows = TreeRows(
        f"{network.name} {network.version}",
        network.title,
        people_counted,
        " or ".join(labels),
        f"{of_variable.label or variable}: {words}",
        tuple(leaves),
        tuple(shares),
        posterior,
        "; ".join(Names(network).finding(finding) for finding in case.context),
    )
    return FrequencyTree(
        people_counted,
        leaves[0] + leaves[1],
        leaves[2] + leaves[3],
        leaves[0],
        leaves[2],
        posterior,
        rows,
    )


def _enough(prior: float, true: float) -> int:
    """Returns 1,000, or by powers of ten more, so that ten have the cause and one the finding."""
    n = 1000
    while n < MOST_PEOPLE and (0 < prior * n < 10 or 0 < true * n < 1):
        n *= 10
    return n
