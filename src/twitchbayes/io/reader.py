"""Reads plain data of a closed form; remembers every problem instead of stopping at the first."""

from __future__ import annotations

import datetime
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from twitchbayes.errors import MAX_PROBLEMS, Place, Problem
from twitchbayes.rules.hints import Hints

__all__ = ["Reader"]


class _NoTable(dict[str, Any]):
    """Stands in for what should have been a table, so that nothing in it is missed."""


class Reader:
    """Takes typed values out of nested tables and collects what is wrong with them.

    What is put in the place of a bad value is a guess; what a later check says of a guess, or from
    one, is not heard.

    Attributes:
        problems: what was found, no more than can be told.
        file: the file of a folder that is being read, '' once its tables are put together.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.file = ""
        self._guesses: set[Place] = set()
        self._hints = Hints()

    def problem(
        self, path: Place, message: str, guessed: Place | None = None, *, file: str = ""
    ) -> None:
        """Remembers a problem, and the field for which something now stands in, if there is one."""
        if len(self.problems) <= MAX_PROBLEMS:
            self.problems.append(Problem(path, message, file=file or self.file))
        if guessed is not None:
            self.guess(guessed)

    def guess(self, path: Place) -> None:
        """Remembers that a field, and whatever is in it, is not what was meant."""
        self._guesses.add(path)

    def guesses(self) -> int:
        """Returns how many fields were guessed so far."""
        return len(self._guesses)

    def is_guess(self, path: Place) -> bool:
        """Whether a field was guessed, or what it is in.

        Not the section it is in: where one file's is no table, there are those of the others.
        """
        shortest = min(2, len(path))
        return any(path[:length] in self._guesses for length in range(shortest, len(path) + 1))

    def is_heard(self, problem: Problem) -> bool:
        """Whether a problem that a later check found rests on no guess."""
        about = () if len(problem.path) < 2 else (problem.path,)
        return not any(map(self.is_guess, (*about, *problem.judged_by)))

    def table(
        self,
        value: object,
        path: Place,
        known: Collection[str] | None = None,
        *,
        such_as: str = "",
    ) -> Mapping[str, Any]:
        """Returns a table; keys outside `known` are problems."""
        if not isinstance(value, dict):
            self.problem(path, f"must be a table{such_as or f', not {_kind(value)}'}", path)
            return _NoTable()
        if known is None:
            return value
        for key in value:
            if key not in known:
                self.problem((*path, key), f"unknown key{self._hints.near(key, known)}")
        return {key: value[key] for key in value if key in known}

    def tables(
        self, table: Mapping[str, Any], key: str, path: Place
    ) -> Iterator[tuple[Place, object]]:
        """Yields the path and the value of each element of an array of tables."""
        value = table.get(key, [])
        if not isinstance(value, list):
            place = (*path, key)
            self.problem(place, f"must be an array of tables, not {_kind(value)}", place)
            return
        for i, element in enumerate(value):
            yield (*path, f"{key}[{i}]"), element

    def text(
        self, table: Mapping[str, Any], key: str, path: Place, *, required: bool = False
    ) -> str:
        """Returns a text, '' where it is left out."""
        if key not in table:
            self._missed(table, key, path, required)
            return ""
        if not isinstance(table[key], str):
            place = (*path, key)
            self.problem(place, f"must be a text, not {_kind(table[key])}", place)
            return ""
        return str(table[key])

    def texts(
        self, table: Mapping[str, Any], key: str, path: Place, *, required: bool = False
    ) -> tuple[str, ...]:
        """Returns an array of texts, empty where it is left out."""
        if key not in table:
            self._missed(table, key, path, required)
            return ()
        value = table[key]
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            self.problem((*path, key), "must be an array of texts", (*path, key))
            return ()
        return tuple(value)

    def number(self, table: Mapping[str, Any], key: str, path: Place) -> float:
        """Returns a number; it must be there."""
        if key not in table:
            self._missed(table, key, path, required=True)
            return math.nan
        return self._number(table[key], path, key)

    def numbers(
        self, table: Mapping[str, Any], key: str, path: Place, *, required: bool = False
    ) -> tuple[float, ...]:
        """Returns an array of numbers, empty where it is left out."""
        if key not in table:
            self._missed(table, key, path, required)
            return ()
        value = table[key]
        if not isinstance(value, list):
            place = (*path, key)
            self.problem(place, f"must be an array of numbers, not {_kind(value)}", place)
            return ()
        return tuple(self._number(v, path, key, f"[{i}]") for i, v in enumerate(value))

    def whole(self, table: Mapping[str, Any], key: str, path: Place) -> int | None:
        """Returns a whole number, None where it is left out."""
        return self._whole(table[key], path, key) if key in table else None

    def wholes(self, table: Mapping[str, Any], key: str, path: Place) -> tuple[int, ...]:
        """Returns an array of whole numbers, empty where it is left out or one is none."""
        value = table.get(key, [])
        if not isinstance(value, list):
            place = (*path, key)
            self.problem(place, f"must be an array of whole numbers, not {_kind(value)}", place)
            return ()
        read = [self._whole(element, path, key, f"[{i}]") for i, element in enumerate(value)]
        whole = tuple(number for number in read if number is not None)
        return whole if len(whole) == len(read) else ()

    def date(self, table: Mapping[str, Any], key: str, path: Place) -> datetime.date | None:
        """Returns a date, None where it is left out."""
        value = table.get(key)
        if value is not None and type(value) is not datetime.date:
            place = (*path, key)
            self.problem(place, f"must be a date such as 2026-01-31, not {_kind(value)}", place)
            return None
        return value

    def _missed(self, table: Mapping[str, Any], key: str, path: Place, required: bool) -> None:
        if required and not isinstance(table, _NoTable):
            self.problem(path, f"has no key {key!r}; add it", (*path, key))

    def _whole(self, value: object, path: Place, key: str, element: str = "") -> int | None:
        if isinstance(value, bool) or not isinstance(value, int):
            message = f"must be a whole number, not {_kind(value)}"
            self.problem((*path, f"{key}{element}"), message, (*path, key))
            return None
        return value

    def _number(self, value: object, path: Place, key: str, element: str = "") -> float:
        place = (*path, f"{key}{element}")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.problem(place, f"must be a number, not {_kind(value)}", (*path, key))
            return math.nan
        try:
            return float(value)
        except OverflowError:
            self.problem(place, "is too large a number", (*path, key))
            return math.nan


def _kind(value: object) -> str:
    names = {str: "a text", bool: "a boolean", int: "a number", float: "a number with a point"}
    names |= {list: "an array", dict: "a table", datetime.datetime: "a date with a time"}
    return names.get(type(value), "a date or time")
