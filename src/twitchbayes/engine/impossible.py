"""Which findings cannot go together, where the evidence has probability zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, islice
from math import comb

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine import Engine

__all__ = ["smallest_conflict"]

MOST_SUBSETS = 20_000
"""So many subsets are looked through for a smaller conflict than the first one found."""

BATCH = 512


def smallest_conflict(
    engine: Engine, likelihoods: Mapping[int, NDArray[np.float64]]
) -> tuple[int, ...]:
    """Returns the fewest observed variables that have probability zero together.

    None of them can be left out. It is a smallest such set wherever `MOST_SUBSETS` subsets are
    enough to look through, which holds for all conflicts of up to three among fifty findings.

    Args:
        engine: of the network.
        likelihoods: per observed variable, shape (1, states); impossible together.
    """
    nodes = sorted(likelihoods)
    needed = list(nodes)
    for node in nodes:
        without = [other for other in needed if other != node]
        if not _possible(engine, likelihoods, [tuple(without)])[0]:
            needed = without
    looked_at = 0
    for size in range(1, len(needed)):
        looked_at += comb(len(nodes), size)
        if looked_at > MOST_SUBSETS:
            break
        subsets = combinations(nodes, size)
        while batch := list(islice(subsets, BATCH)):
            impossible = ~_possible(engine, likelihoods, batch)
            if impossible.any():
                return batch[int(np.argmax(impossible))]
    return tuple(needed)


def _possible(
    engine: Engine,
    likelihoods: Mapping[int, NDArray[np.float64]],
    subsets: Sequence[tuple[int, ...]],
) -> NDArray[np.bool_]:
    """Whether each subset of the findings, the others not observed, is possible."""
    observed = sorted({node for subset in subsets for node in subset})
    cases = {
        node: np.where(np.array([[node in subset] for subset in subsets]), likelihoods[node], 1.0)
        for node in observed
    }
    return engine.possible(cases) if cases else np.ones(len(subsets), dtype=np.bool_)
