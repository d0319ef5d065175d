"""The cited network format: from TOML tables to a network in which every number is cited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twitchbayes.distribution import NoisyMax, Row, Table
from twitchbayes.estimate import Estimate, Source
from twitchbayes.io.reader import Reader
from twitchbayes.network import Group, Measurement, Network, RedFlag, Variable

__all__ = ["HEADER_KEYS", "SECTIONS", "network_of_tables"]

SECTIONS = ("groups", "sources", "variables", "red_flags")
"""The tables of named things; what else there is, is said in the table `network`."""

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
    reader.at("network")
    if "name" not in about:
        reader.problem("network", "has no name; add a table [network] with name, title, version")
    header: dict[str, Any] = {
        key: reader.text(about, key, "network")
        for key in ("name", "title", "version", "description", "population", "note", "licence")
    }
    return Network(
        **header,
        target=reader.text(about, "target", "network") or None,
        date=reader.date(about, "date", "network"),
        authors=reader.texts(about, "authors", "network"),
        variables=tuple(_variable(reader, k, v) for k, v in sections["variables"].items()),
        groups=tuple(_group(reader, k, v) for k, v in sections["groups"].items()),
        sources=tuple(_source(reader, k, v) for k, v in sections["sources"].items()),
        red_flags=tuple(_red_flag(reader, k, v) for k, v in sections["red_flags"].items()),
    )


def _group(reader: Reader, name: str, value: object) -> Group:
    path = f"groups.{name}"
    reader.at(path)
    table = reader.table(value, path, ("label", "states"))
    return Group(name, reader.text(table, "label", path), reader.texts(table, "states", path))


def _source(reader: Reader, name: str, value: object) -> Source:
    path = f"sources.{name}"
    reader.at(path)
    fields = ("title", "tier", "authors", "year", "journal", "doi", "pmid", "link")
    table = reader.table(value, path, fields)
    texts = {key: reader.text(table, key, path) for key in fields if key != "year"}
    return Source(name, year=reader.whole(table, "year", path), **texts)


def _red_flag(reader: Reader, name: str, value: object) -> RedFlag:
    path = f"red_flags.{name}"
    reader.at(path)
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
    path = f"variables.{name}"
    reader.at(path)
    known = [
        field for field in Variable.__dataclass_fields__ if field not in ("name", "distribution")
    ]
    table = reader.table(value, path, [*known, "rows", "links", "leak"])
    states = reader.texts(table, "states", path, required=True)
    parents = reader.texts(table, "parents", path)
    measurement = None
    if "measurement" in table:
        reader.at(f"{path}.measurement")
        measurement = _measurement(reader, table["measurement"], f"{path}.measurement")
    distribution = _distribution(reader, table, path)
    reader.at("")
    labels = reader.table(table.get("state_labels", {}), f"{path}.state_labels")
    return Variable(
        name,
        states,
        distribution,
        parents,
        kind=reader.text(table, "kind", path) or "other",
        label=reader.text(table, "label", path),
        state_labels=tuple(
            (state, reader.text(labels, state, f"{path}.state_labels")) for state in labels
        ),
        default=reader.text(table, "default", path) or None,
        measurement=measurement,
        note=reader.text(table, "note", path),
    )


def _measurement(reader: Reader, value: object, path: str) -> Measurement:
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


def _distribution(reader: Reader, table: Mapping[str, Any], path: str) -> Table | NoisyMax:
    reader.at(path)
    noisy = "links" in table or "leak" in table
    if noisy == ("rows" in table):
        reader.problem(path, "needs either rows, or links and leak (a noisy-MAX)")
    if not noisy:
        rows = [_row(reader, v, p) for p, v in reader.tables(table.get("rows", []), f"{path}.rows")]
        return Table(tuple(rows))
    links = [_row(reader, v, p) for p, v in reader.tables(table.get("links", []), f"{path}.links")]
    if "leak" not in table:
        reader.at(f"{path}.leak")
        reader.problem(f"{path}.leak", "is missing; add what happens when no parent lifts it")
        return NoisyMax(tuple(links), Row((), ()))
    return NoisyMax(tuple(links), _row(reader, table["leak"], f"{path}.leak"))


def _row(reader: Reader, value: object, path: str) -> Row:
    reader.at(path)
    table = reader.table(value, path, ("when", "p", "note"))
    before = len(reader.problems)
    when = _when(reader, table, path)
    if len(reader.problems) > before:
        # whether the rows together cover everything is anyone's guess, too
        reader.units.append(path.rpartition("[")[0])
    note = reader.text(table, "note", path)
    numbers = reader.table(table.get("p", {}), f"{path}.p")
    estimates = [(state, _estimate(reader, v, f"{path}.p.{state}")) for state, v in numbers.items()]
    return Row(when, tuple(estimates), note)


def _when(
    reader: Reader, table: Mapping[str, Any], path: str
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Reads conditions: a state or an array of states per variable."""
    conditions = reader.table(table.get("when", {}), f"{path}.when")
    return tuple(
        (
            name,
            (states,)
            if isinstance(states, str)
            else reader.texts(conditions, name, f"{path}.when"),
        )
        for name, states in conditions.items()
    )


def _estimate(reader: Reader, value: object, path: str) -> Estimate:
    reader.at(path)
    table = reader.table(value, path, list(Estimate.__dataclass_fields__))
    interval = reader.numbers(table, "interval", path)
    counts = reader.wholes(table, "counts", path)
    if interval and len(interval) != 2:
        reader.problem(f"{path}.interval", "must be [low, high]")
    if counts and len(counts) != 2:
        reader.problem(f"{path}.counts", "must be [count, of how many]")
    return Estimate(
        reader.number(table, "value", path),
        reader.text(table, "grade", path, required=True),
        (counts[0], counts[1]) if len(counts) == 2 else None,
        (interval[0], interval[1]) if len(interval) == 2 else None,
        reader.texts(table, "sources", path),
        reader.text(table, "note", path),
    )
