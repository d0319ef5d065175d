"""In which order to sum variables out: greedy on the interaction graph."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Order", "elimination_order", "random_order"]

Key = Callable[[int, int, int], tuple[float, ...]]
"""From fill, weight and number of a node to what the least of is taken; the number comes last."""

CHEAP = 2**16
"""Entries of all tables of an order that is good enough."""

RESTARTS = 12
MOST_RESTARTS = 256
"""Orders with ties broken at random that are tried at least and at most, if any."""

MOST_WORK = 2**26
"""Steps of searching, some seconds: pairs of neighbours looked at."""


@dataclass(frozen=True)
class Order:
    """An elimination order and what it costs.

    Attributes:
        nodes: the nodes in the order in which they are summed out; short of some where a table
            larger than allowed would have come next.
        width: neighbours of a node when it is summed out, at most (the induced width).
        largest: entries of the largest table that is formed.
        total: entries of all tables that are formed.
    """

    nodes: tuple[int, ...]
    width: int
    largest: int
    total: int


def elimination_order(
    scopes: Iterable[Sequence[int]],
    cards: Sequence[int],
    eliminate: Iterable[int],
    most_entries: float = math.inf,
) -> Order:
    """Returns the best order that greedy search finds.

    Nodes whose neighbours are all joined with each other go first: no order has a smaller table for
    them. For the others, min-fill and min-weight, ties broken by the other measure, then by number
    (Kjaerulff 1990, Triangulation of graphs: algorithms giving small total state space). Where the
    better of the two is costly, more are tried at random, from fixed seeds, each given up when it
    has become as costly as the best so far. A dozen are tried at least, then more until the search
    has taken a sixteenth of the steps that the best order has entries; or until it has taken
    `MOST_WORK`, or an eighth of that where nothing fits. Steps are counted and not timed, so that
    the same network gives the same order.

    Args:
        scopes: the nodes that each factor joins.
        cards: number of states per node.
        eliminate: the nodes to sum out.
        most_entries: an order ends where a table of more entries would be formed.
    """
    scopes = [tuple(scope) for scope in scopes]
    nodes = sorted(set(eliminate))

    def fill_first(fill: int, weight: int, node: int) -> tuple[float, ...]:
        return fill, weight, node

    def weight_first(fill: int, weight: int, node: int) -> tuple[float, ...]:
        return weight, fill, node

    graph = _Graph(scopes, cards, nodes)
    sure = _simplicial(graph, most_entries)
    if not graph.fill or sure.largest > most_entries:
        return sure
    best = min(
        (_greedy(graph, sure, key, most_entries) for key in (weight_first, fill_first)),
        key=lambda order: (order.largest > most_entries, order.total, order.nodes),
    )
    work = seed = 0
    while best.total > CHEAP and seed < MOST_RESTARTS:
        too_wide = best.largest > most_entries
        if work > (MOST_WORK // 8 if too_wide else MOST_WORK):
            break
        if seed >= RESTARTS and 16 * work > best.total and not too_wide:
            break
        key = _random_key(seed, len(cards))
        most_total = best.total if best.largest <= most_entries else math.inf
        before = graph.work
        other = _greedy(graph, sure, key, most_entries, most_total)
        if (other.largest > most_entries, other.total) < (best.largest > most_entries, best.total):
            best = other
        work += graph.work - before
        seed += 1
    return best


def random_order(
    scopes: Iterable[Sequence[int]],
    cards: Sequence[int],
    eliminate: Iterable[int],
    seed: int,
    most_entries: float = math.inf,
) -> Order:
    """Returns a greedy order with ties broken at random; the other arguments as above.

    What is taken first depends on the seed: the least fill, the least fill times the logarithm of
    the weight, or the least fill times a random number.
    """
    scopes = [tuple(scope) for scope in scopes]
    nodes = sorted(set(eliminate))
    graph = _Graph(scopes, cards, nodes)
    return _greedy(graph, Order((), 0, 0, 0), _random_key(seed, len(cards)), most_entries)


def _random_key(seed: int, count: int) -> Key:
    source = random.Random(seed)
    tie = [source.random() for _ in range(count)]

    def fill_alone(fill: int, _: int, node: int) -> tuple[float, ...]:
        return fill, tie[node], node

    def both(fill: int, weight: int, node: int) -> tuple[float, ...]:
        return fill * math.log(weight), tie[node], node

    def shaken(fill: int, _: int, node: int) -> tuple[float, ...]:
        return fill * (1 + tie[node]), tie[node], node

    # the first dozen without the third: they are what is found for a network of moderate width
    return (fill_alone, both)[seed % 2] if seed < RESTARTS else (fill_alone, both, shaken)[seed % 3]


def _simplicial(graph: _Graph, most_entries: float) -> Order:
    """Takes out of the graph, one after the other, the nodes whose neighbours are all joined."""
    chosen: list[int] = []
    width = largest = total = 0
    waiting = [node for node, fill in graph.fill.items() if fill == 0]
    for node in waiting:
        if node not in graph.fill:
            continue
        size = graph.weight[node]
        width, largest = max(width, len(graph.neighbours[node])), max(largest, size)
        total += size
        if size > most_entries:
            break
        chosen.append(node)
        waiting += sorted(other for other in graph.eliminate(node) if graph.fill.get(other) == 0)
    return Order(tuple(chosen), width, largest, total)


def _greedy(
    graph: _Graph, begun: Order, key: Key, most_entries: float, most_total: float = math.inf
) -> Order:
    """Returns how an order that was begun goes on, cut short where it becomes too costly.

    Args:
        graph: what is left; its count of work goes on, else it is not changed.
        begun: the nodes taken out so far.
        key: of what the least is taken.
        most_entries: of one table.
        most_total: of all tables.
    """
    left = graph.copy()
    score = {node: key(fill, left.weight[node], node) for node, fill in left.fill.items()}
    # the least score is looked up in a heap; what is out of date there is passed over
    heap = list(score.values())
    heapq.heapify(heap)
    chosen = list(begun.nodes)
    width, largest, total = begun.width, begun.largest, begun.total
    while score:
        least = heapq.heappop(heap)
        node = int(least[-1])
        if score.get(node) != least:
            continue
        del score[node]
        size = left.weight[node]
        width, largest = max(width, len(left.neighbours[node])), max(largest, size)
        total += size
        if size > most_entries or total > most_total:
            break
        chosen.append(node)
        for other in left.eliminate(node):
            if other not in score:
                continue
            renewed = key(left.fill[other], left.weight[other], other)
            if renewed != score[other]:
                score[other] = renewed
                heapq.heappush(heap, renewed)
    graph.work = left.work
    return Order(tuple(chosen), width, largest, total)


class _Graph:
    """The interaction graph, and what summing each node out would cost, kept up to date.

    Attributes:
        neighbours: of every node that is left.
        fill: how many pairs of neighbours are none themselves, of every node left to sum out.
        weight: entries of the table that would be formed.
        work: pairs of neighbours looked at so far.
    """

    def __init__(
        self, scopes: Sequence[Sequence[int]], cards: Sequence[int], nodes: Sequence[int]
    ) -> None:
        self._cards = cards
        self.work = 0
        self.neighbours: dict[int, set[int]] = {node: set() for node in nodes}
        for scope in scopes:
            for node in scope:
                self.neighbours.setdefault(node, set()).update(scope)
        for node, around in self.neighbours.items():
            around.discard(node)
        self.fill = {node: self._fill_of(node) for node in nodes}
        self.weight = {node: self._weight_of(node) for node in nodes}

    def copy(self) -> _Graph:
        """Returns the same graph, to be changed by itself."""
        other = _Graph.__new__(_Graph)
        other._cards = self._cards
        other.work = self.work
        other.neighbours = {node: set(around) for node, around in self.neighbours.items()}
        other.fill, other.weight = dict(self.fill), dict(self.weight)
        return other

    def eliminate(self, node: int) -> set[int]:
        """Takes a node out, its neighbours joined; returns the nodes that may have changed."""
        around = self.neighbours.pop(node)
        touched = set(around)
        del self.weight[node]
        if self.fill.pop(node):
            for other in around:
                self.neighbours[other] |= around
                self.neighbours[other] -= {node, other}
                touched |= self.neighbours[other]
            for other in touched & self.fill.keys():
                self.fill[other], self.weight[other] = self._fill_of(other), self._weight_of(other)
        else:
            # the neighbours are neighbours of each other already, so only they change: each loses
            # the pairs of this node with those of its own that this node does not have
            for other in around & self.fill.keys():
                self.fill[other] -= len(self.neighbours[other]) - len(around)
                self.weight[other] //= self._cards[node]
            for other in around:
                self.neighbours[other].discard(node)
        return touched

    def _fill_of(self, node: int) -> int:
        around = self.neighbours[node]
        self.work += len(around) ** 2
        if len(around) < 2:
            return 0
        linked = sum([len(around & self.neighbours[other]) for other in around]) // 2
        return len(around) * (len(around) - 1) // 2 - linked

    def _weight_of(self, node: int) -> int:
        around = self.neighbours[node]
        return self._cards[node] * math.prod([self._cards[other] for other in around])
