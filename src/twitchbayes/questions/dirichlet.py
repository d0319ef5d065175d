"""How well a row of numbers is known: its Dirichlet distribution, and draws from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import Row
from twitchbayes.estimate import Estimate
from twitchbayes.wilson import Z, wilson_interval

__all__ = ["UNSTATED", "concentration", "draw_row", "plausible"]

Values = NDArray[np.float64]

UNSTATED = 30.0
"""What a number counts for that has neither counts nor an interval: as many observations."""

LEAST = 1.0
"""No number counts for less than one observation."""


def size(estimate: Estimate) -> float:
    """Returns how many observations a number counts for.

    Those counted; or as many as give a beta distribution of this mean an interval of this width,
    n = p (1 - p) / s^2 - 1 with s the standard deviation, a quarter of the interval or so.
    """
    if estimate.counts is not None:
        return float(estimate.counts[1])
    if estimate.interval is None:
        return UNSTATED
    low, high = estimate.interval
    deviation = (high - low) / (2 * Z)
    variance = estimate.value * (1 - estimate.value)
    if deviation == 0 or variance == 0:
        return np.inf
    return max(LEAST, variance / deviation**2 - 1)


def concentration(row: Row) -> float:
    """Returns the concentration of a row's Dirichlet: that of its least known number."""
    return min((size(estimate) for _, estimate in row.estimates), default=np.inf)


def draw_row(row: Row, mean: Values, draws: int, random: np.random.Generator) -> Values:
    """Returns draws of a row from its Dirichlet, shape (draws, states).

    Drawn as logarithms of gamma variates, G(a) = G(a + 1) U^(1/a) (Marsaglia and Tsang 2000), so
    that small ones do not vanish. What is known for certain does not vary; what is zero stays so.

    Args:
        row: with what is known of its numbers.
        mean: its distribution, shape (states,).
        draws: how many.
        random: where they come from.
    """
    total = concentration(row)
    alive = mean > 0
    if np.isinf(total) or alive.sum() < 2:
        return np.broadcast_to(mean, (draws, len(mean)))
    shape = total * mean[alive]
    log_gamma = np.log(random.standard_gamma(shape + 1, (draws, len(shape))))
    log_gamma += np.log1p(-random.random((draws, len(shape)))) / shape
    log_gamma -= log_gamma.max(axis=1, keepdims=True)
    drawn = np.exp(log_gamma)
    values = np.zeros((draws, len(mean)))
    values[:, alive] = drawn / drawn.sum(axis=1, keepdims=True)
    return values


def plausible(estimate: Estimate) -> tuple[float, float]:
    """Returns the 95% interval of a number: its own, or that of what it counts for."""
    return estimate.interval or wilson_interval(estimate.value, size(estimate))
