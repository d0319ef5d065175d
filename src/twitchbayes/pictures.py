"""What a diagnosis is shown by: a picture with intervals, plots, frequencies, a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twitchbayes.display import html, text
from twitchbayes.display.rows import DiagnosisRows
from twitchbayes.questions import Questions
from twitchbayes.rendering import Sure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Picture", "Pictures", "sure_of"]


@dataclass(frozen=True, repr=False)
class Picture:
    """A diagnosis as it is shown, as text and as HTML from the same rows."""

    rows: DiagnosisRows

    def __repr__(self) -> str:
        return text.diagnosis_text(self.rows)

    def _repr_html_(self) -> str:
        return html.diagnosis_html(self.rows)


class Pictures(Questions):
    """How a diagnosis can be looked at and kept."""

    def _rows(self, sure: Sure | None = None) -> DiagnosisRows:
        raise NotImplementedError

    def picture(self, level: float = 0.95, draws: int = 1000, seed: int = 0) -> Picture:
        """Returns the diagnosis as it shows itself, with the interval of every cause and group.

        The last line of a cell shows `dx` without them, as they take a thousand runs. What is shown
        depends on nothing that was asked before.

        Args:
            level: the share of the draws between both ends.
            draws: how many draws of all numbers.
            seed: of the draws.

        Raises:
            QueryError: as for `intervals`.

        Example:
            >>> import twitchbayes as tb
            >>> dx = tb.load("asia").diagnose(xray="yes", smoke="yes")
            >>> print(str(dx.picture()).splitlines()[2])
            Cause            before      now  95% interval
        """
        return Picture(self._rows(sure_of(self.intervals(level, draws, seed), level)))


def sure_of(intervals: pd.DataFrame, level: float) -> Sure:
    """Returns intervals as they are shown, from the answer to `Diagnosis.intervals`."""
    ends = zip(intervals["low"].tolist(), intervals["high"].tolist(), strict=True)
    return Sure(dict(zip(intervals.index, ends, strict=True)), level)
