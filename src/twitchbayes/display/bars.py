"""Bars beside the numbers of a table, which say the same: nothing is said by a bar alone."""

from __future__ import annotations

from collections.abc import Sequence

from twitchbayes.display.rows import CauseRow, percent
from twitchbayes.display.svg import BLUE, number, picture

__all__ = ["GRADE_FILL", "cause_bar", "grade_bar"]

WIDTH, HEIGHT = 180, 16

GRADE_FILL = (1.0, 0.65, 0.35, 0.0)
"""How full the bar of a grade is, the best known first."""


def cause_bar(cause: CauseRow) -> str:
    """Returns a bar from 0 to 100%, with a tick where it was before and a bracket as interval."""
    words = [f"now {percent(cause.posterior)}"]
    body = [
        f'<path d="M.5 3v10M{WIDTH - 0.5} 3v10" stroke="currentColor" opacity=".3"/>',
        f'<rect x="1" y="4" width="{number(max(0.6, _x(cause.posterior) - 1))}" height="8" '
        f'fill="{BLUE}"/>',
    ]
    if cause.interval is not None:
        low, high = (_x(end) for end in cause.interval)
        path = f"M{number(low)} 5.5v5M{number(low)} 8H{number(high)}m0 -2.5v5"
        body.append(f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="1.3"/>')
        words.append(f"interval {percent(cause.interval[0])} to {percent(cause.interval[1])}")
    if cause.prior is not None:
        x = number(min(max(_x(cause.prior), 1), WIDTH - 1))
        body.append(f'<path d="M{x} 0v16" stroke="currentColor" stroke-width="2"/>')
        words.append(f"before {percent(cause.prior)}")
    return picture(WIDTH, HEIGHT, ", ".join(words), body)


def grade_bar(grades: Sequence[tuple[str, int]], width: int = 420) -> str:
    """Returns a bar of all numbers by grade, the fuller the better they are known."""
    total = sum(count for _, count in grades) or 1
    body, x = [], 1.0
    for (_, count), full in zip(grades, GRADE_FILL, strict=True):
        share = count / total * (width - 2)
        if count:
            body.append(
                f'<rect x="{number(x)}" y="2" width="{number(max(0.6, share - 1.5))}" height="12" '
                f'fill="{BLUE}" fill-opacity="{full}" stroke="{BLUE}"/>'
            )
        x += share
    words = ", ".join(f"{count:,} {grade}" for grade, count in grades)
    return picture(width, HEIGHT, words, body)


def _x(probability: float) -> float:
    return 1 + probability * (WIDTH - 2)
