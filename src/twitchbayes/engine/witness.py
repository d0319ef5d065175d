"""Whether findings are possible, by looking for states that go together with them.

One combination of states above zero is enough, and mostly is found without going back, where a sum
over all would need a plan. The states of each node are narrowed to those that go together with some
of their neighbours', again and again (arc consistency; Mackworth 1977, Consistency in networks of
relations); where this leaves a choice, one is tried, and taken back if nothing is left.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.cutting import Case, Cutting
from twitchbayes.engine.relation import Relation
from twitchbayes.engine.structure import Compiled

__all__ = ["Witnesses"]

MOST_TAKEN_BACK = 64
"""Choices that are taken back, at most: then it is not known whether the findings are possible."""

MOST_ENTRIES = 2**20
"""Tables with more entries are not looked at for findings that are possible whatever else is so,
nor as relations."""

MOST_BITS = 62
"""States of a node whose sets are numbers of NumPy, at most."""


class Witnesses:
    """The tables of one network, as what is possible."""

    def __init__(self, compiled: Compiled, cutting: Cutting) -> None:
        self._cutting = cutting
        self._structure = compiled.structure
        self._tables = compiled.tables
        cards = compiled.structure.cards
        self._nodes = np.arange(len(cards))
        self._full = np.array([(1 << min(card, MOST_BITS)) - 1 for card in cards])
        self._of_many_states = [node for node, card in enumerate(cards) if card > MOST_BITS]

    def possible(self, case: Case, aside: Collection[int]) -> bool | None:
        """Returns whether what one case observes is possible, None where that is not found out.

        Args:
            case: what is observed.
            aside: the nodes whose tables are left aside, closed under being joined by unobserved
                nodes.
        """
        doubtful = self.doubtful(case, aside)
        if not doubtful:
            return True
        states, settled = self._at_once(case)
        alone, left = [array.take(case.numbers, mode="clip").tolist() for array in self._alone]
        tables = set()
        for table in doubtful:
            node = alone[table]
            if node < 0:
                tables.add(table)
                continue
            # all nodes but this one are known
            before = states[node]
            states[node] = before & left[table]
            if not states[node]:
                return False
            if states[node] != before and not settled[node]:
                tables.add(node)
        try:
            return _Search(self, states, settled, tables).run()
        except LookupError:
            return None

    def doubtful(self, case: Case, aside: Collection[int]) -> list[int]:
        """Returns the nodes whose finding is not possible whatever state their parents are in.

        Args:
            case: what is observed.
            aside: the nodes that are left aside.
        """
        sure = self._sure.take(case.numbers, mode="clip")
        return sorted(set(np.flatnonzero(~sure).tolist()).difference(aside))

    def _at_once(self, case: Case) -> tuple[list[int], list[bool]]:
        """Returns what is left of each node's states by its own table, where its parents are known.

        Returns:
            The states, as bits; and the nodes whose tables have nothing more to say.
        """
        known = case.known
        alone, left = [array.take(case.numbers, mode="clip") for array in self._alone]
        settled = alone == self._nodes
        states = np.where(settled, left, self._full)
        states = np.where(known > 0, 1 << np.maximum(known - 1, 0), states).tolist()
        for node in self._of_many_states:
            card, state = self._structure.cards[node], int(known[node])
            states[node] = 1 << state - 1 if state else (1 << card) - 1
        return states, settled.tolist()

    @cached_property
    def relations(self) -> tuple[Relation | None, ...]:
        """The relation of each node's table, equal ones made once; None of what is too large."""
        made: dict[tuple[tuple[int, ...], bytes], Relation] = {}
        found: list[Relation | None] = []
        for table in self._tables:
            if table.size > MOST_ENTRIES:
                found.append(None)
                continue
            possible = table > 0
            key = possible.shape, np.packbits(possible).tobytes()
            if key not in made:
                made[key] = Relation(possible)
            found.append(made[key])
        return tuple(found)

    @cached_property
    def families(self) -> tuple[tuple[int, ...], ...]:
        """The nodes of each node's table."""
        return self._structure.families

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The children of each node."""
        return self._structure.children

    @cached_property
    def turn(self) -> tuple[int, ...]:
        """The turn of each node: children come before their parents."""
        return self._structure.turn

    @cached_property
    def in_turn(self) -> tuple[int, ...]:
        """The nodes in their turns."""
        return tuple(sorted(range(len(self.turn)), key=self.turn.__getitem__))

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
            for axis, other in enumerate(self.families[node]):
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
        """The nodes whose tables are not too large, in the order of numbers, and what is possible."""
        for node in self._cutting.smallest_first:
            if self._tables[node].size > MOST_ENTRIES:
                break
            yield node, self._tables[node] > 0


class _Search:
    """One search; the tables that leave a choice are open."""

    def __init__(
        self, of: Witnesses, states: list[int], settled: list[bool], tables: Iterable[int]
    ) -> None:
        """Takes the states that are left of each node, and the tables to be looked at.

        Args:
            of: the network.
            states: as bits, per node.
            settled: the nodes whose tables have nothing more to say.
            tables: by their nodes.
        """
        self._of = of
        self._states = states
        self._settled = settled
        self._open: set[int] = set()
        # turns of tables to be looked at, the next one first; those of open ones, the last one first
        self._waiting = sorted([of.turn[node] for node in tables])
        self._queued = set(self._waiting)
        self._opened: list[int] = []

    def run(self) -> bool | None:
        """Returns whether there is a combination; None where it is given up."""
        choices: list[tuple[list[int], set[int], int, int]] = []
        taken_back = 0
        while True:
            if self._narrow():
                if not self._open:
                    return True
                node = self._last_open()
                parent, first = self._choice(node)
                others = self._states[parent] & ~first
                choices.append((list(self._states), set(self._open), parent, others))
                self._states[parent] = first
            elif not choices:
                return False
            elif taken_back == MOST_TAKEN_BACK:
                return None
            else:
                taken_back += 1
                self._states, self._open, parent, others = choices.pop()
                self._opened = sorted([-self._of.turn[node] for node in self._open])
                self._waiting.clear()
                self._queued.clear()
                self._states[parent] = others
            self._changed(parent)

    def _last_open(self) -> int:
        """Returns the open table that comes first in the network."""
        while True:
            node = self._of.in_turn[-self._opened[0]]
            if node in self._open:
                return node
            heapq.heappop(self._opened)

    def _choice(self, node: int) -> tuple[int, int]:
        """Returns a parent of a node whose table is open, and the state of it to be tried first."""
        family, relation = self._of.families[node], self._of.relations[node]
        assert relation is not None
        place, first = relation.choice(tuple([self._states[other] for other in family]))
        return family[place], first

    def _narrow(self) -> bool:
        """Narrows the states until no table narrows them; returns whether some are left.

        Raises:
            LookupError: a table is too large to be looked at.
        """
        states, open_tables, waiting, queued = (
            self._states,
            self._open,
            self._waiting,
            self._queued,
        )
        families, relations, in_turn = self._of.families, self._of.relations, self._of.in_turn
        while waiting:
            turn = heapq.heappop(waiting)
            queued.discard(turn)
            node = in_turn[turn]
            family, relation = families[node], relations[node]
            if relation is None:
                raise LookupError(node)
            now = tuple([states[other] for other in family])
            left, choice = relation.narrowed(now)
            if not left:
                return False
            if choice:
                if node not in open_tables:
                    open_tables.add(node)
                    heapq.heappush(self._opened, -turn)
            else:
                open_tables.discard(node)
            if left != now:
                for other, before, after in zip(family, now, left, strict=True):
                    if before != after:
                        states[other] = after
                        self._changed(other, node)
        return True

    def _changed(self, node: int, by: int = -1) -> None:
        """Has the tables looked at again that a node's states matter to."""
        # of its parents a table narrows no more than once, unless it leaves a choice
        turn, waiting, queued = self._of.turn, self._waiting, self._queued
        if node != by and not self._settled[node] and turn[node] not in queued:
            queued.add(turn[node])
            heapq.heappush(waiting, turn[node])
        for table in self._open.intersection(self._of.children[node]):
            if table != by and turn[table] not in queued:
                queued.add(turn[table])
                heapq.heappush(waiting, turn[table])
