"""Answers coded cases from lookup tables, many or one."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.codes import Codes
from twitchbayes.engine.passing import times
from twitchbayes.engine.sharing import SHARED_CASES, SHARED_ENTRIES, shared_products
from twitchbayes.engine.tabulated import Tabulated

__all__ = ["Coded"]

Values = NDArray[np.float64]

CHUNK_CASES, CHUNK_ENTRIES = 2048, 2**18
"""Cases of a chunk and entries of its largest array (2 MiB), at most."""

LEAST = math.log(sys.float_info.min) + 1.0
"""A product whose logarithm is not below this one keeps all its digits."""


def _watched() -> np.errstate:
    return np.errstate(under="raise")


class Coded:
    """A layout with its lookup tables, ready for cases."""

    def __init__(self, tables: Tabulated, keep: Sequence[int], cards: Sequence[int]) -> None:
        """Makes ready.

        Args:
            tables: what to do, and on what.
            keep: the nodes asked for.
            cards: number of states per node.
        """
        self._stages, self._last = tables.stages, tables.last
        shape = [cards[node] for node in keep]
        self._entries = math.prod(shape)
        self.ones = np.ones(self._entries)
        """As many ones as a joint has entries; a product with them is the fastest sum of a few."""
        states = tuple(tables.domain.states.T)
        self._answer = np.ravel_multi_index(states, shape) if shape else np.zeros(1, np.intp)
        largest = max(stage.entries for stage in self._stages)
        cases = min(CHUNK_CASES, CHUNK_ENTRIES // largest)
        if any(stage.shared is not None for stage in self._stages):
            cases = min(SHARED_CASES, SHARED_ENTRIES // largest)
        self._cases = max(1, cases)
        self._weights, self._offsets, self._rows = tables.weights, tables.offsets, tables.rows
        self._across = np.ascontiguousarray(tables.weights.T)
        self._careful = _watched if tables.least < LEAST else nullcontext
        self.size = sum(table.nbytes for stage in self._stages for table in stage.tables)
        """Bytes of the tables."""

    def run(self, codes: Codes) -> Values:
        """Returns the joint of the nodes asked for, for every case.

        Each case has a factor of its own, which is lost.

        Args:
            codes: shape (cases, nodes), -1 for not observed.

        Returns:
            Shape (cases, combinations of states).

        Raises:
            FloatingPointError: digits would be lost to underflow.
        """
        joint = np.zeros((len(codes), self._entries))
        columns = slice(None) if len(self._answer) == self._entries else self._answer
        with np.errstate(under="raise"):
            start = 0
            for chunk in np.array_split(codes, -(-len(codes) // self._cases)):
                joint[start : start + len(chunk), columns] = self._chunk(chunk)
                start += len(chunk)
        return joint

    def one(self, codes: Codes) -> tuple[Values, float] | None:
        """Returns the joint for one case, shape (combinations,), and the logarithm of its factor.

        The tables must be neither condensed nor shared.

        Args:
            codes: shape (nodes,), -1 for not observed.

        Returns:
            None where the case observes what the layout does not expect.

        Raises:
            FloatingPointError: digits would be lost to underflow.
        """
        places = self._places_of(codes)
        if places.pop():
            return None
        results: dict[int, Values] = {}
        log_scale = 0.0
        with self._careful():
            for stage in self._stages:
                product: Values | None = None
                for table, logs, (place,) in stage.lookups:
                    row = table[places[place]]
                    product = row if product is None else product * row
                    if logs is not None:
                        log_scale += logs[places[place]]
                for number, passed in stage.operands:
                    other = passed.one(results.pop(number))
                    product = other if product is None else product * other
                assert product is not None
                if stage.weights is not None:
                    product = stage.weights.one(product, results.pop(stage.weights.number))
                results[stage.number] = product
            joint = self._last.one(results.popitem()[1])
        if len(joint) < self._entries:
            joint, possible = np.zeros(self._entries), joint
            joint[self._answer] = possible
        return joint, float(log_scale)

    def _places_of(self, codes: Codes) -> list[int]:
        numbers = self._across.dot(codes.astype(np.float32)).astype(np.intp)
        numbers += self._offsets
        places: list[int] = numbers.tolist()
        return places

    def _chunk(self, codes: Codes) -> Values:
        """Returns the joint of some cases, shape (cases, combinations that are possible)."""
        places = times(codes.astype(np.float32), self._weights).T.astype(np.intp, order="C")
        places += self._offsets[:, np.newaxis]
        if self._rows is not None:
            places = self._rows.take(places, mode="clip")
        results: dict[int, Values] = {}
        for stage in self._stages:
            weights = stage.weights
            if stage.shared is not None and weights is not None:
                vectors = weights.passing.many(results.pop(weights.number))
                row = stage.shared.row(places)
                results[stage.number] = shared_products(vectors, stage.shared.table, row)
                continue
            product: Values | None = None
            for lookup in stage.lookups:
                rows = lookup.table.take(lookup.row(places), axis=0, mode="clip")
                product = rows if product is None else np.multiply(product, rows, out=product)
            for number, passed in stage.operands:
                other = results.pop(number)
                product = passed.many(other) if product is None else passed.onto(product, other)
            assert product is not None
            if weights is not None:
                product = weights.many(product, results.pop(weights.number))
            results[stage.number] = product
        return self._last.many(results.popitem()[1])
