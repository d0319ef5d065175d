"""The rows of a CSV file whose columns are known, each with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence

from twitchbayes.io.reader import Reader
from twitchbayes.io.sections import Origin
from twitchbayes.rules.limits import MAX_ROWS

__all__ = ["csv_rows"]

MAX_SHOWN = 60
"""Letters of an unknown column that are shown."""


def csv_rows(
    reader: Reader, columns: Sequence[str], file: str, text: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields the rows, by column, with the lines where they begin.

    Stops where the table makes no sense any more.

    Args:
        reader: takes note of what is wrong.
        columns: what the first line names, in any order.
        file: the file's name; its stem is the section that is not whole where something is wrong.
        text: what is in it.
    """

    def refuse(line: int, message: str) -> None:
        reader.problem((), message, (file.removesuffix(".csv"),), file=str(Origin(file, line)))

    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    line, count = 1, 0
    try:
        header = next(lines, None)
        if header is None:
            refuse(0, "is empty; its first line names the columns")
            return
        if not _is_header(header, columns, refuse):
            return
        line = lines.line_num + 1
        for cells in lines:
            count += 1
            if count > MAX_ROWS:
                refuse(line, f"is one too many; at most {MAX_ROWS:,} rows are read")
                return
            if len(cells) == len(header):
                yield line, dict(zip(header, cells, strict=True))
            elif cells:  # an empty line is no row
                counts = f"has {len(cells)} cells, the first line {len(header)}"
                refuse(line, f"{counts}; quote cells that hold commas")
            line = lines.line_num + 1
    except csv.Error as error:
        refuse(line, f"is not CSV: {error}")


def _is_header(
    header: Sequence[str], columns: Sequence[str], refuse: Callable[[int, str], None]
) -> bool:
    """Whether the first line names every column once."""
    for name in columns:
        if name not in header:
            refuse(1, f"has no column {name!r}; add it")
        elif header.count(name) > 1:
            refuse(1, f"the column {name!r} is there twice; keep one")
    for name in dict.fromkeys(header):
        if name not in columns:
            known = ", ".join(columns)
            refuse(1, f"unknown column {name[:MAX_SHOWN]!r}; the columns are {known}")
    return sorted(header) == sorted(columns)
