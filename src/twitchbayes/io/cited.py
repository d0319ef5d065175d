"""The cited network format: TOML files in which every number says where it comes from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twitchbayes.distribution import NoisyMax, Row, Table
from twitchbayes.errors import FormatError, NetworkError
from twitchbayes.estimate import Estimate, Source
from twitchbayes.io.reader import Reader
from twitchbayes.network import Group, Measurement, Network, RedFlag, Variable

__all__ = ["FORMAT", "HEADER_FILE", "MAX_BYTES", "read_cited"]

FORMAT = 1
"""Version of the format."""

HEADER_FILE = "network.toml"
"""The file of a folder that names the network and its parts."""

MAX_BYTES = 2**26
"""Largest network that is read: 64 MiB of text, all files of a folder together."""

SECTIONS = ("groups", "sources", "variables", "red_flags")


def read_cited(path: Path) -> Network:
    """Reads a network from a TOML file, or from a folder of them.

    A folder holds `network.toml`, whose `[network]` table lists the other files as `parts`; each
    part adds groups, sources, variables or red flags.

    Raises:
        FormatError: not TOML, not this format's version, or too large.
        NetworkError: the network is not valid; lists every problem with its path.
    """
    header = path / HEADER_FILE if path.is_dir() else path
    sizes = [header.stat().st_size]
    if sizes[0] > MAX_BYTES:
        raise FormatError(f"{header} has {sizes[0]:,} bytes; at most {MAX_BYTES:,} are read")
    data = _toml(header)
    if data.get("format") != FORMAT:
        stated = f"states format {data['format']!r}" if "format" in data else "states no format"
        raise FormatError(
            f"{header} {stated}; this version of twitchbayes reads networks that begin with "
            f"`format = {FORMAT}`"
        )
    reader = Reader()
    sections = {section: dict(_section(reader, data, section)) for section in SECTIONS}
    origin = {f"{section}.{key}": header.name for section, keys in sections.items() for key in keys}
    top = reader.table(data, "", ("format", "network", *SECTIONS))
    known = [field for field in Network.__dataclass_fields__ if field not in SECTIONS]
    about = reader.table(top.get("network", {}), "network", [*known, "parts"])
    parts = reader.texts(about, "parts", "network")
    if path.is_dir():
        _read_parts(reader, path, parts, sections, origin)
    elif parts:
        reader.problem("network.parts", "is for a folder of files; this is one file")
    return _checked(reader, header, about, sections, origin)


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except RecursionError:
        raise FormatError(f"{path} is nested too deeply to be a network") from None
    except ValueError as error:  # a TOMLDecodeError, bad UTF-8, or a number of too many digits
        raise FormatError(f"{path} is not TOML: {error}") from None


def _section(reader: Reader, data: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    return reader.table(data.get(section, {}), section)


def _read_parts(
    reader: Reader,
    folder: Path,
    parts: tuple[str, ...],
    sections: Mapping[str, dict[str, Any]],
    origin: dict[str, str],
) -> None:
    """Adds what the parts of a folder hold to the sections, and where it came from to origin."""
    present = sorted(file.name for file in folder.glob("*.toml") if file.name != HEADER_FILE)
    for name in present:
        if name not in parts:
            reader.problem("network.parts", f"does not list {name}; add it, or move the file away")
    total = 0
    for name in dict.fromkeys(parts):
        if name not in present:
            reader.problem("network.parts", f"lists {name!r}, which is not a file of the folder")
            continue
        total += (folder / name).stat().st_size
        if total > MAX_BYTES:
            raise FormatError(f"{folder} has over {MAX_BYTES:,} bytes; no more are read")
        part = reader.table(_toml(folder / name), "", SECTIONS)
        for section in SECTIONS:
            for key, value in _section(reader, part, section).items():
                if key in sections[section]:
                    where = origin[f"{section}.{key}"]
                    reader.problem(f"{section}.{key}", f"is in {where} and in {name}; keep one")
                else:
                    sections[section][key] = value
                    origin[f"{section}.{key}"] = name


def _checked(
    reader: Reader,
    header: Path,
    about: Mapping[str, Any],
    sections: Mapping[str, dict[str, Any]],
    origin: Mapping[str, str],
) -> Network:
    """Builds the network; raises everything that is wrong with its form and its meaning."""
    found: list[str] = []
    try:
        network = _network(reader, about, sections)
    except NetworkError as error:
        found = [problem for problem in error.problems if not reader.spoils(problem)]
    if reader.problems or found:
        name = about.get("name") if isinstance(about.get("name"), str) else str(header)
        several = len(set(origin.values())) > 1
        raise NetworkError(
            name or str(header),
            [
                f"{_file(problem, origin)}{problem}" if several else problem
                for problem in [*reader.problems, *found]
            ],
        )
    return network


def _file(problem: str, origin: Mapping[str, str]) -> str:
    """Returns the file that a problem is in, `examination.toml: `."""
    for key, name in origin.items():
        if problem.startswith(key) and problem[len(key) : len(key) + 1] in (".", ":", " "):
            return f"{name}: "
    return ""


def _network(
    reader: Reader, about: Mapping[str, Any], sections: Mapping[str, Mapping[str, Any]]
) -> Network:
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
    numbers = reader.table(table.get("p", {}), f"{path}.p")
    return Row(
        when,
        tuple((state, _estimate(reader, v, f"{path}.p.{state}")) for state, v in numbers.items()),
        reader.text(table, "note", path),
    )


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
    table = reader.table(value, path, list(Estimate.__dataclass_fields__))
    interval = reader.numbers(table, "interval", path)
    counts = reader.numbers(table, "counts", path)
    if interval and len(interval) != 2:
        reader.problem(f"{path}.interval", "must be [low, high]")
    if counts and (len(counts) != 2 or not all(count.is_integer() for count in counts)):
        reader.problem(f"{path}.counts", "must be [count, of how many], in whole numbers")
        counts = ()
    return Estimate(
        reader.number(table, "value", path),
        reader.text(table, "grade", path, required=True),
        (int(counts[0]), int(counts[1])) if counts else None,
        (interval[0], interval[1]) if len(interval) == 2 else None,
        reader.texts(table, "sources", path),
        reader.text(table, "note", path),
    )
