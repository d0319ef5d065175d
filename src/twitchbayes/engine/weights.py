"""Sums that are weighted by what an earlier stage left: a matrix times a vector, case by case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.passing import Passing

__all__ = ["Weights"]

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weights:
    """A vector for every case, by which the product of a stage is multiplied as a matrix.

    Attributes:
        number: of the earlier result.
        passing: what makes of it the vector.
        shape: of the matrix.
        before: whether the vector is multiplied from the left: its entries are as many as the rows
            then, else as the columns. BLAS is faster where rows are the longer side.
    """

    number: int
    passing: Passing
    shape: tuple[int, int]
    before: bool

    @classmethod
    def of(cls, number: int, passing: Passing, stay: int, gone: int) -> Weights:
        """Chooses the side, for so many entries that stay and so many that are summed out."""
        before = stay >= gone
        return cls(number, passing, (gone, stay) if before else (stay, gone), before)

    def many(self, product: Values, weights: Values) -> Values:
        """Returns the weighted sums for many cases, shape (cases, what stays)."""
        matrices = product.reshape(len(product), *self.shape)
        vectors = self.passing.many(weights)
        sums: Values
        if self.before:
            sums = np.matmul(vectors[:, np.newaxis], matrices)[:, 0]
        else:
            sums = np.matmul(matrices, vectors[:, :, np.newaxis])[:, :, 0]
        return sums

    def matrices(self, table: Values) -> Values:
        """Returns rows of a table as matrices, shape (rows, what is summed out, what stays)."""
        matrices = table.reshape(len(table), *self.shape)
        return matrices if self.before else np.ascontiguousarray(matrices.transpose(0, 2, 1))

    def one(self, product: Values, weights: Values) -> Values:
        """Returns the weighted sums for one case, shape (what stays,)."""
        matrix, vector = product.reshape(self.shape), self.passing.one(weights)
        sums: Values = vector.dot(matrix) if self.before else matrix.dot(vector)
        return sums
