"""The kinds of numbers that pass between cliques: probabilities, rescaled or not, or logarithms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CAREFUL", "LOGARITHMS", "PLAIN", "SIGNED", "Arithmetic"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Arithmetic:
    """What is meant by multiplying and by summing out.

    Attributes:
        multiply: the operation.
        sum_out: takes an array and the axes that are to go.
        log: takes an array to its logarithms.
        linear: whether a matrix product is the same, and needs no watching.
        rescale: whether messages are divided by their largest entry, which is kept as a logarithm.
        signed: whether entries may be negative; the largest is then one by its size.
    """

    multiply: np.ufunc
    sum_out: Callable[[Array, tuple[int, ...]], Array]
    log: Callable[[Array], Array]
    linear: bool = False
    rescale: bool = False
    signed: bool = False


def _sum(values: Array, axes: tuple[int, ...]) -> Array:
    shape = values.shape
    for axis in axes:
        if shape[axis] != 1:
            result: Array = np.add.reduce(values, axis=axes)
            return result
    # nothing but states that are known, so there is nothing to add
    return values.squeeze(axes)


def _log_sum(values: Array, axes: tuple[int, ...]) -> Array:
    peak = np.maximum.reduce(values, axis=axes, keepdims=True)
    finite = np.where(np.isfinite(peak), peak, 0.0)
    result: Array = np.log(np.add.reduce(np.exp(values - finite), axis=axes))
    return result + finite.reshape(result.shape)


def _log(values: Array) -> Array:
    with np.errstate(divide="ignore"):
        result: Array = np.log(values)
    return result


PLAIN = Arithmetic(np.multiply, _sum, _log, linear=True)
"""Probabilities, where no product can leave the range of float64."""
CAREFUL = Arithmetic(np.multiply, _sum, _log, rescale=True)
"""Probabilities, rescaled; under `numpy.errstate(under="raise")` no digit is lost in silence."""
SIGNED = Arithmetic(np.multiply, _sum, _log, rescale=True, signed=True)
"""The same where some entries are negative."""
LOGARITHMS = Arithmetic(np.add, _log_sum, np.asarray)
"""Logarithms of probabilities: slow, and safe where products underflow."""
