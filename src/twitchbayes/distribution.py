"""How a variable depends on its parents: rows of estimates, or a leaky noisy-MAX."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchbayes.estimate import Estimate

__all__ = ["NoisyMax", "Overlap", "Row", "Table", "conditions", "maximum"]

Parents = Sequence[tuple[str, tuple[str, ...]]]
"""The parents of a variable in order, each with its states."""


@dataclass(frozen=True, slots=True)
class Row:
    """One conditional distribution, stated for some combinations of the parents' states.

    Attributes:
        when: (parent, states) pairs; a parent that is not named may be in any state. Empty:
            every combination, the row that is read as "otherwise".
        estimates: (state, estimate) pairs; one state may be left out and takes the remainder.
        note: what holds for the whole row.
    """

    when: tuple[tuple[str, tuple[str, ...]], ...]
    estimates: tuple[tuple[str, Estimate], ...]
    note: str = ""

    def values(self, states: Sequence[str]) -> NDArray[np.float64]:
        """Returns the distribution over `states`, shape (states,), normalised to sum to one."""
        given = {state: estimate.value for state, estimate in self.estimates}
        remainder = max(0.0, 1.0 - math.fsum(given.values()))
        values = np.array([given.get(state, remainder) for state in states], dtype=np.float64)
        total: float = values.sum()
        # a sum that misses one in the last bit is left alone: dividing would move every number
        return values if abs(total - 1.0) <= 4 * np.finfo(np.float64).eps else values / total

    def covers(self, other: Row, parents: Parents) -> bool:
        """Whether every combination of states that `other` is about is one of this row's."""
        mine, theirs = dict(self.when), dict(other.when)
        return all(
            set(theirs.get(parent, states)) <= set(mine[parent])
            for parent, states in parents
            if parent in mine
        )

    def index(self, parents: Parents) -> tuple[NDArray[np.intp], ...]:
        """Returns the open mesh (`numpy.ix_`) of the combinations that this row is about."""
        named = dict(self.when)
        chosen = [
            [states.index(state) for state in named.get(parent, states)]
            for parent, states in parents
        ]
        return np.ix_(*chosen)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rows about one combination of states, neither more specific than the other."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Table:
    """A conditional probability table, stated as rows that name only what differs.

    Where two rows are about the same combination the more specific one holds: the row all of whose
    combinations are also the other's. A row without conditions is thus the baseline.
    """

    rows: tuple[Row, ...]

    def owners(self, parents: Parents) -> tuple[NDArray[np.int64], list[Overlap]]:
        """Returns which row holds for each combination (-1: none), and the undecided overlaps.

        The array has one axis per parent, in order.
        """
        regions = [row.index(parents) for row in self.rows]
        sizes = [math.prod(len(axis.ravel()) for axis in region) for region in regions]
        owner = np.full([len(states) for _, states in parents], -1, dtype=np.int64)
        doubts: list[Overlap] = []
        for i in sorted(range(len(self.rows)), key=lambda i: -sizes[i]):
            doubts += [
                Overlap(earlier, i)
                for earlier in np.unique(owner[regions[i]]).tolist()
                if earlier >= 0 and not self._refines(i, earlier, sizes, parents)
            ]
            owner[regions[i]] = i
        return owner, [doubt for doubt in doubts if self._open(doubt, owner, sizes, parents)]

    def _refines(self, i: int, other: int, sizes: Sequence[int], parents: Parents) -> bool:
        return sizes[i] < sizes[other] and self.rows[other].covers(self.rows[i], parents)

    def _open(
        self,
        doubt: Overlap,
        owner: NDArray[np.int64],
        sizes: Sequence[int],
        parents: Parents,
    ) -> bool:
        """Whether no third row, more specific than both, decides where the two overlap."""
        first, second = dict(self.rows[doubt.first].when), dict(self.rows[doubt.second].when)
        shared = Row(
            tuple(
                (
                    parent,
                    tuple(
                        state
                        for state in states
                        if state in first.get(parent, states)
                        and state in second.get(parent, states)
                    ),
                )
                for parent, states in parents
            ),
            (),
        )
        return not all(
            self._refines(i, doubt.first, sizes, parents)
            and self._refines(i, doubt.second, sizes, parents)
            for i in np.unique(owner[shared.index(parents)]).tolist()
        )

    def array(self, parents: Parents, states: Sequence[str]) -> NDArray[np.float64]:
        """Returns the full table, shape (parents..., states)."""
        owner, _ = self.owners(parents)
        return np.stack([row.values(states) for row in self.rows])[owner]


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

    def link_array(
        self, parent: str, parent_states: Sequence[str], states: Sequence[str]
    ) -> NDArray[np.float64]:
        """Returns P(state that the parent alone lifts to | the parent's state).

        Shape (parent states, states); row 0 is certainty of the first state.
        """
        lifted = np.zeros((len(parent_states), len(states)))
        lifted[:, 0] = 1.0
        for link in self.links:
            (name, chosen), *_ = link.when
            if name == parent:
                for state in chosen:
                    lifted[parent_states.index(state)] = link.values(states)
        return lifted

    def array(self, parents: Parents, states: Sequence[str]) -> NDArray[np.float64]:
        """Returns the full table, shape (parents..., states), exponential in the parents."""
        table = self.leak.values(states)
        for axis, (parent, parent_states) in enumerate(parents):
            link = self.link_array(parent, parent_states, states)
            shape = [len(parent_states)] + [1] * (len(parents) - axis - 1) + [len(states)]
            table = maximum(table, link.reshape(shape))
        return table


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
