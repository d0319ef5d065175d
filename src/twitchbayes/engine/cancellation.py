"""Answers from negative entries: how many of their digits are left."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.errors import TooWideError

__all__ = ["Answer", "Precision", "judged", "watched"]

Answer = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Probabilities, and the logarithm of the evidence."""

Precision = type[np.floating[Any]]

PRECISIONS: tuple[Precision, ...] = (np.float32, np.float64, np.longdouble)
"""Ever finer; each but the first is judged by the one before."""

ACCURATE = 1e-9
"""What a probability may be off by, and the evidence relative to itself."""

CAUTION = 32
"""The rounding errors of two precisions need not be alike; one may be so many times smaller than
it is expected to be."""


def judged(in_precision: Callable[[Precision], Answer | None], width: int, largest: int) -> Answer:
    """Returns an answer that is accurate though it comes from negative entries.

    What cancels takes digits with it. The same is done in single and in double precision; rounding
    errors shrink as the precision does, so the difference of the two tells the error of the finer
    one. Where that is not good enough, double is judged by extended precision in the same way.

    Args:
        in_precision: gives the answer of one run, None if digits were lost to underflow or all of
            them.
        width: of what is run, for the error's words.
        largest: entries of its largest table.

    Raises:
        TooWideError: no precision is enough; a plan without negative entries did not fit.
    """
    before = in_precision(PRECISIONS[0])
    for coarse, fine in pairwise(PRECISIONS):
        now = in_precision(fine)
        if before is not None and now is not None:
            shrinks = float(np.finfo(fine).eps / np.finfo(coarse).eps)
            error = max(
                float(np.abs(one - other).max(initial=0.0))
                for one, other in zip(now, before, strict=True)
            )
            if shrinks < 1 and CAUTION * shrinks * error < ACCURATE:
                return now
        before = now
    raise TooWideError(
        f"every order found that fits in memory (induced width {width}) subtracts numbers so "
        "alike that too few digits are left; ask with more of the findings given, or fewer",
        width,
        largest,
    )


def watched(precision: Precision) -> np.errstate:
    """Returns what to run in: the coarsest precision only judges, so it may lose to underflow.

    In the others what is lost would be lost to both. Of what is not positive, though it should be,
    the logarithm is no number.
    """
    return np.errstate(
        under="ignore" if precision is PRECISIONS[0] else "raise", divide="ignore", invalid="ignore"
    )
