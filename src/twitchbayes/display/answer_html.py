"""Answers to questions as plain HTML: tables with inline bars, escaped, without script."""

from __future__ import annotations

from html import escape

from twitchbayes.display.answer_rows import AnswerRow, AnswerRows, AnswerTable, Bar

__all__ = ["answer_html", "answer_table"]

CELL = "padding:0.15em 1em 0.15em 0; vertical-align:baseline"
TABLE = "margin:0.8em 0; border-collapse:collapse; color:inherit; font:inherit"
TABLE += "; overflow-wrap:anywhere"
"""Inherited, since pages without a document type give tables black text of another size. A word
that is too long is broken, or it would push the numbers off the page."""

WIDE, HIGH = 120, 12
"""Pixels of a bar."""


def answer_html(rows: AnswerRows) -> str:
    """Returns an answer: the question, what the numbers mean, the numbers, the notes."""
    parts = [f"<p><strong>{escape(rows.title)}</strong> ({escape(rows.network)})</p>"]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in rows.sentences]
    parts += map(answer_table, rows.tables)
    notes = "<br>".join(escape(note) for note in (*rows.notes, *rows.case, rows.notice))
    parts.append(f"<p><small>{notes}</small></p>")
    return (
        '<div class="twitchbayes" style="overflow-wrap:break-word">' + "\n".join(parts) + "</div>"
    )


def answer_table(table: AnswerTable) -> str:
    """Returns a table of an answer, with a bar beside each row that has one."""
    barred = any(row.bar is not None for row in table.rows)
    head = _cell("th", escape(table.heading), "left", 'scope="col"', "min-width:6em; ")
    head += "".join(_cell("th", escape(c), "right", 'scope="col"') for c in table.columns)
    head += "<td></td>" if barred else ""
    body = "".join(f"<tr>{_row(row, barred=barred)}</tr>" for row in table.rows)
    return f'<table style="{TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(row: AnswerRow, *, barred: bool) -> str:
    label = escape(row.label)
    if row.detail:
        label += f"<br><small>{escape(row.detail)}</small>"
    cells = _cell("th", label, "left", 'scope="row"', "font-weight:normal; ")
    cells += "".join(_cell("td", escape(cell), "right") for cell in row.cells)
    if barred:
        cells += _cell("td", "" if row.bar is None else _bar(row.bar), "left")
    return cells


def _cell(tag: str, content: str, side: str, scope: str = "", style: str = "") -> str:
    attributes = " ".join(filter(None, (scope, f'style="{style}text-align:{side}; {CELL}"')))
    return f"<{tag} {attributes}>{content}</{tag}>"


def _bar(bar: Bar) -> str:
    """Returns the bar in the colour of the text, so that it is seen on any ground and in print."""
    first, last = (min(1.0, max(0.0, end)) * WIDE for end in (bar.start, bar.end))
    shapes = _rectangle(0, WIDE, 0.12) + _rectangle(first, last - first, 0.6)
    if bar.mark is not None:
        at = min(1.0, max(0.0, bar.mark)) * (WIDE - 2)
        shapes += f'<rect x="{at:.1f}" y="0" width="2" height="{HIGH}" fill="currentColor"/>'
    return (
        f'<svg width="{WIDE}" height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}" aria-hidden="true" '
        f'style="vertical-align:middle">{shapes}</svg>'
    )


def _rectangle(start: float, width: float, opacity: float) -> str:
    return (
        f'<rect x="{start:.1f}" y="2" width="{width:.1f}" height="{HIGH - 4}" '
        f'fill="currentColor" fill-opacity="{opacity}"/>'
    )
