"""The boxes of a drawing: the lines of a label, and the rectangle that they fill at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from twitchbayes.display.svg import text_width

__all__ = ["LINE", "SIZE", "WIDTH", "Box", "Heading", "Placed", "lines_of", "neighbours", "widest"]

WIDTH = 890
"""Of a drawing, in pixels."""

SIZE, LINE = 11, 13
"""Of the letters and from line to line, in pixels."""

MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its lines of text, and the rectangle that they fill."""

    lines: tuple[str, ...]
    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Where it ends downwards."""
        return self.top + self.height

    @property
    def x(self) -> float:
        """Its middle from left to right."""
        return self.left + self.width / 2

    @property
    def y(self) -> float:
        """Its middle from top to bottom."""
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a section, by where it begins or ends, and its base line."""

    words: str
    x: float
    base: float
    to_the_left: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A drawing: its size, its boxes by node, its headings.

    `bends` are the points between its ends that an arrow goes through, where it passes rows.
    """

    width: float
    height: float
    boxes: Mapping[int, Box]
    headings: tuple[Heading, ...] = ()
    bends: Mapping[tuple[int, int], Sequence[tuple[float, float]]] = field(default_factory=dict)


def neighbours(count: int, arrows: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Returns the parents and children of each node."""
    near: dict[int, list[int]] = {node: [] for node in range(count)}
    for parent, child in arrows:
        near[parent].append(child)
        near[child].append(parent)
    return near


def lines_of(words: str, width: float) -> tuple[str, ...]:
    """Returns a text in lines no wider than so many pixels; what is too long ends in dots."""
    lines: list[str] = []
    for word in words.split():
        if lines and text_width(f"{lines[-1]} {word}", SIZE) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]}…"]
    return tuple(_cut(line, width) for line in lines) or ("",)


def widest(lines: Sequence[str]) -> float:
    """Returns how wide lines are at most, in pixels."""
    return max(text_width(line, SIZE) for line in lines)


def _cut(line: str, width: float) -> str:
    if text_width(line, SIZE) <= width:
        return line
    while line and text_width(f"{line}…", SIZE) > width:
        line = line[:-1]
    return f"{line}…"
