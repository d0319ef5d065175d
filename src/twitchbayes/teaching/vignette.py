"""A simulated patient: asked as one would ask, the cause known to the vignette alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from twitchbayes.diagnosis import Diagnosis
from twitchbayes.display.answer_html import answer_html
from twitchbayes.display.answer_text import answer_text
from twitchbayes.errors import QueryError
from twitchbayes.network import Network
from twitchbayes.questions.arguments import MOST_SEED, whole
from twitchbayes.teaching.guess import Guess, read_guess
from twitchbayes.teaching.rows import vignette_rows

if TYPE_CHECKING:
    import pandas as pd

    from twitchbayes.model import DiagnosticModel

__all__ = ["Drawn", "Vignette", "draw_vignette"]

Drawn = Literal["prior", "even"]
"""How the cause is drawn: as often as in life, or each as often as any other."""

MOST_FINDINGS = 200

CONSIDERED = 5
"""Of how many of the best questions the next one is drawn."""


@dataclass(frozen=True, repr=False, eq=False)
class Vignette:
    """A patient drawn from the network, the cause hidden until a guess is made.

    Made by `DiagnosticModel.vignette`; what is shown of it does not depend on the cause but through
    the findings.

    Attributes:
        drawn: how the cause was drawn, `"prior"` or `"even"`.

    Example:
        >>> import twitchbayes as tb
        >>> vignette = tb.load("asia").vignette(seed=1, findings=2)
        >>> guess = vignette.guess({"yes": 0.2})    # the rest is for "no"
        >>> guess.score <= 0
        True
        >>> guess.reveal().cause in vignette.causes
        True
    """

    drawn: Drawn
    _dx: Diagnosis = field(repr=False)
    _cause: str = field(repr=False)

    @property
    def causes(self) -> tuple[str, ...]:
        """What can be guessed."""
        return self._dx.model.causes

    @property
    def evidence(self) -> pd.DataFrame:
        """What is known of the patient, as `Diagnosis.evidence`."""
        return self._dx.evidence

    def guess(self, probabilities: str | Mapping[str, float]) -> Guess:
        """Returns a guess with its score.

        Args:
            probabilities: per cause; what they leave of one is shared evenly by the causes that are
                not named. One cause alone is given all of it.

        Raises:
            QueryError: an unknown cause, something that is no probability, or a sum that is not one
                (above it, or below it with all causes named).
        """
        return Guess(self._dx, self._cause, read_guess(self._dx, probabilities), self.drawn)

    def __repr__(self) -> str:
        return answer_text(vignette_rows(self._dx, self.drawn))

    def _repr_html_(self) -> str:
        return answer_html(vignette_rows(self._dx, self.drawn))


def draw_vignette(model: DiagnosticModel, seed: int, findings: int, causes: Drawn) -> Vignette:
    """Returns a simulated patient; see `DiagnosticModel.vignette`.

    Raises:
        QueryError: `findings` or `seed` is no such number, or `causes` is something else.
    """
    if causes not in ("prior", "even"):
        raise QueryError(f"causes are drawn by 'prior' or 'even', not by {causes!r}")
    most = whole("findings", findings, 1, MOST_FINDINGS)
    generator = np.random.default_rng(whole("seed", seed, 0, MOST_SEED))
    target = model.target.name
    of = {target: str(generator.choice(_possible(model)))} if causes == "even" else {}
    patient = model.simulate(1, of, int(generator.integers(2**32))).iloc[0]
    dx = Diagnosis.of(model, {name: patient[name] for name in _told_first(model.network)})
    for _ in range(most):
        # what is asked depends on what was answered before, never on what is still hidden, so that
        # the network's answer needs no correction for the choice
        worth = dx.next_findings()["information"].head(CONSIDERED)
        if not worth.sum() > 0:
            break
        asked = str(generator.choice(worth.index, p=worth / worth.sum()))
        dx = dx.update({asked: patient[asked]})
    return Vignette(causes, dx, str(patient[target]))


def _possible(model: DiagnosticModel) -> list[str]:
    """Returns the causes that there can be."""
    prior = Diagnosis.of(model, {}).posterior
    return [str(cause) for cause, probability in prior.items() if probability > 0]


def _told_first(network: Network) -> list[str]:
    """Returns who the patient is: the context that the causes depend on, but for defaults."""
    above: list[str] = []
    waiting = [str(network.target)]
    while waiting:
        for name in network.by_name[waiting.pop()].parents:
            if name not in above:
                above.append(name)
                waiting.append(name)
    return [
        variable.name
        for variable in network.variables
        if variable.name in above and variable.kind == "context" and variable.default is None
    ]
