"""Sums nodes out of the tables of one case without a plan; what small parts come to is kept."""

from __future__ import annotations

import heapq
import inspect
import itertools
import math
from collections.abc import Collection, Iterable, Sequence
from string import ascii_letters
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.kept import Kept

__all__ = ["LEAST", "Factor", "Sums", "contracted", "exponent", "smallest_first"]

Array = NDArray[np.float64]

MOST_ENTRIES = 2**22
"""Entries of a product, at most: for larger ones it is worth to search for an order."""

FEW_ENTRIES = 2**14
"""Entries of the products per factor, on average, up to which no order is made for one case."""

MOST_KEPT, SMALL = 2**18, 2**5
"""Results that are kept, at most, and the entries of each; then it begins anew."""

NONE = -1
"""Stands for no node."""

MOST_FACTORS = 16
"""Factors that are multiplied at once, at most."""

LARGE, SAVING = 2**12, 4
"""For a product of more entries the smaller factors are multiplied first, if that product is so
many times as small."""

LEAST = -960
"""A product whose entries may be less than two to this power is rescaled."""

contracted = inspect.unwrap(np.einsum)
"""Without the search for arguments that are no arrays, which takes as long as a small product."""


class Factor(NamedTuple):
    """A table, known states cut out; or what a product leaves.

    Attributes:
        number: of no other factor; from zero for tables, below for products.
        scope: its nodes, in the order in which they are summed out.
        values: an axis for each.
        least: no entry above zero is less than two to this power.
    """

    number: int
    scope: tuple[int, ...]
    values: Array
    least: int


class _Product(NamedTuple):
    """How factors of some scopes are multiplied.

    Attributes:
        gone: the node that is summed out, or `NONE`.
        subscripts: for `einsum`.
        scope: what is left.
        entries: of the product, before anything is summed out.
    """

    gone: int
    subscripts: str
    scope: tuple[int, ...]
    entries: float


class Sums:
    """Sums nodes of one network out in a certain order; may be asked from many threads."""

    def __init__(self, cards: Sequence[int], order: Iterable[int]) -> None:
        """Takes the number of states per node, and the order."""
        self._cards = cards
        self._turns = {node: turn for turn, node in enumerate(order)}
        self._kept = Kept[tuple[int, ...], Factor](MOST_KEPT)
        self._products = Kept[tuple[object, ...], _Product](MOST_KEPT)
        self._numbers = itertools.count(-1, -1)

    def joint(self, factors: Sequence[Factor], keep: Collection[int]) -> Factor | None:
        """Returns the joint of some nodes, all others summed out of a product, up to a factor.

        Where the order makes large products, as it does not see what is cut, the node goes first
        whose product is the smallest (Kjaerulff 1990).

        Args:
            factors: what is multiplied; there may be parts that no node joins.
            keep: the nodes that stay.

        Returns:
            None where a product of more than `MOST_ENTRIES` entries would be needed.

        Raises:
            FloatingPointError: digits may be lost to underflow.
        """
        most = min(FEW_ENTRIES * len(factors), MOST_ENTRIES)
        found = self._summed(factors, keep, most)
        if found is None:
            scopes = [factor.scope for factor in factors]
            order = smallest_first(scopes, keep, self._cards, MOST_ENTRIES)
            if order:
                other = Sums(self._cards, order)
                found = other._summed(map(other._sorted, factors), keep, math.inf)
        return found

    def _summed(
        self, factors: Iterable[Factor], keep: Collection[int], most: float
    ) -> Factor | None:
        """Returns the joint; None where the products have more than so many entries together."""
        factors = list(factors)
        nodes = set[int]().union(*[factor.scope for factor in factors]).difference(keep)
        # each factor waits for the first of its nodes that goes
        waiting: dict[int, list[Factor]] = {
            node: [] for node in sorted(nodes, key=self._turns.__getitem__)
        }
        last: list[Factor] = []
        for factor in factors:
            _wait(factor, waiting, last)
        for gone, some in waiting.items():
            key = (gone, *[factor.number for factor in some])
            left = self._kept.get(key)
            if left is None:
                product = self._product(gone, some)
                if product.entries > min(most, MOST_ENTRIES):
                    return None
                most -= product.entries
                left = self._multiplied(product, some)
                if left.values.size <= SMALL:
                    self._kept.put(key, left)
            _wait(left, waiting, last)
        product = self._product(NONE, last)
        return None if product.entries > MOST_ENTRIES else self._multiplied(product, last)

    def _product(self, gone: int, factors: Sequence[Factor]) -> _Product:
        """Returns how to multiply factors and to sum out one node, or none."""
        key = (gone, *[factor.scope for factor in factors])
        found = self._products.get(key)
        if found is None:
            nodes = set[int]().union(*[factor.scope for factor in factors])
            entries = math.prod([self._cards[node] for node in nodes])
            if len(nodes) > len(ascii_letters):
                return _Product(gone, "", (), math.inf)
            letters = dict(zip(nodes, ascii_letters, strict=False))
            nodes.discard(gone)
            scope = tuple(sorted(nodes, key=self._turns.__getitem__))
            terms = ["".join([letters[node] for node in factor.scope]) for factor in factors]
            subscripts = f"{','.join(terms)}->{''.join([letters[node] for node in scope])}"
            found = self._products.put(key, _Product(gone, subscripts, scope, entries))
        return found

    def _multiplied(self, product: _Product, factors: Sequence[Factor]) -> Factor:
        """Returns what a product leaves.

        Raises:
            FloatingPointError: digits may be lost to underflow.
        """
        if not factors:
            return Factor(next(self._numbers), (), np.ones(()), 0)
        if len(factors) > MOST_FACTORS or (product.entries > LARGE and len(factors) > 2):
            factors = self._fewer(factors, product.entries)
            product = self._product(product.gone, factors)
        least = sum([factor.least for factor in factors])
        if least < LEAST:
            factors = [_rescaled(factor) for factor in factors]
            least = sum([factor.least for factor in factors])
            if least < LEAST:
                raise FloatingPointError("digits may be lost to underflow")
        values = contracted(product.subscripts, *[factor.values for factor in factors])
        return Factor(next(self._numbers), product.scope, values, least)

    def _fewer(self, factors: Sequence[Factor], entries: float) -> Sequence[Factor]:
        """Returns factors of the same product, the smaller ones multiplied.

        Args:
            factors: more than two.
            entries: of their product.
        """
        factors = sorted(factors, key=_size)
        while len(factors) > 2:
            some = factors[:-1][:MOST_FACTORS]
            product = self._product(NONE, some)
            if len(factors) <= MOST_FACTORS and SAVING * product.entries > entries:
                break
            factors = sorted([self._multiplied(product, some), *factors[len(some) :]], key=_size)
        return factors

    def _sorted(self, factor: Factor) -> Factor:
        """Returns the same factor, its nodes in this order."""
        nodes = [(self._turns[node], place) for place, node in enumerate(factor.scope)]
        places = [place for _, place in sorted(nodes)]
        scope = tuple([factor.scope[place] for place in places])
        return factor._replace(scope=scope, values=factor.values.transpose(places))


