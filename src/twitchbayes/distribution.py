"""How a variable depends on its parents: rows of estimates, or a leaky noisy-MAX."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchbayes.estimate import Estimate

__all__ = ["NoisyMax", "Row", "Table", "conditions", "maximum", "region"]

Parents = Sequence[tuple[str, tuple[str, ...]]]
"""The parents of a variable in order, each with its states."""

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Row:
    """One conditional distribution, stated for some combinations of the parents' states.

    Attributes:
        when: (parent, states) pairs; a parent that is not named may be in any state. Empty:
            every combination, the row that is read as "otherwise".
        estimates: (state, estimate) pairs; a state that is left out takes the remainder. Several
            may be left out where there is a baseline: they share the remainder as they do there.
        note: what holds for the whole row.
    """

    when: tuple[tuple[str, tuple[str, ...]], ...]
    estimates: tuple[tuple[str, Estimate], ...]
    note: str = ""

    def values(
        self, states: Sequence[str], baseline: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Returns the distribution over `states`, shape (states,), normalised to sum to one.

        Args:
            states: of the variable.
            baseline: the distribution in whose proportions several states share what is left.
        """
        given = {state: estimate.value for state, estimate in self.estimates}
        remainder = 1.0 - math.fsum(given.values())
        # what rounding leaves is nothing: a remainder of 1e-16 would make the impossible possible
        if remainder <= len(states) * EPSILON:
            remainder = 0.0
        values = np.array([given.get(state, remainder) for state in states], dtype=np.float64)
        if baseline is not None and len(states) - len(given) > 1:
            out = np.array([state not in given for state in states])
            shares = baseline[out]
            values[out] *= shares / (shares.sum() or 1.0)
        total: float = values.sum()
        # a sum that misses one in the last bit is left alone: dividing would move every number
        return values if abs(total - 1.0) <= 4 * EPSILON else values / total


@dataclass(frozen=True, slots=True)
class Table:
    """A conditional probability table, stated as rows that name only what differs.

    Where two rows are about the same combination the more specific one holds: the row all of whose
    combinations are also the other's. A row without conditions is thus the baseline; a row that
    names only some states leaves the others in the baseline's proportions.
    """

    rows: tuple[Row, ...]

    def named_rows(self) -> Iterator[tuple[str, Row]]:
        """Yields every row with its name in the cited format, `rows[0]`."""
        for i, row in enumerate(self.rows):
            yield f"rows[{i}]", row

    def by_size(self, parents: Parents) -> Iterator[tuple[int, list[Sequence[int]]]]:
        """Yields every row, the largest first, with the numbers of the states of each parent.

        Of rows about one combination, the one that comes last holds.
        """
        numbers = [{state: i for i, state in enumerate(states)} for _, states in parents]
        sizes = []
        for row in self.rows:
            named = dict(row.when)
            sizes.append(math.prod(len(named.get(parent, states)) for parent, states in parents))
        for i in sorted(range(len(self.rows)), key=lambda i: -sizes[i]):
            named = dict(self.rows[i].when)
            yield (
                i,
                [
                    sorted(number[state] for state in named[parent])
                    if parent in named
                    else range(len(number))
                    for (parent, _), number in zip(parents, numbers, strict=True)
                ],
            )

    def owners(self, parents: Parents) -> NDArray[np.int64]:
        """Returns which row holds for each combination (-1: none), with an axis per parent."""
        owner = np.full([len(states) for _, states in parents], -1, dtype=np.int64)
        for i, places in self.by_size(parents):
            owner[region(places)] = i
        return owner

    @property
    def baseline(self) -> Row | None:
        """The row without conditions, which holds otherwise; None where there is none."""
        return next((row for row in self.rows if not row.when), None)

    def distributions(self, states: Sequence[str]) -> list[NDArray[np.float64]]:
        """Returns the distribution of every row, each of shape (states,)."""
        baseline = None if self.baseline is None else self.baseline.values(states)
        return [row.values(states, baseline) for row in self.rows]

    def array(self, parents: Parents, states: Sequence[str]) -> NDArray[np.float64]:
        """Returns the full table, shape (parents..., states)."""
        return np.stack(self.distributions(states))[self.owners(parents)]


