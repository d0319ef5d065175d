"""Many coded cases: divided so that each part is cheap, and answered from tables made for it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.coded import Coded, Codes, Layout, code_likelihoods, lay_out
from twitchbayes.engine.elimination import CHUNK_ENTRIES, Engine
from twitchbayes.engine.plan import make_plan
from twitchbayes.errors import TooWideError

__all__ = ["Batch"]

CHUNK_CASES = 4096
CODED_CASES = 2**16
"""Cases that are answered at once, as likelihoods (fewer where these are many) and as codes."""

MANY = 1024
"""So many cases are worth tables of their own."""

MOST_TRIES = 12
"""Orders that are tried for a table of cases, one for each `MANY` of them."""

MOST_PARTS = 64
"""Parts into which cases are divided, at most."""

MOST_LAYOUTS = 512
"""Layouts that are kept; then it begins anew."""


class Batch:
    """The fast road for tables of cases; how it divides and lays out is kept for the next one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._layouts: dict[
            tuple[tuple[int, ...], frozenset[int], frozenset[int], int], Layout
        ] = {}
        self._divisions: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[int, ...]] = {}

    def posteriors(
        self, keep: Sequence[int], codes: Codes
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Returns the joint posterior of some variables for many coded cases.

        The cases are divided by the codes of a few variables that cut the network apart, chosen by
        what they save; for each part, what depends on few findings is computed ahead.

        Args:
            keep: positions of the variables asked for, none of them observed in any case.
            codes: shape (cases, variables), the places of states, -1 for not observed.

        Returns:
            Shape (cases, states of each variable asked for...), each case summing to one, or zeros
            where its evidence is impossible; and whether it is possible, shape (cases,).

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        cards = self._engine.structure.cards
        probabilities = np.empty((len(codes), *(cards[node] for node in keep)))
        possible = np.empty(len(codes), dtype=np.bool_)
        observed = np.flatnonzero((codes >= 0).any(axis=0)).tolist()
        pivots = self._pivots(tuple(keep), tuple(observed)) if len(codes) >= MANY else ()
        parts = np.zeros(len(codes), dtype=np.intp)
        for node in pivots:
            parts = parts * (cards[node] + 1) + codes[:, node] + 1
        for part in np.unique(parts).tolist():
            places = np.flatnonzero(parts == part)
            known = {e: int(codes[places[0], e]) for e in pivots if codes[places[0], e] >= 0}
            coded = self._coded(keep, observed, known, len(places)) if len(places) >= MANY else None
            size = CODED_CASES
            if coded is None:
                states = sum(cards[node] for node in observed)
                size = min(CHUNK_CASES, max(1, CHUNK_ENTRIES // max(1, states)))
            for start in range(0, len(places), size):
                some = places[start : start + size]
                probabilities[some], possible[some] = self._of_codes(keep, codes[some], coded)
        return probabilities, possible

    def _of_codes(
        self, keep: Sequence[int], codes: Codes, coded: Coded | None
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        if coded is not None:
            try:
                joint = coded.run(codes)
                total = joint.sum(axis=tuple(range(1, joint.ndim)), keepdims=True)
                with np.errstate(under="raise"):
                    return joint / np.where(total > 0, total, 1.0), total.reshape(-1) > 0
            except FloatingPointError:
                pass  # the careful way loses nothing
        answer = self._engine.marginal(keep, code_likelihoods(codes, self._engine.structure.cards))
        shape = (len(codes), *answer.probabilities.shape[1:])
        possible = np.broadcast_to(np.isfinite(answer.log_evidence), len(codes))
        return np.broadcast_to(answer.probabilities, shape), possible

    def _coded(
        self, keep: Sequence[int], observed: Sequence[int], known: Mapping[int, int], cases: int
    ) -> Coded | None:
        """Returns the tables for cases in which some variables are known, None if it cannot be."""
        try:
            rest = [e for e in observed if e not in known]
            layout = self._layout(keep, rest, known, min(MOST_TRIES, cases // MANY))
            return Coded(layout, self._engine.cut(layout.plan, known), self._engine.structure.cards)
        except (FloatingPointError, TooWideError):
            return None

    def _layout(
        self,
        keep: Sequence[int],
        observed: Collection[int],
        fixed: Collection[int],
        tries: int = 0,
    ) -> Layout:
        """Returns the cheapest layout of the best plan and of some with random orders."""
        question = (tuple(keep), frozenset(observed), frozenset(fixed), tries)
        layout = self._layouts.get(question)
        if layout is None:
            if len(self._layouts) >= MOST_LAYOUTS:
                self._layouts.clear()
            cards = self._engine.structure.cards
            layout = lay_out(self._engine.plan(keep, observed, fixed), cards)
            for seed in range(tries):
                with contextlib.suppress(TooWideError):
                    plan = make_plan(self._engine.structure, keep, observed, fixed, seed)
                    layout = min(layout, lay_out(plan, cards), key=lambda one: one.cost)
            self._layouts[question] = layout
        return layout

    def _pivots(self, keep: tuple[int, ...], observed: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the observed variables whose codes divide the cases, as each saves a quarter."""
        if (keep, observed) in self._divisions:
            return self._divisions[keep, observed]
        with_children = {parent for of_node in self._engine.structure.parents for parent in of_node}
        candidates = [node for node in observed if node in with_children]
        pivots: list[int] = []
        cost = math.inf
        parts = 1
        while candidates:
            costs = {}
            for node in candidates:
                known = [*pivots, node]
                rest = [e for e in observed if e not in known]
                with contextlib.suppress(TooWideError):
                    costs[node] = self._layout(keep, rest, known).cost
            if not costs:
                break
            best = min(costs, key=costs.__getitem__)
            parts *= self._engine.structure.cards[best] + 1
            if costs[best] > 0.75 * cost or parts > MOST_PARTS:
                break
            pivots.append(best)
            candidates.remove(best)
            cost = costs[best]
        self._divisions[keep, observed] = tuple(pivots)
        return tuple(pivots)
