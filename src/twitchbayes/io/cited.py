"""The cited network format: from TOML tables to a network in which every number is cited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twitchbayes.distribution import NoisyMax, Row, Table
from twitchbayes.errors import Place
from twitchbayes.estimate import Estimate, Source
from twitchbayes.io.claims import read_code, read_code_system, read_figure, read_invariant
from twitchbayes.io.fields import read_conditions, read_counts, read_interval
from twitchbayes.io.reader import Reader
from twitchbayes.io.sections import SECTIONS
from twitchbayes.network import Group, Measurement, Network, RedFlag, Variable

__all__ = ["HEADER_KEYS", "network_of_tables"]

ESTIMATE = ' such as { value = 0.2, grade = "judged", interval = [0.1, 0.3] }'

HEADER_KEYS = tuple(field for field in Network.__dataclass_fields__ if field not in SECTIONS)


def network_of_tables(
    reader: Reader, about: Mapping[str, Any], sections: Mapping[str, Mapping[str, Any]]
) -> Network:
    """Returns the network that tables describe.

    Args:
        reader: takes note of what is wrong with their form.
        about: the table `network`.
        sections: per section of `SECTIONS` what is in it, by name or place.

    Raises:
        NetworkError: something is wrong with what they mean.
    """
    path = ("network",)
    if "name" not in about and not reader.is_guess(path):
        message = "has no name; add a table [network] with name, title, version"
        reader.problem(path, message, (*path, "name"))
    header: dict[str, Any] = {
        key: reader.text(about, key, path)
        for key in ("name", "title", "version", "description", "population", "note", "licence")
    }
    header["target"] = reader.text(about, "target", path) or None
    header["date"] = reader.date(about, "date", path)
    header["authors"] = reader.texts(about, "authors", path)
    costs = reader.table(about.get("costs", {}), (*path, "costs"))
    header["costs"] = tuple((kind, reader.number(costs, kind, (*path, "costs"))) for kind in costs)
    read: dict[str, Any] = {
        section: tuple(element(reader, name, value) for name, value in sections[section].items())
        for section, element in READERS.items()
    }
    return Network(**header, **read)


def _group(reader: Reader, name: str, value: object) -> Group:
    path = ("groups", name)
    table = reader.table(value, path, ("label", "states"))
    return Group(name, reader.text(table, "label", path), reader.texts(table, "states", path))


def _source(reader: Reader, name: str, value: object) -> Source:
    path = ("sources", name)
    fields = ("title", "tier", "authors", "year", "journal", "doi", "pmid", "link")
    table = reader.table(value, path, fields)
    texts = {key: reader.text(table, key, path) for key in fields if key != "year"}
    return Source(name, year=reader.whole(table, "year", path), **texts)


def _red_flag(reader: Reader, name: str, value: object) -> RedFlag:
    path = ("red_flags", name)
    table = reader.table(value, path, ("label", "when", "action", "sources", "note"))
    return RedFlag(
        name,
        reader.text(table, "label", path),
        read_conditions(reader, table, path),
        reader.text(table, "action", path),
        reader.texts(table, "sources", path),
        reader.text(table, "note", path),
    )


def _variable(reader: Reader, name: str, value: object) -> Variable:
    path = ("variables", name)
    known = [
        field for field in Variable.__dataclass_fields__ if field not in ("name", "distribution")
    ]
    table = reader.table(value, path, [*known, "rows", "links", "leak"])
    labels_path = (*path, "state_labels")
    labels = reader.table(table.get("state_labels", {}), labels_path)
    measurement = None
    if "measurement" in table:
        measurement = _measurement(reader, table["measurement"], (*path, "measurement"))
    return Variable(
        name,
        reader.texts(table, "states", path, required=True),
        _distribution(reader, table, path),
        reader.texts(table, "parents", path),
        kind=reader.text(table, "kind", path) or "other",
        label=reader.text(table, "label", path),
        state_labels=tuple((state, reader.text(labels, state, labels_path)) for state in labels),
        default=reader.text(table, "default", path) or None,
        measurement=measurement,
        note=reader.text(table, "note", path),
    )


def _measurement(reader: Reader, value: object, path: Place) -> Measurement:
    known = list(Measurement.__dataclass_fields__)
    table = reader.table(value, path, known)
    return Measurement(
        reader.text(table, "name", path, required=True),
        reader.text(table, "unit", path, required=True),
        reader.numbers(table, "cuts", path, required=True),
        reader.texts(table, "bands", path, required=True),
        reader.number(table, "minimum", path),
        reader.number(table, "maximum", path),
        reader.text(table, "outside", path),
    )


def _distribution(reader: Reader, table: Mapping[str, Any], path: Place) -> Table | NoisyMax:
    noisy = "links" in table or "leak" in table
    if noisy == ("rows" in table) and not reader.is_guess(path):
        reader.problem(path, "needs either rows, or links and leak (a noisy-MAX)")
        for key in ("rows", "links", "leak"):
            reader.guess((*path, key))
    if not noisy:
        return Table(tuple(_row(reader, v, p) for p, v in reader.tables(table, "rows", path)))
    links = tuple(_row(reader, v, p) for p, v in reader.tables(table, "links", path))
    leak = (*path, "leak")
    if "leak" in table:
        return NoisyMax(links, _row(reader, table["leak"], leak))
    if not reader.is_guess(leak):
        reader.problem(leak, "is missing; add what happens when no parent lifts it", leak)
    return NoisyMax(links, Row((), ()))


def _row(reader: Reader, value: object, path: Place) -> Row:
    before = reader.guesses()
    table = reader.table(value, path, ("when", "p", "note"))
    when = read_conditions(reader, table, path)
    if reader.guesses() > before:
        # whether the rows together cover everything is anyone's guess, too
        reader.guess((*path[:-1], "when"))
    note = reader.text(table, "note", path)
    numbers = reader.table(table.get("p", {}), (*path, "p"))
    estimates = [(state, _estimate(reader, v, (*path, "p", state))) for state, v in numbers.items()]
    return Row(when, tuple(estimates), note)


def _estimate(reader: Reader, value: object, path: Place) -> Estimate:
    table = reader.table(value, path, list(Estimate.__dataclass_fields__), such_as=ESTIMATE)
    return Estimate(
        reader.number(table, "value", path),
        reader.text(table, "grade", path, required=True),
        read_counts(reader, table, path),
        read_interval(reader, table, path),
        reader.texts(table, "sources", path),
        reader.text(table, "note", path),
    )


READERS: Mapping[str, Callable[[Reader, str, object], Any]] = {
    "variables": _variable,
    "groups": _group,
    "sources": _source,
    "red_flags": _red_flag,
    "figures": read_figure,
    "invariants": read_invariant,
    "code_systems": read_code_system,
    "codes": read_code,
}
"""How an element of each section is read, from its name or place and its table."""