@dataclass(frozen=True, slots=True)
class NoisyMax:
    """A leaky noisy-MAX; with two states a leaky noisy-OR.

    Every parent that is not in its first state lifts the variable, independently of the others, to
    a state drawn from its link; the leak draws one for everything that is not modelled; the
    variable takes the highest. States are in order of severity. The parameters are "net": the leak
    is not folded into the links (Diez 1993, Parameter adjustment in Bayes networks: the generalized
    noisy OR-gate).

    Attributes:
        links: one row per parent and state, conditions on that parent alone.
        leak: the distribution when every parent is in its first state.
    """

    links: tuple[Row, ...]
    leak: Row

    def named_rows(self) -> Iterator[tuple[str, Row]]:
        """Yields every link and the leak with its name in the cited format, `links[0]`."""
        for i, link in enumerate(self.links):
            yield f"links[{i}]", link
        yield "leak", self.leak

    def distributions(self, states: Sequence[str]) -> list[NDArray[np.float64]]:
        """Returns the distribution of every link and of the leak, each of shape (states,)."""
        return [row.values(states) for _, row in self.named_rows()]

    def link_arrays(self, parents: Parents, states: Sequence[str]) -> list[NDArray[np.float64]]:
        """Returns P(state that the parent alone lifts to | the parent's state) of each parent.

        Shape (parent states, states); row 0 is certainty of the first state.
        """
        links: dict[str, list[Row]] = {}
        for link in self.links:
            links.setdefault(link.when[0][0], []).append(link)
        arrays = []
        for parent, parent_states in parents:
            lifted = np.zeros((len(parent_states), len(states)))
            lifted[:, 0] = 1.0
            for link in links.get(parent, []):
                lifted[[parent_states.index(state) for state in link.when[0][1]]] = link.values(
                    states
                )
            arrays.append(lifted)
        return arrays

    def array(self, parents: Parents, states: Sequence[str]) -> NDArray[np.float64]:
        """Returns the full table, shape (parents..., states), exponential in the parents."""
        table = self.leak.values(states)
        for axis, link in enumerate(self.link_arrays(parents, states)):
            shape = [len(link)] + [1] * (len(parents) - axis - 1) + [len(states)]
            table = maximum(table, link.reshape(shape))
        return table


def region(
    places: Sequence[Sequence[int]],
) -> tuple[slice, ...] | tuple[NDArray[np.intp], ...]:
    """Returns the index of all combinations of some numbers on each axis.

    Made of slices where that will do, which is faster by far than `numpy.ix_`.
    """
    slices = [
        slice(of_axis[0], of_axis[-1] + 1, of_axis[1] - of_axis[0] if len(of_axis) > 1 else 1)
        for of_axis in places
    ]
    if all(
        list(of_axis) == list(range(part.start, part.stop, part.step))
        for of_axis, part in zip(places, slices, strict=True)
    ):
        return tuple(slices)
    return np.ix_(*places)


def maximum(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the distribution of the larger of two independent states, along the last axis.

    A sum of products: nothing is subtracted, so that small probabilities keep all their digits.
    """
    at_most = np.cumsum(other, axis=-1)
    below = np.zeros(np.broadcast_shapes(one.shape, other.shape))
    below[..., 1:] = np.cumsum(one, axis=-1)[..., :-1]
    result: NDArray[np.float64] = one * at_most + below * other
    return result


def conditions(when: Mapping[str, tuple[str, ...]] | Sequence[tuple[str, tuple[str, ...]]]) -> str:
    """Returns the conditions of a row in words, `otherwise` for none.

    Example:
        >>> conditions({"cause": ("benign_idle", "stress_related"), "age_band": ("60_plus",)})
        'cause = benign_idle or stress_related, age_band = 60_plus'
    """
    pairs = dict(when).items()
    words = ", ".join(f"{parent} = {' or '.join(states)}" for parent, states in pairs)
    return words or "otherwise"
