"""The confidence interval of a share from its counts."""

from __future__ import annotations

from math import sqrt

__all__ = ["Z", "wilson_interval"]

Z = 1.959963984540054
"""The 97.5% point of the normal distribution: an interval of 95%."""


def wilson_interval(share: float, denominator: float) -> tuple[float, float]:
    """Returns the 95% score interval (low, high) of a share seen in so many people.

    Wilson 1927, Probable inference, the law of succession, and statistical inference, Journal of
    the American Statistical Association 22:209-212.

    Args:
        share: how many of them, as a share in [0, 1].
        denominator: how many people, or as many as it counts for; at least one.

    Example:
        >>> [round(end, 3) for end in wilson_interval(64 / 130, 130)]
        [0.408, 0.577]
        >>> [round(end, 3) for end in wilson_interval(0, 20)]
        [0.0, 0.161]
    """
    weight = Z * Z / denominator
    middle = share + weight / 2
    half = Z * sqrt(share * (1 - share) / denominator + weight / (4 * denominator))
    # at the ends rounding alone leads out of [0, 1]
    low = max(0.0, (middle - half) / (1 + weight))
    return low, min(1.0, (middle + half) / (1 + weight))
