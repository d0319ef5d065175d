"""Whether findings are possible, by looking for states that go together with them.

One combination of states above zero is enough, and mostly is found without going back, where a sum
over all would need a plan. The states of each node are narrowed to those that go together with some
of their neighbours', again and again (arc consistency; Mackworth 1977, Consistency in networks of
relations); where this leaves a choice, one is tried, and taken back if nothing is left.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.codes import Codes
from twitchbayes.engine.relation import Relation
from twitchbayes.engine.structure import Compiled

__all__ = ["Witnesses"]

MOST_TAKEN_BACK = 64
"""Choices that are taken back, at most: then it is not known whether the findings are possible."""

MOST_ENTRIES = 2**20
"""Tables with more entries are not looked at for findings that are possible whatever else is so,
nor as relations."""


class Witnesses:
    """The tables of one network, as what is possible."""

    def __init__(self, compiled: Compiled) -> None:
        self._structure = compiled.structure
        self._tables = compiled.tables
        self._full = [(1 << card) - 1 for card in compiled.structure.cards]

    def possible(self, codes: Codes, aside: Collection[int]) -> bool | None:
        """Returns whether what one case observes is possible, None where that is not found out.

        Args:
            codes: shape (variables,), -1 for not observed.
            aside: the nodes whose tables are left aside, closed under being joined by unobserved
                nodes.
        """
        doubtful = [node for node in self._doubtful(codes) if node not in aside]
        if not doubtful:
            return True
        states = list(self._full)
        for node in np.flatnonzero(codes >= 0).tolist():
            states[node] = 1 << int(codes[node])
        try:
            return _Search(self, states, doubtful).run()
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

    def _doubtful(self, codes: Codes) -> list[int]:
        """Returns the observed nodes that are not possible whatever state their parents are in."""
        sure, first, strides, columns = self._sure
        with_hidden = np.zeros(len(self._tables), dtype=np.intp)
        with_hidden[: len(codes)] = codes
        with_hidden[: len(codes)] += 1
        places = (with_hidden[columns] * strides).sum(axis=1)
        places += first
        doubtful: list[int] = np.flatnonzero(~sure[places]).tolist()
        return doubtful

    @cached_property
    def _sure(self) -> tuple[NDArray[np.bool_], NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Per combination of codes of a table's nodes whether that is possible whatever else is so.

        Returns:
            The tables one after the other, with a first place on every axis for "not observed";
            where each begins, shape (nodes,); the strides of its axes, shape (nodes, axes); and the
            nodes of these axes.
        """
        nodes, axes = len(self._tables), max(map(len, self.families), default=0)
        strides, columns = np.zeros((2, nodes, axes), dtype=np.intp)
        first = np.zeros(nodes, dtype=np.intp)
        # what is too large is in doubt: it has this place and no strides
        sure = [np.zeros(1, dtype=np.bool_)]
        filled = 1
        for node, (family, table) in enumerate(zip(self.families, self._tables, strict=True)):
            if table.size > MOST_ENTRIES:
                continue
            possible = table > 0
            possible = np.concatenate([possible.any(axis=-1, keepdims=True), possible], axis=-1)
            for axis in range(possible.ndim - 1):
                always = possible.all(axis=axis, keepdims=True)
                possible = np.concatenate([always, possible], axis=axis)
            possible = np.ascontiguousarray(possible)
            first[node] = filled
            columns[node, : len(family)] = family
            strides[node, : len(family)] = possible.strides
            sure.append(possible.reshape(-1))
            filled += possible.size
        return np.concatenate(sure), first, strides, columns


class _Search:
    """One search; the tables that leave a choice are open."""

    def __init__(self, of: Witnesses, states: list[int], doubtful: Iterable[int]) -> None:
        self._of = of
        self._states = states
        self._open: set[int] = set()
        self._waiting: list[tuple[int, int]] = []
        self._queued: set[int] = set()
        for node in doubtful:
            self._queued.add(node)
            self._waiting.append((of.turn[node], node))
        heapq.heapify(self._waiting)

    def run(self) -> bool | None:
        """Returns whether there is a combination; None where it is given up."""
        choices: list[tuple[list[int], set[int], int, int]] = []
        taken_back = 0
        while True:
            if self._narrow():
                if not self._open:
                    return True
                # what comes first in the network is chosen first
                node = max(self._open, key=self._of.turn.__getitem__)
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
                self._waiting.clear()
                self._queued.clear()
                self._states[parent] = others
            self._changed(parent)

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
        states, open_tables = self._states, self._open
        families, relations = self._of.families, self._of.relations
        while self._waiting:
            _, node = heapq.heappop(self._waiting)
            self._queued.discard(node)
            family, relation = families[node], relations[node]
            if relation is None:
                raise LookupError(node)
            now = tuple([states[other] for other in family])
            left, choice = relation.narrowed(now)
            if not left:
                return False
            if choice:
                open_tables.add(node)
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
        for table in (node, *self._of.children[node]):
            # of its parents a table narrows no more than once, unless it leaves a choice
            again = table == node or table in self._open
            if again and table != by and table not in self._queued:
                self._queued.add(table)
                heapq.heappush(self._waiting, (self._of.turn[table], table))
