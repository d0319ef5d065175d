"""Many coded cases at once: what depends on few findings is computed once, for all their codes.

The code of an observed variable is one more axis of a factor, with a place for each of its states
and one for "not observed". A factor with such axes is computed ahead, for all combinations of
codes, as long as it is small; from there on it is a lookup table, of which every case takes a
column. Missing values cost nothing, and cases need not be sorted by what is missing in them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.plan import Plan, Step
from twitchbayes.engine.run import SUM_PRODUCT, Factor, alignment, multiply

__all__ = ["Coded", "Codes", "Layout", "code_likelihoods", "lay_out"]

Codes = NDArray[np.signedinteger[Any]]

MAX_LOOKUP = 2**14
"""Entries of a lookup table, at most: 128 KiB, so that several stay in the processor's cache."""

CHUNK_ENTRIES = 2**18
"""Entries of the largest array of a chunk of cases: 2 MiB."""


@dataclass(frozen=True)
class Lookup:
    """Factors that are multiplied ahead into one table, a column per combination of codes.

    Attributes:
        operands: numbers of the factors.
        codes: the observed nodes whose codes choose the column.
        scope: the nodes of the rows.
    """

    operands: tuple[int, ...]
    codes: tuple[int, ...]
    scope: tuple[int, ...]


@dataclass(frozen=True)
class Stage:
    """A step that is taken for every case: columns of lookups times results of earlier stages.

    Attributes:
        lookups: the tables.
        operands: numbers of the earlier results.
        scope: the nodes of the product, the one to sum out first.
        eliminate: whether the first node is summed out.
    """

    lookups: tuple[Lookup, ...]
    operands: tuple[int, ...]
    scope: tuple[int, ...]
    eliminate: bool


@dataclass(frozen=True)
class Layout:
    """What of a plan is done ahead, and what for every case; from shapes alone.

    Attributes:
        plan: its likelihoods are those of the observed nodes, given by code.
        ahead: (number of the result, step) pairs; the scopes have a node's code axis as ~node.
        stages: (number of the result, stage) pairs; the last gives the answer.
        largest: entries of the largest array of a stage, per case.
        cost: operations per case, roughly.
    """

    plan: Plan
    ahead: tuple[tuple[int, Step], ...]
    stages: tuple[tuple[int, Stage], ...]
    largest: int
    cost: int


def code_likelihoods(codes: Codes, cards: Sequence[int]) -> dict[int, NDArray[np.float64]]:
    """Returns per variable that any case observes its likelihoods, shape (cases, states)."""
    found = {}
    for node in np.flatnonzero((codes >= 0).any(axis=0)).tolist():
        # the last row, reached by the code -1, is the likelihood of not having looked
        rows = np.vstack([np.eye(cards[node]), np.ones(cards[node])])
        found[node] = rows[codes[:, node]]
    return found


def lay_out(plan: Plan, cards: Sequence[int]) -> Layout:
    """Divides the steps of a plan into what is done ahead and what is done for every case."""

    def size(codes: Iterable[int], scope: Iterable[int]) -> int:
        return math.prod(cards[e] + 1 for e in codes) * math.prod(cards[node] for node in scope)

    inputs = len(plan.scopes)
    scopes = dict(enumerate(plan.scopes))
    codes: dict[int, frozenset[int]] = dict.fromkeys(scopes, frozenset())
    codes |= {len(plan.tables) + i: frozenset((e,)) for i, e in enumerate(plan.likelihoods)}
    ahead: list[tuple[int, Step]] = []
    stages: list[tuple[int, Stage]] = []
    largest = cost = 0
    for number, step in enumerate(plan.steps, start=inputs):
        still = [factor for factor in step.operands if factor in codes]
        moving = tuple(factor for factor in step.operands if factor not in codes)
        joined = frozenset().union(*(codes[factor] for factor in still))
        scopes[number] = step.scope[:-1] if step.eliminate else step.scope
        if step.eliminate and not moving and size(joined, step.scope) <= MAX_LOOKUP:
            axes = (*(~e for e in sorted(joined)), *step.scope)
            ahead.append((number, Step(step.operands, axes, step.eliminate)))
            codes[number] = joined
            continue
        groups: list[tuple[list[int], frozenset[int], frozenset[int]]] = []
        for factor in sorted(still, key=lambda f: size(codes[f], scopes[f])):
            fits = [
                (size(codes[factor] | of, scope.union(scopes[factor])), place)
                for place, (_, of, scope) in enumerate(groups)
            ]
            least, place = min(fits, default=(MAX_LOOKUP + 1, 0))
            if least <= MAX_LOOKUP:
                members, of, scope = groups[place]
                groups[place] = (
                    [*members, factor],
                    of | codes[factor],
                    scope.union(scopes[factor]),
                )
            else:
                groups.append(([factor], codes[factor], frozenset(scopes[factor])))
        order = (*step.scope[-1:], *step.scope[:-1]) if step.eliminate else step.scope
        lookups = tuple(
            Lookup(
                tuple(members), tuple(sorted(of)), tuple(node for node in order if node in scope)
            )
            for members, of, scope in groups
        )
        stages.append((number, Stage(lookups, moving, order, step.eliminate)))
        entries = size((), order)
        largest = max(largest, entries)
        cost += entries * (len(lookups) + len(moving)) + sum(size((), t.scope) for t in lookups)
    return Layout(plan, tuple(ahead), tuple(stages), largest, cost)


