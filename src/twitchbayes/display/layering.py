"""The order of nodes within layers that crosses few arrows, and places that do not overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["Blocks", "ordered", "spread"]

Blocks = Sequence[Sequence[int]]
"""The nodes of a layer, in blocks that stay together."""

SWEEPS = 12


def ordered(layers: Sequence[Blocks], near: Mapping[int, Sequence[int]]) -> list[list[list[int]]]:
    """Returns the layers with their nodes in an order that crosses few arrows.

    Each layer in turn is sorted by where the neighbours of its nodes are on average, forwards and
    backwards; a node without any stays where it is.

    Args:
        layers: the nodes of each, in blocks.
        near: the neighbours of each node, in any layer.

    References:
        Sugiyama, Tagawa and Toda 1981, Methods for visual understanding of hierarchical system
        structures.

    Example:
        >>> ordered([[[0, 1]], [[2, 3]]], {0: [3], 1: [2], 2: [1], 3: [0]})
        [[[1, 0]], [[2, 3]]]
    """
    result = [[list(block) for block in blocks] for blocks in layers]
    place: dict[int, float] = {}

    def measure(blocks: Sequence[Sequence[int]]) -> None:
        nodes = [node for block in blocks for node in block]
        for rank, node in enumerate(nodes):
            place[node] = (rank + 0.5) / len(nodes)

    for blocks in result:
        measure(blocks)
    for sweep in range(SWEEPS):
        # the last goes backwards, as the layers of few nodes are better set by those of many
        for blocks in result if sweep % 2 == 0 else reversed(result):
            for block in blocks:
                wanted = {
                    node: sum(place[other] for other in near[node]) / len(near[node])
                    if near.get(node)
                    else place[node]
                    for node in block
                }
                block.sort(key=lambda node: wanted[node])
            measure(blocks)
    return result


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Returns the middles of things in a row, as near to those wanted as may be without overlap.

    Least squares under an order (pool adjacent violators), then moved into the bounds.

    Args:
        wanted: the middle that each would have.
        sizes: how much room each takes.
        low: where the first begins at the earliest.
        high: where the last ends at the latest; if there is not room enough, it ends later.

    References:
        Barlow, Bartholomew, Bremner and Brunk 1972, Statistical inference under order restrictions.

    Example:
        >>> spread([5.0, 5.0], [4.0, 4.0], 0.0, 20.0)
        [3.0, 7.0]
    """
    before, starts = 0.0, []
    for size in sizes:
        starts.append(before + size / 2)
        before += size
    pools: list[tuple[float, int]] = []
    for middle, start in zip(wanted, starts, strict=True):
        total, count = middle - start, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            more, others = pools.pop()
            total, count = total + more, count + others
        pools.append((total, count))
    offsets = [total / count for total, count in pools for _ in range(count)]
    most = max(low, high - before)
    return [
        start + min(max(offset, low), most) for start, offset in zip(starts, offsets, strict=True)
    ]
