"""What vignettes, guesses and reveals show, in the labels of the network."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twitchbayes.diagnosis import Diagnosis
from twitchbayes.display.answer_rows import AnswerRow, AnswerRows, AnswerTable, Bar, ratio_bar
from twitchbayes.display.rows import percent
from twitchbayes.errors import QueryError
from twitchbayes.showing.names import Names, times

__all__ = ["guess_rows", "reveal_rows", "vignette_rows"]

DRAWN = {
    "prior": "The cause was drawn as often as the network expects it.",
    "even": "The cause was drawn evenly: rare causes come as often as common ones.",
}
SCORE = (
    "The score is log2 of the probability that the true cause was given: 0 is best, -1 is a coin's."
)
CONTEXT = "Who the patient is, the context, has made the prior and has no share of its own."


def vignette_rows(dx: Diagnosis, drawn: str) -> AnswerRows:
    """Returns what is known of a simulated patient, and what can be guessed."""
    names = Names(dx.model.network)
    known = tuple(AnswerRow(names.finding(finding), ()) for finding in dx.findings)
    causes = tuple(AnswerRow(names.cause(cause), (cause,)) for cause in dx.model.causes)
    return _answer(
        dx,
        "A simulated patient",
        (DRAWN[drawn],),
        (AnswerTable("Known", (), known), AnswerTable("Can be guessed", ("as",), causes)),
        ("guess({cause: probability, ...}); what is left of one is shared by the other causes.",),
    )


def guess_rows(
    dx: Diagnosis, guess: NDArray[np.float64], score: float, network: float, even: float
) -> AnswerRows:
    """Returns a guess with its score, without the cause."""
    names = Names(dx.model.network)
    ranked = sorted(zip(dx.model.causes, guess.tolist(), strict=True), key=lambda pair: -pair[1])
    guessed = [AnswerRow(names.cause(c), (percent(p),), Bar(0.0, p)) for c, p in ranked if p]
    scores = [("this guess", score), ("the network's answer", network), ("all causes alike", even)]
    scored = [AnswerRow(who, (bits(of),)) for who, of in scores]
    return _answer(
        dx,
        "A guess about a simulated patient",
        (SCORE,),
        (
            AnswerTable("Cause", ("guess",), tuple(guessed)),
            AnswerTable("Score", ("bits",), tuple(scored)),
        ),
        ("reveal() says which cause it was.",),
    )


def reveal_rows(
    dx: Diagnosis,
    cause: str,
    guess: NDArray[np.float64],
    network: NDArray[np.float64],
    score: float,
) -> AnswerRows:
    """Returns the true cause, who gave it what, and what speaks for it."""
    names = Names(dx.model.network)
    ranked = sorted(
        zip(dx.model.causes, guess.tolist(), network.tolist(), strict=True), key=lambda row: -row[2]
    )
    compared = [
        AnswerRow(
            names.cause(name) + " (true)" * (name == cause),
            (percent(guessed), percent(answered)),
            Bar(0.0, answered),
        )
        for name, guessed, answered in ranked
    ]
    table = AnswerTable("Cause", ("guess", "network"), tuple(compared))
    return _answer(
        dx,
        f"It was: {names.cause(cause)}",
        (f"The guess scores {bits(score)} bits{_why(score)}",),
        (table, *_reasons(dx, names, cause)),
        ("The bar is the network's answer.", CONTEXT),
    )


def _why(score: float) -> str:
    return ": the true cause was given nothing." if math.isinf(score) else "; 0 is best."


def bits(score: float) -> str:
    """Returns a score as people read it.

    Example:
        >>> bits(-0.5), bits(0.0), bits(-math.inf)
        ('-0.50', '0.00', 'minus infinity')
    """
    return "minus infinity" if math.isinf(score) else f"{score:.2f}".replace("-0.00", "0.00")


def _reasons(dx: Diagnosis, names: Names, cause: str) -> tuple[AnswerTable, ...]:
    """Returns what each finding did to the odds of the true cause, where odds are finite."""
    try:
        shares = dx.explain(cause)
    except QueryError:
        return ()
    found = {finding.variable: names.finding(finding) for finding in dx.findings}
    most = float(shares["weight"].abs().max()) if len(shares) else 0.0
    rows = tuple(
        AnswerRow(found[str(name)], (times(row["factor"]),), ratio_bar(row["weight"], most))
        for name, row in shares.iterrows()
    )
    return (AnswerTable("What each finding did to its odds", ("times",), rows),) if rows else ()


def _answer(
    dx: Diagnosis,
    title: str,
    sentences: tuple[str, ...],
    tables: tuple[AnswerTable, ...],
    notes: tuple[str, ...],
) -> AnswerRows:
    network = dx.model.network
    return AnswerRows(f"{network.name} {network.version}", title, sentences, tables, notes)
