"""Nodes that zeros bind to each other, taken as one node of the combinations that are possible.

In `leg_twitch` an infection has a type in one cause of thirteen, so that three quarters of what
their tables hold together are zeros. As one node, the two leave them out of every product and sum.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.support import Support
from twitchbayes.engine.tree import Tree

__all__ = ["NONE", "Compounds", "bound"]

Array = NDArray[np.float64]
Places = Mapping[int, NDArray[np.intp]]
"""Per node which of its states are left."""

SPARSE = 0.6
"""Two nodes are tried as one where no more of their combinations are possible."""

SAVING = 0.95
"""They are taken as one if the tables that join them are then of no more entries than this."""


@dataclass(frozen=True, eq=False)
class Compounds:
    """Groups of nodes, each with a number after those of the nodes themselves.

    Attributes:
        cards: number of states per node, the compounds last.
        members: the nodes of each compound, ascending.
        states: of the members of each compound, shape (combinations, members).
        of: the compound of each member.
    """

    cards: tuple[int, ...]
    members: Mapping[int, tuple[int, ...]]
    states: Mapping[int, NDArray[np.intp]]
    of: Mapping[int, int]

    def scope(self, nodes: Iterable[int]) -> tuple[int, ...]:
        """Returns the nodes with the compounds in the place of their members."""
        return tuple(dict.fromkeys(self.of.get(node, node) for node in nodes))

    def table(self, scope: Sequence[int], values: Array) -> Array:
        """Returns a table with the compounds in the place of their members.

        Args:
            scope: the nodes of the table's axes.
            values: the table.
        """
        axes = self.scope(scope)
        index: list[NDArray[np.intp]] = []
        for node in scope:
            place = axes.index(self.of.get(node, node))
            states = self.states_of(node)
            index.append(states.reshape([-1 if i == place else 1 for i in range(len(axes))]))
        return values[tuple(index)]

    def states_of(self, node: int) -> NDArray[np.intp]:
        """Returns a node's own state in each state of its compound, or of itself."""
        compound = self.of.get(node)
        if compound is None:
            return np.arange(self.cards[node])
        return self.states[compound][:, self.members[compound].index(node)]

    def left(self, states: Mapping[int, int]) -> dict[int, NDArray[np.intp]]:
        """Returns which states are left where some nodes are in known states.

        Of a compound of which no state is left, because the evidence is impossible, nothing is
        said; `weights` are zero there.
        """
        found = {n: np.array([state]) for n, state in states.items() if n not in self.of}
        for compound, members in self.members.items():
            possible = np.ones(self.cards[compound], dtype=np.bool_)
            for node in states.keys() & members:
                possible &= self.states_of(node) == states[node]
            if possible.any() and not possible.all():
                found[compound] = np.flatnonzero(possible)
        return found

    def weights(
        self,
        likelihoods: Mapping[int, Array],
        states: Mapping[int, int],
        left: Places,
        *,
        logarithms: bool,
    ) -> dict[int, Array]:
        """Returns the likelihoods of the compounds in the place of their members'.

        Args:
            likelihoods: per node, shape (states, cases).
            states: of the nodes in known states.
            left: what `left` says of them.
            logarithms: whether logarithms of them are returned.
        """
        lifted, multiply = (np.log, np.add) if logarithms else (np.asarray, np.multiply)
        found = {n: lifted(values) for n, values in likelihoods.items() if n not in self.of}
        for compound, members in self.members.items():
            rows = left.get(compound, slice(None))
            for node in members:
                own = self.states_of(node)[rows]
                if node in likelihoods:
                    values = lifted(likelihoods[node]).take(own, axis=0)
                elif node in states and (own != states[node]).any():
                    values = lifted(np.equal(own, states[node]).astype(np.float64)[:, np.newaxis])
                else:
                    continue
                found[compound] = multiply(found[compound], values) if compound in found else values
        return found

    def sums(self, node: int, left: Places) -> Array:
        """Returns the matrix that takes what is found of a compound to one of its members."""
        own = self.states_of(node)[left.get(self.of[node], slice(None))]
        return np.equal.outer(np.arange(self.cards[node]), own).astype(np.float64)


NONE = Compounds((), {}, {}, {})
"""Every node by itself."""


def _compounds(
    groups: Iterable[Collection[int]], cards: Sequence[int], support: Support
) -> Compounds:
    members = {len(cards) + i: tuple(sorted(group)) for i, group in enumerate(groups)}
    states = {number: support.domain(nodes).states for number, nodes in members.items()}
    return Compounds(
        (*cards, *map(len, states.values())),
        members,
        states,
        {node: number for number, nodes in members.items() for node in nodes},
    )


def bound(
    tree: Tree, scopes: Sequence[tuple[int, ...]], tables: Sequence[Array]
) -> Compounds | None:
    """Returns the compounds that would make a tree smaller, None if they would not save enough.

    Args:
        tree: of the nodes each by itself.
        scopes: the nodes of each table.
        tables: an axis per node of its scope.
    """
    support = Support(scopes, tables, tree.cards)
    pairs = {pair for scope in scopes for pair in combinations(sorted(scope), 2)}
    sparse = [
        pair
        for pair in sorted(pairs)
        if support.count(frozenset(pair)) <= SPARSE * math.prod(tree.cards[n] for n in pair)
    ]
    groups: list[frozenset[int]] = []
    total = float(tree.total)
    while sparse:
        tried = []
        for pair in sparse:
            joined = frozenset(pair).union(*(group for group in groups if group & set(pair)))
            others = [group for group in groups if not group & joined]
            tried.append((_entries(tree, [*others, joined], support), [*others, joined]))
        least, best = min(tried, key=lambda found: found[0])
        if least > SAVING * total:
            break
        total, groups = least, best
        sparse = [pair for pair in sparse if not any(set(pair) <= group for group in groups)]
    return _compounds(groups, tree.cards, support) if groups else None


def _entries(tree: Tree, groups: Sequence[frozenset[int]], support: Support) -> float:
    """Returns how many entries the tables of the same cliques would have."""
    total = 0.0
    for clique in tree.cliques:
        size = float(clique.size)
        for group in groups:
            among = [tree.cards[node] for node in clique.scope if node in group]
            if among:
                size *= support.count(group) / math.prod(among)
        total += size
    return total
