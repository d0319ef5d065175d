"""What vignettes, guesses and reveals show, in the labels of the network."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twitchbayes.diagnosis import Diagnosis
from twitchbayes.display.rows import CardRows, TableRows, percent
from twitchbayes.errors import QueryError
from twitchbayes.evidence import describe

__all__ = ["guess_rows", "reveal_rows", "vignette_rows"]

DRAWN = {
    "prior": "The cause was drawn as often as the network expects it.",
    "even": "The cause was drawn evenly: rare causes come as often as common ones.",
}
SCORE = (
    "The score is log2 of the probability that the true cause was given: 0 is best, -1 is a coin's."
)


def vignette_rows(dx: Diagnosis, drawn: str) -> CardRows:
    """Returns what is known of a simulated patient, and what can be guessed."""
    target = dx.model.target
    causes = [(cause, target.state_label(cause)) for cause in target.states]
    return _card(
        dx,
        "A simulated patient",
        (DRAWN[drawn],),
        (_findings(dx), TableRows(("Can be guessed", ""), tuple(causes), left=2)),
        ("Which cause is it? guess({cause: probability, ...}); what is left is shared evenly.",),
    )


def guess_rows(
    dx: Diagnosis, guess: NDArray[np.float64], score: float, network: float, even: float
) -> CardRows:
    """Returns a guess with its score, without the cause."""
    labels = map(dx.model.target.state_label, dx.model.causes)
    ranked = sorted(zip(labels, guess, strict=True), key=lambda pair: -pair[1])
    scores = [("this guess", score), ("the network's answer", network), ("all causes alike", even)]
    return _card(
        dx,
        "A guess about a simulated patient",
        (),
        (
            TableRows(("Guess", ""), tuple((label, percent(float(p))) for label, p in ranked if p)),
            TableRows(("Score, in bits", ""), tuple((who, bits(of)) for who, of in scores)),
        ),
        (SCORE, "reveal() says which cause it was."),
    )


def reveal_rows(
    dx: Diagnosis, cause: str, guess: NDArray[np.float64], network: NDArray[np.float64], score: float
) -> CardRows:
    """Returns the true cause, who gave it what, and what speaks for it."""
    target = dx.model.target
    compared = sorted(
        zip(target.states, guess.tolist(), network.tolist(), strict=True), key=lambda row: -row[2]
    )
    body = [
        (f"{target.state_label(name)}{' (true)' if name == cause else ''}", percent(p), percent(q))
        for name, p, q in compared
    ]
    return _card(
        dx,
        f"It was: {target.state_label(cause)}",
        (f"The guess scores {bits(score)} bits.",),
        (TableRows(("Cause", "guess", "network"), tuple(body)), *_reasons(dx, cause)),
        ("Who the patient is, the context, has made the prior and has no share.",),
    )


def bits(score: float) -> str:
    """Returns a score as people read it.

    Example:
        >>> bits(-0.5), bits(0.0), bits(-math.inf)
        ('-0.50', '0.00', 'minus infinity')
    """
    return "minus infinity" if math.isinf(score) else f"{score:.2f}".replace("-0.00", "0.00")


def _findings(dx: Diagnosis) -> TableRows:
    body = []
    for finding in dx.findings:
        variable = dx.model.network.by_name[finding.variable]
        labels = [variable.state_label(state) for state in variable.states]
        words = describe(labels, finding.weights, finding.measured)
        body.append((variable.label or variable.name, words + " (assumed)" * finding.assumed))
    return TableRows(("Known", ""), tuple(body), left=2)


def _reasons(dx: Diagnosis, cause: str) -> tuple[TableRows, ...]:
    """Returns what each finding did to the odds of the true cause, where odds are finite."""
    try:
        shares = dx.explain(cause)
    except QueryError:
        return ()
    by_name = dx.model.network.by_name
    body = []
    for name, row in shares.iterrows():
        variable = by_name[str(name)]
        found = dict(zip(variable.states, map(variable.state_label, variable.states), strict=True))
        words = f"{variable.label or variable.name}: {found.get(row['state'], row['state'])}"
        body.append((words, f"x {row['factor']:.3g}"))
    return (TableRows(("What each finding did to its odds", ""), tuple(body)),) if body else ()


def _card(
    dx: Diagnosis,
    title: str,
    opening: tuple[str, ...],
    tables: tuple[TableRows, ...],
    closing: tuple[str, ...] = (),
) -> CardRows:
    network = dx.model.network
    return CardRows(f"{network.name} {network.version}", title, opening, tables, closing)
