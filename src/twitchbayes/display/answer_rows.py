"""The answer to a question about a diagnosis, as rows: text and HTML are made from the same."""

from __future__ import annotations

from dataclasses import dataclass

from twitchbayes.display.rows import NOTICE, _Rows

__all__ = ["AnswerRow", "AnswerRows", "AnswerTable", "Bar", "ratio_bar"]


@dataclass(frozen=True, slots=True)
class Bar(_Rows):
    """A bar on a scale from 0 to 1; the number that it shows stands beside it.

    Attributes:
        start, end: what is filled.
        mark: a place that is marked, such as zero or the value now; None for none.
    """

    start: float
    end: float
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class AnswerRow(_Rows):
    """One row: what it is about, its cells as texts, its bar, and what else there is to say."""

    label: str
    cells: tuple[str, ...]
    bar: Bar | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AnswerTable(_Rows):
    """A table: what the labels are, and a heading with its unit for each cell."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[AnswerRow, ...]


@dataclass(frozen=True, slots=True)
class AnswerRows(_Rows):
    """An answer.

    Attributes:
        network: name and version.
        title: the question in words.
        sentences: what the numbers mean, before the tables.
        tables: the numbers.
        notes: what the numbers and the bars are, how much is shown.
        case: what was found and assumed.
        notice: the one line that every answer bears.
    """

    network: str
    title: str
    sentences: tuple[str, ...]
    tables: tuple[AnswerTable, ...]
    notes: tuple[str, ...]
    case: tuple[str, ...] = ()
    notice: str = NOTICE


def ratio_bar(value: float, most: float) -> Bar:
    """Returns a bar from the middle, to the right for what is above 0, to the left below.

    Args:
        value: what it shows.
        most: the value, of either sign, that fills one half.

    Example:
        >>> ratio_bar(-1.0, 2.0)
        Bar(start=0.25, end=0.5, mark=0.5)
    """
    reach = 0.5 + 0.5 * (value / most if most else 0.0)
    return Bar(min(0.5, reach), max(0.5, reach), 0.5)
