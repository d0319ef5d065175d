"""Answers to questions as plain text, 79 columns at most where the labels allow."""

from __future__ import annotations

from twitchbayes.display.answer_rows import AnswerRow, AnswerRows, AnswerTable, Bar
from twitchbayes.display.wrapping import WIDTH, filled, hanging, wrapped

__all__ = ["answer_text"]

BAR = 16


def answer_text(rows: AnswerRows) -> str:
    """Returns an answer: the question, what the numbers mean, the numbers, the notes."""
    lines = hanging("", f"{rows.title} ({rows.network})", indent="")
    if rows.sentences:
        lines.append("")
    for sentence in rows.sentences:
        lines += hanging("", sentence, indent="")
    for table in rows.tables:
        lines += ["", *_table(table)]
    lines.append("")
    for note in (*rows.notes, *rows.case):
        lines += wrapped(note, WIDTH, further="  ")
    lines.append(rows.notice)
    return "\n".join(lines)


def _table(table: AnswerTable) -> list[str]:
    widths = [
        max(len(heading), *(len(row.cells[place]) for row in table.rows), 0)
        for place, heading in enumerate(table.columns)
    ]
    barred = any(row.bar is not None for row in table.rows)
    # two spaces, the bar and its mark
    room = WIDTH - sum(width + 2 for width in widths) - (2 + BAR + 1 if barred else 0)
    labels = [wrapped(row.label, room, further="  ") or [""] for row in table.rows]
    width = max(len(line) for lines in [[table.heading], *labels] for line in lines)
    lines = [_line(table.heading, table.columns, width, widths)]
    for row, (label, *further) in zip(table.rows, labels, strict=True):
        lines += _row(row, label, further, width, widths)
    return [line.rstrip() for line in lines]


def _row(
    row: AnswerRow, label: str, further: list[str], width: int, widths: list[int]
) -> list[str]:
    line = _line(label, row.cells, width, widths)
    if row.bar is not None:
        line = f"{line}  {_bar(row.bar)}".rstrip()
    detail = wrapped(row.detail, WIDTH, "    ", "    ") if row.detail else []
    return [line, *further, *detail]


def _line(label: str, cells: tuple[str, ...], width: int, widths: list[int]) -> str:
    numbers = "".join(f"  {cell:>{w}}" for cell, w in zip(cells, widths, strict=True))
    return filled(label, width) + numbers


def _bar(bar: Bar) -> str:
    """Returns the bar in characters: `#` where it is filled, `|` at the mark."""
    first, last = (min(BAR, max(0, round(end * BAR))) for end in (bar.start, bar.end))
    drawn = [" "] * first + ["#"] * (last - first) + [" "] * (BAR - last)
    if bar.mark is not None:
        drawn.insert(min(BAR, max(0, round(bar.mark * BAR))), "|")
    return "".join(drawn)
