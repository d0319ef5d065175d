"""Rows that overlap without one being more specific, and without a third that settles it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import islice
from operator import and_

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import Table, region
from twitchbayes.rules.limits import Parents

__all__ = ["MAX_OVERLAPS", "overlaps"]

MAX_OVERLAPS = 8
MAX_CELLS = 100

Wide = list[tuple[int, list[Sequence[int]]]]
"""Rows about more than one combination, the largest first: number in the table, and the numbers of
the states of each parent."""


def overlaps(table: Table, parents: Parents, owner: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Returns pairs of rows that both hold for a combination: all, or `MAX_OVERLAPS` and one more.

    Args:
        table: the rows.
        parents: with their states.
        owner: `table.owners(parents)`.
    """
    wide: Wide = []
    twice = []
    for i, places in table.by_size(parents):
        if any(len(of_parent) > 1 for of_parent in places):
            wide.append((i, places))
        else:
            last = int(owner[tuple(of_parent[0] for of_parent in places)])
            if last != i:
                twice.append((i, last))
    pairs = islice((*twice, *islice(_wide_pairs(wide, owner), MAX_OVERLAPS + 1)), MAX_OVERLAPS + 1)
    return sorted((min(pair), max(pair)) for pair in pairs)


def _wide_pairs(wide: Wide, owner: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yields pairs of rows, the first of which is in doubt because of the second.

    A combination is in order if the row that holds for it refines (is more specific than) all
    others about it. So those are counted, and for each row the others that it refines: where the
    counts differ, there is one that it does not refine.
    """
    count = np.zeros(owner.shape, dtype=np.int64)
    for _, places in wide:
        count[region(places)] += 1
    about, about_all = _sets(wide, owner.shape)
    size, larger = 0, 0
    for n, (i, places) in enumerate(wide):
        part = region(places)
        held = owner[part]
        if held.size != size:
            size, larger = held.size, (1 << n) - 1
        containing = reduce(
            and_,
            (
                about_all[k]
                if len(of) == owner.shape[k]
                else reduce(and_, (about[k][s] for s in of))
                for k, of in enumerate(places)
            ),
        )
        refined = containing & larger
        wrong = (held == i) & (count[part] > refined.bit_count() + 1)
        others = 0
        for cell in np.argwhere(wrong)[:MAX_CELLS].tolist():
            states = (of[c] for of, c in zip(places, cell, strict=True))
            others |= reduce(and_, (about[k][s] for k, s in enumerate(states)))
        others &= ~(refined | 1 << n)
        while others:
            lowest = others & -others
            yield i, wide[lowest.bit_length() - 1][0]
            others ^= lowest


def _sets(wide: Wide, shape: Sequence[int]) -> tuple[list[list[int]], list[int]]:
    """Returns sets of rows as the bits of a number: a row is the bit of its place in `wide`.

    For each parent and state, those about it; and for each parent, those about all its states.
    """
    about, about_all = [], []
    for k, states in enumerate(shape):
        named: list[list[int]] = [[] for _ in range(states)]
        every = []
        for n, (_, places) in enumerate(wide):
            if len(places[k]) == states:
                every.append(n)
            else:
                for state in places[k]:
                    named[state].append(n)
        of_all = _bits(every, len(wide))
        about.append([_bits(rows, len(wide)) | of_all for rows in named])
        about_all.append(of_all)
    return about, about_all


def _bits(rows: list[int], size: int) -> int:
    chosen = np.zeros(size, dtype=np.bool_)
    chosen[rows] = True
    return int.from_bytes(np.packbits(chosen, bitorder="little").tobytes(), "little")
