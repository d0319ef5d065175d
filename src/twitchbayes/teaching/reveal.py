"""The answer to a vignette, after the guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twitchbayes.diagnosis import Diagnosis
from twitchbayes.display.answer_html import answer_html
from twitchbayes.display.answer_rows import AnswerRows
from twitchbayes.display.answer_text import answer_text
from twitchbayes.showing import Shown
from twitchbayes.teaching.rows import reveal_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Reveal"]


@dataclass(frozen=True, repr=False, eq=False)
class Reveal:
    """The true cause of a simulated patient, and what spoke for it.

    Attributes:
        dx: the network's diagnosis, for all further questions.
        cause: the true cause.
        guess: what was guessed, a series over the causes.
        network: the network's answer to patients drawn like this one; where causes were drawn
            evenly that is not `dx.posterior`, whose prior is that of life.
        score: of the guess, in bits.
    """

    dx: Diagnosis
    cause: str
    guess: pd.Series[Any] = field(repr=False)
    network: pd.Series[Any] = field(repr=False)
    score: float

    @property
    def explanation(self) -> Shown:
        """What every finding adds to the odds of the true cause, or takes from them, in words.

        Raises:
            QueryError: the odds are no finite number.
        """
        return self.dx.show("explanation", cause=self.cause)

    def __repr__(self) -> str:
        return answer_text(self._rows())

    def _repr_html_(self) -> str:
        return answer_html(self._rows())

    def _rows(self) -> AnswerRows:
        guess, network = self.guess.to_numpy(), self.network.to_numpy()
        return reveal_rows(self.dx, self.cause, guess, network, self.score)
