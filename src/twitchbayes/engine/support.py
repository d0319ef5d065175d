"""Which combinations of states are possible at all, as the zeros of the tables leave them.

Combinations of probability zero add nothing to any sum, so they need not be carried (Jensen and
Andersen 1990, Approximations in Bayesian belief universes for knowledge-based systems, who call it
zero compression).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Domain", "Support"]

MOST_COMBINATIONS = 2**16
"""Nodes with more combinations of states are not looked at together for what is impossible."""

MOST_DENSE = 2**20
"""Combinations that are marked as possible or not; of more, only the possible ones are formed."""


@dataclass(frozen=True, eq=False)
class Domain:
    """Some combinations of the states of some nodes, in lexicographic order.

    Attributes:
        scope: the nodes.
        cards: number of states of each.
        states: shape (combinations, nodes).
    """

    scope: tuple[int, ...]
    cards: tuple[int, ...]
    states: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.states)

    @cached_property
    def keys(self) -> NDArray[np.intp]:
        """One number per combination, ascending."""
        return self._numbered(self)

    @cached_property
    def complete(self) -> bool:
        """Whether every combination is possible."""
        return len(self.states) == math.prod(self.cards)

    def within(self, other: Domain) -> NDArray[np.intp]:
        """Returns where each combination, seen on fewer nodes, stands in another domain.

        One that the other lacks is said to stand at -1.
        """
        keys = self._numbered(other)
        if other.complete:
            return keys
        if not len(other):
            return np.full(len(self), -1)
        places = other.keys.searchsorted(keys)
        places[places == len(other)] = 0
        places[other.keys[places] != keys] = -1
        return places

    def reduced(self, mask: NDArray[np.bool_]) -> Domain:
        """Returns the combinations for which the mask, shape (combinations,), is true."""
        return self if mask.all() else Domain(self.scope, self.cards, self.states[mask])

    def projected(self, count: int) -> tuple[Domain, NDArray[np.intp]]:
        """Returns the domain of the first nodes, and where each of its combinations begins here."""
        head = self.states[:, :count]
        new = np.ones(len(head), dtype=np.bool_)
        new[1:] = (head[1:] != head[:-1]).any(axis=1)
        starts = np.flatnonzero(new)
        return Domain(self.scope[:count], self.cards[:count], head[starts]), starts

    def at(self, places: NDArray[np.intp]) -> Domain:
        """Returns the combinations at these places, in any order, and any where it is -1."""
        return Domain(self.scope, self.cards, self.states[places])

    def last(self, count: int) -> Domain:
        """Returns the domain of the nodes after the first ones."""
        tail = np.unique(self.states[:, count:], axis=0)
        return Domain(self.scope[count:], self.cards[count:], tail)

    def times(self, other: Domain) -> Domain:
        """Returns the domain of all combinations with those of another one, of other nodes."""
        states = np.hstack(
            [np.repeat(self.states, len(other), axis=0), np.tile(other.states, (len(self), 1))]
        )
        return Domain((*self.scope, *other.scope), (*self.cards, *other.cards), states)

    def _numbered(self, other: Domain) -> NDArray[np.intp]:
        """Returns the number that each combination has among all of another domain's nodes."""
        number = np.zeros(len(self.states), dtype=np.intp)
        for node, card in zip(other.scope, other.cards, strict=True):
            number *= card
            number += self.states[:, self.scope.index(node)]
        return number


