"""The joints of many coded cases in a network too large to look up, summed out together.

What the product of a node is formed of is a row of numbers per case: equal rows are formed once,
others of as many states in one go.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.buckets import LAST, Bucket, buckets
from twitchbayes.engine.cutting import Case, Cutting
from twitchbayes.engine.gathering import MOST_ENTRIES as MOST_FORMED
from twitchbayes.engine.gathering import Entries, Factors, Messages
from twitchbayes.engine.kept import Kept
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.sums import exponent

__all__ = ["Together"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Mask = NDArray[np.bool_]

MOST_KEPT = 8
"""Questions whose buckets are kept; then it begins anew."""

MOST_NODES = 60
"""Nodes of a bucket, at most: sets of them are whole numbers."""

MOST_ENTRIES = 2**22
"""Entries of all tables, at most: they are laid out in one row."""

MOST_NUMBER = 2**62
"""Numbers that tell rows apart are not above this."""

FIRST_CASES, ENOUGH = 256, 0.95
"""So many cases come first; where fewer of them have an answer, all are to be asked alone."""

MOST_HELD, HELD_PER_CASE = 2**23, 2**12
"""Entries of what products leave, at most: in all, and per case."""

NOWHERE = -2
"""Stands for where nothing goes."""


class Source(NamedTuple):
    """Factors that come to a bucket, one per case.

    Attributes:
        cases: in which there is one, ascending.
        numbers: of the factors, above zero.
        scope: the nodes that they may be about.
        table: which they are, known states cut out; None where they are messages.
        messages: whose rows the numbers are; None where they are a table.
    """

    cases: Places
    numbers: Places
    scope: tuple[int, ...]
    table: int | None = None
    messages: Messages | None = None


class Together:
    """The tables of one network; may be asked from many threads."""

    def __init__(self, compiled: Compiled, cutting: Cutting) -> None:
        self.cards = compiled.structure.cards
        self.families = compiled.structure.families
        self._structure = compiled.structure
        self._tables = compiled.tables
        self._cutting = cutting
        self._buckets = Kept[tuple[int, ...], tuple[Bucket, ...]](MOST_KEPT)

    def joints(self, keep: Sequence[int], case: Case, tables: Mask) -> tuple[Array, Mask] | None:
        """Returns the joint of some nodes in each case, up to a factor.

        Args:
            keep: the nodes asked for, observed in no case.
            case: what the cases know.
            tables: those that matter, shape (nodes, cases).

        Returns:
            Shape (cases, states of each node asked for...), and which cases have an answer; None
            where this road is too costly, for the first cases or for any.
        """
        some = self._buckets.made(
            tuple(keep), lambda: buckets(self._structure, self._cutting.order, keep)
        )
        if max([len(bucket.scope) for bucket in some]) > MOST_NODES:
            return None
        if sum([table.size for table in self._tables]) > MOST_ENTRIES:
            return None
        if math.prod([self.cards[node] for node in keep]) > MOST_FORMED:
            return None
        first = slice(FIRST_CASES)
        of_first = self._summed_out(some, keep, case.some(first), tables[:, first])
        if of_first is None or of_first[1].mean() < ENOUGH:
            return None
        found = [of_first]
        start, size = FIRST_CASES, tables.shape[1]
        while start < tables.shape[1]:
            size = min(size, tables.shape[1] - start)
            part = slice(start, start + size)
            of_part = self._summed_out(some, keep, case.some(part), tables[:, part])
            if of_part is not None:
                found.append(of_part)
                start += size
            elif size > FIRST_CASES:
                size //= 2
            else:
                return None
        joints, answered = zip(*found, strict=True)
        return np.concatenate(joints), np.concatenate(answered)

    def _summed_out(
        self, some: Sequence[Bucket], keep: Sequence[int], case: Case, tables: Mask
    ) -> tuple[Array, Mask] | None:
        """Returns the same of cases that are summed out at once; None where they are too many."""
        run = _Run(self, keep, case, tables)
        for bucket in some:
            run.sum_out(bucket)
            if run.entries.full:
                return None
        return run.joints, run.answered

    @cached_property
    def begin(self) -> Array:
        """A one and the entries of all tables."""
        return np.concatenate([np.ones(1), *[table.reshape(-1) for table in self._tables]])

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each table begins among these."""
        return tuple(np.cumsum([1, *[table.size for table in self._tables]])[:-1].tolist())

    @cached_property
    def strides(self) -> tuple[tuple[int, ...], ...]:
        """Per table how far a state of each of its nodes is from the next one."""
        return tuple(
            tuple([stride // table.itemsize for stride in np.empty_like(table, order="C").strides])
            for table in self._tables
        )

    @cached_property
    def least(self) -> tuple[int, ...]:
        """Per table the power of two that no entry above zero is less than."""
        return tuple(map(exponent, self._tables))


class _Run:
    """Some cases whose nodes are summed out."""

    def __init__(self, of: Together, keep: Sequence[int], case: Case, tables: Mask) -> None:
        """Takes the network, and what `Together.joints` takes."""
        self._of = of
        self._keep = keep
        self._known = np.ascontiguousarray(case.known.T)
        self._numbers = np.ascontiguousarray(case.numbers.T)
        self._waiting = tables.copy()
        self._coming: dict[int, list[Source]] = {}
        self.answered = np.ones(tables.shape[1], dtype=np.bool_)
        self.entries = Entries(of.begin, min(MOST_HELD, HELD_PER_CASE * len(self.answered)))
        self.joints = np.zeros((len(self.answered), *[of.cards[node] for node in keep]))

    def sum_out(self, bucket: Bucket) -> None:
        """Sums the node of a bucket out in all cases that have factors for it."""
        sources = [*self._tables(bucket), *self._coming.pop(bucket.node, ())]
        if not sources:
            return
        numbers = np.zeros((len(sources), len(self.answered)), dtype=np.intp)
        for of_source, source in zip(numbers, sources, strict=True):
            of_source[source.cases] = source.numbers
        cases = np.flatnonzero(numbers.any(axis=0))
        numbers = numbers[:, cases]
        first, which = _distinct(numbers)
        factors = self._factors(bucket, sources, numbers[:, first], cases[first])
        cards = [self._of.cards[node] for node in bucket.scope]
        messages = self.entries.multiplied(factors, cards, gone=int(bucket.node != LAST))
        rows = which + 1
        lost = cases[~messages.formed[rows]]
        self.answered[lost] = False
        self._waiting[:, lost] = False
        if bucket.node == LAST:
            there = self.answered[cases]
            cases, rows = cases[there], rows[there]
            places = messages.offsets[rows][:, np.newaxis] + np.arange(math.prod(cards))
            self.joints[cases] = self.entries.at(places).reshape(-1, *cards)
        else:
            self._send(bucket.scope, messages, cases, rows)

    def _tables(self, bucket: Bucket) -> Iterator[Source]:
        """Yields the tables that come to a bucket, in the cases where they do."""
        for table in bucket.tables:
            here = self._waiting[table]
            if bucket.node != LAST:
                here = here & (self._known[bucket.node] == 0)
            cases = np.flatnonzero(here)
            if len(cases):
                self._waiting[table, cases] = False
                numbers = self._numbers[table, cases] + 1
                yield Source(cases, numbers, self._of.families[table], table=table)

    def _factors(
        self, bucket: Bucket, sources: Sequence[Source], numbers: Places, cases: Places
    ) -> Factors:
        """Returns the factors of products.

        Args:
            bucket: where they come together.
            sources: where they come from.
            numbers: of the factors, shape (sources, products).
            cases: one that has each product.
        """
        of = self._of
        place = {node: place for place, node in enumerate(bucket.scope)}
        offsets = np.zeros(numbers.shape, dtype=np.intp)
        strides = np.zeros((len(sources), len(place), len(cases)), dtype=np.intp)
        least = np.zeros(len(cases), dtype=np.intp)
        for factor, (source, of_source) in enumerate(zip(sources, numbers, strict=True)):
            if source.messages is not None:
                offsets[factor] = source.messages.offsets[of_source]
                least += source.messages.least[of_source]
                for node, stride in zip(source.scope, source.messages.strides, strict=True):
                    if node in place:
                        strides[factor, place[node]] = stride[of_source]
            elif source.table is not None:
                there = of_source > 0
                offsets[factor] = there * of.offsets[source.table]
                least += there * of.least[source.table]
                for node, stride in zip(source.scope, of.strides[source.table], strict=True):
                    known = self._known[node, cases]
                    offsets[factor] += np.maximum(known - 1, 0) * (there * stride)
                    if node in place:
                        strides[factor, place[node]] = (there & (known == 0)) * stride
        return Factors(offsets, strides, least)

    def _send(
        self, scope: tuple[int, ...], messages: Messages, cases: Places, rows: Places
    ) -> None:
        """Has what is left in each case come to the bucket of the first of its nodes."""
        about = messages.strides > 0
        first = np.where(about.any(axis=0), about.argmax(axis=0), LAST)
        to = np.where(messages.formed, first, NOWHERE)[rows]
        for place in np.unique(to[to != NOWHERE]).tolist():
            some = np.flatnonzero(to == place)
            node = LAST if place == LAST or scope[place] in self._keep else scope[place]
            source = Source(cases[some], rows[some], scope, messages=messages)
            self._coming.setdefault(node, []).append(source)


def _distinct(numbers: Places) -> tuple[Places, Places]:
    """Tells the columns of a matrix apart.

    Returns:
        Where the first of each kind is, and which kind every column is of.
    """
    key, most = np.zeros(numbers.shape[1], dtype=np.intp), 1
    for row in numbers:
        low = int(row.min())
        size = int(row.max()) - low + 1
        if most * size > MOST_NUMBER:
            key = np.unique(key, return_inverse=True)[1]
            most = len(key)
        key = key * size + (row - low)
        most *= size
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return first, which
