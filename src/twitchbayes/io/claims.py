"""What a network is held to and how it is coded, from tables: figures, invariants, codes."""

from __future__ import annotations

from twitchbayes.figure import Figure
from twitchbayes.invariant import Invariant
from twitchbayes.io.fields import read_conditions, read_counts, read_interval
from twitchbayes.io.reader import Reader
from twitchbayes.terminology import Code, CodeSystem

__all__ = ["read_code", "read_code_system", "read_figure", "read_invariant"]


def read_figure(reader: Reader, place: str, value: object) -> Figure:
    """Returns the figure that a table describes."""
    path = ("figures", place)
    table = reader.table(value, path, list(Figure.__dataclass_fields__))
    return Figure(
        reader.text(table, "item", path, required=True),
        reader.text(table, "people", path, required=True),
        reader.number(table, "value", path),
        reader.text(table, "source", path, required=True),
        read_conditions(reader, table, path, "found"),
        read_conditions(reader, table, path, "given"),
        read_interval(reader, table, path),
        read_counts(reader, table, path),
        reader.whole(table, "denominator", path),
        reader.text(table, "left_out", path),
        reader.text(table, "note", path),
    )


def read_invariant(reader: Reader, name: str, value: object) -> Invariant:
    """Returns the invariant that a table describes."""
    path = ("invariants", name)
    known = [field for field in Invariant.__dataclass_fields__ if field != "name"]
    table = reader.table(value, path, known)
    return Invariant(
        name,
        reader.text(table, "label", path, required=True),
        read_conditions(reader, table, path),
        reader.texts(table, "causes", path, required=True),
        reader.text(table, "law", path, required=True),
        reader.number(table, "bound", path) if "bound" in table else None,
        read_conditions(reader, table, path, "given"),
        reader.texts(table, "sources", path),
        reader.text(table, "note", path),
    )


def read_code_system(reader: Reader, name: str, value: object) -> CodeSystem:
    """Returns the terminology that a table describes."""
    path = ("code_systems", name)
    table = reader.table(value, path, ("title", "release", "link"))
    return CodeSystem(
        name,
        reader.text(table, "title", path, required=True),
        reader.texts(table, "release", path, required=True),
        reader.text(table, "link", path),
    )


def read_code(reader: Reader, place: str, value: object) -> Code:
    """Returns the code that a table describes."""
    path = ("codes", place)
    fields = list(Code.__dataclass_fields__)
    table = reader.table(value, path, fields)
    required = ("variable", "state", "system", "fit")
    return Code(
        **{field: reader.text(table, field, path, required=field in required) for field in fields}
    )
