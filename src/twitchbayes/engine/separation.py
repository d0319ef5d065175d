"""What matters for some nodes once others are known: the rest is barren, or cut off by these."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.structure import Structure

__all__ = ["above", "as_bits", "connected"]


def connected(structure: Structure, keep: Sequence[int], known: NDArray[np.intp]) -> list[int]:
    """Returns the nodes whose tables matter for what is asked (Shachter 1998, Bayes-ball).

    These are the tables that nodes in no known state join with it; what the known states separate
    from it, and what is barren, are left out.

    Args:
        structure: of the network.
        keep: the nodes asked for, in no known state.
        known: per node, 0 where its state is not known.

    Returns:
        Ascending.
    """
    families, touching, below = structure.families, structure.touching, structure.below
    matters = as_bits(known)
    for node in keep:
        matters |= 1 << node
    # known states are as good as seen
    seen = known.tolist()
    for node in keep:
        seen[node] = 1
    tables: set[int] = set()
    waiting = list(keep)
    for node in waiting:
        for table in touching[node]:
            if table not in tables and below[table] & matters:
                tables.add(table)
                for other in families[table]:
                    if not seen[other]:
                        seen[other] = 1
                        waiting.append(other)
    return sorted(tables)


def above(structure: Structure, tables: Iterable[int], known: NDArray[np.intp]) -> list[int]:
    """Returns the nodes of some tables, and their ancestors up to nodes in known states.

    Args:
        structure: of the network.
        tables: by their nodes.
        known: per node, 0 where its state is not known.

    Returns:
        Ascending.
    """
    found = set(tables)
    waiting = list(found)
    for node in waiting:
        for parent in structure.parents[node]:
            if parent not in found and not known[parent]:
                found.add(parent)
                waiting.append(parent)
    return sorted(found)


def as_bits(known: NDArray[np.intp] | NDArray[np.bool_]) -> int:
    """Returns as bits of a number which nodes are known, or whatever else is not zero of them."""
    return int.from_bytes(np.packbits(known != 0, bitorder="little").tobytes(), "little")


def connected_in_each(
    structure: Structure, keep: Sequence[int], known: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Returns the same for many cases, all of them at once.

    Args:
        structure: of the network.
        keep: the nodes asked for, in no known state in any case.
        known: per case and node, 0 where its state is not known.

    Returns:
        Shape (nodes, cases): whether the table of a node matters.
    """
    cases = len(known)
    every = (1 << cases) - 1
    # sets of cases as bits of a number, for each node
    seen = [as_bits(of_node) for of_node in known.T]
    useful = [every if node in keep else bits for node, bits in enumerate(seen)]
    for node in sorted(range(len(useful)), key=structure.turn.__getitem__):
        for child in structure.children[node]:
            useful[node] |= useful[child]
    found = [0] * len(useful)
    reached = [0] * len(useful)
    for node in keep:
        reached[node] = every
    waiting, queued = deque(keep), set(keep)
    while waiting:
        node = waiting.popleft()
        queued.discard(node)
        for table in structure.touching[node]:
            more = reached[node] & useful[table] & ~found[table]
            if more:
                found[table] |= more
                for other in structure.families[table]:
                    new = more & ~seen[other] & ~reached[other]
                    if new:
                        reached[other] |= new
                        if other not in queued:
                            queued.add(other)
                            waiting.append(other)
    size = -(-cases // 8)
    packed = np.frombuffer(b"".join([bits.to_bytes(size, "little") for bits in found]), np.uint8)
    rows = np.unpackbits(packed.reshape(-1, size), axis=1, count=cases, bitorder="little")
    return rows.view(np.bool_)
