"""A graph in columns, by what its nodes are: who the patient is, causes, what is hidden, found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from twitchbayes.display.boxes import (
    LINE,
    SIZE,
    WIDTH,
    Box,
    Heading,
    Placed,
    lines_of,
    neighbours,
    widest,
)
from twitchbayes.display.layering import ordered, spread
from twitchbayes.display.rows import GraphRows
from twitchbayes.display.svg import text_width

__all__ = ["in_columns"]

MOST_SHARE = (0.19, 0.13, 0.19, 0.22)
"""Of the width that the labels of a column take at most."""

PAD, HEADING, TOP, ROOMY = 3, 24, 4, 10

MOST_GAP = 120
"""Between two columns, on average."""


class _Column(NamedTuple):
    """A column: its sections of nodes in order, the lines of each node, how wide they are."""

    layer: int
    sections: Sequence[Sequence[int]]
    lines: dict[int, tuple[str, ...]]
    width: float

    def size(self, node: int, pad: float = PAD) -> float:
        return len(self.lines[node]) * LINE + pad

    @property
    def height(self) -> float:
        sections = [section for section in self.sections if section]
        return len(sections) * HEADING + sum(self.size(node) for s in sections for node in s)


def in_columns(rows: GraphRows) -> Placed:
    """Returns where the nodes stand: a column per layer, its sections one below the other.

    The column that holds most is stacked; in the others each node stands where its neighbours are
    on average, as far as there is room.
    """
    near = neighbours(len(rows.nodes), rows.arrows)
    columns = _columns(rows, near)
    height = max(column.height for column in columns)
    stacked = max(range(len(columns)), key=lambda number: columns[number].height)
    tops: dict[int, float] = {}
    headings: dict[tuple[int, int], float] = {}
    for number in sorted(range(len(columns)), key=lambda number: abs(number - stacked)):
        _place(columns[number], number == stacked, height, near, tops, headings)
    lefts = _lefts(columns)
    boxes, above = {}, []
    for column, left in zip(columns, lefts, strict=True):
        to_the_left = column.layer == 0
        for section, nodes in enumerate(column.sections):
            for node in nodes:
                lines = column.lines[node]
                width = widest(lines)
                start = left + column.width - width if to_the_left else left
                boxes[node] = Box(lines, start, tops[node], width, len(lines) * LINE)
            if nodes:
                x = left + column.width if to_the_left else left
                base = headings[column.layer, section]
                words = rows.headings[column.layer][section]
                above.append(Heading(words, x, base, to_the_left))
    ends = [box.right for box in boxes.values()]
    ends += [text_width(h.words, SIZE) * 1.1 + h.x for h in above if not h.to_the_left]
    return Placed(min(WIDTH, max(ends) + 2), height + 2 * TOP, boxes, tuple(above))


def _columns(rows: GraphRows, near: dict[int, list[int]]) -> list[_Column]:
    layers = sorted({node.layer for node in rows.nodes})
    blocks = [
        [
            [n for n, node in enumerate(rows.nodes) if (node.layer, node.section) == (layer, part)]
            for part in range(len(rows.headings[layer]))
        ]
        for layer in layers
    ]
    columns = []
    for layer, sections in zip(layers, ordered(blocks, near), strict=True):
        lines = {
            node: lines_of(rows.nodes[node].label, MOST_SHARE[layer] * WIDTH)
            for section in sections
            for node in section
        }
        width = max(widest(of) for of in lines.values())
        columns.append(_Column(layer, sections, lines, width))
    return columns


def _place(
    column: _Column,
    stacked: bool,
    height: float,
    near: dict[int, list[int]],
    tops: dict[int, float],
    headings: dict[tuple[int, int], float],
) -> None:
    """Adds the tops of a column's nodes, and the base lines of its headings."""
    if stacked or sum(map(bool, column.sections)) > 1:
        y = TOP + (height - column.height) / 2
        for section, nodes in enumerate(column.sections):
            if nodes:
                headings[column.layer, section] = y + HEADING - 8
                y += HEADING
            for node in nodes:
                tops[node] = y + PAD / 2
                y += column.size(node)
        return
    (section,) = (number for number, nodes in enumerate(column.sections) if nodes)
    nodes = column.sections[section]
    free = height - HEADING - sum(column.size(node) for node in nodes)
    pad = min(PAD + free / len(nodes), ROOMY)
    wanted = []
    for node in nodes:
        known = [tops[other] for other in near[node] if other in tops]
        wanted.append(sum(known) / len(known) + LINE / 2 if known else TOP + height / 2)
    sizes = [column.size(node, pad) for node in nodes]
    middles = spread(wanted, sizes, TOP + HEADING, TOP + height)
    for node, middle in zip(nodes, middles, strict=True):
        tops[node] = middle - len(column.lines[node]) * LINE / 2
    headings[column.layer, section] = tops[nodes[0]] - 8


def _lefts(columns: Sequence[_Column]) -> list[float]:
    """Returns where the columns begin; what they leave is between them, most before the last."""
    shares = [3.0] * (len(columns) - 2) + [4.0] if len(columns) > 1 else []
    free = WIDTH - 2 - sum(column.width for column in columns)
    free = min(free, MOST_GAP * len(shares))
    left, lefts = 1.0, []
    for number, column in enumerate(columns):
        lefts.append(left)
        left += column.width
        if number < len(shares):
            left += free * shares[number] / sum(shares)
    return lefts
