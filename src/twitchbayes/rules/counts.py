"""Rules for counts: whole numbers that make the value they stand beside."""

from __future__ import annotations

from collections.abc import Iterator

from twitchbayes.rules.limits import MAX_COUNT

__all__ = ["count_problems"]

COUNT_TOLERANCE = 0.01
"""Counts make a value if it is no further from theirs than a twentieth of itself, or the least
tolerance where that is more, and never further than this."""


def count_problems(
    value: float, numerator: int, denominator: int, *, least: float = 0.0005
) -> Iterator[str]:
    """Yields what is wrong with counts; `least` is how far they may be from a value of zero."""
    if max(abs(numerator), abs(denominator)) > MAX_COUNT:
        yield f"the counts must not be larger than {MAX_COUNT:,}"
    elif not 0 <= numerator <= denominator or denominator == 0:
        yield f"the counts [{numerator}, {denominator}] must be a count and of how many"
    elif numerator % 1 or denominator % 1:
        yield f"the counts [{numerator}, {denominator}] must be whole numbers"
    elif abs(numerator / denominator - value) > min(COUNT_TOLERANCE, max(value / 20, least)):
        yield (
            f"the counts {numerator}/{denominator} make {numerator / denominator:.3g}, not "
            f"{value:g}; give counts only where they make the value, else in the note"
        )
