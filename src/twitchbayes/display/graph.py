"""A graph as a drawing: labels, and arrows from what is depended on to what depends on it."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from twitchbayes.display.boxes import LINE, SIZE, Box, Placed
from twitchbayes.display.columns import in_columns
from twitchbayes.display.rows import GraphRows
from twitchbayes.display.stacked import in_rows
from twitchbayes.display.svg import COLOURS, number, picture

__all__ = ["graph_svg", "placed"]

ASCENT = 10


def graph_svg(rows: GraphRows) -> str:
    """Returns the drawing; nothing where no node is to be drawn.

    The arrows of a node have one colour, to follow them by; those of the target, which go almost
    everywhere, and those that pass a column are faint.
    """
    if not rows.nodes:
        return ""
    where = placed(rows)
    body = [*_arrows(rows, where), *_labels(rows, where)]
    # on a narrower page it shrinks to three quarters; then it is moved, as smaller letters would
    # not be read
    least = number(0.75 * where.width)
    style = f"width:100%;min-width:{least}px;max-width:{number(where.width)}px;height:auto"
    drawing = picture(where.width, where.height, rows.summary, body, style)
    return f'<div style="overflow-x:auto;margin:0.8em 0">{drawing}</div>'


def placed(rows: GraphRows) -> Placed:
    """Returns where everything of a graph is drawn."""
    return in_columns(rows) if rows.headings else in_rows(rows)


def _labels(rows: GraphRows, where: Placed) -> list[str]:
    parts = [f'<g font-family="Arial,Helvetica,sans-serif" font-size="{SIZE}" fill="currentColor">']
    for heading in where.headings:
        anchor = ' text-anchor="end"' if heading.to_the_left else ""
        parts.append(
            f'<text x="{number(heading.x)}" y="{number(heading.base)}" font-weight="bold"{anchor}>'
            f"{escape(heading.words)}</text>: "
        )
    for node, box in where.boxes.items():
        target = rows.nodes[node].target
        if not rows.headings:
            parts.append(_frame(box, target=target))
        weight = ' font-weight="bold"' if target else ""
        x, anchor = _anchor(box, rows.nodes[node].layer if rows.headings else None)
        spare = (box.height - len(box.lines) * LINE) / 2
        for k, line in enumerate(box.lines):
            y = number(box.top + spare + ASCENT + k * LINE)
            parts.append(f'<text x="{x}" y="{y}"{weight}{anchor}>{escape(line)}</text> ')
        # not drawn; it keeps the labels apart where only text is left of the drawing
        parts.append(", ")
    return [*parts, "</g>"]


def _anchor(box: Box, column: int | None) -> tuple[str, str]:
    """Returns where the lines of a box are set, and to which side."""
    if column is None:
        return number(box.x), ' text-anchor="middle"'
    # the first column is set to the right, towards the others
    return (number(box.left), "") if column else (number(box.right), ' text-anchor="end"')


def _frame(box: Box, *, target: bool) -> str:
    return (
        f'<rect x="{number(box.left)}" y="{number(box.top)}" width="{number(box.width)}" '
        f'height="{number(box.height)}" rx="4" fill="none" stroke="currentColor" '
        f'stroke-width="{2 if target else 1}" stroke-opacity="{0.9 if target else 0.45}"/>'
    )


def _arrows(rows: GraphRows, where: Placed) -> list[str]:
    parts = []
    coloured = 0
    for parent, node in enumerate(rows.nodes):
        near: list[str] = []
        far: list[str] = []
        heads: list[str] = []
        for child in (child for start, child in rows.arrows if start == parent):
            path, head = _arrow(rows, where, parent, child)
            passes = abs(rows.nodes[child].layer - node.layer) > 1 and bool(rows.headings)
            (far if passes else near).append(path)
            heads.append(head)
        if not heads:
            continue
        colour = "currentColor" if node.target else COLOURS[coloured % len(COLOURS)]
        coloured += not node.target
        opacity = 0.5 if node.target else 0.9
        parts.append(f'<g fill="none" stroke="{colour}" stroke-opacity="{opacity}">')
        if near:
            parts.append(f'<path d="{"".join(near)}"/>')
        if far:
            parts.append(f'<path d="{"".join(far)}" stroke-width=".7" stroke-opacity=".45"/>')
        parts.append(f'<path d="{"".join(heads)}" stroke="none" fill="{colour}"/></g>')
    return parts


def _arrow(rows: GraphRows, where: Placed, parent: int, child: int) -> tuple[str, str]:
    """Returns the path of an arrow and that of its head."""
    start, end = where.boxes[parent], where.boxes[child]
    if not rows.headings:
        points = [(start.x, start.bottom), *where.bends[parent, child], (end.x, end.top - 5)]
        path = f"M{_point(*points[0])}"
        for (x, y), (to_x, to_y) in pairwise(points):
            half = (y + to_y) / 2
            path += f"C{_point(x, half)} {_point(to_x, half)} {_point(to_x, to_y)}"
        return path, f"M{_point(end.x, end.top)}l-3 -6h6z"
    from_layer, to_layer = rows.nodes[parent].layer, rows.nodes[child].layer
    if from_layer == to_layer:
        # within a column, on the side of the next one; of the last, of the one before
        side = 1 if from_layer == 0 else -1
        x, y = (start.right + 3, start.y) if side > 0 else (start.left - 3, start.y)
        to_x, to_y = (end.right + 9, end.y) if side > 0 else (end.left - 9, end.y)
        out = number(max(x, to_x) + 22 if side > 0 else min(x, to_x) - 22)
        path = f"M{_point(x, y)}C{out} {number(y)} {out} {number(to_y)} {_point(to_x, to_y)}"
        return path, _head(to_x + side * -6, to_y, -side)
    side = 1 if to_layer > from_layer else -1
    x, y = (start.right + 3, start.y) if side > 0 else (start.left - 3, start.y)
    to_x, to_y = (end.left - 9, end.y) if side > 0 else (end.right + 9, end.y)
    half = (x + to_x) / 2
    path = f"M{_point(x, y)}C{_point(half, y)} {_point(half, to_y)} {_point(to_x, to_y)}"
    return path, _head(to_x + side * 6, to_y, side)


def _head(x: float, y: float, side: int) -> str:
    """Returns the head of an arrow that ends here, going to the right (1) or to the left (-1)."""
    return f"M{_point(x, y)}l{-6 * side} -3v6z"


def _point(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"
