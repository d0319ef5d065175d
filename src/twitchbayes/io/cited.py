"""The cited network format: from TOML tables to a network in which every number is cited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twitchbayes.distribution import NoisyMax, Row, Table
from twitchbayes.errors import Place
from twitchbayes.estimate import Estimate, Source
from twitchbayes.io.reader import Reader
from twitchbayes.network import Group, Measurement, Network, RedFlag, Variable

__all__ = ["HEADER_KEYS", "SECTIONS", "network_of_tables"]

SECTIONS = ("groups", "sources", "variables", "red_flags")
"""The tables of named things; what else there is, is said in the table `network`."""

ESTIMATE = ' such as { value = 0.2, grade = "judged", interval = [0.1, 0.3] }'

HEADER_KEYS = tuple(field for field in Network.__dataclass_fields__ if field not in SECTIONS)


def network_of_tables(
    reader: Reader, about: Mapping[str, Any], sections: Mapping[str, Mapping[str, Any]]
) -> Network:
    """Returns the network that tables describe.

    Args:
        reader: takes note of what is wrong with their form.
        about: the table `network`.
        sections: the tables of `SECTIONS`.

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
    return Network(
        **header,
        target=reader.text(about, "target", path) or None,
        date=reader.date(about, "date", path),
        authors=reader.texts(about, "authors", path),
        variables=tuple(_variable(reader, k, v) for k, v in sections["variables"].items()),
        groups=tuple(_group(reader, k, v) for k, v in sections["groups"].items()),
        sources=tuple(_source(reader, k, v) for k, v in sections["sources"].items()),
        red_flags=tuple(_red_flag(reader, k, v) for k, v in sections["red_flags"].items()),
    )


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
        _when(reader, table, path),
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
    when = _when(reader, table, path)
    if reader.guesses() > before:
        # whether the rows together cover everything is anyone's guess, too
        reader.guess((*path[:-1], "when"))
    note = reader.text(table, "note", path)
    numbers = reader.table(table.get("p", {}), (*path, "p"))
    estimates = [(state, _estimate(reader, v, (*path, "p", state))) for state, v in numbers.items()]
    return Row(when, tuple(estimates), note)


def _when(
    reader: Reader, table: Mapping[str, Any], path: Place
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Reads conditions: a state or an array of states per variable."""
    when = (*path, "when")
    conditions = reader.table(table.get("when", {}), when)
    return tuple(
        (name, (states,) if isinstance(states, str) else reader.texts(conditions, name, when))
        for name, states in conditions.items()
    )


def _estimate(reader: Reader, value: object, path: Place) -> Estimate:
    table = reader.table(value, path, list(Estimate.__dataclass_fields__), such_as=ESTIMATE)
    interval = reader.numbers(table, "interval", path)
    counts = reader.wholes(table, "counts", path)
    if interval and len(interval) != 2:
        reader.problem((*path, "interval"), "must be [low, high]", (*path, "interval"))
    if counts and len(counts) != 2:
        reader.problem((*path, "counts"), "must be [count, of how many]", (*path, "counts"))
    return Estimate(
        reader.number(table, "value", path),
        reader.text(table, "grade", path, required=True),
        (counts[0], counts[1]) if len(counts) == 2 else None,
        (interval[0], interval[1]) if len(interval) == 2 else None,
        reader.texts(table, "sources", path),
        reader.text(table, "note", path),
    )
