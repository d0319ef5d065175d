"""In which order to sum variables out: greedy on the interaction graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Order", "elimination_order"]


@dataclass(frozen=True)
class Order:
    """An elimination order and what it costs.

    Attributes:
        nodes: the nodes in the order in which they are summed out.
        width: neighbours of a node when it is summed out, at most (the induced width).
        largest: entries of the largest table that is formed.
        total: entries of all tables that are formed.
    """

    nodes: tuple[int, ...]
    width: int
    largest: int
    total: int


def elimination_order(
    scopes: Iterable[Sequence[int]], cards: Sequence[int], eliminate: Iterable[int]
) -> Order:
    """Returns the better of the min-fill and the min-weight order.

    Ties are broken by the other measure, then by number, so that the same network gives the same
    order (Kjaerulff 1990, Triangulation of graphs: algorithms giving small total state space).

    Args:
        scopes: the nodes that each factor joins.
        cards: number of states per node.
        eliminate: the nodes to sum out.
    """
    scopes = [tuple(scope) for scope in scopes]
    nodes = sorted(set(eliminate))

    def fill_first(fill: int, weight: int, node: int) -> tuple[int, ...]:
        return fill, weight, node

    def weight_first(fill: int, weight: int, node: int) -> tuple[int, ...]:
        return weight, fill, node

    orders = [_greedy(scopes, cards, nodes, key) for key in (fill_first, weight_first)]
    return min(orders, key=lambda order: (order.total, order.nodes))


def _greedy(
    scopes: Sequence[Sequence[int]],
    cards: Sequence[int],
    nodes: Sequence[int],
    key: Callable[[int, int, int], tuple[int, ...]],
) -> Order:
    neighbours: dict[int, set[int]] = {node: set() for node in nodes}
    for scope in scopes:
        for node in scope:
            neighbours.setdefault(node, set()).update(scope)
    for node, around in neighbours.items():
        around.discard(node)

    def measure(node: int) -> tuple[int, ...]:
        around = neighbours[node]
        linked = sum(len(around & neighbours[other]) for other in around) // 2
        fill = len(around) * (len(around) - 1) // 2 - linked
        weight = cards[node] * math.prod(cards[other] for other in around)
        return key(fill, weight, node)

    score = {node: measure(node) for node in nodes}
    chosen: list[int] = []
    width = largest = total = 0
    while score:
        node = min(score, key=score.__getitem__)
        around = neighbours.pop(node)
        del score[node]
        size = cards[node] * math.prod(cards[other] for other in around)
        chosen.append(node)
        width, largest, total = max(width, len(around)), max(largest, size), total + size
        touched = set(around)
        for other in around:
            neighbours[other] |= around
            neighbours[other] -= {node, other}
            touched |= neighbours[other]
        for other in touched & score.keys():
            score[other] = measure(other)
    return Order(tuple(chosen), width, largest, total)
