"""Answers as matplotlib Axes, labelled so that a stranger reads them right.

Nothing is shown, and no setting of matplotlib is changed.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twitchbayes.display.rows import NOTICE, _Rows
from twitchbayes.display.svg import BLUE, ORANGE
from twitchbayes.errors import QueryError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["GridRows", "PlotRow", "PlotRows", "drawn_bars", "drawn_grid"]

LABEL = 36
"""Letters of a label before it goes on in the next line."""


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
    """A plot of numbers in cells: a row per finding, a column per cause."""

    network: str
    title: str
    note: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]


def drawn_bars(rows: PlotRows, ax: Axes | None) -> Axes:
    """Returns the Axes with a bar, or a point, per row."""
    ax = ax if ax is not None else _new(1.7 + 0.36 * max(len(rows.rows), 1))
    places = list(range(len(rows.rows)))
    values = [row.value for row in rows.rows]
    ranged = [(k, row) for k, row in enumerate(rows.rows) if row.low is not None]
    if rows.value:
        if ranged:
            ax.plot(values, places, "o", color=BLUE, label=rows.value, zorder=3)
        else:
            ax.barh(places, values, height=0.6, color=BLUE, label=rows.value)
    if ranged:
        lows, highs = [r.low for _, r in ranged], [r.high for _, r in ranged]
        ax.hlines([k for k, _ in ranged], lows, highs, color=BLUE, lw=3, alpha=0.6,
                  label=rows.range)  # fmt: skip
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
        ax.set_xlim(0, 118)
        ax.set_xticks([0, 25, 50, 75, 100])
    else:
        ax.set_xlim(least - 0.06 * (most - least) if least < 0 else 0, most + 0.3 * (most - least))
        ax.axvline(0, color="0.5", lw=0.8)
    _dressed(ax, rows.title, rows.axis, rows.network, rows.note)
    ax.set_yticks(places, [_folded(row.label) for row in rows.rows])
    ax.set_ylim(len(rows.rows) - 0.4, -0.6)
    if marked or ranged:
        ax.legend(loc="lower right", fontsize="small", framealpha=0.8)
    return ax


def drawn_grid(rows: GridRows, ax: Axes | None) -> Axes:
    """Returns the Axes with a number, and a colour for it, per row and column."""
    ax = ax if ax is not None else _new(2.9 + 0.5 * max(len(rows.labels), 1))
    most = max((abs(v) for line in rows.values for v in line), default=0.0) or 1.0
    if rows.values and rows.columns:
        ax.imshow(rows.values, cmap="PuOr_r", vmin=-2 * most, vmax=2 * most, aspect="auto")
    for y, line in enumerate(rows.values):
        for x, value in enumerate(line):
            ax.text(x, y, f"{value:+.1f}", ha="center", va="center", fontsize="small",
                    color="black")  # fmt: skip
    _dressed(
        ax, rows.title, "change of the probability, percentage points", rows.network, rows.note
    )
    ax.set_yticks(range(len(rows.labels)), [_folded(label) for label in rows.labels])
    words = [textwrap.fill(column, 18) for column in rows.columns]
    ax.set_xticks(range(len(words)), words, rotation=35, ha="right", fontsize="small")
    return ax


def _dressed(ax: Axes, title: str, axis: str, network: str, note: str) -> None:
    ax.set_title(textwrap.fill(_plain(title), 62), loc="left")
    small = "\n".join(textwrap.fill(_plain(w), 100) for w in (note, f"{network}. {NOTICE}") if w)
    ax.set_xlabel(textwrap.fill(_plain(axis), 70))
    ax.annotate(small, xy=(0.5, 0), xycoords=ax.xaxis.label, xytext=(0, -3), ha="center", va="top",
                textcoords="offset points", fontsize="x-small", annotation_clip=False)  # fmt: skip
    ax.spines[["top", "right"]].set_visible(False)


def _folded(label: str) -> str:
    lines = textwrap.wrap(_plain(label), LABEL) or [""]
    return "\n".join(lines if len(lines) < 4 else [*lines[:2], f"{lines[2]} ..."])


def _plain(words: str) -> str:
    """Returns words in which no dollar sign begins a formula."""
    return words.replace("$", r"\$")


def _new(height: float) -> Axes:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise QueryError(
            "plots are drawn by matplotlib, which is not installed; install it with "
            "pip install 'twitchbayes[plot]'"
        ) from error
    _, ax = pyplot.subplots(figsize=(8, height), layout="constrained")
    return ax
