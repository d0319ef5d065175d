"""Looks for states of all nodes that go together, one way or another.

One combination is enough, and mostly is found without going back, where a sum over all would need a
plan. The states of each node are narrowed to those that go together with some of their neighbours',
again and again (arc consistency; Mackworth 1977, Consistency in networks of relations); where this
leaves a choice, one is tried, and taken back if nothing is left.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np

from twitchbayes.engine.relation import Relation
from twitchbayes.engine.structure import Compiled

__all__ = ["Search"]

MOST_TAKEN_BACK = 64
"""Choices that are taken back, at most: then it is not known whether there is a combination."""

MOST_ENTRIES = 2**20
"""Tables with more entries are not made relations."""


class Search:
    """The relations of one network; may be asked from many threads."""

    def __init__(self, compiled: Compiled) -> None:
        self._structure = compiled.structure
        self._tables = compiled.tables

    def found(
        self,
        states: list[int],
        settled: Sequence[bool],
        tables: Iterable[int],
        ties: Callable[[int], bool],
    ) -> bool | None:
        """Returns whether some states go together; None where that is not found out.

        Args:
            states: the states that are left of each node, as bits; they are narrowed.
            settled: the nodes whose tables have nothing more to say.
            tables: the nodes whose tables are looked at first; others are where it matters.
            ties: whether the table of a node may leave some of a parent's states no choice but
                together with states of other nodes.
        """
        try:
            return _OneSearch(self, states, settled, tables, ties).run()
        except LookupError:
            return None

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


class _OneSearch:
    """One search; the tables that leave a choice are open."""

    def __init__(
        self,
        of: Search,
        states: list[int],
        settled: Sequence[bool],
        tables: Iterable[int],
        ties: Callable[[int], bool],
    ) -> None:
        """Takes the network, and what `Search.found` takes."""
        self._of = of
        self._states = states
        self._settled = settled
        self._ties = ties
        self._open: set[int] = set()
        # turns of tables to be looked at, and of open ones (negative): the least comes next
        self._waiting = sorted([of.turn[node] for node in tables])
        self._queued = set(self._waiting)
        self._opened: list[int] = []
        self._once: dict[int, bool] = {}

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
            if choice and self._matters(left, family):
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

    def _matters(self, left: Sequence[int], family: Sequence[int]) -> bool:
        """Returns whether it matters how a choice is made that a table leaves.

        It does not where all parents that may still be in several states, but for one, are tied to
        nothing else. Whatever that one's state will be, there are states of theirs for it.
        """
        free = 0
        for states, parent in zip(left, family[:-1], strict=False):
            if states & (states - 1) and not self._tied_once(parent):
                free += 1
        return free > 1

    def _tied_once(self, node: int) -> bool:
        """Returns whether no more than one table has to do with how a node's state is chosen."""
        once = self._once.get(node)
        if once is None:
            children = self._of.children[node]
            once = self._settled[node] and sum(map(self._ties, children)) <= 1
            self._once[node] = once
        return once

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
