"""Answers as matplotlib Axes, labelled so that a stranger reads them right.

Nothing is shown, and no setting of matplotlib is changed.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twitchbayes.display.rows import NOTICE, _Rows
from twitchbayes.display.svg import BLUE, ORANGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["GridRows", "PlotRow", "PlotRows", "drawn_bars", "drawn_grid"]

LABEL, LONG = 40, 60
"""Letters of a label before it goes on in the next line, and of all where one is longer."""

POINTS = "change of the probability, percentage points"


@dataclass(frozen=True, slots=True)
class PlotRow(_Rows):
    """One line of a plot: its label, its value, a range, a mark, and the value in words."""

    label: str
    value: float
    words: str
    low: float | None = None
    high: float | None = None
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class PlotRows(_Rows):
    """A plot of lines, the first on top.

    Attributes:
        network: name and version.
        title: what was asked.
        axis: what is measured, with its unit.
        rows: the lines.
        note: what else there is to say, in small letters.
        value, range, mark: what bars, ranges and marks are; empty where there are none.
        whole: whether the axis goes from 0 to 100 per cent.
    """

    network: str
    title: str
    axis: str
    rows: tuple[PlotRow, ...]
    note: str = ""
    value: str = ""
    range: str = ""
    mark: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class GridRows(_Rows):
    """A plot of numbers in cells: a row per finding, a column per cause; `words` are the cells."""

    network: str
    title: str
    note: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    words: tuple[tuple[str, ...], ...]


def drawn_bars(rows: PlotRows, ax: Axes | None) -> Axes:
    """Returns the Axes with a bar, or a point, per row."""
    room = LONG if any(len(row.label) > 2 * LABEL for row in rows.rows) else LABEL
    ax = ax if ax is not None else _new(1.7 + 0.36 * max(len(rows.rows), 1), 8 + (room - LABEL) / 8)
    places = list(range(len(rows.rows)))
    values = [row.value for row in rows.rows]
    ranged = [(k, row) for k, row in enumerate(rows.rows) if row.low is not None]
    if rows.value:
        if ranged:
            ax.plot(values, places, "o", color=BLUE, label=rows.value, zorder=3)
        else:
            ax.barh(places, values, height=0.6, color=BLUE, label=rows.value)
    if ranged:
        lows, highs = [r.low or 0.0 for _, r in ranged], [r.high or 0.0 for _, r in ranged]
        where = [k for k, _ in ranged]
        ax.hlines(where, lows, highs, color=BLUE, lw=3, alpha=0.6, label=rows.range)
    marked = [(k, row.mark) for k, row in enumerate(rows.rows) if row.mark is not None]
    if marked:
        ax.plot([m for _, m in marked], [k for k, _ in marked], "|", color=ORANGE, ms=13, mew=2.5,
                label=rows.mark)  # fmt: skip
    ends = [max(v for v in (r.value, r.high, r.mark, 0) if v is not None) for r in rows.rows]
    for k, (row, end) in enumerate(zip(rows.rows, ends, strict=True)):
        ax.annotate(row.words, (end, k), xytext=(6, 0), textcoords="offset points", va="center",
                    fontsize="small")  # fmt: skip
    least = min([0.0, *(v for r in rows.rows for v in (r.value, r.low) if v is not None)])
    most = max([*ends, 0.0]) or 1.0
    if rows.whole:
        ax.set_xlim(0, 150 if ranged else 145)  # what stands beside the longest has room
        ax.set_xticks([0, 25, 50, 75, 100])
    else:
        ax.set_xlim(least - 0.06 * (most - least) if least < 0 else 0, most + 0.3 * (most - least))
        ax.axvline(0, color="0.5", lw=0.8)
    if ranged and not rows.value:  # ranges are compared with each other, not with nought
        least = min(row.low or 0.0 for _, row in ranged)
        wide = most - least or 1.0
        ax.set_xlim(least - 0.05 * wide, most + 0.75 * wide)
        ax.set_xticks([tick for tick in ax.get_xticks() if least - 0.05 * wide <= tick <= 100])
    _dressed(ax, rows.title, rows.axis, rows.network, rows.note)
    ax.set_yticks(places, [_folded(row.label, room) for row in rows.rows])
    # where there is a legend it has room of its own below
    ax.set_ylim(len(rows.rows) - 0.4 + (1.5 if marked or ranged else 0), -0.6)
    if marked or ranged:
        ax.legend(loc="lower right", fontsize="small", framealpha=0.8)
    return ax


def drawn_grid(rows: GridRows, ax: Axes | None) -> Axes:
    """Returns the Axes with a number, and a colour for it, per row and column."""
    ax = ax if ax is not None else _new(2.9 + 0.5 * max(len(rows.labels), 1))
    # what has hardly moved, less than one point, is pale
    most = max([1.0, *(2 * abs(v) for line in rows.values for v in line)])
    if rows.values and rows.columns:
        ax.imshow(rows.values, cmap="PuOr_r", vmin=-most, vmax=most, aspect="auto")
    for y, line in enumerate(rows.words):
        for x, cell in enumerate(line):
            ax.text(x, y, cell, ha="center", va="center", fontsize="small", color="black")
    _dressed(ax, rows.title, POINTS, rows.network, rows.note)
    ax.set_yticks(range(len(rows.labels)), [_folded(label, LABEL) for label in rows.labels])
    words = [textwrap.fill(column, 18) for column in rows.columns]
    ax.set_xticks(range(len(words)), words, rotation=35, ha="right", fontsize="small")
    return ax


def _dressed(ax: Axes, title: str, axis: str, network: str, note: str) -> None:
    ax.set_title(textwrap.fill(_plain(title), _letters(ax, 12)), loc="left")
    room = _letters(ax, 7) * 4 // 3  # it is in the middle, and may be wider than the Axes
    small = "\n".join(textwrap.fill(_plain(w), room) for w in (note, f"{network}. {NOTICE}") if w)
    ax.set_xlabel(textwrap.fill(_plain(axis), _letters(ax, 9)))
    ax.annotate(small, xy=(0.5, 0), xycoords=ax.xaxis.label, xytext=(0, -3), ha="center", va="top",
                textcoords="offset points", fontsize="x-small", annotation_clip=False)  # fmt: skip
    ax.spines[["top", "right"]].set_visible(False)


def _letters(ax: Axes, size: float) -> int:
    """Returns how many letters of a size in points fit the Axes, less what its labels take."""
    figure = ax.get_figure(root=True)
    inches = ax.get_position().width * (8.0 if figure is None else figure.get_figwidth())
    return max(24, int(0.7 * 72 * inches / (0.58 * size)))


def _folded(label: str, room: int) -> str:
    """Returns a label in two lines at most; what is longer ends in dots."""
    lines = textwrap.wrap(_plain(label), room) or [""]
    return "\n".join(lines if len(lines) < 3 else [lines[0], f"{lines[1][: room - 4]} ..."])


def _plain(words: str) -> str:
    """Returns words in which no dollar sign begins a formula."""
    return words.replace("$", r"\$")


def _new(height: float, width: float = 8) -> Axes:
    # of pyplot, or a notebook would not show it
    from matplotlib import pyplot

    _, ax = pyplot.subplots(figsize=(width, height), layout="constrained")
    return ax
