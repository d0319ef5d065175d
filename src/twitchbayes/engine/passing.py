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

LONG = 16
"""So many entries in a row are copied faster as a row than one by one."""

FEW = 2**13
"""Multiplications that take less time than two operations, for one case."""


class Passing:
    """Sums arrays over some nodes, and spreads them over others: a linear map of zeros and ones."""

    def __init__(self, entries: int, starts: NDArray[np.intp], places: NDArray[np.intp]) -> None:
        """Chooses the fastest forms.

        Args:
            entries: of the arrays.
            starts: where the entries begin that are summed to one.
            places: which of the sums each entry of the result is.
        """
        self._starts = starts
        self._places = places
        sizes = np.diff(starts, append=entries)
        same = (sizes == sizes[0]).all()
        self._factors = _factors(int(sizes[0])) if same else None
        self._ones = np.ones(int(sizes[0]) if same else 0)
        self._blocks = [] if same else _blocks(starts, starts + sizes, entries)
        # how often all sums stand one after the other
        repeats, rest = divmod(len(places), len(starts))
        tiled = not rest and (places.reshape(repeats, -1) == np.arange(len(starts))).all()
        self._repeats = repeats if tiled and (repeats == 1 or len(starts) >= LONG) else 0
        self._nothing = self._repeats == 1 and entries == len(starts)
        self._matrix: Values | None = None
        self._alone: Values | None = None
        if not self._nothing and entries * len(places) <= FEW:
            self._alone = _sums(sizes)[:, places]
            if as_matrix(entries, len(places)):
                self._matrix = self._alone

    def many(self, values: Values) -> Values:
        """Returns the results for many cases, shape (cases, entries of the result)."""
        if self._nothing:
            return values
        if self._matrix is not None:
            return times(values, self._matrix)
        summed = self._summed(values)
        if self._repeats == 1:
            return summed
        if self._repeats:
            shape = len(summed), self._repeats, summed.shape[1]
            return np.broadcast_to(summed[:, np.newaxis], shape).reshape(len(summed), -1)
        spread: Values = summed.take(self._places, axis=1, mode="clip")
        return spread

    def _summed(self, values: Values) -> Values:
        if self._factors is None:
            parts = [times(values[:, start:end], sums) for start, end, sums in self._blocks]
            return np.concatenate(parts, axis=1)
        summed = values.reshape(-1)
        for factor in self._factors:
            # an addition of whole columns is many times as fast as a sum of each row
            columns = summed.reshape(-1, factor)
            summed = columns[:, 0] + columns[:, 1]
            for column in range(2, factor):
                summed += columns[:, column]
        return summed.reshape(len(values), -1)

    def one(self, values: Values) -> Values:
        """Returns the result for one case, shape (entries of the result,)."""
        if self._nothing:
            return values
        if self._alone is not None:
            product: Values = values.dot(self._alone)
            return product
        if self._factors is None:
            summed = np.add.reduceat(values, self._starts)
        else:
            summed = values.reshape(-1, len(self._ones)).dot(self._ones)
        return summed if self._repeats == 1 else summed.take(self._places, mode="clip")


def _sums(sizes: NDArray[np.intp]) -> Values:
    """Returns the matrix that sums entries by groups of these sizes, one after the other."""
    return np.repeat(np.eye(len(sizes)), sizes, axis=0)


def _blocks(
    starts: NDArray[np.intp], ends: NDArray[np.intp], entries: int
) -> list[tuple[int, int, Values]]:
    """Returns matrices that take sums which lie close together, each with its first and last."""
    most = max(BLOCK, entries // MOST_BLOCKS)
    firsts = [0]
    for number, end in enumerate(ends.tolist()):
        if end - starts[firsts[-1]] > most and number > firsts[-1]:
            firsts.append(number)
    return [
        (int(starts[first]), int(ends[last - 1]), _sums((ends - starts)[first:last]))
        for first, last in zip(firsts, [*firsts[1:], len(starts)], strict=True)
    ]


def _factors(number: int) -> list[int]:
    """Returns the prime factors of a number, the largest first."""
    found: list[int] = []
    prime = 2
    while number > 1:
        if number % prime:
            prime += 1
        else:
            found.insert(0, prime)
            number //= prime
    return found


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
