"""How many cases are divided by what is certain in them, so that each part has small tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.compounds import Compounds
from twitchbayes.engine.likelihoods import cases_of
from twitchbayes.engine.tree import Tree

__all__ = ["Part", "parts"]

Sizes = NDArray[np.float64]
"""Entries of the table of each clique, shape (cliques,)."""

CLIQUE = 1e4
ENTRY = 2.5
"""Nanoseconds that both passes take per clique, whatever its size, and per entry of a case."""


class Part(NamedTuple):
    """Cases that are answered together.

    Attributes:
        places: of the cases, ascending.
        states: of the nodes that are in one known state in all of them.
    """

    places: NDArray[np.intp]
    states: Mapping[int, int]


def parts(
    tree: Tree,
    compounds: Compounds,
    likelihoods: Mapping[int, NDArray[np.float64]],
    states: Mapping[int, int],
) -> Iterator[Part]:
    """Yields the parts into which it pays to divide some cases.

    They are divided by the state of one variable after the other, as long as what is saved where it
    is certain repays what more parts cost.

    Args:
        tree: for any evidence.
        compounds: its nodes that stand for several.
        likelihoods: per observed node, shape (cases, states).
        states: the nodes in known states, the same in all cases.
    """
    homes = {node: compounds.of.get(node, node) for node in likelihoods}
    inside = {
        node: np.array([home in clique.scope for clique in tree.cliques])
        for node, home in homes.items()
    }
    certain: dict[int, NDArray[np.int32]] = {}

    def pivot(part: Part, among: Sequence[int], sizes: Sizes) -> int | None:
        """Returns the node by whose state it pays most to divide a part, None if none does."""
        saved = {n: (1 - 1 / tree.cards[n]) * sizes[inside[n]].sum() * ENTRY for n in among}
        for node in sorted(among, key=lambda node: -saved[node]):
            more = CLIQUE * len(sizes) * tree.cards[node]
            if saved[node] * len(part.places) <= more:
                continue
            if node not in certain:
                certain[node] = _certain(likelihoods[node])
            if saved[node] * np.count_nonzero(certain[node][part.places] >= 0) > more:
                return node
        return None

    sizes = np.array([clique.size for clique in tree.cliques], dtype=np.float64)
    for node in states:
        sizes = np.where(inside[node], sizes / tree.cards[node], sizes)
    whole = Part(np.arange(cases_of(likelihoods)), states)
    waiting = [(whole, sorted(likelihoods.keys() - states.keys()), sizes)]
    while waiting:
        part, among, sizes = waiting.pop()
        divider = pivot(part, among, sizes)
        if divider is None:
            yield part
            continue
        rest = [node for node in among if node != divider]
        smaller = np.where(inside[divider], sizes / tree.cards[divider], sizes)
        states_of_part = certain[divider][part.places]
        for state in np.unique(states_of_part).tolist():
            places = part.places[states_of_part == state]
            if state < 0:
                waiting.append((Part(places, part.states), rest, sizes))
            else:
                waiting.append((Part(places, {**part.states, divider: state}), rest, smaller))


def _certain(likelihoods: NDArray[np.float64]) -> NDArray[np.int32]:
    """Returns the state that is certain in each case, -1 where none is."""
    certain = np.count_nonzero(likelihoods, axis=1) == 1
    return np.where(certain, likelihoods.argmax(axis=1).astype(np.int32), np.int32(-1))
