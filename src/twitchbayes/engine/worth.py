"""Whether it is worth to take tables apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from twitchbayes.errors import TooWideError

__all__ = ["cheapest"]

COSTLY = 2**20
"""Multiplications from which on it pays to look at the numbers of the tables."""

SAVING = 4
"""So many times fewer multiplications make it worth to take tables apart."""

Way = TypeVar("Way")


def cheapest(
    plain: Callable[[], Way], apart: Callable[[bool], Way], cost: Callable[[Way], int]
) -> Way:
    """Returns the way to an answer that is taken.

    Where the one made from shapes alone is costly or too wide, the tables are taken apart: first
    into factors without negative entries, then, if that does not make it cheap, into all that can
    be found. Each is taken if it saves most of the work.

    Args:
        plain: makes the way with the tables in one piece.
        apart: makes that with the tables taken apart, given whether with negative entries.
        cost: multiplications of a way.

    Raises:
        TooWideError: none fits; of the several, the one that is the least too wide.
    """
    wide: TooWideError | None = None
    best: Way | None = None
    for way in (plain, lambda: apart(False), lambda: apart(True)):
        try:
            found = way()
        except TooWideError as error:
            wide = error if wide is None or error.width < wide.width else wide
            continue
        if best is None or SAVING * cost(found) < cost(best):
            best = found
        if cost(best) <= COSTLY:
            break
    if best is None:
        assert wide is not None
        raise wide
    return best
