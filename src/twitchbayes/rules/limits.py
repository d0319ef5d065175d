"""What a network may be made of: the closed lists, and the bounds on size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import TypeVar

__all__ = [
    "ACTIONS",
    "KINDS",
    "MAX_COMBINATIONS",
    "MAX_COUNT",
    "MAX_ENTRIES",
    "MAX_NAME",
    "MAX_PARENTS",
    "MAX_ROWS",
    "MAX_STATES",
    "MAX_TABLE",
    "MAX_VARIABLES",
    "YEARS",
    "Parents",
    "good_name",
    "repeated",
]

Name = TypeVar("Name", bound=Hashable)

Parents = list[tuple[str, tuple[str, ...]]]

KINDS = ("cause", "context", "mechanism", "history", "examination", "test", "other")
"""What a variable is for: the causes; who the patient is; hidden pathophysiology; what the patient
tells; what is found on examination; what a test shows; anything else."""

ACTIONS = ("emergency", "urgent", "soon", "routine")
"""How fast a red flag needs action, the most urgent first."""

MAX_VARIABLES = 20_000
MAX_STATES = 1_000
MAX_TABLE = 2**22
MAX_ENTRIES = 2**25
MAX_PARENTS = 30
"""Bounds on what a file may describe: `MAX_TABLE` entries of one table, `MAX_ENTRIES` of all tables
that are stated, `MAX_PARENTS` of a table given as rows (an array has an axis for each, and NumPy
allows 64)."""

MAX_ROWS = 100_000
"""Rows of a CSV table that are read."""

MAX_COMBINATIONS = 1_000
"""Combinations of states that the lists of one invariant may make."""

MAX_COUNT = 2**53 - 1
"""The largest count that a floating-point number holds exactly, as its neighbours do."""

YEARS = range(1500, 2101)
"""Years in which a source can have appeared."""

MAX_NAME = 200


def good_name(name: str) -> bool:
    """Whether a text can be the name of a variable, a state or a source."""
    return 0 < len(name) <= MAX_NAME and name.isprintable() and name == name.strip()


def repeated(names: Iterable[Name]) -> list[Name]:
    """Returns the names that occur more than once, in order of first occurrence."""
    return [name for name, count in Counter(names).items() if count > 1]
