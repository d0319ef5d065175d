"""A graph in rows from top to bottom: every arrow goes down."""

from __future__ import annotations

from itertools import pairwise

from twitchbayes.display.boxes import LINE, WIDTH, Box, Placed, lines_of, neighbours, widest
from twitchbayes.display.layering import ordered, spread
from twitchbayes.display.rows import GraphRows

__all__ = ["in_rows"]

LABEL, PAD, PASS, BETWEEN = 130, 14, 10, 30
"""How wide a label is at most, what is around it, an arrow that passes, what is between rows."""

SWEEPS = 6


def in_rows(rows: GraphRows) -> Placed:
    """Returns where the nodes stand: a row per layer, or several where it is too wide for one.

    An arrow that passes rows has a place of its own in each, so that it crosses no label.
    """
    layers, arrows, bends = _passing(rows)
    near = neighbours(sum(map(len, layers)), arrows)
    layers = [blocks[0] for blocks in ordered([[layer] for layer in layers], near)]
    lines = [lines_of(node.label, LABEL) for node in rows.nodes]
    widths = {n: widest(of) + PAD for n, of in enumerate(lines)}
    sizes = {node: widths.get(node, PASS) for layer in layers for node in layer}
    strips = [strip for layer in layers for strip in _strips(layer, sizes)]
    middles = _middles(strips, sizes, near)
    boxes: dict[int, Box] = {}
    points: dict[int, tuple[float, float]] = {}
    top = 4.0
    for strip in strips:
        height = max((len(lines[n]) * LINE for n in strip if n < len(lines)), default=0) + 6
        for node in strip:
            x, y = middles[node], top + height / 2
            points[node] = (x, y)
            if node < len(lines):
                tall = len(lines[node]) * LINE + 4
                width = widths[node] - 6
                boxes[node] = Box(lines[node], x - width / 2, y - tall / 2, width, tall)
        top += height + BETWEEN
    ends = [*(box.right for box in boxes.values()), *(x + PASS / 2 for x, _ in points.values())]
    width = max(ends, default=0) + 2
    paths = {arrow: [points[node] for node in passed] for arrow, passed in bends.items()}
    return Placed(max(width, 60), top - BETWEEN + 4, boxes, (), paths)


def _passing(
    rows: GraphRows,
) -> tuple[list[list[int]], list[tuple[int, int]], dict[tuple[int, int], list[int]]]:
    """Returns the layers with places for what passes them, the short arrows, and what bends."""
    count = max(node.layer for node in rows.nodes) + 1
    layers: list[list[int]] = [[] for _ in range(count)]
    for number, node in enumerate(rows.nodes):
        layers[node.layer].append(number)
    free = len(rows.nodes)
    arrows: list[tuple[int, int]] = []
    bends: dict[tuple[int, int], list[int]] = {}
    for parent, child in rows.arrows:
        passed = []
        for layer in range(rows.nodes[parent].layer + 1, rows.nodes[child].layer):
            layers[layer].append(free)
            passed.append(free)
            free += 1
        path = [parent, *passed, child]
        arrows += pairwise(path)
        bends[parent, child] = passed
    return layers, arrows, bends


def _strips(layer: list[int], sizes: dict[int, float]) -> list[list[int]]:
    """Returns a layer in as many rows as it needs, its nodes taken in turn."""
    count = 1
    while max(sum(sizes[n] for n in layer[k::count]) for k in range(count)) > WIDTH:
        count += 1
    return [layer[k::count] for k in range(count)]


def _middles(
    strips: list[list[int]], sizes: dict[int, float], near: dict[int, list[int]]
) -> dict[int, float]:
    """Returns the middle of every node: near its neighbours, none over another."""
    middles: dict[int, float] = {}
    for strip in strips:
        room = [sizes[node] for node in strip]
        even = [WIDTH * (k + 0.5) / len(strip) for k in range(len(strip))]
        middles.update(zip(strip, spread(even, room, 0, WIDTH), strict=True))
    for sweep in range(SWEEPS):
        for strip in strips if sweep % 2 else reversed(strips):
            wanted = [
                sum(middles[other] for other in near[node]) / len(near[node])
                if near[node]
                else middles[node]
                for node in strip
            ]
            room = [sizes[node] for node in strip]
            middles.update(zip(strip, spread(wanted, room, 0, WIDTH), strict=True))
    start = min(middles[node] - sizes[node] / 2 for node in middles)
    return {node: middle - start + 1 for node, middle in middles.items()}
