"""Names and conditions in words that stay short, however many there are."""

from __future__ import annotations

from collections.abc import Sequence

from twitchbayes.distribution import conditions
from twitchbayes.rules.limits import MAX_NAME

__all__ = ["brief", "listed"]

MAX_LISTED = 8
MAX_LENGTH = 300


def listed(names: Sequence[str]) -> str:
    """Returns names for a message; of more than `MAX_LISTED`, the first.

    Example:
        >>> listed([f"s{i}" for i in range(1000)])
        's0, s1, s2, s3, s4, s5, s6, s7 and 992 more'
    """
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return ", ".join(name[:MAX_NAME] for name in names[:MAX_LISTED]) + more


def brief(when: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    """Returns the conditions of a row for a message: `conditions`, cut where they are long.

    Example:
        >>> brief([("a", tuple(f"s{i}" for i in range(1000)))])
        'a = s0 or s1 or s2 or s3 or s4 or s5 or s6 or s7 or 992 more'
    """
    text = conditions([(parent[:MAX_NAME], _few(states)) for parent, states in when[:MAX_LENGTH]])
    return text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]} ..."


def _few(states: tuple[str, ...]) -> tuple[str, ...]:
    few = tuple(state[:MAX_NAME] for state in states[:MAX_LISTED])
    more = len(states) - MAX_LISTED
    return (*few, f"{more} more") if more > 0 else few
