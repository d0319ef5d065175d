"""What leads from one stage to the next: sums over some nodes, spread over others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.layout import as_matrix

__all__ = ["Passing", "times"]

Values = NDArray[np.float64]

ONE_THREAD = 2**18
"""Multiplications of a product of matrices that BLAS does in one thread."""

BLOCK, MOST_BLOCKS = 16, 32
"""Entries that are summed by one matrix where one for all would be too large; and how many do."""


class Passing:
    """Sums arrays over some nodes, and spreads them over others: a linear map of zeros and ones.

    Attributes:
        matrix: the map, shape (entries, entries of the result); None where it is taken in parts.
    """

    def __init__(self, entries: int, starts: NDArray[np.intp], places: NDArray[np.intp]) -> None:
        """Chooses the fastest form.

        Args:
            entries: of the arrays.
            starts: where the entries begin that are summed to one.
            places: which of the sums each entry of the result is.
        """
        self.matrix: Values | None = None
        self._starts = starts
        self._places = places
        sizes = np.diff(starts, append=entries)
        if as_matrix(entries, len(places)):
            self.matrix = _sums(sizes)[:, places]
            return
        self._equal = int(sizes[0]) if (sizes == sizes[0]).all() else 0
        if self._equal:
            count = _divisor(len(sizes), BLOCK // self._equal)
            self._small = _sums(sizes[:count])
            self._ones = np.ones(self._equal)
            return
        # sums that lie close together are taken by one matrix
        ends, most = starts + sizes, max(BLOCK, entries // MOST_BLOCKS)
        firsts = [0]
        for number, end in enumerate(ends.tolist()):
            if end - starts[firsts[-1]] > most and number > firsts[-1]:
                firsts.append(number)
        self._blocks = [
            (int(starts[first]), int(ends[last - 1]), _sums(sizes[first:last]))
            for first, last in zip(firsts, [*firsts[1:], len(starts)], strict=True)
        ]

    def many(self, values: Values) -> Values:
        """Returns the results for many cases, shape (cases, entries of the result)."""
        if self.matrix is not None:
            return times(values, self.matrix)
        if self._equal:
            few = times(values.reshape(-1, len(self._small)), self._small)
            summed = few.reshape(len(values), -1)
        else:
            parts = [times(values[:, start:end], sums) for start, end, sums in self._blocks]
            summed = np.concatenate(parts, axis=1)
        spread: Values = summed.take(self._places, axis=1, mode="clip")
        return spread

    def one(self, values: Values) -> Values:
        """Returns the result for one case, shape (entries of the result,)."""
        if self.matrix is not None:
            product: Values = values.dot(self.matrix)
            return product
        if self._equal:
            summed = values.reshape(-1, self._equal).dot(self._ones)
        else:
            summed = np.add.reduceat(values, self._starts)
        spread: Values = summed.take(self._places, mode="clip")
        return spread


def _sums(sizes: NDArray[np.intp]) -> Values:
    """Returns the matrix that sums entries by groups of these sizes, one after the other."""
    return np.repeat(np.eye(len(sizes)), sizes, axis=0)


def _divisor(number: int, most: int) -> int:
    """Returns the largest divisor of a number that is not above another, one at least."""
    return max(n for n in range(1, max(1, most) + 1) if number % n == 0)


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
