"""How many cases are divided by what is certain in them, so that tables are smaller in each part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.compounds import Compounds
from twitchbayes.engine.likelihoods import cases_of
from twitchbayes.engine.tree import Tree

__all__ = ["Part", "parts"]

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
    nodes = sorted(likelihoods.keys() - states.keys())
    column = {node: i for i, node in enumerate(sorted(tree.home))}
    within = np.zeros((len(tree.cliques), len(column)), dtype=np.bool_)
    for number, clique in enumerate(tree.cliques):
        within[number, [column[node] for node in clique.scope]] = True
    sizes = np.array([clique.size for clique in tree.cliques], dtype=np.float64)
    inside = {node: within[:, column[compounds.of.get(node, node)]] for node in (*nodes, *states)}
    for node in states:
        sizes = np.where(inside[node], sizes / tree.cards[node], sizes)
    certain: dict[int, NDArray[np.intp]] = {}
    waiting = [(np.arange(cases_of(likelihoods)), dict(states), sizes, nodes)]
    while waiting:
        places, known, sizes, among = waiting.pop()
        saved = {n: (1 - 1 / tree.cards[n]) * sizes[inside[n]].sum() * ENTRY for n in among}
        for node in sorted(among, key=lambda node: -saved[node]):
            more = CLIQUE * len(tree.cliques) * tree.cards[node]
            if saved[node] * len(places) <= more:
                yield Part(places, known)
                break
            if node not in certain:
                certain[node] = _certain(likelihoods[node])
            of_part = certain[node][places]
            if saved[node] * np.count_nonzero(of_part >= 0) > more:
                rest = [other for other in among if other != node]
                for state in np.unique(of_part).tolist():
                    some = places[of_part == state]
                    if state < 0:
                        waiting.append((some, known, sizes, rest))
                        continue
                    smaller = np.where(inside[node], sizes / tree.cards[node], sizes)
                    waiting.append((some, {**known, node: state}, smaller, rest))
                break
        else:
            yield Part(places, known)


def _certain(likelihoods: NDArray[np.float64]) -> NDArray[np.intp]:
    """Returns the state that is certain in each case, -1 where none is."""
    certain = np.count_nonzero(likelihoods, axis=1) == 1
    return np.where(certain, likelihoods.argmax(axis=1), -1)
