"""Where the tables of a network come together as its nodes are summed out in one order.

Whatever is observed, what is left of a product is about no other nodes than where nothing is
(bucket elimination; Dechter 1999, Bucket elimination: a unifying framework for reasoning).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from twitchbayes.engine.structure import Structure

__all__ = ["LAST", "Bucket", "buckets"]

LAST = -1
"""Stands for no node: the bucket of what is asked."""


class Bucket(NamedTuple):
    """Where a node is summed out.

    Attributes:
        node: which, or `LAST`.
        scope: the nodes that its products may be about, in the order in which they go.
        tables: those that come here, unless they went elsewhere before.
    """

    node: int
    scope: tuple[int, ...]
    tables: tuple[int, ...]


def buckets(structure: Structure, order: Iterable[int], keep: Sequence[int]) -> tuple[Bucket, ...]:
    """Returns the buckets of a question in their order.

    Args:
        structure: of the network.
        order: of all nodes.
        keep: the nodes that stay.
    """
    every = [*(node for node in order if node not in keep), *keep]
    turns = {node: turn for turn, node in enumerate(every)}
    scopes: dict[int, set[int]] = {node: set() for node in every}
    for family in structure.families:
        scopes[min(family, key=turns.__getitem__)].update(family)
    found = []
    for node in every[: len(every) - len(keep)]:
        scope = sorted(scopes[node], key=turns.__getitem__)
        if len(scope) > 1:
            scopes[scope[1]].update(scope[1:])
        found.append(Bucket(node, tuple(scope), structure.touching[node]))
    last = sorted({table for node in keep for table in structure.touching[node]})
    return (*found, Bucket(LAST, tuple(keep), tuple(last)))