class Coded:
    """A layout with its lookup tables, ready for cases."""

    def __init__(
        self, layout: Layout, tables: Sequence[NDArray[np.float64]], cards: Sequence[int]
    ) -> None:
        """Computes the lookup tables.

        Args:
            layout: what to do.
            tables: those of the plan's nodes, as `run` takes them.
            cards: number of states per node.

        Raises:
            FloatingPointError: digits would be lost to underflow.
        """
        plan = layout.plan
        self._cards = cards
        self._stages = layout.stages
        self._size = max(1, CHUNK_ENTRIES // layout.largest)
        factors = [
            Factor(table, scope, cases=False)
            for table, scope in zip(tables, plan.scopes, strict=False)
        ]
        known = dict(enumerate(factors))
        for i, node in enumerate(plan.likelihoods, start=len(factors)):
            seen = np.vstack([np.ones(cards[node]), np.eye(cards[node])])
            known[i] = Factor(seen, (~node, node), cases=False)
        self._lookups: dict[Lookup, NDArray[np.float64]] = {}
        with np.errstate(under="raise"):
            for number, step in layout.ahead:
                known[number] = _scaled(
                    multiply([known[i] for i in step.operands], step, SUM_PRODUCT)
                )
            for _, stage in layout.stages:
                for lookup in stage.lookups:
                    axes = (*lookup.scope, *(~node for node in lookup.codes))
                    step = Step(lookup.operands, axes, eliminate=False)
                    table = _scaled(
                        multiply([known[i] for i in lookup.operands], step, SUM_PRODUCT)
                    )
                    rows = [cards[node] for node in lookup.scope]
                    self._lookups[lookup] = table.values.reshape(*rows, -1)

    def run(self, codes: Codes) -> NDArray[np.float64]:
        """Returns the joint of the plan's nodes for every case, shape (cases, kept...).

        Each case has a factor of its own, which is lost.

        Args:
            codes: shape (cases, nodes), -1 for not observed.

        Raises:
            FloatingPointError: digits would be lost to underflow.
        """
        parts = []
        with np.errstate(under="raise"):
            for start in range(0, len(codes), self._size):
                chunk = codes[start : start + self._size].T.astype(np.intp) + 1
                parts.append(self._chunk(chunk))
        return np.concatenate(parts)

    def _chunk(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        cases = places.shape[1]
        results: dict[int, tuple[NDArray[np.float64], tuple[int, ...]]] = {}
        for number, stage in self._stages:
            operands = [(self._columns(t, places), t.scope) for t in stage.lookups]
            operands += [results.pop(factor) for factor in stage.operands]
            operands.sort(key=lambda operand: operand[0].size)
            product, *others = [_spread(v, scope, stage.scope) for v, scope in operands]
            for other in others:
                product = product * other
            if stage.eliminate:
                product = product.sum(axis=0)
            results[number] = product, stage.scope[1:] if stage.eliminate else stage.scope
        joint, scope = results.popitem()[1]
        shape = [self._cards[node] for node in scope]
        return np.moveaxis(np.broadcast_to(joint, (*shape, cases)), -1, 0)

    def _columns(self, lookup: Lookup, places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Returns the columns of a table that the cases' codes choose, shape (rows..., cases)."""
        table = self._lookups[lookup]
        if not lookup.codes:
            return table
        column = places[lookup.codes[0]]
        for node in lookup.codes[1:]:
            column = column * (self._cards[node] + 1) + places[node]
        columns: NDArray[np.float64] = table.take(column, axis=-1, mode="clip")
        return columns


def _scaled(factor: Factor) -> Factor:
    """Divides by the largest entry for every combination of codes: a factor of the case alone."""
    nodes = tuple(axis for axis, node in enumerate(factor.scope) if node >= 0)
    peak = factor.values.max(axis=nodes, keepdims=True)
    return Factor(factor.values / np.where(peak > 0, peak, 1.0), factor.scope, cases=False)


def _spread(
    values: NDArray[np.float64], scope: tuple[int, ...], wider: tuple[int, ...]
) -> NDArray[np.float64]:
    """Returns an array of (scope..., cases) with an axis for every node of a wider scope."""
    axes, places = alignment(scope, wider)
    return values.transpose(*axes, len(scope))[places]
