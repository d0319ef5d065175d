"""Vectors that are multiplied by the same matrix, so many at once."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.passing import ONE_THREAD
from twitchbayes.engine.tabulated import Stage, Tabulated

__all__ = ["SHARED_CASES", "SHARED_ENTRIES", "share", "shared_products"]

Values = NDArray[np.float64]

SHARED_CASES, SHARED_ENTRIES = 2**14, 2**19
"""Cases of a chunk where some share a matrix, and entries of its largest array (4 MiB), at most:
the more cases, the more of them share one."""

SHARING = 4
"""Cases of a chunk per matrix from which on it pays to share them; so there are fewer than 2^16."""

BLOCK = 8
"""Vectors multiplied by a matrix at once: of more, too many would be there to fill up the last."""


def share(tables: Tabulated) -> None:
    """Makes cases share a matrix wherever matrices are the rows of one table, and few."""
    cases = min(SHARED_CASES, SHARED_ENTRIES // max(map(_entries, tables.stages)))
    tables.stages = [
        _shared(stage) if _able(stage) and SHARING * len(stage.tables[0]) <= cases else stage
        for stage in tables.stages
    ]


def _able(stage: Stage) -> bool:
    """Whether its matrices are rows of one table, and multiplied in one thread.

    That numbers become too small is not noticed in a thread of BLAS.
    """
    weights = stage.weights
    if weights is None or len(stage.lookups) != 1 or stage.operands:
        return False
    return BLOCK * math.prod(weights.shape) <= ONE_THREAD


def _entries(stage: Stage) -> int:
    """Returns how many entries a case takes, of the copies of shared matrices as well."""
    if stage.weights is None or not _able(stage):
        return stage.entries
    return max(*stage.weights.shape, math.prod(stage.weights.shape) // BLOCK)


def _shared(stage: Stage) -> Stage:
    (lookup,), weights = stage.lookups, stage.weights
    assert weights is not None
    shared = lookup._replace(table=weights.matrices(lookup.table))
    return replace(stage, lookups=(), entries=_entries(stage), shared=shared)


def shared_products(vectors: Values, matrices: Values, which: NDArray[np.intp]) -> Values:
    """Returns the product of each vector and its matrix.

    Vectors that have the same matrix are multiplied by it in blocks, the last of which is filled up
    with one of them: a product of matrices takes a third of the time of products one by one.

    Args:
        vectors: shape (cases, entries).
        matrices: shape (matrices, entries, sums).
        which: number of each vector's matrix, shape (cases,).

    Returns:
        Shape (cases, sums).
    """
    # numbers of 16 bits are sorted without comparing any
    order = which.astype(np.uint16).argsort(kind="stable")
    counts = np.bincount(which, minlength=len(matrices))
    blocks = -(-counts // BLOCK)
    of_block = np.repeat(np.arange(len(matrices)), blocks)
    # where the vectors of a matrix end, and would start if all blocks before were as long as full
    ends = counts.cumsum()
    starts = ends - counts - BLOCK * (blocks.cumsum() - blocks)
    firsts = starts[of_block] + BLOCK * np.arange(len(of_block))
    places = np.minimum(firsts[:, np.newaxis] + np.arange(BLOCK), ends[of_block, np.newaxis] - 1)
    cases = order.take(places.ravel())
    blocked = vectors.take(cases, axis=0, mode="clip").reshape(len(of_block), BLOCK, -1)
    products = np.matmul(blocked, matrices.take(of_block, axis=0, mode="clip"))
    back = np.empty(len(which), dtype=np.intp)
    back[cases] = np.arange(len(cases))
    results: Values = products.reshape(len(cases), -1).take(back, axis=0, mode="clip")
    return results
