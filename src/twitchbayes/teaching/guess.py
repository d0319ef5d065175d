"""A guess about a vignette, and its score."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.diagnosis import Diagnosis
from twitchbayes.display.answer_html import answer_html
from twitchbayes.display.answer_rows import AnswerRows
from twitchbayes.display.answer_text import answer_text
from twitchbayes.errors import QueryError, did_you_mean
from twitchbayes.teaching.reveal import Reveal
from twitchbayes.teaching.rows import guess_rows
from twitchbayes.values import as_number, digits

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Guess", "read_guess"]

ROUNDING = 1e-6
"""By how much probabilities may miss one together."""


@dataclass(frozen=True, repr=False, eq=False)
class Guess:
    """Probabilities of the causes, as someone gave them before the answer was known.

    The score is the base-2 logarithm of the probability given to the true cause: 0 at best, -1 for
    one half, minus infinity for none at all. It is best, on average, to say what one believes.

    Law: no guess has a higher score, on average over vignettes, than the network's own answer.

    References:
        Good 1952, Rational decisions.
    """

    _dx: Diagnosis = field(repr=False)
    _cause: str = field(repr=False)
    _probabilities: NDArray[np.float64] = field(repr=False)
    drawn: str

    @property
    def probabilities(self) -> pd.Series[Any]:
        """What was guessed, as a series over the causes; sums to one."""
        return self._series(self._probabilities)

    @property
    def score(self) -> float:
        """log2 of the probability that was given to the true cause, in bits."""
        return _log2(self._probabilities[self._place])

    @property
    def network_score(self) -> float:
        """The same of the network's answer to the same findings."""
        return _log2(self._network[self._place])

    @property
    def even_score(self) -> float:
        """The same of a guess that gives every cause the same."""
        return -math.log2(len(self._probabilities))

    def reveal(self) -> Reveal:
        """Returns the true cause, and what spoke for it."""
        return Reveal(
            self._dx, self._cause, self.probabilities, self._series(self._network), self.score
        )

    def __repr__(self) -> str:
        return answer_text(self._rows())

    def _repr_html_(self) -> str:
        return answer_html(self._rows())

    @property
    def _place(self) -> int:
        return self._dx.model.causes.index(self._cause)

    @property
    def _network(self) -> NDArray[np.float64]:
        """The network's answer, to patients drawn as this one was."""
        posterior = self._dx.posterior.to_numpy()
        if self.drawn == "prior":
            return posterior
        # drawn evenly, a cause is as likely as it explains what was found: the prior is divided out
        prior = Diagnosis.of(self._dx.model, {}).posterior.to_numpy()
        share = np.divide(posterior, prior, out=np.zeros_like(posterior), where=prior > 0)
        return np.asarray(share / share.sum())

    def _series(self, values: NDArray[np.float64]) -> pd.Series[Any]:
        import pandas as pd

        index = pd.Index(self._dx.model.causes, name=self._dx.model.target.name)
        return pd.Series(values.copy(), index=index, name="probability")

    def _rows(self) -> AnswerRows:
        return guess_rows(
            self._dx, self._probabilities, self.score, self.network_score, self.even_score
        )


def read_guess(dx: Diagnosis, guess: str | Mapping[str, float]) -> NDArray[np.float64]:
    """Returns a guess as probabilities of all causes; see `Vignette.guess`.

    Raises:
        QueryError: an unknown cause, something that is no probability, or a sum that is not one.
    """
    causes = dx.model.causes
    given: Mapping[str, object] = {guess: 1.0} if isinstance(guess, str) else guess
    if not hasattr(given, "items") or not len(given):
        raise QueryError(
            f"a guess is a cause, or a mapping of causes to probabilities, not {guess!r}"
        )
    probabilities = np.zeros(len(causes))
    for cause, value in given.items():
        if cause not in causes:
            near = did_you_mean(cause, causes) or f"; there are {', '.join(causes)}"
            raise QueryError(f"{dx.model.network.name} has no cause {cause!r}{near}")
        number = as_number(value)
        if number is None or not 0 <= number <= 1:
            raise QueryError(f"{cause} is given {value!r}; a probability is between 0 and 1")
        probabilities[causes.index(cause)] = number
    left = 1 - float(probabilities.sum())
    others = [place for place, cause in enumerate(causes) if cause not in given]
    if left < -ROUNDING or (left > ROUNDING and not others):
        raise QueryError(f"the probabilities sum to {digits(round(1 - left, 6))}; they sum to 1")
    if left > ROUNDING:
        probabilities[others] = left / len(others)
    probabilities /= probabilities.sum()
    probabilities.setflags(write=False)
    return probabilities


def _log2(probability: float) -> float:
    return math.log2(probability) if probability > 0 else -math.inf