class Support:
    """What the zeros of some tables leave possible."""

    def __init__(
        self,
        scopes: Iterable[Sequence[int]],
        tables: Iterable[NDArray[Any]],
        cards: Sequence[int],
    ) -> None:
        """Looks for zeros.

        Args:
            scopes: the nodes of each table.
            tables: an axis per node of its scope.
            cards: number of states per node.
        """
        self._cards = cards
        self._counts: dict[frozenset[int], int] = {}
        self._masks: dict[frozenset[int], NDArray[np.bool_]] = {}
        self._bound: dict[int, set[frozenset[int]]] = {}
        for scope, table in zip(scopes, tables, strict=True):
            if table.all():
                continue
            possible = table > 0
            self._add(tuple(scope), possible)
            for pair in combinations(range(len(scope)), 2) if len(scope) > 2 else ():
                others = tuple(axis for axis in range(len(scope)) if axis not in pair)
                self._add(
                    tuple(scope[axis] for axis in pair), np.asarray(possible.any(axis=others))
                )

    def count(self, scope: frozenset[int]) -> int:
        """Returns how many combinations of the nodes' states are possible, at most."""
        if scope not in self._counts:
            size = math.prod(self._cards[node] for node in scope)
            bound = [node for node in scope if node in self._bound]
            for group in self._groups(bound):
                mask = self._mask(tuple(group))
                if mask is not None:
                    size = size // mask.size * int(np.count_nonzero(mask))
            self._counts[scope] = size
        return self._counts[scope]

    def domain(self, scope: tuple[int, ...]) -> Domain:
        """Returns the combinations of the nodes' states that are possible, in their order."""
        cards = tuple(self._cards[node] for node in scope)
        bound = [node for node in scope if node in self._bound]
        masks = {tuple(node for node in scope if node in group) for group in self._groups(bound)}
        found = [(order, mask) for order in masks if (mask := self._mask(order)) is not None]
        if not found and math.prod(cards) <= MOST_DENSE:
            states = np.indices(cards, dtype=np.intp).reshape(len(cards), math.prod(cards)).T
            return Domain(scope, cards, states)
        if math.prod(cards) > MOST_DENSE:
            return self._crossed(scope, cards, found)
        possible = np.ones(cards, dtype=np.bool_)
        for order, mask in found:
            possible &= mask[tuple(slice(None) if node in order else None for node in scope)]
        return Domain(scope, cards, np.argwhere(possible))

    def _crossed(
        self,
        scope: tuple[int, ...],
        cards: tuple[int, ...],
        found: Sequence[tuple[tuple[int, ...], NDArray[np.bool_]]],
    ) -> Domain:
        """Returns the same group by group, where an array over all nodes would be too large."""
        bound = {node for order, _ in found for node in order}
        groups = [(order, np.argwhere(mask)) for order, mask in found]
        groups += [
            ((node,), np.arange(card, dtype=np.intp)[:, np.newaxis])
            for node, card in zip(scope, cards, strict=True)
            if node not in bound
        ]
        states = np.zeros((1, len(scope)), dtype=np.intp)
        for order, rows in groups:
            count = len(states)
            states = np.repeat(states, len(rows), axis=0)
            columns = [scope.index(node) for node in order]
            states[:, columns] = np.tile(rows, (count, 1))
        return Domain(scope, cards, states[np.lexsort(states.T[::-1])])

    def _add(self, scope: tuple[int, ...], possible: NDArray[np.bool_]) -> None:
        if possible.all():
            return
        order = sorted(range(len(scope)), key=lambda axis: scope[axis])
        possible = possible.transpose(order)
        nodes = frozenset(scope)
        if nodes in self._masks:
            possible = possible & self._masks[nodes]
        self._masks[nodes] = possible
        for node in scope:
            self._bound.setdefault(node, set()).add(nodes)

    def _groups(self, nodes: Collection[int]) -> list[set[int]]:
        """Returns the nodes that zeros bind to each other, group by group."""
        among, left = frozenset(nodes), set(nodes)
        groups: list[set[int]] = []
        while left:
            group: set[int] = set()
            waiting = [left.pop()]
            while waiting:
                node = waiting.pop()
                group.add(node)
                for mask in self._bound[node]:
                    if mask <= among:
                        waiting.extend(mask & left)
                        left -= mask
            if len(group) > 1 or frozenset(group) in self._masks:
                groups.append(group)
        return groups

    def _mask(self, order: tuple[int, ...]) -> NDArray[np.bool_] | None:
        """Returns what is possible for a group, an axis per node; None where that is too much."""
        shape = tuple(self._cards[node] for node in order)
        if math.prod(shape) > MOST_COMBINATIONS:
            return None
        possible = np.ones(shape, dtype=np.bool_)
        nodes = frozenset(order)
        for bound in {mask for node in order for mask in self._bound[node] if mask <= nodes}:
            axes = sorted(bound)
            there = sorted(range(len(axes)), key=lambda axis: order.index(axes[axis]))
            mask = self._masks[bound].transpose(there)
            possible &= mask[tuple(slice(None) if node in bound else None for node in order)]
        return possible
