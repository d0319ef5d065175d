"""Reads the cited format: one TOML file, or a folder of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twitchbayes.errors import FormatError, NetworkError
from twitchbayes.io.cited import HEADER_KEYS, SECTIONS, network_of_tables
from twitchbayes.io.reader import Reader
from twitchbayes.network import Network

__all__ = ["FORMAT", "HEADER_FILE", "MAX_BYTES", "read_cited"]

FORMAT = 1
"""Version of the format."""

HEADER_FILE = "network.toml"
"""The file of a folder that names the network and its parts."""

MAX_BYTES = 2**26
"""Largest network that is read: 64 MiB of text, all files of a folder together."""


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
    about = reader.table(top.get("network", {}), "network", (*HEADER_KEYS, "parts"))
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
        network = network_of_tables(reader, about, sections)
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
