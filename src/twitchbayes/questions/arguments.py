"""What is asked with: whole numbers, shares and names, read once and refused with a reason."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from twitchbayes.errors import QueryError
from twitchbayes.values import as_number

__all__ = ["MOST_SEED", "cost", "names", "share", "whole"]

MOST_SEED = 2**63 - 1


def whole(name: str, value: object, least: int, most: int) -> int:
    """Returns a whole number between two bounds.

    Raises:
        QueryError: it is none, or lies outside.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise QueryError(f"{name} is a whole number from {least:,} on, not {value!r}")
    if not least <= value <= most:
        raise QueryError(f"{name} is a whole number from {least:,} to {most:,}, not {value:,}")
    return int(value)


def share(name: str, value: object) -> float:
    """Returns a probability strictly between 0 and 1.

    Raises:
        QueryError: it is none.
    """
    number = _inside(value, 1.0)
    if number is None:
        raise QueryError(f"{name} is a probability between 0 and 1, such as 0.95, not {value!r}")
    return number


def names(name: str, value: object) -> list[str]:
    """Returns one name, or several, as a list.

    Raises:
        QueryError: it is neither, or there is none.
    """
    given = [value] if isinstance(value, str) else value
    if (
        not isinstance(given, Collection)
        or not given
        or not all(isinstance(one, str) for one in given)
    ):
        raise QueryError(f"{name} takes a name or a list of names, not {value!r}")
    return list(given)


def cost(name: str, value: object) -> float:
    """Returns what a finding costs, a finite number above 0.

    Raises:
        QueryError: it is none.
    """
    number = _inside(value, math.inf)
    if number is None:
        raise QueryError(f"costs: that of {name} is {value!r}; a cost is a number above 0")
    return number


def _inside(value: object, most: float) -> float | None:
    """Returns a number strictly between 0 and a bound, or None."""
    number = as_number(value)
    return number if number is not None and 0 < number < most else None
