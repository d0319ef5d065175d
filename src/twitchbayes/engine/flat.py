"""All marginals of a single case: the tables of a small tree as one row of numbers.

With one case the number of operations is what takes the time, and not their size. So the evidence
enters all tables at once, a message is one product with a matrix of zeros and ones, and the sums of
all nodes are taken at once in the end.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.answers import Marginals
from twitchbayes.engine.tree import Tree
from twitchbayes.engine.two_passes import SAFE, Tabled

__all__ = ["Flat"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]

MOST_MATRIX = 2**12
"""Entries of a matrix that takes a message from clique to clique, at most."""

MOST_SUMMED = 2**16
"""Entries that are summed for the marginals of all nodes; with more, arithmetic takes the time."""


class _Message:
    """What leads from one clique to a neighbour: sums, spread over the other's entries."""

    def __init__(self, here: Places, there: Places) -> None:
        """Takes which entry of the message each entry here adds to, and each there takes."""
        self._matrix: Array | None = None
        if len(here) * len(there) <= MOST_MATRIX:
            self._matrix = np.equal.outer(here, there).astype(np.float64)
            return
        entries = int(here.max()) + 1
        self._order = np.argsort(here, kind="stable").reshape(entries, -1)
        self._ones = np.ones(self._order.shape[1])
        self._spread = there

    def of(self, values: Array) -> Array:
        """Returns the message as the other clique takes it."""
        if self._matrix is not None:
            message: Array = values.dot(self._matrix)
            return message
        sums: Array = values.take(self._order).dot(self._ones)
        return sums.take(self._spread)


