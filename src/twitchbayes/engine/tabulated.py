"""The lookup tables of a layout, and the numbers of their rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.codes import likelihood_of_each
from twitchbayes.engine.groups import Groups
from twitchbayes.engine.layout import LOOK_UP, MULTIPLY, Layout
from twitchbayes.engine.passing import Passing
from twitchbayes.engine.support import Domain, Support
from twitchbayes.engine.weights import Weights

__all__ = ["NothingPossible", "Stage", "Tabulated"]

Values = NDArray[np.float64]

SPARSE = 1.5
"""A matrix is taken as such where it has at most so many times the entries that are possible."""

SMALL = 1e-9
"""Tables with rows that have no larger entry are scaled, as many such rows might underflow."""


class NothingPossible(ArithmeticError):
    """Every combination of states has probability zero, whatever is observed."""


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage with its numbers.

    Attributes:
        number: of the result.
        table: the rows of all its lookups, one below the other.
        logs: what was taken out of each row, as a logarithm; None where nothing was.
        lookups: numbers of the lookups, among those of all stages.
        operands: numbers of the earlier results, each with what makes of it a factor here.
        weights: what the sums are weighted with, if with anything.
    """

    number: int
    table: Values
    logs: Values | None
    lookups: range
    operands: tuple[tuple[int, Passing], ...]
    weights: Weights | None


@dataclass(frozen=True, eq=False)
class _Piece:
    """A factor with a row per combination of codes and a column per combination of its domain."""

    values: Values
    codes: tuple[int, ...]
    domain: Domain


@dataclass(frozen=True, eq=False)
class _Result:
    """What a stage leaves: which of its entries are summed to each one of a domain."""

    groups: Groups
    domain: Domain

    def passing(self, domain: Domain) -> Passing:
        """Returns what makes of it a factor over a domain of more nodes."""
        return Passing(self.groups, domain.within(self.domain))


