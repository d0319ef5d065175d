"""The lookup tables of a layout, and the numbers of their rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.codes import likelihood_of_each
from twitchbayes.engine.groups import Groups
from twitchbayes.engine.layout import LOOK_UP, MULTIPLY, Layout
from twitchbayes.engine.passing import Passing
from twitchbayes.engine.support import Domain, Support
from twitchbayes.engine.weights import Weights

__all__ = ["Lookup", "NothingPossible", "Stage", "Tabulated"]

Values = NDArray[np.float64]

SPARSE = 1.5
"""A matrix is taken as such where it has at most so many times the entries that are possible."""

SMALL = 1e-9
"""Tables with rows that have no larger entry are scaled, as many such rows might underflow."""


class NothingPossible(ArithmeticError):
    """Every combination of states has probability zero, whatever is observed."""


class Lookup(NamedTuple):
    """A table of which every case takes a row.

    Attributes:
        table: a row, or a matrix, per combination of codes.
        logs: what was taken out of each row, as a logarithm; None where nothing was.
        places: of the numbers, among all that a case has, that add up to that of the row.
    """

    table: Values
    logs: Values | None
    places: tuple[int, ...]

    def row(self, numbers: NDArray[np.intp]) -> NDArray[np.intp]:
        """Returns the number of the row of each case; all numbers have shape (places, cases)."""
        first, *others = self.places
        row: NDArray[np.intp] = numbers[first]
        for place in others:
            row = row + numbers[place]
        return row


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage with its numbers.

    Attributes:
        number: of the result.
        lookups: the tables.
        operands: numbers of the earlier results, each with what makes of it a factor here.
        weights: what the sums are weighted with, if with anything.
        entries: of the product, or what a case takes where it shares a matrix.
        shared: a table of matrices, in place of all that is multiplied, so few that those cases
            which have the same one are multiplied by it together.
    """

    number: int
    lookups: tuple[Lookup, ...]
    operands: tuple[tuple[int, Passing], ...]
    weights: Weights | None
    entries: int
    shared: Lookup | None = None

    @property
    def tables(self) -> list[Values]:
        """Those that a case takes something of."""
        lookups = self.lookups if self.shared is None else (self.shared,)
        return [lookup.table for lookup in lookups]


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
        rows: if the tables are condensed, what each of these adds to the number of a row.
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
        self.rows: NDArray[np.intp] | None = None

    @property
    def least(self) -> float:
        """The logarithm of what no product of rows, above zero, is less than."""
        least = 0.0
        for stage in self.stages:
            for table, _, _ in stage.lookups:
                least += math.log(table.min(initial=1.0, where=table > 0))
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
        place = 0
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
            lookups = tuple(
                self._lookup(place, group, every, nothing)
                for place, group in enumerate(groups, start=place)
            )
            place += len(groups)
            operands = tuple((number, left.passing(every)) for number, left in earlier.items())
            stages.append(Stage(step.number, lookups, operands, weights, len(every)))
            result = results[step.number] = _Result(sums, stay)
        return stages, result

    def _lookup(
        self, place: int, group: Sequence[_Piece], every: Domain, nothing: NDArray[np.bool_]
    ) -> Lookup:
        """Makes a table and the number of its rows, that of the last node's code the fastest.

        Args:
            place: of the number.
            group: what is multiplied.
            every: what has a column.
            nothing: which columns are to be zero.
        """
        stride = 1
        for node in reversed([node for piece in group for node in piece.codes]):
            # the row of a code is one more than the code
            self.weights[node, place] = stride
            self.offsets[place] += stride
            stride *= self._cards[node] + 1
        # so that the entries of a row stand next to each other
        table = np.ascontiguousarray(_product(group, every))
        table[:, nothing] = 0.0
        peaks = table.max(axis=1)
        peaks[peaks == 0] = 1.0
        if (peaks >= SMALL).all():
            return Lookup(table, None, (place,))
        table /= peaks[:, np.newaxis]
        return Lookup(table, np.log(peaks), (place,))


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
