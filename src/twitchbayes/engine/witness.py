"""Whether findings are possible, by looking for states that go together with them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.cutting import Case, Cutting
from twitchbayes.engine.search import Search
from twitchbayes.engine.separation import as_bits
from twitchbayes.engine.structure import Compiled

__all__ = ["Witnesses"]

Mask = NDArray[np.bool_]


MOST_ENTRIES = 2**20
"""Tables with more entries are not looked at for findings that are possible whatever else is so."""

MOST_BITS = 62
"""States of a node whose sets are numbers of NumPy, at most."""


class LookedUp(NamedTuple):
    """What is known of the nodes and their tables in one case, or in each of some.

    Attributes:
        alone: per table the only node that is not known, -1 where there are none or several.
        left: the states that this node may have, as bits.
        settled: the nodes whose own tables have nothing more to say.
        states: what is left of each node's states, by its finding or its own table.
        ties: whether a node's table may tie others, if there is a finding below it.
    """

    alone: NDArray[np.int32]
    left: NDArray[np.int64]
    settled: Mask
    states: NDArray[np.int64]
    ties: Mask


class Witnesses:
    """The tables of one network, as what is possible."""

    def __init__(self, compiled: Compiled, cutting: Cutting) -> None:
        self._cutting = cutting
        self._search = Search(compiled)
        self._structure = compiled.structure
        self._tables = compiled.tables
        cards = compiled.structure.cards
        self._nodes = np.arange(len(cards))
        self._full = np.array([(1 << min(card, MOST_BITS)) - 1 for card in cards])
        self._of_many_states = [node for node, card in enumerate(cards) if card > MOST_BITS]

    def possible(self, case: Case, aside: Mask) -> bool | None:
        """Returns whether what one case observes is possible, None where that is not found out.

        Args:
            case: what is observed.
            aside: the nodes whose tables are left aside, shape (nodes,), closed under being joined
                by unobserved nodes.
        """
        sure = self._sure.take(case.numbers, mode="clip")
        doubtful = np.flatnonzero(~(sure | aside))
        if not len(doubtful):
            return True
        return self._found(doubtful, case.known, self._looked_up(case, sure))

    def possible_in_each(self, case: Case, aside: Mask) -> list[bool | None]:
        """Returns the same for many cases.

        Args:
            case: what is observed.
            aside: shape (cases, nodes).
        """
        sure = self._sure.take(case.numbers, mode="clip")
        doubtful = ~(sure | aside)
        looked_up = map(LookedUp._make, zip(*self._looked_up(case, sure), strict=True))
        return [
            not tables.any() or self._found(np.flatnonzero(tables), known, of_case)
            for tables, known, of_case in zip(doubtful, case.known, looked_up, strict=True)
        ]

    def doubtful(self, case: Case, aside: Mask) -> list[int]:
        """Returns the nodes whose finding is not possible whatever state their parents are in.

        Args:
            case: what one case observes.
            aside: the nodes that are left aside, shape (nodes,).
        """
        sure = self._sure.take(case.numbers, mode="clip")
        found: list[int] = np.flatnonzero(~(sure | aside)).tolist()
        return found

    def _looked_up(self, case: Case, sure: Mask) -> LookedUp:
        """Returns what the numbers of tables tell, and which are sure."""
        alone = self._alone[0].take(case.numbers, mode="clip")
        left = self._alone[1].take(case.numbers, mode="clip")
        settled = alone == self._nodes
        seen = case.known > 0
        states = np.where(settled, left, self._full)
        states = np.where(seen, 1 << np.maximum(case.known - 1, 0), states)
        # an unobserved node without a finding below it ties nothing
        ties = np.where(seen, ~(sure | (alone >= 0)), True)
        return LookedUp(alone, left, settled, states, ties)

    def _found(
        self,
        doubtful: NDArray[np.intp],
        known: NDArray[np.intp],
        looked_up: LookedUp,
    ) -> bool | None:
        """Returns whether some states of one case go together, None where that is not found out.

        Args:
            doubtful: the tables that may make it impossible.
            known: what is observed.
            looked_up: of this case.
        """
        states, settled = self._states(known, looked_up.states), looked_up.settled.tolist()
        alone, left = looked_up.alone[doubtful].tolist(), looked_up.left[doubtful].tolist()
        tables = set()
        for table, node, may in zip(doubtful.tolist(), alone, left, strict=True):
            if node < 0:
                tables.add(table)
                continue
            # all nodes but this one are known
            before = states[node]
            states[node] = before & may
            if not states[node]:
                return False
            if states[node] != before and not settled[node]:
                tables.add(node)
        ties, below, seen = looked_up.ties.tolist(), self._structure.below, as_bits(known)
        return self._search.found(
            states, looked_up.settled, tables, lambda node: ties[node] and below[node] & seen != 0
        )

    def _states(self, known: NDArray[np.intp], states: NDArray[np.int64]) -> list[int]:
        """Returns what is left of each node's states, of however many."""
        found: list[int] = states.tolist()
        for node in self._of_many_states:
            card, state = self._structure.cards[node], int(known[node])
            found[node] = 1 << state - 1 if state else (1 << card) - 1
        return found

    @cached_property
    def _sure(self) -> NDArray[np.bool_]:
        """Per number of what is known of a table's nodes, if that is possible whatever else is so.

        Of the tables that are too large there is one for all, the last.
        """
        found = []
        for _, possible in self._small:
            sure = np.concatenate([possible.any(axis=-1, keepdims=True), possible], axis=-1)
            for axis in range(sure.ndim - 1):
                sure = np.concatenate([sure.all(axis=axis, keepdims=True), sure], axis=axis)
            found.append(sure.reshape(-1))
        return np.concatenate([*found, np.zeros(1, dtype=np.bool_)])

    @cached_property
    def _alone(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Per number of what is known of a table's nodes, the only node that is not known.

        Of the tables that are too large there is one for all, the last.

        Returns:
            This node, -1 where there are none or several; and the states it may have, as bits.
        """
        alone, left = [], []
        for node, possible in self._small:
            shape = [card + 1 for card in possible.shape]
            whose, states = np.full(shape, -1, dtype=np.int32), np.zeros(shape, dtype=np.int64)
            for axis, other in enumerate(self._structure.families[node]):
                card = possible.shape[axis]
                if card <= MOST_BITS:
                    at: list[slice | int] = [slice(1, None)] * len(shape)
                    at[axis] = 0
                    whose[tuple(at)] = other
                    states[tuple(at)] = np.tensordot(possible, 1 << np.arange(card), (axis, 0))
            alone.append(whose.reshape(-1))
            left.append(states.reshape(-1))
        return (
            np.concatenate([*alone, np.full(1, -1, dtype=np.int32)]),
            np.concatenate([*left, np.zeros(1, dtype=np.int64)]),
        )

    @property
    def _small(self) -> Iterator[tuple[int, NDArray[np.bool_]]]:
        """What is possible by the tables that are not too large, in the order of numbers."""
        for node in self._cutting.smallest_first:
            if self._tables[node].size > MOST_ENTRIES:
                break
            yield node, self._tables[node] > 0
