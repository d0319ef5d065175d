"""Reads plain data of a closed form; remembers every problem instead of stopping at the first."""

from __future__ import annotations

import datetime
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from twitchbayes.rules.hints import Hints

__all__ = ["Paths", "Reader"]


class Paths:
    """The paths of parts of a network; finds the one that a problem is about, however many."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._lengths = sorted({len(path) for path in self._paths}, reverse=True)

    def owner(self, problem: str) -> str | None:
        """Returns the longest of the paths that a problem is about, or None."""
        for length in self._lengths:
            if problem[length : length + 1] in (".", ":", " ") and problem[:length] in self._paths:
                return problem[:length]
        return None


class _NoTable(dict[str, Any]):
    """Stands in for what should have been a table, so that nothing in it is missed."""


class Reader:
    """Takes typed values out of nested tables and collects what is wrong with them.

    Every problem has a path, and belongs to a unit (a row, a variable, a source). What was put in
    the place of a bad value is a guess, so what a later check says of such a unit is not heard.

    Attributes:
        problems: a line per problem.
        units: the paths of the units that have one.
        file: what to put before a problem of what is read from now on, `examination.toml: `.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.units: list[str] = []
        self.file = ""
        self._unit = ""
        self._hints = Hints()

    def at(self, unit: str) -> None:
        """Names the unit of what is read from now on; '' where a guess does no harm."""
        self._unit = unit

    def problem(self, path: str, message: str, *, guessed: bool = True) -> None:
        """Remembers a problem; `guessed` where something now stands in for what was meant."""
        self.problems.append(f"{self.file}{path}: {message}")
        if guessed and self._unit:
            self.units.append(self._unit)

    def table(
        self, value: object, path: str, known: Collection[str] | None = None
    ) -> Mapping[str, Any]:
        """Returns a table; keys outside `known` are problems."""
        if not isinstance(value, dict):
            self.problem(path, f"must be a table, not {_kind(value)}")
            return _NoTable()
        if known is None:
            return value
        for key in value:
            if key not in known:
                where = f"{path}.{key}" if path else key
                self.problem(where, f"unknown key{self._hints.near(key, known)}", guessed=False)
        return {key: value[key] for key in value if key in known}

    def tables(self, value: object, path: str) -> Iterator[tuple[str, object]]:
        """Yields the path and the value of each element of an array of tables."""
        if not isinstance(value, list):
            self.problem(path, f"must be an array of tables, not {_kind(value)}")
            return
        for i, element in enumerate(value):
            yield f"{path}[{i}]", element

    def text(self, table: Mapping[str, Any], key: str, path: str, *, required: bool = False) -> str:
        """Returns a text, '' where it is left out."""
        if key not in table:
            self._missed(table, key, path, required)
            return ""
        if not isinstance(table[key], str):
            self.problem(f"{path}.{key}", f"must be a text, not {_kind(table[key])}")
            return ""
        return str(table[key])

    def texts(
        self, table: Mapping[str, Any], key: str, path: str, *, required: bool = False
    ) -> tuple[str, ...]:
        """Returns an array of texts, empty where it is left out."""
        if key not in table:
            self._missed(table, key, path, required)
            return ()
        value = table[key]
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            self.problem(f"{path}.{key}", "must be an array of texts")
            return ()
        return tuple(value)

    def number(self, table: Mapping[str, Any], key: str, path: str) -> float:
        """Returns a number; it must be there."""
        if key not in table:
            self._missed(table, key, path, required=True)
            return math.nan
        return self._number(table[key], f"{path}.{key}")

    def numbers(
        self, table: Mapping[str, Any], key: str, path: str, *, required: bool = False
    ) -> tuple[float, ...]:
        """Returns an array of numbers, empty where it is left out."""
        if key not in table:
            self._missed(table, key, path, required)
            return ()
        value = table[key]
        if not isinstance(value, list):
            self.problem(f"{path}.{key}", f"must be an array of numbers, not {_kind(value)}")
            return ()
        return tuple(self._number(element, f"{path}.{key}[{i}]") for i, element in enumerate(value))

    def whole(self, table: Mapping[str, Any], key: str, path: str) -> int | None:
        """Returns a whole number, None where it is left out."""
        return self._whole(table[key], f"{path}.{key}") if key in table else None

    def wholes(self, table: Mapping[str, Any], key: str, path: str) -> tuple[int, ...]:
        """Returns an array of whole numbers, empty where it is left out or one is none."""
        value = table.get(key, [])
        if not isinstance(value, list):
            self.problem(f"{path}.{key}", f"must be an array of whole numbers, not {_kind(value)}")
            return ()
        read = [self._whole(element, f"{path}.{key}[{i}]") for i, element in enumerate(value)]
        whole = tuple(number for number in read if number is not None)
        return whole if len(whole) == len(read) else ()

    def date(self, table: Mapping[str, Any], key: str, path: str) -> datetime.date | None:
        """Returns a date, None where it is left out."""
        value = table.get(key)
        if value is not None and type(value) is not datetime.date:
            self.problem(f"{path}.{key}", f"must be a date such as 2026-01-31, not {_kind(value)}")
            return None
        return value

    def _missed(self, table: Mapping[str, Any], key: str, path: str, required: bool) -> None:
        if required and not isinstance(table, _NoTable):
            self.problem(path, f"has no {key}; add it")

    def _whole(self, value: object, path: str) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(path, f"must be a whole number, not {_kind(value)}")
            return None
        return value

    def _number(self, value: object, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.problem(path, f"must be a number, not {_kind(value)}")
            return math.nan
        try:
            return float(value)
        except OverflowError:
            self.problem(path, "is too large a number")
            return math.nan


def _kind(value: object) -> str:
    names = {str: "a text", bool: "a boolean", int: "a number", float: "a number with a point"}
    names |= {list: "an array", dict: "a table"}
    return names.get(type(value), "a date or time")