class Tabulated:
    """A layout with its lookup tables.

    Attributes:
        stages: in the order in which they are done.
        last: what makes of the last stage's result the answer.
        domain: what is possible among the answers.
        weights, offsets: codes times weights plus offsets are the rows of the lookups, and as the
            last one whether anything else is observed.
        largest: entries of the largest array of a case.
    """

    def __init__(
        self,
        layout: Layout,
        scopes: Sequence[tuple[int, ...]],
        tables: Sequence[Values],
        cards: Sequence[int],
        variables: int,
    ) -> None:
        """Builds the tables.

        Args:
            layout: what to do.
            scopes: the nodes of each table.
            tables: those of the layout's nodes, an axis per node of its scope.
            cards: number of states per node.
            variables: how many nodes codes have a column for, the first ones.

        Raises:
            FloatingPointError: digits would be lost to underflow.
            NothingPossible: no case is possible.
        """
        self._cards = cards
        lookups = sum(len(stage.lookups) for stage in layout.stages)
        self.weights = np.zeros((variables, lookups + 1), dtype=np.float32)
        self.offsets = np.zeros(lookups + 1, dtype=np.intp)
        others = np.setdiff1d(np.arange(variables), [*layout.codes, *layout.leaves])
        self.weights[others, -1] = 1.0
        self.offsets[-1] = len(others)
        support = Support(scopes, tables, cards)
        with np.errstate(under="raise"):
            pieces = self._ahead(layout, scopes, tables, support)
            self.stages, last = self._staged(layout, pieces, support)
        self.last = last.passing(last.domain)
        self.domain = last.domain
        self.largest = layout.largest

    @property
    def least(self) -> float:
        """The logarithm of what no product of rows, above zero, is less than."""
        least = 0.0
        for stage in self.stages:
            if len(stage.table):
                lowest = stage.table.min(initial=1.0, where=stage.table > 0)
                least += len(stage.lookups) * math.log(lowest)
        return least

    def _ahead(
        self,
        layout: Layout,
        scopes: Sequence[tuple[int, ...]],
        tables: Sequence[Values],
        support: Support,
    ) -> dict[int, _Piece]:
        pieces: dict[int, _Piece] = {}
        for number, (node, scope, table) in enumerate(
            zip(layout.tables, scopes, tables, strict=True)
        ):
            if node in layout.leaves:
                # the first row, reached by the code -1, is the likelihood of not having looked
                rows = np.concatenate([table.sum(axis=-1, keepdims=True), table], axis=-1)
                domain, columns = support.domain(scope[:-1]), rows.reshape(-1, rows.shape[-1]).T
                pieces[number] = _piece(columns, (node,), domain)
            else:
                pieces[number] = _piece(table.reshape(1, -1), (), support.domain(scope))
        for number, node in enumerate(layout.codes, start=len(tables)):
            rows = np.roll(likelihood_of_each(self._cards[node]), 1, axis=0)
            pieces[number] = _piece(rows, (node,), support.domain((node,)))
        for step in layout.ahead:
            members = [pieces.pop(number) for number in step.product]
            domain = _within(support.domain(step.scope), (member.domain for member in members))
            stay, starts = domain.projected(step.stay)
            product = _product(members, domain)
            codes = tuple(node for member in members for node in member.codes)
            pieces[step.number] = _Piece(np.add.reduceat(product, starts, axis=1), codes, stay)
        return pieces

    def _staged(
        self, layout: Layout, pieces: dict[int, _Piece], support: Support
    ) -> tuple[list[Stage], _Result]:
        stages: list[Stage] = []
        results: dict[int, _Result] = {}
        lookup = 0
        for step in layout.stages:
            groups = [[pieces.pop(number) for number in group] for group in step.lookups]
            earlier = {number: results.pop(number) for number in (*step.operands, *step.weights)}
            known = [piece.domain for group in groups for piece in group]
            domain = _within(
                support.domain(step.scope), [*known, *(left.domain for left in earlier.values())]
            )
            stay, starts = domain.projected(step.stay)
            weights = None
            summed = domain.last(step.stay)
            if step.weights and groups and len(stay) * len(summed) <= SPARSE * len(domain):
                (number,) = step.weights
                passing = earlier.pop(number).passing(summed)
                weights = Weights.of(number, passing, len(stay), len(summed))
                every = summed.times(stay) if weights.before else stay.times(summed)
                sums = Groups.of(np.ones(len(stay), np.intp), None)
                nothing = every.within(domain) < 0
            else:
                spare = LOOK_UP * len(groups) + MULTIPLY * len(earlier) if groups else None
                sums = Groups.of(np.diff(starts, append=len(domain)), spare)
                every, nothing = domain.at(sums.order), sums.order < 0
            table, logs = self._stacked(groups, every, nothing, lookup)
            operands = tuple((number, left.passing(every)) for number, left in earlier.items())
            lookups = range(lookup, lookup + len(groups))
            lookup += len(groups)
            stages.append(Stage(step.number, table, logs, lookups, operands, weights))
            result = results[step.number] = _Result(sums, stay)
        return stages, result

    def _stacked(
        self,
        groups: Sequence[Sequence[_Piece]],
        every: Domain,
        nothing: NDArray[np.bool_],
        lookup: int,
    ) -> tuple[Values, Values | None]:
        """Returns the rows of some lookups and what was taken out of each, if anything.

        Args:
            groups: what is multiplied in each.
            every: what has a column.
            nothing: which columns are to be zero.
            lookup: number of the first one.
        """
        tables: list[Values] = [np.empty((0, len(every)))]
        row = 0
        for number, group in enumerate(groups, start=lookup):
            self._number(number, row, [node for piece in group for node in piece.codes])
            tables.append(_product(group, every))
            row += len(tables[-1])
        stacked = np.concatenate(tables)
        stacked[:, nothing] = 0.0
        peaks = stacked.max(axis=1)
        peaks[peaks == 0] = 1.0
        if (peaks < SMALL).any():
            stacked /= peaks[:, np.newaxis]
            return stacked, np.log(peaks)
        return stacked, None

    def _number(self, lookup: int, row: int, codes: Sequence[int]) -> None:
        """Numbers the rows of a lookup from `row` on, the code of the last node the fastest."""
        self.offsets[lookup] = row
        stride = 1
        for node in reversed(codes):
            # the row of a code is one more than the code
            self.weights[node, lookup] = stride
            self.offsets[lookup] += stride
            stride *= self._cards[node] + 1


def _piece(values: Values, codes: tuple[int, ...], domain: Domain) -> _Piece:
    """Returns a factor of what is possible; the values have a column for every combination."""
    return _Piece(values if domain.complete else values[:, domain.keys], codes, domain)


def _within(domain: Domain, others: Iterable[Domain]) -> Domain:
    """Returns the combinations that all of the others have.

    Raises:
        NothingPossible: there is none.
    """
    mask = np.ones(len(domain), dtype=np.bool_)
    for other in others:
        if not other.complete:
            mask &= domain.within(other) >= 0
    if not mask.any():
        raise NothingPossible
    return domain.reduced(mask)


def _product(pieces: Sequence[_Piece], domain: Domain) -> Values:
    """Returns the product, a row per combination of the codes of all, the last one's fastest."""
    product: Values | None = None
    for piece in pieces:
        values = piece.values[:, domain.within(piece.domain)]
        if product is not None:
            values = (product[:, np.newaxis] * values).reshape(-1, len(domain))
        product = values
    return np.ones((1, len(domain))) if product is None else product
