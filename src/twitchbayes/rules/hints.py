"""Suggests names to whoever mistyped one."""

from __future__ import annotations

from collections.abc import Collection

from twitchbayes.errors import did_you_mean

__all__ = ["Hints"]

MAX_COMPARISONS = 200_000


class Hints:
    """Suggests the nearest known names for the first unknown names of a network.

    A file may have a million unknown names, and a million known ones to compare each with; that
    would take days, and nobody reads so many suggestions.
    """

    def __init__(self) -> None:
        self._left = MAX_COMPARISONS

    def near(self, name: str, known: Collection[str]) -> str:
        """Returns `; did you mean 'a'?` or '', and '' after `MAX_COMPARISONS` of two names."""
        self._left -= max(1, len(known))
        return did_you_mean(name, known) if self._left >= 0 else ""
