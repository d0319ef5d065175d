"""Sentences and tables under a heading, as text and as HTML."""

from __future__ import annotations

from html import escape

from twitchbayes.display.rows import CardRows, TableRows
from twitchbayes.display.tables import table, whole
from twitchbayes.display.wrapping import hanging, wrapped

__all__ = ["card_html", "card_text"]

COLUMN = 38
"""Letters of a column of words; what is longer goes on in the next line."""


def card_text(rows: CardRows) -> str:
    """Returns a card as plain text."""
    lines = hanging("", f"{rows.title} ({rows.network})", indent="")
    for sentence in rows.opening:
        lines += hanging("", sentence, indent="")
    for shown in rows.tables:
        lines += ["", *_table(shown)]
    lines += [""] if rows.tables else []
    for sentence in rows.closing:
        lines += hanging("", sentence, indent="")
    return "\n".join([*lines, rows.notice])


def card_html(rows: CardRows) -> str:
    """Returns a card as HTML: escaped, without script, style sheet or net."""
    parts = [f"<p><strong>{escape(rows.title)}</strong> ({escape(rows.network)})</p>"]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in rows.opening]
    parts += [
        table(shown.head, [[escape(cell) for cell in row] for row in shown.body], shown.left)
        for shown in rows.tables
    ]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in rows.closing]
    parts.append(f"<p><small>{escape(rows.notice)}</small></p>")
    return whole(parts)


def _table(shown: TableRows) -> list[str]:
    rows = [
        [
            wrapped(cell, COLUMN, further="  ") or [""] if column < shown.left else [cell]
            for column, cell in enumerate(row)
        ]
        for row in (shown.head, *shown.body)
    ]
    widths = [
        max((len(line) for cell in column for line in cell), default=0)
        for column in zip(*rows, strict=True)
    ]
    lines = []
    for row in rows:
        for place in range(max(map(len, row))):
            words = [
                f"{cell[place] if place < len(cell) else '':{'<' if c < shown.left else '>'}{width}}"
                for c, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append("  ".join(words).rstrip())
    return lines
