"""Parts of a network that are tables: one row per source, figure or code, in a CSV file."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from twitchbayes.errors import Place
from twitchbayes.event import read_event
from twitchbayes.io.reader import Reader
from twitchbayes.io.sections import Origin, Sections
from twitchbayes.rules.limits import MAX_ROWS

__all__ = ["TABLES", "add_table"]

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
WHOLE = re.compile(r"[0-9]{1,18}")

Cell = Callable[[str], Any]


def _text(cell: str) -> str:
    return cell


def _number(cell: str) -> float:
    if not NUMBER.fullmatch(cell):
        raise ValueError("is not a number; write it as 0.25")
    return float(cell)


def _whole(cell: str) -> int:
    if not WHOLE.fullmatch(cell):
        raise ValueError("is not a whole number; write it as 25")
    return int(cell)


def _event(cell: str) -> dict[str, list[str]]:
    event = read_event(cell)
    if event is None:
        raise ValueError(
            "is no event; write variable=state, `|` between states and `&` between variables, each "
            "named once"
        )
    return {name: list(states) for name, states in event}


TABLES: Mapping[str, Mapping[str, Cell]] = {
    "sources.csv": {
        "id": _text,
        "tier": _text,
        "authors": _text,
        "year": _whole,
        "title": _text,
        "journal": _text,
        "doi": _text,
        "pmid": _text,
        "link": _text,
    },
    "figures.csv": {
        "item": _text,
        "people": _text,
        "found": _event,
        "given": _event,
        "value": _number,
        "low": _number,
        "high": _number,
        "numerator": _whole,
        "denominator": _whole,
        "source": _text,
        "left_out": _text,
        "note": _text,
    },
    "codes.csv": {
        "variable": _text,
        "state": _text,
        "system": _text,
        "code": _text,
        "label": _text,
        "fit": _text,
        "note": _text,
    },
}
"""The columns of each table by its file's name, and how a cell is read; an empty one says nothing.
The file's stem is the section that the rows belong to."""


PAIRS = {"interval": ("low", "high"), "counts": ("numerator", "denominator")}
"""Columns that make one field together; a denominator may stand alone."""


def add_table(reader: Reader, sections: Sections, file: str, text: str) -> None:
    """Adds the rows of a table to its section.

    Args:
        reader: takes note of what is wrong with its form, each with the line.
        sections: what is added to.
        file: the file's name, one of `TABLES`.
        text: what is in it.
    """
    section, columns = file.removesuffix(".csv"), TABLES[file]
    for line, row in _rows(reader, columns, Origin(file), text):
        value: dict[str, Any] = {}
        name = row["id"] if section == "sources" else ""
        path = sections.add(reader, section, name, value, Origin(file, line))
        if sections.tables[section][path[1]] is value:
            value |= _cells(reader, path, columns, row)


def _rows(
    reader: Reader, columns: Mapping[str, Cell], origin: Origin, text: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields the rows with the lines where they begin; stops where the table makes no sense."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    begins = rows = 0
    try:
        for cells in lines:
            begins, before = lines.line_num + 1, begins
            here = origin._replace(line=max(before, 1))
            if header is None:
                header = cells
                if not _is_header(reader, columns, header, here):
                    return
            elif len(cells) == len(header):
                rows += 1
                if rows > MAX_ROWS:
                    _refuse(reader, here, f"is one too many; at most {MAX_ROWS:,} rows are read")
                    return
                yield here.line, dict(zip(header, cells, strict=True))
            elif cells:  # an empty line is no row
                message = f"has {len(cells)} cells, the first line {len(header)}"
                _refuse(reader, here, f"{message}; quote cells that hold commas")
    except csv.Error as error:
        _refuse(reader, origin._replace(line=max(begins, 1)), f"is not CSV: {error}")
    if header is None:
        _refuse(reader, origin, "is empty; its first line names the columns")


def _is_header(
    reader: Reader, columns: Mapping[str, Cell], header: list[str], origin: Origin
) -> bool:
    """Whether the first line names every column once, in any order."""
    wrong = [f"has no column {name!r}; add it" for name in columns if name not in header]
    for name in dict.fromkeys(header):
        if name not in columns:
            wrong.append(f"unknown column {name!r}; the columns are {', '.join(columns)}")
        elif header.count(name) > 1:
            wrong.append(f"the column {name!r} is there twice; keep one")
    for message in wrong:
        _refuse(reader, origin, message)
    return not wrong


def _refuse(reader: Reader, origin: Origin, message: str) -> None:
    """Takes note of a problem, and that not all of the section is known."""
    reader.problem((), message, (origin.file.removesuffix(".csv"),), file=str(origin))


def _cells(
    reader: Reader, path: Place, columns: Mapping[str, Cell], row: Mapping[str, str]
) -> dict[str, Any]:
    """Returns what a row says, in the keys of the format."""
    values: dict[str, Any] = {}
    for column, read in columns.items():
        if not row[column] or column == "id":
            continue
        try:
            values[column] = read(row[column])
        except ValueError as error:
            field = next((field for field, pair in PAIRS.items() if column in pair), column)
            message = f"{row[column][:60]!r} {error}"
            reader.problem((*path, column), message, (*path, field))
            if read is _number:
                values[column] = math.nan
    for field, pair in PAIRS.items():
        stated = [column for column in pair if row.get(column)]
        ends = [values.pop(column) for column in stated if column in values]
        if len(ends) == 2:
            values[field] = ends
        elif stated == ["denominator"]:
            values.update(zip(stated, ends, strict=False))
        elif len(stated) == 1:
            other = next(column for column in pair if column not in stated)
            message = f"stands without {other}; give both, or neither"
            reader.problem((*path, *stated), message, (*path, field))
    return values
