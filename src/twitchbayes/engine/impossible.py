"""Which findings cannot go together, where the evidence has probability zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, islice
from math import comb

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.elimination import Engine
from twitchbayes.errors import TooWideError

__all__ = ["smallest_conflict"]

MOST_SUBSETS = 20_000
"""So many subsets are looked through for a smaller conflict than the first one found."""

MOST_OPERATIONS = 2**31
"""And so many operations are spent on it: seconds."""

BATCH = 512


def smallest_conflict(
    engine: Engine, likelihoods: Mapping[int, NDArray[np.float64]]
) -> tuple[int, ...]:
    """Returns the fewest observed variables that have probability zero together.

    None of them can be left out. It is a smallest such set wherever `MOST_SUBSETS` subsets are
    enough to look through, which holds for all conflicts of up to three among fifty findings, and
    wherever exact inference with fewer findings is not too wide.

    Args:
        engine: of the network.
        likelihoods: per observed variable, shape (1, states); impossible together.
    """
    nodes = sorted(likelihoods)
    conflict = _minimal(engine, likelihoods)
    try:
        cost = engine.plan((), nodes).multiplications
    except TooWideError:
        return conflict
    looked_at = 0
    for size in range(1, len(conflict)):
        looked_at += comb(len(nodes), size)
        if looked_at > MOST_SUBSETS or looked_at * cost > MOST_OPERATIONS:
            break
        subsets = combinations(nodes, size)
        while batch := list(islice(subsets, BATCH)):
            impossible = ~engine.possible(_only(likelihoods, batch))
            if impossible.any():
                return batch[int(np.argmax(impossible))]
    return conflict


def _minimal(engine: Engine, likelihoods: Mapping[int, NDArray[np.float64]]) -> tuple[int, ...]:
    """Returns a conflict of which nothing can be left out, found by halving.

    The last finding of the shortest impossible beginning is a member; the others are looked for in
    the same way among those before it (after Junker 2004, QuickXplain).
    """
    members: list[int] = []
    rest = sorted(likelihoods)
    while rest and not _impossible(engine, likelihoods, members):
        low, high = 0, len(rest)
        while high - low > 1:
            middle = (low + high) // 2
            if _impossible(engine, likelihoods, members + rest[:middle]):
                high = middle
            else:
                low = middle
        members.append(rest[high - 1])
        rest = rest[: high - 1]
    return tuple(sorted(members))


def _impossible(
    engine: Engine, likelihoods: Mapping[int, NDArray[np.float64]], nodes: Sequence[int]
) -> bool:
    """Whether some of the findings are seen to be impossible by themselves."""
    try:
        return not engine.possible({node: likelihoods[node] for node in nodes})[0]
    except TooWideError:
        return False


def _only(
    likelihoods: Mapping[int, NDArray[np.float64]], subsets: Sequence[tuple[int, ...]]
) -> dict[int, NDArray[np.float64]]:
    """Returns a case per subset of the findings, the others not observed."""
    return {
        node: np.where(np.array([[node in subset] for subset in subsets]), values, 1.0)
        for node, values in likelihoods.items()
    }
