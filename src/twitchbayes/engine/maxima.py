"""Products over axes that stand for a maximum of independent lifts.

Of two factors that both lift a maximum, the product is the distribution of the larger lift, a
convolution; of one that lifts it and one that reads it, it is the reading after the lift, the
adjoint of that convolution. Cumulative sums would make both of them plain products, and their
differences would cancel the digits of small probabilities; here everything is a sum of products.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Meeting", "meet"]

Array = NDArray[Any]

Meeting = tuple[int, int]
"""An axis at which two factors meet, and which of them reads it: the first (-1), the second (1) or
neither (0)."""

AT_ONCE = 2**14
"""Entries of products that are formed at once; of larger ones, state by state."""


def meet(
    one: Array, other: Array, meetings: Sequence[Meeting], multiply: np.ufunc, add: np.ufunc
) -> Array:
    """Returns the product of two factors, shapes to broadcast, that meet at some maxima.

    With k states per maximum a product of n entries and m such axes takes n (2 - 1/k)^m
    multiplications.
    """
    if not meetings:
        product: Array = multiply(one, other)
        return product
    (axis, reader), *rest = meetings
    if reader < 0:
        one, other = other, one
        rest = [(of_axis, -of_reader) for of_axis, of_reader in rest]
    states = one.shape[axis]
    upper = _places(axis, slice(1, None))
    lower = _places(axis, slice(None, -1))
    at_most = add.accumulate(one, axis=axis)
    if reader:
        # out[k] = one[<= k] other[k] + sum over r > k of one[r] other[r]
        left = np.concatenate([at_most, one[upper]], axis=axis)
        right = np.concatenate([other, other[upper]], axis=axis)
    else:
        # out[k] = one[k] other[<= k] + one[< k] other[k]
        left = np.concatenate([one, at_most[lower]], axis=axis)
        right = np.concatenate([add.accumulate(other, axis=axis), other[upper]], axis=axis)
    shape = np.broadcast_shapes(left.shape, right.shape)
    if np.prod(shape) <= AT_ONCE:
        both = meet(left, right, rest, multiply, add)
    else:
        both = np.empty(shape, np.result_type(left, right))
        for k in range(2 * states - 1):
            of_state = _places(axis, slice(k, k + 1))
            both[of_state] = meet(left[of_state], right[of_state], rest, multiply, add)
    result = both[_places(axis, slice(states))]
    more = both[_places(axis, slice(states, None))]
    if reader:
        backwards = _places(axis, slice(None, None, -1))
        more = add.accumulate(more[backwards], axis=axis)[backwards]
        result[lower] = add(result[lower], more)
    else:
        result[upper] = add(result[upper], more)
    return result


def _places(axis: int, places: slice) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, places)
