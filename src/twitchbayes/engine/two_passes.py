"""Both passes over a tree of cliques, on arrays of the kind that is safe for its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.answers import Marginals
from twitchbayes.engine.calibration import (
    CAREFUL,
    LOGARITHMS,
    PLAIN,
    SIGNED,
    Potentials,
    aligned,
    calibrate,
    potentials,
)
from twitchbayes.engine.cancellation import Answer, Precision, judged, watched
from twitchbayes.engine.likelihoods import cases_of, peaks_of
from twitchbayes.engine.tree import Tree

__all__ = ["Tabled"]

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
    """

    tree: Tree
    tables: Sequence[NDArray[np.float64]]
    signed: bool = False

    @cached_property
    def values(self) -> Potentials:
        """The tables as the cliques take them."""
        return potentials(self.tree, self.tables)

    @cached_property
    def least(self) -> float:
        """The logarithm of what no product of positive entries of different tables falls below."""
        return sum(math.log(min(1.0, _least(table))) for table in self.tables)

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
            flat, log_evidence = self._positive(asked, likelihoods, states)
        cards = [self.tree.cards[node] for node in asked]
        starts = np.cumsum([0, *cards]).tolist()
        probabilities = {
            node: flat[start : start + card].T
            for node, start, card in zip(asked, starts, cards, strict=False)
        }
        return Marginals(probabilities, log_evidence)

    def _positive(
        self,
        asked: Sequence[int],
        likelihoods: Mapping[int, NDArray[np.float64]],
        states: Mapping[int, int],
    ) -> Answer:
        """Runs both passes, as simply as is certain to lose no digit."""
        tree, arrays = self.tree, self.values.at(states)
        peaks, log_peaks = peaks_of(likelihoods)
        cases = cases_of(likelihoods)
        try:
            with np.errstate(under="raise"):
                scaled = {n: (values / peaks[n]).T for n, values in likelihoods.items()}
                least = self.least + sum(math.log(_least(values)) for values in scaled.values())
                plain = least > -SAFE and self.most < SAFE
                arithmetic = PLAIN if plain else CAREFUL
                found, log_evidence = calibrate(tree, arrays, scaled, asked, arithmetic, states)
                flat = self._normalised(asked, found, cases)
        except FloatingPointError:
            with np.errstate(divide="ignore", under="ignore"):
                logs = {n: (np.log(v) - np.log(peaks[n])).T for n, v in likelihoods.items()}
                log_arrays = [[np.log(array) for array in of_clique] for of_clique in arrays]
                found, log_evidence = calibrate(tree, log_arrays, logs, asked, LOGARITHMS, states)
                highest = [values.max(axis=0) for values in found]
                found = [
                    np.exp(values - np.where(np.isfinite(peak), peak, 0.0))
                    for values, peak in zip(found, highest, strict=True)
                ]
                flat = self._normalised(asked, found, cases)
        possible = np.isfinite(log_evidence)
        if not possible.all():
            flat = np.where(possible, flat, 0.0)
        return flat, log_evidence + log_peaks

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
        if not asked:
            return np.zeros((0, cases))
        if cases > 1:
            found = [np.broadcast_to(values, (len(values), cases)) for values in found]
        cards = [self.tree.cards[node] for node in asked]
        flat = np.concatenate(found)
        total = np.add.reduceat(flat, np.cumsum([0, *cards[:-1]]))
        normal: NDArray[np.float64] = flat / np.repeat(
            np.where(total > 0, total, 1.0), cards, axis=0
        )
        return normal


def _least(values: NDArray[np.float64]) -> float:
    """Returns the smallest positive entry; one if there is none."""
    return float(np.min(values, where=values > 0, initial=1.0))
