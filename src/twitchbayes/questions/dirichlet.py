"""How well a row of numbers is known, and draws of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import Row
from twitchbayes.estimate import Estimate
from twitchbayes.wilson import Z, wilson_interval

__all__ = ["UNSTATED", "draw_row", "plausible", "size"]

Values = NDArray[np.float64]

UNSTATED = 30.0
"""What a number counts for that has neither counts nor an interval: as many observations."""

LEAST = 1.0
"""No number counts for less than one observation."""


LEAST_DRAWN = 1e-30
"""What is drawn as less is drawn as this, or products of a few such numbers would underflow."""

ZERO_SHAPE = 0.5
"""Shape of a number that was never seen: half an observation (Jeffreys 1946)."""

ZERO_REACH = 2.5119
"""The 97.5% point of a gamma distribution of that shape."""


def size(estimate: Estimate) -> float:
    """Returns how many observations a number counts for; infinite where it is certain.

    As many as give a beta distribution of this mean an interval of this width, n = p (1 - p) / s^2
    - 1 with s the standard deviation, a quarter of the interval or so; where there is none, those
    counted.
    """
    if estimate.interval is None:
        return UNSTATED if estimate.counts is None else float(estimate.counts[1])
    low, high = estimate.interval
    deviation = (high - low) / (2 * Z)
    if deviation == 0:
        return np.inf
    variance = estimate.value * (1 - estimate.value)
    if variance == 0:
        return ZERO_REACH / (high - low)
    return max(LEAST, variance / deviation**2 - 1)


def draw_row(
    row: Row, states: Sequence[str], mean: Values, draws: int, random: np.random.Generator
) -> Values:
    """Returns draws of a row, shape (draws, states).

    Every state has a gamma variate of its mean, as variable as what its number counts for says; the
    row is their shares. Where all numbers count for the same, that is the Dirichlet distribution of
    the counts. A state without a number counts for as little as the least known one. A number of
    zero, or what one leaves of a whole, is as if half an observation had been made; where nothing
    says how well it is known it stays zero. Variates are drawn as logarithms, G(a) = G(a + 1)
    U^(1/a) (Marsaglia and Tsang 2000), so that small ones do not vanish.

    Args:
        row: with what is known of its numbers.
        states: of the variable.
        mean: the row's distribution, shape (states,).
        draws: how many.
        random: where they come from.
    """
    known = dict(row.estimates)
    sizes = {state: size(estimate) for state, estimate in known.items()}
    least = min(sizes.values(), default=np.inf)
    logs = np.full((draws, len(states)), -np.inf)
    for place, state in enumerate(states):
        count = sizes.get(state, least)
        unseen = mean[place] == 0
        if unseen and not _may_be_more(known.get(state), row):
            continue
        if np.isinf(count):
            logs[:, place] = np.log(mean[place]) if mean[place] > 0 else -np.inf
            continue
        shape = ZERO_SHAPE if unseen else count * mean[place]
        logs[:, place] = np.log(random.standard_gamma(shape + 1, draws))
        logs[:, place] += np.log1p(-random.random(draws)) / shape - np.log(count)
    logs -= logs.max(axis=1, keepdims=True)
    shares: Values = np.exp(logs)
    shares /= shares.sum(axis=1, keepdims=True)
    drawn: Values = np.where(np.isfinite(logs), np.maximum(shares, LEAST_DRAWN), 0.0)
    return drawn


def _may_be_more(estimate: Estimate | None, row: Row) -> bool:
    """Whether a probability of zero was counted or judged, and not defined."""
    said = [estimate] if estimate is not None else [number for _, number in row.estimates]
    return any(number.counts is not None or _is_wide(number) for number in said)


def _is_wide(estimate: Estimate) -> bool:
    return estimate.interval is not None and estimate.interval[0] < estimate.interval[1]


def plausible(estimate: Estimate) -> tuple[float, float]:
    """Returns the 95% interval of a number: its own, or that of what it counts for."""
    return estimate.interval or wilson_interval(estimate.value, size(estimate))
