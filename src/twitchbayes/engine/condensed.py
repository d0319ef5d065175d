"""Lookup tables for many cases: rows that tell the same are one, and short tables are joined.

Where a node is observed, what is known of its ancestors tells nothing more of its descendants; so
most rows of a table are multiples of a few.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.tabulated import Lookup, Tabulated

__all__ = ["condense"]

Values = NDArray[np.float64]
Rows = NDArray[np.intp]

MOST_ENTRIES = 2**19
"""Entries of a table that joins several, at most: 4 MiB."""

WORTH = 2
"""So many times fewer rows are worth it to look up which row it is."""

LOST = 7
"""Last bits of a number that may differ where rows are taken as the same: 3 parts in 10^14."""

FACTOR = 0x9E3779B97F4A7C15
"""Its powers, modulo 2^64, make of a row a key that hardly another row has."""


def condense(tables: Tabulated) -> None:
    """Makes tables of which every case takes the same rows, up to a factor, but fewer of them."""
    try:
        with np.errstate(under="raise"):
            kinds = [_alike(table) for stage in tables.stages for table in stage.tables]
            numbers = [which for _, which in kinds]
            if WORTH * sum(len(rows) for rows, _ in kinds) > sum(map(len, numbers)):
                return
            tables.stages = [
                replace(stage, lookups=_joined(stage.lookups, kinds, numbers))
                for stage in tables.stages
            ]
    except FloatingPointError:
        return  # a case meets only some of the products
    lengths = np.array([len(which) for which in numbers])
    tables.offsets[:-1] += lengths.cumsum() - lengths
    tables.rows = np.concatenate(numbers)


def _alike(rows: Values) -> tuple[Values, Rows]:
    """Returns a row of each kind, its largest entry one, and of which kind each row is.

    Rows are of one kind where one is a multiple of the other.
    """
    peaks = rows.max(axis=1, keepdims=True)
    peaks[peaks == 0] = 1.0
    scaled = rows / peaks
    if ((scaled > 0) & (scaled < sys.float_info.min)).any():
        raise FloatingPointError  # it has fewer digits than are compared
    # numbers not below zero are in the order of their bits
    rounded = (scaled.view(np.uint64) + np.uint64(1 << LOST - 1)) >> np.uint64(LOST)
    keys = rounded @ np.multiply.accumulate(np.full(rows.shape[1], FACTOR, np.uint64))
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    if not np.array_equal(rounded[first[which]], rounded):
        return scaled, np.arange(len(rows))  # two kinds have the same key, by a rare chance
    return scaled[first], which


def _joined(
    lookups: Sequence[Lookup], kinds: Sequence[tuple[Values, Rows]], numbers: list[Rows]
) -> tuple[Lookup, ...]:
    """Returns the tables of a stage, the shortest ones joined as far as that is not too much.

    Args:
        lookups: the tables, with a place each.
        kinds: the rows to be taken instead, by place.
        numbers: what each former row adds to the number of a row, by place; changed where needed.
    """
    joined: list[Lookup] = []
    for place in sorted((lookup.places[0] for lookup in lookups), key=lambda n: len(kinds[n][0])):
        rows = kinds[place][0]
        places: tuple[int, ...] = (place,)
        if joined and len(joined[-1].table) * rows.size <= MOST_ENTRIES:
            table, _, others = joined.pop()
            for other in others:
                numbers[other] = numbers[other] * len(rows)
            rows = (table[:, np.newaxis] * rows).reshape(-1, rows.shape[1])
            places = (*others, place)
        joined.append(Lookup(rows, None, places))
    return tuple(joined)
