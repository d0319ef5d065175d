"""Icons, one for each person; groups differ by shape, not by colour alone."""

from __future__ import annotations

from collections.abc import Sequence

from twitchbayes.display.svg import COLOURS, picture

__all__ = ["KINDS", "MOST_ICONS", "icon", "icon_array"]

MOST_ICONS = 1000
ACROSS, STEP = 50, 10

SHAPES = (
    ("m1 4a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", True),
    ("m1 1h6v6h-6z", False),
    ("m4 1l3.5 6h-7z", True),
    ("m4 .5l3.5 3.5l-3.5 3.5l-3.5 -3.5z", False),
    ("m1 1l6 6m0 -6l-6 6", False),
    ("m4 0v8m-4 -4h8", False),
    ("m1 1h6v6h-6z", True),
    ("m4 7l3.5 -6h-7z", False),
)
"""A path each, in a square of 8 pixels, and whether it is filled."""

KINDS = len(SHAPES)
"""So many groups can be told apart."""


def icon(place: int) -> str:
    """Returns the icon of a group, to stand beside its name."""
    return picture(10, 10, f"icon {place + 1}", [_drawn(place, f"M1 1{_path(place)}")])


def icon_array(counts: Sequence[int], words: str) -> str:
    """Returns as many icons as there are people, group by group, in rows of fifty."""
    body, drawn = [], 0
    for place, count in enumerate(counts):
        starts = [
            f"M{(n % ACROSS) * STEP + 1} {(n // ACROSS) * STEP + 1}{_path(place)}"
            for n in range(drawn, drawn + count)
        ]
        if starts:
            body.append(_drawn(place, "".join(starts)))
        drawn += count
    rows = -(-drawn // ACROSS)
    return picture(min(drawn, ACROSS) * STEP, max(rows, 1) * STEP, words, body)


def _path(place: int) -> str:
    return SHAPES[place % len(SHAPES)][0]


def _drawn(place: int, path: str) -> str:
    colour = COLOURS[place % len(COLOURS)]
    fill = colour if SHAPES[place % len(SHAPES)][1] else "none"
    return f'<path d="{path}" fill="{fill}" stroke="{colour}" stroke-width="1.2"/>'
