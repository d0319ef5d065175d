"""Entries of an array in an order in which those that are summed to one are summed fast."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Groups"]

Values = NDArray[np.float64]

# nanoseconds per case: an addition of columns to others, however few, and per column; a sum of
# columns that stand next to each other, however few, and per column
ADDITION, ADD, SUM, SUMMAND = 10.0, 0.5, 1.0, 0.17

MOST_PART = 256
"""Columns of a part, at most."""

MOST_PIECES = 8
"""Parts into which a group is cut, as a try; larger groups are cut into more of them."""

FEW_COLUMNS = 3
"""So few columns are summed faster by additions than as a product with ones."""

ONE_THREAD = 2**13
"""Entries of a matrix whose product with a vector BLAS computes in one thread."""


@dataclass(frozen=True, eq=False)
class Groups:
    """An order of columns, and how they are summed.

    Every group of entries is cut into parts of equally many columns, the last one filled up with
    columns that are zero. All first parts stand before all second parts, and so on, the groups
    with the most parts first. So a sum is one of equally long rows, and a few additions of columns
    that stand next to each other, where sums of rows of any length take ten times as long.

    Attributes:
        order: which entry each column is, those of a group being next to each other; -1 for none.
        part: columns of a part.
        levels: how many groups have a first part, a second one, ...
        ranks: which of the sums each group is.
    """

    order: NDArray[np.intp]
    part: int
    levels: tuple[int, ...]
    ranks: NDArray[np.intp]

    @classmethod
    def of(cls, sizes: NDArray[np.intp], spare: float | None) -> Groups:
        """Chooses the parts.

        Args:
            sizes: entries of each group.
            spare: nanoseconds per case that a column of zeros costs; None where there may be none.
        """
        part = _chosen(sizes, spare)
        parts = -(-sizes // part)
        sorted_groups = np.argsort(-parts, kind="stable")
        ranks = np.empty_like(sorted_groups)
        ranks[sorted_groups] = np.arange(len(sizes))
        levels = tuple(int(np.count_nonzero(parts > n)) for n in range(int(parts.max())))
        starts = np.cumsum(sizes) - sizes
        columns = []
        for level, count in enumerate(levels):
            groups = sorted_groups[:count, np.newaxis]
            within = level * part + np.arange(part)
            columns.append(np.where(within < sizes[groups], starts[groups] + within, -1).ravel())
        return cls(np.concatenate(columns), part, levels, ranks)

    @property
    def nothing(self) -> bool:
        """Whether nothing is summed."""
        return self.part == 1 and len(self.levels) == 1

    @property
    def matrix(self) -> Values:
        """The same sums as a matrix of zeros and ones, shape (columns, groups)."""
        columns = np.repeat(self._of_parts, self.part)
        matrix: Values = np.equal.outer(columns, np.arange(self.levels[0])).astype(np.float64)
        return matrix

    def many(self, values: Values) -> Values:
        """Returns the sums for many cases, shape (cases, groups)."""
        sums = _rows_summed(values, self.part)
        if len(self.levels) == 1:
            return sums
        first, second, *others = self.levels
        result = np.empty((len(values), first))
        np.add(sums[:, :second], sums[:, first : first + second], out=result[:, :second])
        if second < first:
            result[:, second:] = sums[:, second:first]
        start = first + second
        for count in others:
            result[:, :count] += sums[:, start : start + count]
            start += count
        return result

    def one(self, values: Values) -> Values:
        """Returns the sums for one case, shape (groups,)."""
        sums: Values = values
        if self.part > 1:
            sums = values.reshape(-1, self.part).dot(self._ones)
        if len(self.levels) == 1:
            return sums
        found: Values = np.bincount(self._of_parts, weights=sums).astype(np.float64, copy=False)
        return found

    @cached_property
    def _ones(self) -> Values:
        return np.ones(self.part)

    @cached_property
    def _of_parts(self) -> NDArray[np.intp]:
        """Which of the sums each part belongs to."""
        return np.concatenate([np.arange(count) for count in self.levels])


def _chosen(sizes: NDArray[np.intp], spare: float | None) -> int:
    """Returns the number of columns of a part that costs least."""
    found, counts = np.unique(sizes, return_counts=True)
    kinds: list[tuple[int, int]] = list(zip(found.tolist(), counts.tolist(), strict=True))
    most = min(MOST_PART, kinds[-1][0])
    candidates = {-(-size // pieces) for size, _ in kinds for pieces in range(1, MOST_PIECES + 1)}
    candidates = {1, *(part for part in candidates if part <= most)}
    if spare is None:
        common = math.gcd(*found.tolist())
        candidates = {part for part in range(1, common + 1) if common % part == 0}
    return min(sorted(candidates), key=lambda part: _cost(kinds, part, spare))


def _cost(kinds: Sequence[tuple[int, int]], part: int, spare: float | None) -> float:
    """Returns nanoseconds per case, for so many groups of each size."""
    parts = sum(-(-size // part) * count for size, count in kinds)
    groups = sum(count for _, count in kinds)
    entries = sum(size * count for size, count in kinds)
    additions = -(-kinds[-1][0] // part) - 1
    cost = ADDITION * additions + ADD * (parts - groups)
    cost += (spare or 0.0) * (parts * part - entries)
    return cost + (parts * (SUM + SUMMAND * part) if part > 1 else 0.0)


def _rows_summed(values: Values, length: int) -> Values:
    """Returns the sums of so many columns next to each other each, shape (cases, sums)."""
    if length == 1:
        return values
    rows = values.reshape(-1, length)
    if length <= FEW_COLUMNS:
        # an addition of whole columns is many times as fast as a sum of each row
        summed = rows[:, 0] + rows[:, 1]
        for column in range(2, length):
            summed += rows[:, column]
        return summed.reshape(len(values), -1)
    ones, summed = np.ones(length), np.empty(len(rows))
    block = max(1, ONE_THREAD // length)
    whole = len(rows) // block * block
    np.matmul(rows[:whole].reshape(-1, block, length), ones, out=summed[:whole].reshape(-1, block))
    np.matmul(rows[whole:], ones, out=summed[whole:])
    return summed.reshape(len(values), -1)
