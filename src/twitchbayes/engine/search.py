"""Looks for states of all nodes that go together, one way or another.

One combination is enough, and mostly is found without going back, where a sum over all would need a
plan. The states of each node are narrowed to those that go together with some of their neighbours',
again and again (arc consistency; Mackworth 1977, Consistency in networks of relations); where this
leaves a choice, one is tried, and taken back if nothing is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.relation import Relation
from twitchbayes.engine.separation import as_bits
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
        settled: NDArray[np.bool_],
        tables: Iterable[int],
        ties: Callable[[int], bool],
    ) -> bool | None:
        """Returns whether some states go together; None where that is not found out.

        Args:
            states: the states that are left of each node, as bits; they are narrowed.
            settled: the nodes whose tables have nothing more to say, shape (nodes,).
            tables: the nodes whose tables are looked at first; others are where it matters.
            ties: whether the table of a node may leave some of a parent's states no choice but
                together with states of other nodes.
        """
        try:
            return _OneSearch(self, states, settled, ties).run(tables)
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
    def states_of(self) -> tuple[Callable[[list[int]], tuple[int, ...]], ...]:
        """What takes the states of a table's nodes, for each node's table."""
        return tuple(map(_taking, self.families))

    @cached_property
    def parents(self) -> tuple[tuple[int, ...], ...]:
        """The parents of each node."""
        return self._structure.parents

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The children of each node."""
        return self._structure.children

    @cached_property
    def in_turn(self) -> tuple[int, ...]:
        """The nodes in their turns: children come before their parents."""
        return tuple(self.turns.tolist())

    @cached_property
    def turns(self) -> NDArray[np.intp]:
        """The same as an array, shape (nodes,)."""
        return np.argsort(self._structure.turn)

    @cached_property
    def bits(self) -> tuple[int, ...]:
        """The bit of each node in a set of nodes: the first in turn has the lowest one."""
        return tuple(1 << turn for turn in self._structure.turn)

    @cached_property
    def below(self) -> tuple[int, ...]:
        """The children of each node as a set."""
        return tuple(sum([self.bits[child] for child in of_node]) for of_node in self.children)


class _OneSearch:
    """One search; the tables that leave a choice are open.

    Sets of nodes are bits of numbers: they are united, copied and asked for the first one faster
    than sets and queues are.
    """

    def __init__(
        self,
        of: Search,
        states: list[int],
        settled: NDArray[np.bool_],
        ties: Callable[[int], bool],
    ) -> None:
        """Takes the network, and what `Search.found` takes."""
        self._of = of
        self._states = states
        self._unsettled = as_bits(~settled[of.turns])
        self._ties = ties
        self._open = 0
        self._once: dict[int, bool] = {}

    def run(self, tables: Iterable[int]) -> bool | None:
        """Returns whether there is a combination; None where it is given up."""
        waiting = 0
        for node in tables:
            waiting |= self._of.bits[node]
        choices: list[tuple[list[int], int, int, int]] = []
        taken_back = 0
        while True:
            if self._narrow(waiting):
                if not self._open:
                    return True
                # the open table that comes first in the network
                node = self._of.in_turn[self._open.bit_length() - 1]
                parent, first = self._choice(node)
                others = self._states[parent] & ~first
                choices.append((list(self._states), self._open, parent, others))
                self._states[parent] = first
            elif not choices:
                return False
            elif taken_back == MOST_TAKEN_BACK:
                return None
            else:
                taken_back += 1
                self._states, self._open, parent, others = choices.pop()
                self._states[parent] = others
            waiting = self._touched(parent)

    def _choice(self, node: int) -> tuple[int, int]:
        """Returns a parent of a node whose table is open, and the state of it to be tried first."""
        family, relation = self._of.families[node], self._of.relations[node]
        assert relation is not None
        place, first = relation.choice(self._of.states_of[node](self._states))
        return family[place], first

    def _narrow(self, waiting: int) -> bool:
        """Narrows the states until no table narrows them; returns whether some are left.

        Args:
            waiting: the tables to be looked at first.

        Raises:
            LookupError: a table is too large to be looked at.
        """
        states = self._states
        families, relations, states_of = self._of.families, self._of.relations, self._of.states_of
        in_turn = self._of.in_turn
        while waiting:
            bit = waiting & -waiting
            waiting ^= bit
            node = in_turn[bit.bit_length() - 1]
            relation = relations[node]
            if relation is None:
                raise LookupError(node)
            now = states_of[node](states)
            left, choice = relation.narrowed(now)
            if not left:
                return False
            family = families[node]
            if choice and self._matters(node, left):
                self._open |= bit
            else:
                self._open &= ~bit
            if left != now:
                touched = 0
                for other, before, after in zip(family, now, left, strict=True):
                    if before != after:
                        states[other] = after
                        touched |= self._touched(other)
                # of its parents a table narrows no more than once, unless it leaves a choice
                waiting |= touched & ~bit
        return True

    def _matters(self, node: int, left: Sequence[int]) -> bool:
        """Returns whether it matters how a choice is made that the table of a node leaves.

        It does not where all parents that may still be in several states, but for one, are tied to
        nothing else. Whatever that one's state will be, there are states of theirs for it.
        """
        once, free = self._once, 0
        for parent, states in zip(self._of.parents[node], left, strict=False):
            if states & (states - 1):
                if parent not in once:
                    once[parent] = self._tied_once(parent)
                free += not once[parent]
        return free > 1

    def _tied_once(self, node: int) -> bool:
        """Returns whether no more than one table has to do with how a node's state is chosen."""
        settled = not self._unsettled & self._of.bits[node]
        return settled and sum(map(self._ties, self._of.children[node])) <= 1

    def _touched(self, node: int) -> int:
        """Returns the tables that a node's states matter to."""
        of = self._of
        return (of.bits[node] & self._unsettled) | (of.below[node] & self._open)


def _taking(nodes: tuple[int, ...]) -> Callable[[list[int]], tuple[int, ...]]:
    """Returns what takes the states of some nodes out of those of all."""
    if len(nodes) > 1:
        return itemgetter(*nodes)
    (node,) = nodes
    return lambda states: (states[node],)
