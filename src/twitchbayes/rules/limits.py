"""What a network may be made of: the closed lists, and the bounds on size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

__all__ = [
    "ACTIONS",
    "KINDS",
    "MAX_NAME",
    "MAX_STATES",
    "MAX_TABLE",
    "MAX_VARIABLES",
    "Parents",
    "good_name",
    "repeated",
]

Parents = list[tuple[str, tuple[str, ...]]]

KINDS = ("cause", "context", "mechanism", "history", "examination", "test", "other")
"""What a variable is for: the causes; who the patient is; hidden pathophysiology; what the patient
tells; what is found on examination; what a test shows; anything else."""

ACTIONS = ("emergency", "urgent", "soon", "routine")
"""How fast a red flag needs action, the most urgent first."""

MAX_VARIABLES = 20_000
MAX_STATES = 1_000
MAX_TABLE = 2**22
"""Bounds on what a file may describe; a table has `MAX_TABLE` entries at most."""

MAX_NAME = 200


def good_name(name: str) -> bool:
    """Whether a text can be the name of a variable, a state or a source."""
    return 0 < len(name) <= MAX_NAME and name.isprintable() and name == name.strip()


def repeated(names: Iterable[str]) -> list[str]:
    """Returns the names that occur more than once, in order of first occurrence."""
    return [name for name, count in Counter(names).items() if count > 1]
