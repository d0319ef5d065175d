"""Reads the cited format: one TOML file, or a folder of them and of tables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twitchbayes.errors import FormatError, NetworkError, Problem, bounded
from twitchbayes.io.cited import HEADER_KEYS, network_of_tables
from twitchbayes.io.csv_tables import TABLES, add_table
from twitchbayes.io.opening import Texts, mode_of
from twitchbayes.io.reader import Reader
from twitchbayes.io.sections import SECTIONS, Sections
from twitchbayes.network import Network

__all__ = ["FORMAT", "HEADER_FILE", "read_cited"]

FORMAT = 1
"""Version of the format."""

STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?'
    r"|'''(?:[^']|'(?!''))*+(?:''')?"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*",
    re.DOTALL,
)
"""What in TOML may hold points that join no keys: texts and comments."""

MAX_POINTS = 20
DEEP = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{MAX_POINTS}}}")
"""A dotted key of more than twenty parts; those of the format have seven at most."""

PARTS = ("network", "parts")

HEADER_FILE = "network.toml"
"""The file of a folder that names the network and its parts."""


def read_cited(path: Path) -> Network:
    """Reads a network from a TOML file, or from a folder.

    A folder holds `network.toml`, whose `[network]` table lists the other files as `parts`; each
    part adds to the sections, a table (`sources.csv`, `figures.csv`, `codes.csv`) to its own.

    Raises:
        FormatError: not TOML, not this format's version, or too large.
        NetworkError: the network is not valid; lists every problem with its path.
    """
    folder = path if path.is_dir() else None
    header = path / HEADER_FILE if folder else path
    texts = Texts()
    data = _toml(texts.read(header, folder), header)
    if type(data.get("format")) is not int or data["format"] != FORMAT:
        stated = "states another format" if "format" in data else "states no format"
        raise FormatError(
            f"{header} {stated}; this version of twitchbayes reads networks that begin with "
            f"`format = {FORMAT}`"
        )
    reader, sections = Reader(), Sections()
    reader.file = header.name if folder else ""
    sections.add_all(reader, data, reader.file)
    about = _header(reader, data)
    parts = reader.texts(about, "parts", ("network",))
    if reader.is_guess(PARTS):
        _guess_sections(reader)
    reader.file = ""
    if folder and not reader.is_guess(PARTS):
        _check_listing(reader, folder, parts)
        for name in dict.fromkeys(parts):
            if _is_member(reader, folder, name):
                _add_part(reader, sections, name, texts.read(folder / name, folder), folder)
    elif parts:
        reader.problem(PARTS, "is for a folder of files; this is one file")
    return _checked(reader, header, about, sections)


def _header(reader: Reader, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the table `network`; takes note of what else is in the file."""
    top = reader.table(data, (), ("format", "network", *SECTIONS))
    about = reader.table(top.get("network", {}), ("network",), (*HEADER_KEYS, "parts"))
    if reader.is_guess(("network",)):
        for key in (*HEADER_KEYS, "parts"):
            reader.guess(("network", key))
    return about


def _toml(text: str, path: Path) -> dict[str, Any]:
    too_deep = f"{path} is nested too deeply to be a network"
    # tomllib takes time by the square of the parts of a dotted key, which stand on one line
    many = any(line.count(".") >= MAX_POINTS for line in text.splitlines())
    if many and DEEP.search(STRING.sub("s", text)):
        raise FormatError(too_deep)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise FormatError(too_deep) from None
    except ValueError as error:  # a TOMLDecodeError, or a number of too many digits
        raise FormatError(f"{path} is not TOML: {error}") from None


def _check_listing(reader: Reader, folder: Path, parts: tuple[str, ...]) -> None:
    """Takes note of files that the header does not list."""
    files = [file.name for file in folder.glob("*.toml")]
    files += [name for name in TABLES if mode_of(folder / name) is not None]
    for name in sorted(files):
        if name not in (*parts, HEADER_FILE):
            reader.problem(PARTS, f"does not list {name}; add it, or move the file away")


def _is_member(reader: Reader, folder: Path, name: str) -> bool:
    """Whether a part is another file of the folder itself; takes note where it is not."""
    if name in ("", ".", "..", HEADER_FILE) or "/" in name or "\\" in name:
        wrong = f"a part is the name of a file beside {HEADER_FILE}"
    elif not name.endswith(".toml") and name not in TABLES:
        wrong = f"a part's name ends in .toml, or is one of {', '.join(TABLES)}"
    elif mode_of(folder / name) is None:
        wrong = "there is no such file in the folder"
    else:
        return True
    reader.problem(PARTS, f"lists {name!r}; {wrong}")
    _guess_sections(reader)
    return False


def _guess_sections(reader: Reader) -> None:
    """Takes note that no section is whole, as long as a part of the folder is not known."""
    for section in SECTIONS:
        reader.guess((section,))


def _add_part(reader: Reader, sections: Sections, name: str, text: str, folder: Path) -> None:
    """Adds what a part holds to the sections."""
    if name in TABLES:
        add_table(reader, sections, name, text)
        return
    data = _toml(text, folder / name)
    reader.file = name
    reader.table(data, (), SECTIONS)
    sections.add_all(reader, data, name)
    reader.file = ""


def _checked(reader: Reader, header: Path, about: Mapping[str, Any], sections: Sections) -> Network:
    """Builds the network; raises everything that is wrong with its form and its meaning."""
    found: list[Problem] = []
    try:
        network = network_of_tables(reader, about, sections.tables)
    except NetworkError as error:
        found = [problem for problem in error.found if reader.is_heard(problem)]
    if reader.problems or found:
        name = about.get("name") if isinstance(about.get("name"), str) else ""
        every = (sections.placed(problem) for problem in (*reader.problems, *found))
        raise NetworkError(name or str(header), bounded(every))
    return network
