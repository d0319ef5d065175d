"""What matters for some nodes once others are known: the rest is barren, or cut off by these."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from twitchbayes.engine.structure import Structure

__all__ = ["connected"]


def connected(structure: Structure, keep: Sequence[int], known: Collection[int]) -> frozenset[int]:
    """Returns the nodes whose tables matter for what is asked (Shachter 1998, Bayes-ball).

    These are the tables that nodes in no known state join with it; what the known states separate
    from it, and what is barren, are left out.

    Args:
        structure: of the network.
        keep: the nodes asked for, in no known state.
        known: the nodes in known states.
    """
    families, children, below = structure.families, structure.children, structure.below
    matters = 0
    for node in (*keep, *known):
        matters |= 1 << node
    tables: set[int] = set()
    free = set(keep)
    waiting = list(keep)
    while waiting:
        node = waiting.pop()
        for table in (node, *children[node]):
            if table not in tables and below[table] & matters:
                tables.add(table)
                for other in families[table]:
                    if other not in free and other not in known:
                        free.add(other)
                        waiting.append(other)
    return frozenset(tables)
