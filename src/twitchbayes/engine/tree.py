"""Cliques in a tree, from shapes alone: what one pass up and one pass down need to know."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from twitchbayes.engine.order import elimination_order
from twitchbayes.errors import TooWideError

__all__ = ["Clique", "Place", "Tree", "make_tree", "place"]

Place = tuple[slice | None, ...]
"""How to index an array so that its axes fall in with those of a wider scope, the cases last."""

MERGED = 2**8
"""A clique is joined with its parent as long as the table of both has no more entries: one large
operation takes less time than two small ones."""


@dataclass(frozen=True)
class Clique:
    """Nodes that are joined in one table.

    Attributes:
        scope: the nodes, those that are summed out last first. All cliques have their axes in this
            order, so that nothing is ever transposed.
        kept: how many nodes at the beginning of the scope are shared with the parent.
        size: entries of the table.
        parent: number of the parent clique, -1 for a root.
        children: numbers of the children, those with the smallest messages first.
        factors: numbers of the factors that are multiplied here.
        up_sums: the axes that are summed out of the message to the parent.
        up: how the message to the parent falls in with the parent's scope.
        down: how the message from the parent falls in with this scope.
        down_sums: the axes of the parent that are summed out of that message.
    """

    scope: tuple[int, ...]
    kept: int
    size: int
    parent: int
    children: tuple[int, ...]
    factors: tuple[int, ...]
    up_sums: tuple[int, ...]
    up: Place
    down: Place
    down_sums: tuple[int, ...]


@dataclass(frozen=True)
class Tree:
    """A forest of cliques; children come before their parents.

    Attributes:
        cliques: the cliques.
        home: the clique in which each node is summed out, the one nearest to the root of all that
            join it.
        scopes: the nodes of each factor.
        cards: number of states per node.
        total: entries of the tables of all cliques.
        width: nodes of the largest clique, less one.
    """

    cliques: tuple[Clique, ...]
    home: Mapping[int, int]
    scopes: tuple[tuple[int, ...], ...]
    cards: tuple[int, ...]
    total: int
    width: int

    @cached_property
    def axis(self) -> Mapping[int, Place]:
        """How a vector of each node falls in with the scope of its home."""
        return {node: place((node,), self.cliques[at].scope) for node, at in self.home.items()}

    @cached_property
    def others(self) -> Mapping[int, tuple[int, ...]]:
        """The axes of each node's home that are not its own."""
        return {
            node: tuple(i for i, other in enumerate(self.cliques[at].scope) if other != node)
            for node, at in self.home.items()
        }

    @cached_property
    def largest(self) -> int:
        """Entries of the largest table."""
        return max((clique.size for clique in self.cliques), default=1)

    def message_size(self, number: int) -> int:
        """Returns the entries of the message between a clique and its parent."""
        clique = self.cliques[number]
        return math.prod(self.cards[node] for node in clique.scope[: clique.kept])

    def needed(self, nodes: Collection[int]) -> frozenset[int]:
        """Returns the cliques to which the pass down must come to answer for some nodes."""
        needed: set[int] = set()
        for node in nodes:
            number = self.home[node]
            while number >= 0 and number not in needed:
                needed.add(number)
                number = self.cliques[number].parent
        return frozenset(needed)

    def peak(self, needed: Collection[int]) -> int:
        """Returns how many entries are held at once, at most, if these cliques are needed.

        These are the messages up that the pass down takes up again, as many that come down, and of
        one clique the partial products and two tables.
        """
        messages = sum(
            self.message_size(child) for number in needed for child in self.cliques[number].children
        )
        tables = 0
        for number, clique in enumerate(self.cliques):
            held = 2 * clique.size
            if number in needed:
                nodes = {node for factor in clique.factors for node in self.scopes[factor]}
                for child in clique.children:
                    held += _size(nodes, self.cards)
                    below = self.cliques[child]
                    nodes.update(below.scope[: below.kept])
            tables = max(tables, held)
        return 2 * messages + tables


