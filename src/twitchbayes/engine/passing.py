"""What leads from one stage to the next: sums over some nodes, spread over others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.groups import Groups

__all__ = ["Passing", "times"]

Values = NDArray[np.float64]

ONE_THREAD = 2**18
"""Multiplications of a product of matrices that BLAS does in one thread."""

LONG = 24
"""So many columns are multiplied faster with a row of as many than with what was spread before."""

FEW = 2**13
"""Multiplications that take less time than two operations, for one case."""


class Passing:
    """Sums arrays over some nodes, and spreads them over others: a linear map of zeros and ones."""

    def __init__(self, groups: Groups, places: NDArray[np.intp]) -> None:
        """Chooses the fastest forms.

        Args:
            groups: what is summed to one.
            places: which of the groups each entry of the result is.
        """
        self._groups = groups
        places = groups.ranks[places]
        self._places = places
        count = len(groups.ranks)
        self._same = np.array_equal(places, np.arange(count))
        # how often all sums stand one after the other
        repeats, rest = divmod(len(places), count)
        tiled = not rest and (places.reshape(repeats, -1) == np.arange(count)).all()
        self._repeats = repeats if tiled else 0
        self._long = count >= LONG
        self._alone: Values | None = None
        entries = len(groups.order)
        if not (self._same and groups.nothing) and entries * len(places) <= FEW:
            self._alone = groups.matrix[:, places]

    def many(self, values: Values) -> Values:
        """Returns the results for many cases, shape (cases, entries of the result)."""
        summed = self._groups.many(values)
        if self._same:
            return summed
        spread: Values
        if self._repeats:
            # rows are copied faster than entries
            spread = summed[:, np.newaxis].repeat(self._repeats, axis=1)
            return spread.reshape(len(values), -1)
        spread = summed.take(self._places, axis=1, mode="clip")
        return spread

    def onto(self, product: Values, values: Values) -> Values:
        """Multiplies a product for many cases by the results; it is changed, and returned."""
        if self._repeats > 1 and self._long:
            summed = self._groups.many(values)
            blocks = product.reshape(len(product), self._repeats, -1)
            np.multiply(blocks, summed[:, np.newaxis], out=blocks)
            return product
        return np.multiply(product, self.many(values), out=product)

    def one(self, values: Values) -> Values:
        """Returns the result for one case, shape (entries of the result,)."""
        if self._alone is not None:
            product: Values = values.dot(self._alone)
            return product
        summed = self._groups.one(values)
        return summed if self._same else summed.take(self._places, mode="clip")


def times(values: NDArray[Any], matrix: NDArray[Any]) -> NDArray[Any]:
    """Returns the product of matrices, computed in rows so few that BLAS starts no threads.

    Starting and awaiting them costs far more than products of this size.
    """
    product = np.empty((len(values), matrix.shape[1]), dtype=matrix.dtype)
    rows = max(1, ONE_THREAD // matrix.size)
    whole = len(values) // rows * rows
    blocks = values[:whole].reshape(-1, rows, values.shape[1])
    np.matmul(blocks, matrix, out=product[:whole].reshape(-1, rows, matrix.shape[1]))
    np.matmul(values[whole:], matrix, out=product[whole:])
    return product
