"""What the files of a network say, put together: every named thing and row once, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from twitchbayes.errors import Place, Problem
from twitchbayes.io.reader import Reader

__all__ = ["SECTIONS", "Origin", "Sections"]

NAMED = ("groups", "sources", "variables", "red_flags", "invariants", "code_systems")
"""The tables of named things."""

LISTED = ("figures", "codes")
"""The arrays of tables; their elements are named by their place, `[0]`."""

SECTIONS = (*NAMED, *LISTED)
"""What a network is made of; what else there is, is said in the table `network`."""


class Origin(NamedTuple):
    """Where something stands: a file, and the line where that is a table of rows."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file} line {self.line}" if self.line else self.file


class Sections:
    """The sections of a network, to which file after file adds.

    Attributes:
        tables: per section its elements by name.
        origin: where each element comes from, by its path.
    """

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
        self.origin: dict[Place, Origin] = {}

    def add(self, reader: Reader, section: str, name: str, value: object, origin: Origin) -> Place:
        """Adds an element, and returns its path; of two of one name the first stays.

        Args:
            reader: takes note of a name that is there already.
            section: one of `SECTIONS`.
            name: its name; its place is its name where the section is an array.
            value: what is said of it.
            origin: where it comes from.
        """
        elements = self.tables[section]
        path = (section, f"[{len(elements)}]" if section in LISTED else name)
        if path[1] in elements:
            before = str(self.origin[path])
            reader.problem(path, f"is in {before} and in {origin}; keep one", file=before)
        else:
            elements[path[1]] = value
            self.origin[path] = origin
        return path

    def add_all(self, reader: Reader, data: Mapping[str, Any], file: str) -> None:
        """Adds what the data of a TOML file hold."""
        for section in NAMED:
            for name, value in reader.table(data.get(section, {}), (section,)).items():
                self.add(reader, section, name, value, Origin(file))
        for section in LISTED:
            for _, value in reader.tables(data, section, ()):
                self.add(reader, section, "", value, Origin(file))

    def placed(self, problem: Problem) -> Problem:
        """Returns a problem with its file, if it is about something that came from one.

        The row of a table is named by its line, so that its place in the section is left out.
        """
        origin = self.origin.get(problem.path[:2])
        if problem.file or origin is None:
            return problem
        path = problem.path[2:] if origin.line else problem.path
        return Problem(path, problem.message, problem.words, problem.judged_by, str(origin))