def make_tree(scopes: Sequence[tuple[int, ...]], cards: Sequence[int], most_entries: int) -> Tree:
    """Returns the tree of the elimination of all nodes (Shenoy and Shafer 1990; Dechter 1999).

    Every node is summed out of the product of what joins it, its bucket, and what is left is a
    message to the bucket of the next of its nodes. A bucket whose nodes are all in a child's, and
    small ones, are merged.

    Args:
        scopes: the nodes that each factor joins.
        cards: number of states per node.
        most_entries: of one table.

    Raises:
        TooWideError: a table of more than `most_entries` entries would be needed.
    """
    order = elimination_order(scopes, cards, {n for s in scopes for n in s}, most_entries)
    if order.largest > most_entries:
        raise TooWideError(
            f"exact inference here needs a table of at least {order.largest:,} entries (induced "
            f"width at least {order.width}) in the best order found, more than {most_entries:,}; "
            "ask about fewer variables at once, or give the states of some that join many others",
            order.width,
            order.largest,
        )
    rank = {node: i for i, node in enumerate(order.nodes)}
    buckets: dict[int, set[int]] = {node: {node} for node in order.nodes}
    for scope in scopes:
        if scope:
            buckets[min(scope, key=rank.__getitem__)].update(scope)
    cluster: dict[int, int] = {}
    joined: list[set[int]] = []
    for node in order.nodes:
        left = buckets[node] - {node}
        if left:
            buckets[min(left, key=rank.__getitem__)] |= left
    if not all(scopes):
        # what is known through and through is a number, multiplied in a clique without nodes
        joined.append(set())
    for node in reversed(order.nodes):
        left = buckets[node] - {node}
        if left:
            above = cluster[min(left, key=rank.__getitem__)]
            both = joined[above] | buckets[node]
            most = max(MERGED, _size(buckets[node], cards))
            if _size(both, cards) <= most:
                joined[above] = both
                cluster[node] = above
                continue
        cluster[node] = len(joined)
        joined.append(set(buckets[node]))
    return _tree(scopes, cards, rank, cluster, joined, order.width)


def _tree(
    scopes: Sequence[tuple[int, ...]],
    cards: Sequence[int],
    rank: Mapping[int, int],
    cluster: Mapping[int, int],
    joined: Sequence[set[int]],
    width: int,
) -> Tree:
    """Lays the cliques out, children first; `joined` has them parents first."""
    count = len(joined)
    home = {node: count - 1 - number for node, number in cluster.items()}
    ordered = [tuple(sorted(nodes, key=lambda n: -rank[n])) for nodes in reversed(joined)]
    kept = [sum(home[node] != number for node in scope) for number, scope in enumerate(ordered)]
    parents = [
        home[scope[shared - 1]] if shared else -1
        for scope, shared in zip(ordered, kept, strict=True)
    ]
    children: list[list[int]] = [[] for _ in ordered]
    factors: list[list[int]] = [[] for _ in ordered]
    for number, parent in enumerate(parents):
        if parent >= 0:
            children[parent].append(number)
    for number, scope in enumerate(scopes):
        at = home[min(scope, key=rank.__getitem__)] if scope else count - 1
        factors[at].append(number)
    cliques = []
    for number, (scope, shared, parent) in enumerate(zip(ordered, kept, parents, strict=True)):
        above = ordered[parent] if shared else ()
        common = set(scope[:shared])
        cliques.append(
            Clique(
                scope,
                shared,
                _size(scope, cards),
                parent,
                tuple(
                    sorted(
                        children[number],
                        key=lambda child: _size(ordered[child][: kept[child]], cards),
                    )
                ),
                tuple(factors[number]),
                tuple(range(shared, len(scope))),
                place(scope[:shared], above),
                place(scope[:shared], scope),
                tuple(axis for axis, node in enumerate(above) if node not in common),
            )
        )
    return Tree(
        tuple(cliques),
        home,
        tuple(scopes),
        tuple(cards),
        sum(clique.size for clique in cliques),
        max(width, *(len(scope) - 1 for scope in ordered)) if ordered else width,
    )


def place(scope: Sequence[int], wider: Sequence[int]) -> Place:
    """Returns how an array over `scope` falls in with a wider scope in the same order."""
    among = set(scope)
    return (*(slice(None) if node in among else None for node in wider), slice(None))


def _size(nodes: Collection[int], cards: Sequence[int]) -> int:
    return math.prod(cards[node] for node in nodes)
