"""Cliques in a tree, from shapes alone: what one pass up and one pass down need to know."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from twitchbayes.engine.order import elimination_order
from twitchbayes.errors import TooWideError

__all__ = ["MERGED", "Clique", "Place", "Tree", "make_tree", "place"]

Place = tuple[slice | None, ...]
"""How to index an array so that its axes fall in with those of a wider scope, the cases last."""

MERGED = 2**8
"""Entries of a table so small that one operation on it takes less time than two on smaller ones, as
long as there is but one case."""


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
        conditional: whether the factors are conditional probabilities, one of each node that is not
            fixed.
        counts: of how many nodes' probabilities a node stands for, where that is not one.
    """

    cliques: tuple[Clique, ...]
    home: Mapping[int, int]
    scopes: tuple[tuple[int, ...], ...]
    cards: tuple[int, ...]
    total: int
    width: int
    conditional: bool
    counts: Mapping[int, int]

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

    @cached_property
    def closed(self) -> frozenset[int]:
        """The cliques whose message up is one as long as nothing is observed there or beneath.

        Conditional probabilities sum to one where all that they are about is summed out, which is
        so if there are as many nodes as factors, because no factor stands above the node it is
        about. Of other factors nothing is known.
        """
        if not self.conditional:
            return frozenset()
        more = [len(clique.factors) for clique in self.cliques]
        for node, at in self.home.items():
            more[at] -= self.counts.get(node, 1)
        for number, clique in enumerate(self.cliques):
            more[number] += sum(more[child] for child in clique.children)
        return frozenset(number for number, factors in enumerate(more) if factors == 0)

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


