"""How many cases are divided so that the tables of a tree are smaller in each part."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.likelihoods import cases_of
from twitchbayes.engine.tree import Tree

__all__ = ["parted"]

PART_CASES = 64
"""Cases of a part on average, at least, where they are divided by what is certain in them."""


def parted(
    tree: Tree, likelihoods: Mapping[int, NDArray[np.float64]], states: Mapping[int, int]
) -> NDArray[np.intp] | None:
    """Returns a division of the cases by the state of one variable, None if that saves little.

    What is certain and the same in all cases of a part makes the tables of that part smaller.

    Args:
        tree: for any evidence.
        likelihoods: per observed node, shape (cases, states).
        states: the nodes in known states, the same in all cases.
    """
    saved = dict.fromkeys(sorted(likelihoods), 0.0)
    total = 0
    for clique in tree.cliques:
        size = math.prod(tree.cards[node] for node in clique.scope if node not in states)
        total += size
        for node in clique.scope:
            if node in saved:
                saved[node] += size - size / tree.cards[node]
    cases = cases_of(likelihoods)
    for node in sorted(saved, key=lambda n: -saved[n]):
        card = tree.cards[node]
        if saved[node] < total / 4 or cases < PART_CASES * (card + 1):
            break
        values = likelihoods[node]
        certain = np.count_nonzero(values, axis=1) == 1
        if certain.any():
            return np.where(certain, values.argmax(axis=1), card)
    return None
