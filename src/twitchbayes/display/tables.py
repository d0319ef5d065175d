"""Tables and lists of HTML that look the same in every front end, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["listed", "pairs", "sections", "table", "whole"]

# said once more for every cell, as front ends style tables of their own accord and take style
# sheets away
CELL = "padding:0.1em 1em 0.1em 0;vertical-align:middle"
WORDS, NUMBERS = "text-align:left", "text-align:right;white-space:nowrap"
TABLE = "margin:0.8em 0;border-collapse:collapse;table-layout:auto;width:auto"
# a word that is too long is broken, or it would push the numbers off the page
TABLE += ";overflow-wrap:anywhere"
LEAST = ";min-width:6em"


def whole(parts: Iterable[str]) -> str:
    """Returns parts as one."""
    return (
        '<div class="twitchbayes" style="overflow-wrap:break-word">' + "\n".join(parts) + "</div>"
    )


def listed(items: Iterable[str]) -> str:
    """Returns a list of items that are HTML."""
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def pairs(heading: str, rows: Sequence[tuple[str, str]]) -> str:
    """Returns a table of names and values that are text."""
    return table((heading, ""), [[escape(name), escape(value)] for name, value in rows], left=2)


def table(head: Sequence[str], body: Iterable[Sequence[str]], left: int) -> str:
    """Returns a table, the first `left` columns of words, the others of numbers.

    Args:
        head: the headings, as text.
        body: the cells, as HTML.
        left: how many columns are set to the left.
    """
    return sections([(head, body)], left)


def sections(parts: Iterable[tuple[Sequence[str], Iterable[Sequence[str]]]], left: int) -> str:
    """Returns a table of parts, each a head and a body, with columns in common."""
    shown: list[str] = []
    for head, body in parts:
        sides = [WORDS if column < left else NUMBERS for column in range(len(head))]
        styles = [f'style="{side};{CELL}"' for side in sides]
        apart = ";padding-top:0.8em" if shown else ""
        top = "".join(
            f'<th scope="col" style="{side};{CELL}{apart}{LEAST if side == WORDS else ""}">'
            f"{escape(cell)}</th>"
            for cell, side in zip(head, sides, strict=True)
        )
        rows = "".join(
            "<tr>"
            + "".join(f"<td {style}>{cell}</td>" for cell, style in zip(row, styles, strict=True))
            + "</tr>"
            for row in body
        )
        shown.append(f"<tbody><tr>{top}</tr>{rows}</tbody>")
    return f'<table style="{TABLE}">{"".join(shown)}</table>'