def _wait(factor: Factor, waiting: dict[int, list[Factor]], last: list[Factor]) -> None:
    """Puts a factor to the first of its nodes that goes; where none does, to the last ones."""
    for node in factor.scope:
        if node in waiting:
            waiting[node].append(factor)
            return
    last.append(factor)


def _size(factor: Factor) -> int:
    return factor.values.size


def exponent(values: Array) -> int:
    """Returns the power of two that no entry above zero is less than."""
    return math.frexp(values.min(initial=1.0, where=values > 0))[1] - 1


def _rescaled(factor: Factor) -> Factor:
    """Divides by the largest entry."""
    peak = factor.values.max()
    if peak == 0:
        return factor._replace(least=0)
    if not math.isfinite(peak):
        raise FloatingPointError("a product is too large for a number")
    values = factor.values / peak
    return factor._replace(values=values, least=exponent(values))


def smallest_first(
    scopes: Iterable[Sequence[int]], keep: Collection[int], cards: Sequence[int], most: float
) -> tuple[int, ...]:
    """Returns an order in which the node goes first whose product is the smallest.

    Args:
        scopes: the nodes of each factor.
        keep: the nodes that stay; they come last.
        cards: number of states per node.
        most: entries of a product; the order is empty where one would have more.
    """
    around: dict[int, set[int]] = {}
    for scope in scopes:
        for node in scope:
            around.setdefault(node, set()).update(scope)
    sizes = {
        node: math.prod([cards[other] for other in nodes])
        for node, nodes in around.items()
        if node not in keep
    }
    order = []
    # what is out of date in the heap is passed over
    heap = [(size, node) for node, size in sizes.items()]
    heapq.heapify(heap)
    while heap:
        size, node = heapq.heappop(heap)
        if sizes.get(node) != size:
            continue
        if size > most:
            return ()
        del sizes[node]
        order.append(node)
        nodes = around.pop(node)
        nodes.discard(node)
        for other in nodes:
            of_other = around[other]
            of_other |= nodes
            of_other.discard(node)
            if other in sizes:
                size = math.prod([cards[n] for n in of_other])
                if size != sizes[other]:
                    sizes[other] = size
                    heapq.heappush(heap, (size, other))
    return (*order, *keep)