class Flat:
    """A small tree with its tables, for one case at a time."""

    def __init__(self, tabled: Tabled) -> None:
        """Lays the tables out.

        Raises:
            FloatingPointError: the product of some tables would lose digits to underflow.
        """
        tree = self._tree = tabled.tree
        self._range = tabled.least, tabled.most
        cards = np.array(tree.cards)
        ends = np.cumsum(cards)
        self._places = dict(enumerate(zip((ends - cards).tolist(), ends.tolist(), strict=True)))
        self._firsts, self._cards = ends - cards, cards
        self._owner = np.repeat(np.arange(len(cards)), cards)
        states = [_states_of(tree, clique.scope) for clique in tree.cliques]
        limits = np.cumsum([0, *(clique.size for clique in tree.cliques)]).tolist()
        self._slices = [slice(a, b) for a, b in pairwise(limits)]
        with np.errstate(under="raise"):
            self._values = np.concatenate(
                [_product(tabled, number, of_clique) for number, of_clique in enumerate(states)]
            )
        self._weights = self._weighted(states)
        self._up = [_message(tree, number, states, up=True) for number in range(len(states))]
        self._down = {
            number: message
            for number in range(len(states))
            if (message := _message(tree, number, states, up=False)) is not None
        }
        self._summed, self._starts = self._sums(states, limits)

    @staticmethod
    def fits(tree: Tree) -> bool:
        """Whether so few entries are summed that operations take the time."""
        return sum(tree.cliques[home].size for home in tree.home.values()) <= MOST_SUMMED

    def marginals(
        self, nodes: Collection[int], likelihoods: Mapping[int, Array]
    ) -> Marginals | None:
        """Returns the posterior of each of some nodes for one case.

        Args:
            nodes: those asked for.
            likelihoods: per observed node, shape (1, states), up to a factor.

        Returns:
            None where products might leave the range of float64.
        """
        weights = np.ones(len(self._owner) + 1)
        for node, values in likelihoods.items():
            first, end = self._places[node]
            weights[first:end] = values[0]
        log_peak = 0.0
        if np.count_nonzero(weights) != np.count_nonzero(weights == 1):
            peaks = np.maximum.reduceat(weights[:-1], self._firsts)
            peaks[peaks == 0] = 1.0
            weights[:-1] /= peaks.take(self._owner)
            log_peak = float(np.log(peaks).sum())
            least, most = self._range
            least += float(np.log(weights[weights > 0]).sum())
        else:
            least, most = self._range
        if least < -SAFE or most > SAFE:
            return None
        beliefs, total = self._passes(self._values * weights.take(self._weights).prod(axis=0))
        sums = np.add.reduceat(beliefs.take(self._summed), self._starts)
        of_node = np.add.reduceat(sums, self._firsts)
        if total > 0:
            found = (sums / of_node.take(self._owner))[np.newaxis]
            log_evidence = math.log(total) + log_peak
        else:
            found, log_evidence = np.zeros((1, len(sums))), -math.inf
        places = self._places
        probabilities = {
            node: found[:, first:end] for node in nodes for first, end in (places[node],)
        }
        return Marginals(probabilities, np.array([log_evidence]))

    def _passes(self, values: Array) -> tuple[Array, float]:
        """Returns what each clique has when both passes are done, and P(evidence)."""
        cliques, count = self._tree.cliques, len(self._slices)
        from_below: list[Array] = [values] * count
        from_above: list[Array | None] = [None] * count
        products: list[list[Array]] = []
        total = 1.0
        for number, clique in enumerate(cliques):
            product = values[self._slices[number]]
            of_clique = [product]
            for child in clique.children:
                product = product * from_below[child]
                of_clique.append(product)
            products.append(of_clique)
            up = self._up[number]
            if up is not None:
                from_below[number] = up.of(product)
            else:
                total *= float(product.sum())
        beliefs = np.empty_like(values)
        for number in range(count - 1, -1, -1):
            of_clique = products[number]
            after = from_above[number]
            product = of_clique.pop()
            if after is None:
                beliefs[self._slices[number]] = product
            else:
                np.multiply(product, after, out=beliefs[self._slices[number]])
            for child in reversed(cliques[number].children):
                others = of_clique.pop()
                from_above[child] = self._down[child].of(
                    others if after is None else others * after
                )
                if of_clique:
                    of_child = from_below[child]
                    after = of_child if after is None else after * of_child
        return beliefs, total

    def _weighted(self, states: list[Places]) -> Places:
        """Returns per entry of all tables which likelihoods it is multiplied by.

        Returns:
            Shape (likelihoods, entries): places in the row of the states of all nodes. Each node
            counts in its home alone; the other places are of one more likelihood, a one.
        """
        homes: list[list[int]] = [[] for _ in states]
        for node, home in self._tree.home.items():
            homes[home].append(node)
        most = max(map(len, homes))
        rows = []
        for clique, of_clique, nodes in zip(self._tree.cliques, states, homes, strict=True):
            places = np.full((most, clique.size), len(self._owner))
            for row, node in enumerate(nodes):
                places[row] = self._places[node][0] + of_clique[clique.scope.index(node)]
            rows.append(places)
        return np.concatenate(rows, axis=1)

    def _sums(self, states: list[Places], limits: list[int]) -> tuple[Places, Places]:
        """Returns the entries that are summed for each state, and where those of each begin."""
        summed, sizes = [], []
        for node in range(len(self._cards)):
            home = self._tree.home[node]
            of_node = states[home][self._tree.cliques[home].scope.index(node)]
            summed.append(limits[home] + np.argsort(of_node, kind="stable"))
            sizes.append(np.bincount(of_node))
        every = np.concatenate(sizes)
        return np.concatenate(summed), np.cumsum(every) - every


def _states_of(tree: Tree, scope: tuple[int, ...]) -> Places:
    """Returns the state of each node in each entry, shape (nodes, entries)."""
    shape = [tree.cards[node] for node in scope]
    return np.indices(shape).reshape(len(shape), math.prod(shape))


def _product(tabled: Tabled, number: int, states: Places) -> Array:
    """Returns the product of the tables of a clique, entry by entry."""
    clique = tabled.tree.cliques[number]
    product = np.ones(clique.size)
    for factor in clique.factors:
        scope = tabled.tree.scopes[factor]
        index = tuple(states[clique.scope.index(node)] for node in scope)
        product *= tabled.tables[factor][index]
    return product


def _message(tree: Tree, number: int, states: list[Places], *, up: bool) -> _Message | None:
    """Returns what leads from a clique to its parent, or from there to it."""
    clique = tree.cliques[number]
    if clique.parent < 0:
        return None
    common = clique.scope[: clique.kept]
    ends = []
    for place in (number, clique.parent):
        scope = tree.cliques[place].scope
        key = np.zeros(tree.cliques[place].size, dtype=np.intp)
        for node in common:
            key = key * tree.cards[node] + states[place][scope.index(node)]
        ends.append(key)
    here, there = ends if up else reversed(ends)
    return _Message(here, there)
