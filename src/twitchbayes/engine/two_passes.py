"""Both passes over a tree of cliques, on arrays of the kind that is safe for its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.answers import Marginals
from twitchbayes.engine.arithmetic import CAREFUL, LOGARITHMS, PLAIN, SIGNED, Arithmetic
from twitchbayes.engine.calibration import Potentials, aligned, calibrate, potentials
from twitchbayes.engine.cancellation import Answer, Precision, judged, watched
from twitchbayes.engine.compounds import NONE, Compounds
from twitchbayes.engine.likelihoods import cases_of, columns_of, least_of, peaks_of
from twitchbayes.engine.tree import Tree

__all__ = ["SAFE", "Tabled", "rows_of"]

SAFE = 660.0
"""Positive numbers between exp(-SAFE) and exp(SAFE), about 1e-286 and 1e286, are far from the ends
of float64."""


@dataclass(frozen=True, eq=False)
class Tabled:
    """A tree with its tables.

    Attributes:
        tree: the shapes.
        tables: of its factors.
        signed: whether some have negative entries.
        compounds: the nodes of the tree that stand for several.
    """

    tree: Tree
    tables: Sequence[NDArray[np.float64]]
    signed: bool = False
    compounds: Compounds = NONE

    @cached_property
    def values(self) -> Potentials:
        """The tables as the cliques take them."""
        return potentials(self.tree, self.tables)

    @cached_property
    def least(self) -> float:
        """The logarithm of what no product of positive entries of different tables falls below."""
        return sum(math.log(least_of(table)) for table in self.tables)

    @cached_property
    def most(self) -> float:
        """The logarithm of a number that no sum of such products exceeds."""
        return sum(math.log(self.tree.cards[node]) for node in self.tree.home)

    def marginals(
        self,
        asked: Sequence[int],
        likelihoods: Mapping[int, NDArray[np.float64]],
        states: Mapping[int, int],
    ) -> Marginals:
        """Returns the posterior of each of some nodes.

        Args:
            asked: the nodes, all in the tree and in no known state.
            likelihoods: shape (cases, states), up to a factor.
            states: of nodes of the tree that are in known states.

        Raises:
            TooWideError: from negative entries too few digits are left.
        """
        if self.signed:
            flat, log_evidence = self._signed(asked, likelihoods)
        else:
            flat, log_evidence = self.columns(asked, likelihoods, states)
        probabilities = {node: flat[rows].T for node, rows in rows_of(asked, self.tree.cards)}
        return Marginals(probabilities, log_evidence)

    def columns(
        self,
        asked: Sequence[int],
        likelihoods: Mapping[int, NDArray[np.float64]],
        states: Mapping[int, int],
        places: NDArray[np.intp] | slice = slice(None),
    ) -> Answer:
        """Returns the same for some cases, where no entry is negative.

        Args:
            asked: as for `marginals`.
            likelihoods: the same.
            states: the same.
            places: of the cases that are answered.

        Returns:
            The posteriors of all nodes below each other, shape (states, cases), and the logarithm
            of the evidence, shape (cases,).
        """
        with np.errstate(under="raise"):
            given = columns_of(likelihoods, places)
            try:
                plain = self.least + given.least > -SAFE and self.most < SAFE
                arithmetic = PLAIN if plain else CAREFUL
                found, log_evidence = self._both_passes(asked, given.values, states, arithmetic)
                flat = self._normalised(asked, found, given.cases)
            except FloatingPointError:
                with np.errstate(divide="ignore", under="ignore"):
                    found, log_evidence = self._both_passes(asked, given.values, states, LOGARITHMS)
                    flat = self._normalised(asked, found, given.cases)
        log_evidence = np.broadcast_to(log_evidence + given.log_peaks, given.cases)
        possible = np.isfinite(log_evidence)
        if not possible.all():
            flat = np.where(possible, flat, 0.0)
        return flat, log_evidence

    def _both_passes(
        self,
        asked: Sequence[int],
        likelihoods: Mapping[int, NDArray[np.float64]],
        states: Mapping[int, int],
        arithmetic: Arithmetic,
    ) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
        """Returns P(node, evidence) for some nodes up to a factor per case; and ln P(evidence)."""
        logarithms = arithmetic is LOGARITHMS
        compounds = self.compounds
        left = compounds.left(states)
        arrays = self.values.at(left)
        if logarithms:
            arrays = [[np.log(array) for array in of_clique] for of_clique in arrays]
        weights = compounds.weights(likelihoods, states, left, logarithms=logarithms)
        nodes = compounds.scope(asked)
        found, log_evidence = calibrate(self.tree, arrays, weights, nodes, arithmetic, left)
        if logarithms:
            highest = [values.max(axis=0) for values in found]
            found = [
                np.exp(values - np.where(np.isfinite(peak), peak, 0.0))
                for values, peak in zip(found, highest, strict=True)
            ]
        every = dict(zip(nodes, found, strict=True))
        of = compounds.of
        return [
            compounds.sums(node, left) @ every[of[node]] if node in of else every[node]
            for node in asked
        ], log_evidence

    def _signed(
        self, asked: Sequence[int], likelihoods: Mapping[int, NDArray[np.float64]]
    ) -> Answer:
        """Runs both passes in precisions that judge each other."""
        peaks, log_peaks = peaks_of(likelihoods)
        cases = cases_of(likelihoods)

        def in_precision(precision: Precision) -> Answer | None:
            try:
                with watched(precision):
                    found, log_evidence = calibrate(
                        self.tree,
                        aligned(self.tree, [table.astype(precision) for table in self.tables]),
                        {n: (v / peaks[n]).T.astype(precision) for n, v in likelihoods.items()},
                        asked,
                        SIGNED,
                    )
                    totals = [values.sum(axis=0) for values in found]
                    flat = self._normalised(asked, found, cases)
            except FloatingPointError:
                return None
            log_evidence = log_evidence + log_peaks
            right = all((total > 0).all() and np.isfinite(total).all() for total in totals)
            if not right or not np.isfinite(log_evidence).all():
                return None
            return np.maximum(flat, 0).astype(np.float64), np.asarray(log_evidence, np.float64)

        return judged(in_precision, self.tree.width, self.tree.largest)

    def _normalised(
        self, asked: Sequence[int], found: Sequence[NDArray[np.float64]], cases: int
    ) -> NDArray[np.float64]:
        """Returns one array of shape (states of all nodes, cases), each node summing to one."""
        cards = [self.tree.cards[node] for node in asked]
        flat = np.empty((sum(cards), cases))
        end = 0
        for card, some in groupby(zip(cards, found, strict=True), key=lambda pair: pair[0]):
            first = end
            for _, values in some:
                flat[end : end + card] = values
                end += card
            # nodes of as many states next to each other are one block
            block = flat[first:end].reshape(-1, card, cases)
            total = block.sum(axis=1, keepdims=True)
            block /= np.where(total > 0, total, 1.0)
        return flat


def rows_of(nodes: Sequence[int], cards: Sequence[int]) -> Iterator[tuple[int, slice]]:
    """Yields the rows of each node where the states of all stand below each other."""
    end = 0
    for node in nodes:
        first, end = end, end + cards[node]
        yield node, slice(first, end)