def make_tree(
    scopes: Sequence[tuple[int, ...]],
    cards: Sequence[int],
    most_entries: int,
    merged: int,
    *,
    conditional: bool = True,
    counts: Mapping[int, int] = MappingProxyType({}),
) -> Tree:
    """Returns the tree of the elimination of all nodes (Shenoy and Shafer 1990; Dechter 1999).

    Every node is summed out of the product of what joins it, its bucket, and what is left is a
    message to the bucket of the next of its nodes. A bucket whose nodes are all in a child's, and
    small ones, are merged.

    Args:
        scopes: the nodes that each factor joins.
        cards: number of states per node.
        most_entries: of one table.
        merged: entries of the table up to which a clique is joined with its parent.
        conditional: whether the factors are conditional probabilities, one of each node that is not
            fixed.
        counts: of how many nodes' probabilities a node stands for, where that is not one.

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
    joined, above, home = _joined(order.nodes, rank, scopes, cards, merged)
    factors: list[list[int]] = [[] for _ in joined]
    for number, scope in enumerate(scopes):
        if scope:
            factors[home[min(scope, key=rank.__getitem__)]].append(number)
    if not all(scopes):
        # what is known through and through is a number, multiplied in a clique without nodes
        joined.append(set())
        above.append(-1)
        factors.append([number for number, scope in enumerate(scopes) if not scope])
    shared = [
        frozenset(node for node in nodes if home[node] != number)
        for number, nodes in enumerate(joined)
    ]
    for number in range(len(joined)):
        for group, members in _groups(number, above, shared, joined, cards):
            joined.append(set(group))
            above.append(number)
            shared.append(group)
            factors.append([])
            for member in members:
                above[member] = len(joined) - 1
    cliques, places = _laid_out(joined, above, shared, factors, rank, cards)
    return Tree(
        cliques,
        {node: places[number] for node, number in home.items()},
        tuple(scopes),
        tuple(cards),
        sum(clique.size for clique in cliques),
        max((len(clique.scope) - 1 for clique in cliques), default=0),
        conditional,
        counts,
    )


def _joined(
    order: Sequence[int],
    rank: Mapping[int, int],
    scopes: Sequence[tuple[int, ...]],
    cards: Sequence[int],
    merged: int,
) -> tuple[list[set[int]], list[int], dict[int, int]]:
    """Returns the buckets that are left when some are merged, parents first.

    Returns:
        The nodes of each; the number of its parent, -1 for none; and for every node the number of
        the one in which it is summed out.
    """
    buckets: dict[int, set[int]] = {node: {node} for node in order}
    for scope in scopes:
        if scope:
            buckets[min(scope, key=rank.__getitem__)].update(scope)
    for node in order:
        left = buckets[node] - {node}
        if left:
            buckets[min(left, key=rank.__getitem__)] |= left
    joined: list[set[int]] = []
    above: list[int] = []
    home: dict[int, int] = {}
    # the last node to go is taken first, so that parents come first
    for node in reversed(order):
        left = buckets[node] - {node}
        parent = home[min(left, key=rank.__getitem__)] if left else -1
        if left:
            both = joined[parent] | buckets[node]
            if _size(both, cards) <= max(merged, _size(buckets[node], cards)):
                joined[parent] = both
                home[node] = parent
                continue
        home[node] = len(joined)
        joined.append(buckets[node])
        above.append(parent)
    return joined, above, home


def _groups(
    number: int,
    above: Sequence[int],
    shared: Sequence[frozenset[int]],
    joined: Sequence[set[int]],
    cards: Sequence[int],
) -> list[tuple[frozenset[int], list[int]]]:
    """Returns sets of nodes over which several children of a large clique are multiplied first.

    A set may be a member of a larger one; its number is then that which it is about to have.
    """
    members = [child for child, parent in enumerate(above) if parent == number]
    about = {child: shared[child] for child in members}
    groups: list[tuple[frozenset[int], list[int]]] = []
    for nodes in sorted(set(about.values()), key=lambda of: (_size(of, cards), sorted(of))):
        within = [child for child, of in about.items() if of <= nodes]
        if len(within) > 1 and nodes and 2 * _size(nodes, cards) <= _size(joined[number], cards):
            for child in within:
                del about[child]
            about[len(joined) + len(groups)] = nodes
            groups.append((nodes, within))
    return groups


def _laid_out(
    joined: Sequence[set[int]],
    above: Sequence[int],
    shared: Sequence[frozenset[int]],
    factors: Sequence[Sequence[int]],
    rank: Mapping[int, int],
    cards: Sequence[int],
) -> tuple[tuple[Clique, ...], dict[int, int]]:
    """Returns the cliques, children first, and the place that each has among them."""
    children: list[list[int]] = [[] for _ in joined]
    for number, parent in enumerate(above):
        if parent >= 0:
            children[parent].append(number)
    parents_first = [number for number, parent in enumerate(above) if parent < 0]
    for number in parents_first:
        parents_first.extend(children[number])
    places = {number: i for i, number in enumerate(reversed(parents_first))}
    scopes = [tuple(sorted(nodes, key=lambda n: -rank[n])) for nodes in joined]
    cliques = []
    for number in reversed(parents_first):
        scope, parent, common = scopes[number], above[number], shared[number]
        wider = scopes[parent] if parent >= 0 else ()
        of_message = [node for node in scope if node in common]
        smallest_first = sorted(children[number], key=lambda child: _size(shared[child], cards))
        cliques.append(
            Clique(
                scope,
                len(common),
                _size(scope, cards),
                places[parent] if parent >= 0 else -1,
                tuple(places[child] for child in smallest_first),
                tuple(factors[number]),
                tuple(range(len(common), len(scope))),
                place(of_message, wider),
                place(of_message, scope),
                tuple(axis for axis, node in enumerate(wider) if node not in common),
            )
        )
    return tuple(cliques), places


def place(scope: Sequence[int], wider: Sequence[int]) -> Place:
    """Returns how an array over `scope` falls in with a wider scope in the same order."""
    among = set(scope)
    return (*(slice(None) if node in among else None for node in wider), slice(None))


def _size(nodes: Collection[int], cards: Sequence[int]) -> int:
    return math.prod(cards[node] for node in nodes)
