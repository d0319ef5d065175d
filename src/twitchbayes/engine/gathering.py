"""Products of many factors each, of equal shape or not, formed by gathering their entries.

A factor is a place in a row of numbers and a stride per node, so that tables with states cut out
are no arrays of their own, and products of any factors of so many states are formed together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from string import ascii_letters
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.sums import LEAST, contracted

__all__ = ["Entries", "Factors", "Messages"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]

MOST_ENTRIES = 2**16
"""Entries of a product, at most."""

LARGE = 2**9
"""Products of more entries are formed one by one."""

BLOCK = 2**15
"""Entries that are gathered at once: so many stay in the cache."""

SMALL = -200
"""What may be less than two to this power is rescaled; a product that may be less than two to the
power of `LEAST` is not formed."""


class Factors(NamedTuple):
    """The factors of some products over some of the same nodes.

    Attributes:
        offsets: where the entries of each begin, shape (factors, products); 0 for none.
        strides: how far a state is from the next one, shape (factors, nodes, products); 0 where
            the factor is not about the node.
        least: powers of two that no entry above zero is less than, shape (products,).
    """

    offsets: Places
    strides: Places
    least: Places


class Messages(NamedTuple):
    """What some products leave, as in `Factors`; the first one stands for none.

    Attributes:
        offsets: shape (messages,).
        strides: shape (nodes, messages).
        least: shape (messages,).
        formed: which products were formed, shape (messages,).
    """

    offsets: Places
    strides: Places
    least: Places
    formed: NDArray[np.bool_]


class Entries:
    """A row of numbers that fills up: a one, some tables, and what products of them leave.

    Attributes:
        full: whether there was no room for a product.
    """

    def __init__(self, begin: Array, most: int) -> None:
        """Takes the one and the tables, and how many entries are left of products at most."""
        self.full = False
        self._values = np.empty(len(begin) + most)
        self._values[: len(begin)] = begin
        self._filled = len(begin)

    def at(self, places: Places) -> Array:
        """Returns some entries."""
        return self._values.take(places)

    def multiplied(self, factors: Factors, cards: Sequence[int], gone: int) -> Messages:
        """Forms products, sums nodes out, and holds what is left.

        Args:
            factors: of the products.
            cards: number of states per node.
            gone: how many nodes are summed out, 0 or 1: the first one, which all are about.
        """
        count = len(factors.least) + 1
        found = Messages(
            np.zeros(count, dtype=np.intp),
            np.zeros((len(cards), count), dtype=np.intp),
            np.zeros(count, dtype=np.intp),
            np.zeros(count, dtype=np.bool_),
        )
        for shape, some, nodes in _by_shape(factors, np.array(cards)):
            entries = math.prod(shape)
            left = entries // shape[0] if gone else entries
            held = self._filled + len(some) * left
            self.full = self.full or held > len(self._values)
            if entries > MOST_ENTRIES or self.full:
                continue
            offsets, strides = _closed_up(factors, some, nodes)
            values = self._values[self._filled : held].reshape(-1, left)
            if entries > LARGE:
                self._one_by_one(offsets, strides, shape, values, gone)
            else:
                self._at_once(offsets, strides, shape, values, gone)
            formed = some + 1
            found.least[formed] = _rescaled(values, factors.least[some])
            found.offsets[formed] = self._filled + left * np.arange(len(some))
            found.strides[nodes[:, gone:], formed[:, np.newaxis]] = _strides(shape[gone:])
            found.formed[formed] = factors.least[some] >= LEAST
            self._filled = held
        return found

    def _one_by_one(
        self, offsets: Places, strides: Places, shape: Sequence[int], left: Array, gone: int
    ) -> None:
        """Forms products and sums nodes out, as `multiplied` does."""
        letters = ascii_letters[: len(shape)]
        size = left.itemsize
        for of_one, starts, steps in zip(left, offsets.tolist(), (strides * size), strict=True):
            first, *more = [
                np.ndarray(shape, np.float64, self._values, start * size, tuple(step))
                for start, step in zip(starts, steps.tolist(), strict=True)
                if start
            ]
            for factor in more[:-1]:
                first = first * factor
            last = [first, *more[-1:]]
            subscripts = f"{','.join([letters] * len(last))}->{letters[gone:]}"
            contracted(subscripts, *last, out=of_one.reshape(shape[gone:]))

    def _at_once(
        self, offsets: Places, strides: Places, shape: Sequence[int], left: Array, gone: int
    ) -> None:
        """Does the same, entries gathered."""
        size = max(1, BLOCK // (math.prod(shape) * offsets.shape[1]))
        for start in range(0, len(left), size):
            part = slice(start, start + size)
            products = self._products(offsets[part], strides[part], shape)
            left[part] = _summed(products, shape[0]) if gone else products

    def _products(self, offsets: Places, strides: Places, shape: Sequence[int]) -> Array:
        """Returns products, shape (products, entries)."""
        count, factors = offsets.shape
        places = offsets[:, :, np.newaxis]
        for node in reversed(range(len(shape))):
            steps = strides[:, :, node, np.newaxis] * np.arange(shape[node])
            places = (steps[..., np.newaxis] + places[:, :, np.newaxis]).reshape(count, factors, -1)
        gathered = self._values.take(places)
        found = gathered[:, 0]
        for factor in range(1, factors):
            found *= gathered[:, factor]
        return found


def _by_shape(factors: Factors, cards: Places) -> Iterator[tuple[tuple[int, ...], Places, Places]]:
    """Yields which products have the same shape, and their nodes, shape (products, nodes)."""
    about: NDArray[np.bool_] = np.any(factors.strides > 0, axis=0)
    sets = (1 << np.arange(len(cards))).dot(about)
    _, first, which = np.unique(sets, return_index=True, return_inverse=True)
    shapes = [tuple(cards[of_one].tolist()) for of_one in about.T[first]]
    places = {shape: place for place, shape in enumerate(sorted(set(shapes)))}
    which = np.array([places[shape] for shape in shapes])[which]
    for shape, place in places.items():
        some = np.flatnonzero(which == place)
        yield shape, some, np.nonzero(about.T[some])[1].reshape(len(some), len(shape))


def _closed_up(factors: Factors, some: Places, nodes: Places) -> tuple[Places, Places]:
    """Returns offsets and strides of some products for their own nodes, without gaps.

    Returns:
        Shapes (products, factors), (products, factors, nodes).
    """
    there = factors.offsets.T[some] > 0
    most = np.count_nonzero(there, axis=1).max()
    own = np.argsort(~there, axis=1, kind="stable")[:, :most]
    return (
        factors.offsets[own, some[:, np.newaxis]],
        factors.strides[
            own[:, :, np.newaxis], nodes[:, np.newaxis], some[:, np.newaxis, np.newaxis]
        ],
    )


def _summed(products: Array, card: int) -> Array:
    """Sums the first node out, state by state: what others are formed beside changes no bit."""
    by_state = products.reshape(len(products), card, -1)
    found = by_state[:, 0]
    for state in range(1, card):
        found += by_state[:, state]
    return found


def _rescaled(values: Array, least: Places) -> Places:
    """Divides by the largest entry where entries may be small; returns the powers of two."""
    small = np.flatnonzero(least < SMALL)
    if len(small):
        some = values[small]
        peaks = some.max(axis=1, keepdims=True)
        some /= np.where(peaks > 0, peaks, 1.0)
        values[small] = some
        least = least.copy()
        least[small] = np.frexp(some.min(axis=1, initial=1.0, where=some > 0))[1] - 1
    return least


def _strides(shape: Sequence[int]) -> Places:
    found = np.ones(len(shape), dtype=np.intp)
    found[:-1] = np.cumprod(shape[:0:-1])[::-1]
    return found
