"""Sums nodes out of the tables of one case without a plan: order and products go together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_ENTRIES", "Factor", "summed_out"]

Array = NDArray[np.float64]

Factor = tuple[tuple[int, ...], Array]
"""Nodes, ascending, and an axis for each."""

MOST_ENTRIES = 2**18
"""Entries of a product, at most: for larger ones it is worth to search for an order."""

PATIENCE = 16
"""So many factors are multiplied before a result is divided by its largest entry."""


def summed_out(
    factors: Iterable[Factor], keep: Sequence[int], cards: Sequence[int]
) -> Array | None:
    """Returns the joint of some nodes, all others summed out of a product, up to a factor.

    The node whose product is the smallest goes first (Kjaerulff 1990). There is no plan, as making
    one takes several times as long as running it on arrays as small as these.

    Args:
        factors: what is multiplied.
        keep: the nodes that stay; each is in some factor.
        cards: number of states per node.

    Returns:
        An axis per node of `keep`, in ascending order; None where a product of more than
        `MOST_ENTRIES` entries would be needed.

    Raises:
        FloatingPointError: under `numpy.errstate(under="raise")`, digits were lost to underflow.
    """
    # the axes without those of length one, the array, and how much was multiplied to it
    live: dict[int, tuple[tuple[int, ...], Array, int]] = {}
    touching: dict[int, set[int]] = {}
    around: dict[int, set[int]] = {}
    for number, (scope, values) in enumerate(factors):
        live[number] = scope, values, 1
        for node in scope:
            touching.setdefault(node, set()).add(number)
            around.setdefault(node, set()).update(scope)
    sizes = {
        node: math.prod([cards[other] for other in nodes])
        for node, nodes in around.items()
        if node not in keep
    }
    count = len(live)
    while sizes:
        node = min(sizes, key=sizes.__getitem__)
        if sizes.pop(node) > MOST_ENTRIES:
            return None
        numbers = touching.pop(node)
        scope = tuple(sorted(around.pop(node)))
        product, since = _product([live.pop(number) for number in numbers], scope, cards)
        place = scope.index(node)
        result: Array = np.add.reduce(product, axis=place)
        if since >= PATIENCE:
            peak = result.max()
            if peak > 0:
                result = result / peak
            since = 0
        left = scope[:place] + scope[place + 1 :]
        live[count] = left, result, since
        for other in left:
            of_other = touching[other]
            of_other -= numbers
            of_other.add(count)
            nodes = around[other]
            nodes.update(left)
            nodes.discard(node)
            if other in sizes:
                sizes[other] = math.prod([cards[n] for n in nodes])
        count += 1
    return _product(list(live.values()), tuple(sorted(keep)), cards)[0]


def _product(
    factors: Sequence[tuple[tuple[int, ...], Array, int]],
    scope: tuple[int, ...],
    cards: Sequence[int],
) -> tuple[Array, int]:
    """Returns the product of arrays over a wider scope, and how much was multiplied to it."""
    product: Array | None = None
    since = 0
    for own, values, before in factors:
        since += before
        if own != scope:
            values = values.reshape([cards[node] if node in own else 1 for node in scope])
        product = values if product is None else product * values
    return np.ones(()) if product is None else product, since
