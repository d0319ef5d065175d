"""One pass up a tree of cliques and one pass down: every marginal at once."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.arithmetic import Arithmetic
from twitchbayes.engine.tree import Tree, place

__all__ = [
    "Potentials",
    "aligned",
    "calibrate",
    "potentials",
]

Array = NDArray[Any]

JOINED = 2**14
"""Tables of a clique are multiplied once and for all as long as the product has no more entries."""

HELD = 2**22
"""Entries of the products of one clique, for all cases of a chunk, that are held for the pass down;
products of more are formed anew."""


@dataclass(frozen=True)
class Potentials:
    """What is multiplied in each clique.

    Attributes:
        arrays: per clique, each with an axis per node of the clique (of length one where it has no
            such node) and a last one for the cases; the smallest first.
        axes: per node the (clique, array, axis) where it is.
    """

    arrays: tuple[tuple[Array, ...], ...]
    axes: Mapping[int, tuple[tuple[int, int, int], ...]]

    def at(self, left: Mapping[int, NDArray[np.intp]]) -> Sequence[Sequence[Array]]:
        """Returns the arrays where of some nodes only some of the states are left."""
        arrays: list[Sequence[Array]] = list(self.arrays)
        for node, states in left.items():
            first, end = int(states[0]), int(states[-1]) + 1
            for clique, array, axis in self.axes.get(node, ()):
                changed = list(arrays[clique])
                if end - first == len(states):
                    # a view, with no copy
                    changed[array] = changed[array][(*[slice(None)] * axis, slice(first, end))]
                else:
                    changed[array] = changed[array].take(states, axis)
                arrays[clique] = changed
        return arrays


def aligned(tree: Tree, tables: Sequence[Array]) -> list[list[Array]]:
    """Returns the tables of a tree's factors as its cliques take them, the smallest first.

    Args:
        tree: of the factors.
        tables: per factor, an axis per node of its scope.

    Returns:
        Per clique arrays with an axis per node of the clique, of length one where the factor has no
        such node, and a last one for the cases.
    """
    found = []
    for clique in tree.cliques:
        rank = {node: axis for axis, node in enumerate(clique.scope)}
        arrays = []
        for factor in clique.factors:
            ranks = [rank[node] for node in tree.scopes[factor]]
            order = sorted(range(len(ranks)), key=ranks.__getitem__)
            ordered = [tree.scopes[factor][axis] for axis in order]
            values = np.asarray(tables[factor]).transpose(order)[..., np.newaxis]
            arrays.append(values[place(ordered, clique.scope)])
        found.append(sorted(arrays, key=np.size))
    return found


def potentials(tree: Tree, tables: Sequence[Array]) -> Potentials:
    """Returns the tables of a tree's factors, those of a clique multiplied where small.

    Args:
        tree: of the network.
        tables: per factor, an axis per node of its scope.
    """
    found: list[tuple[Array, ...]] = []
    axes: dict[int, list[tuple[int, int, int]]] = {}
    for number, (clique, arrays) in enumerate(
        zip(tree.cliques, aligned(tree, tables), strict=True)
    ):
        arrays = _joined(arrays)
        for i, array in enumerate(arrays):
            for axis, node in enumerate(clique.scope):
                if array.shape[axis] > 1:
                    axes.setdefault(node, []).append((number, i, axis))
        found.append(tuple(arrays))
    return Potentials(tuple(found), {node: tuple(where) for node, where in axes.items()})


def _joined(arrays: Sequence[Array]) -> list[Array]:
    """Multiplies arrays as long as the product is small and loses nothing to underflow."""
    joined: list[Array] = []
    for array in arrays:
        if joined and math.prod(np.broadcast_shapes(joined[-1].shape, array.shape)) <= JOINED:
            try:
                with np.errstate(under="raise"):
                    joined[-1] = joined[-1] * array
                continue
            except FloatingPointError:
                pass
        joined.append(array)
    return joined


def calibrate(
    tree: Tree,
    arrays: Sequence[Sequence[Array]],
    likelihoods: Mapping[int, Array],
    nodes: Sequence[int],
    arithmetic: Arithmetic,
    fixed: Collection[int] = (),
) -> tuple[list[Array], NDArray[np.float64]]:
    """Returns P(node, evidence) for some nodes, and the logarithm of P(evidence).

    The message down to a clique is the derivative of P(evidence) by the message that comes up from
    it (Darwiche 2003, A differential approach to inference in Bayesian networks, J ACM 50).
    Nothing is taken out of a product by division, as it may be zero: what comes down is the product
    of all the others.

    Args:
        tree: of the factors.
        arrays: per clique what is multiplied there, elements of the arithmetic.
        likelihoods: per observed node, shape (states, cases), elements of the arithmetic.
        nodes: those asked for.
        arithmetic: what is meant by a product and a sum.
        fixed: nodes of the tree of which the arrays have but some of the states.

    Returns:
        Per node shape (states, cases), each case up to a factor; and ln P(evidence), shape
        (cases,). The cases are one where all are alike.

    Raises:
        FloatingPointError: under `numpy.errstate(under="raise")`, digits were lost to underflow.
    """
    return _Passes(tree, arrays, likelihoods, nodes, arithmetic, fixed).run()


class _Passes:
    """The messages of one run; None is a message of ones."""

    def __init__(
        self,
        tree: Tree,
        arrays: Sequence[Sequence[Array]],
        likelihoods: Mapping[int, Array],
        nodes: Sequence[int],
        arithmetic: Arithmetic,
        fixed: Collection[int],
    ) -> None:
        self._tree = tree
        self._arrays = arrays
        self._arithmetic = arithmetic
        self._weights: dict[int, list[Array]] = {}
        for node, values in likelihoods.items():
            self._weights.setdefault(tree.home[node], []).append(values[tree.axis[node]])
        self._cases = max((values.shape[-1] for values in likelihoods.values()), default=1)
        self._asked: dict[int, list[int]] = {}
        for node in nodes:
            self._asked.setdefault(tree.home[node], []).append(node)
        self._nodes = nodes
        self._needed = tree.needed(nodes)
        self._silent = tree.closed - tree.needed([*likelihoods, *fixed])
        self._up: dict[int, Array | None] = {}
        self._down: dict[int, Array | None] = {}
        self._held: dict[int, list[Array | None]] = {}
        self._log_evidence: Array = np.zeros(1)

    def run(self) -> tuple[list[Array], NDArray[np.float64]]:
        for number in range(len(self._tree.cliques)):
            self._go_up(number)
        found: dict[int, Array] = {}
        for number in sorted(self._needed, reverse=True):
            self._go_down(number, found)
        return [found[node] for node in self._nodes], self._log_evidence

    def _go_up(self, number: int) -> None:
        clique = self._tree.cliques[number]
        needed = number in self._needed
        message: Array | None = None
        if number in self._silent:
            pass
        elif (matrix := self._matrix(number)) is not None and number in self._weights:
            vectors = self._weights[number][0].reshape(matrix.shape[-1], -1)
            of_states = matrix.reshape(-1, matrix.shape[-1]) @ vectors
            message = of_states.reshape(*matrix.shape[:-1], -1)
        else:
            products = self._products(number, clique.children, partial=needed)
            if products[-1] is not None:
                message = self._arithmetic.sum_out(products[-1], clique.up_sums)
            if needed and clique.size * self._cases <= HELD:
                if number not in self._asked:
                    products.pop()
                self._held[number] = products
        if not needed:
            for child in clique.children:
                del self._up[child]
        if message is not None and self._arithmetic.rescale:
            message, taken_out = _rescaled(message, signed=self._arithmetic.signed)
            self._log_evidence = self._log_evidence + taken_out
        if clique.parent >= 0:
            self._up[number] = None if message is None else message[clique.up]
        elif message is not None:
            self._log_evidence = self._log_evidence + self._arithmetic.log(message)

    def _go_down(self, number: int, found: dict[int, Array]) -> None:
        clique = self._tree.cliques[number]
        asked = self._asked.get(number, [])
        # the product of all that comes after a child, and from above
        after = self._down.pop(number, None)
        matrix = self._matrix(number)
        if matrix is not None and after is not None and after.shape[:-2] == matrix.shape[:-1]:
            above = after.reshape(-1, after.shape[-1])
            of_states: Array = matrix.reshape(-1, matrix.shape[-1]).T @ above
            for weights in self._weights.get(number, ()):
                of_states = of_states * weights.reshape(matrix.shape[-1], -1)
            found[asked[0]] = of_states
            return
        products = self._held.pop(number, None)
        if products is None:
            children = clique.children if asked else clique.children[:-1]
            products = self._products(number, children, partial=True)
        if asked:
            belief = self._taken(products, after)
            assert belief is not None, "a node is asked for where its own table is"
            for node in asked:
                found[node] = self._arithmetic.sum_out(belief, self._tree.others[node])
            del belief
        del products[len(clique.children) :]
        for child in reversed(clique.children):
            from_child = self._up.pop(child)
            if child in self._needed:
                self._down[child] = self._to_child(child, self._taken(products, after))
            else:
                products.pop()
            if products:
                after = self._times(after, from_child)

    def _to_child(self, child: int, others: Array | None) -> Array | None:
        """Returns the message down to a child, from the product of all that others give."""
        if others is None:
            return None
        clique = self._tree.cliques[child]
        message = self._arithmetic.sum_out(others, clique.down_sums)
        if self._arithmetic.rescale:
            message, _ = _rescaled(message, signed=self._arithmetic.signed)
        return message[clique.down]

    def _matrix(self, number: int) -> Array | None:
        """Returns the table of a clique without children that sums out one node, the last axis."""
        clique = self._tree.cliques[number]
        arrays = self._arrays[number]
        if clique.children or len(clique.up_sums) != 1 or len(arrays) != 1:
            return None
        if not self._arithmetic.linear or len(self._weights.get(number, ())) > 1:
            return None
        matrix: Array = arrays[0][..., 0]
        return matrix

    def _products(
        self, number: int, children: Sequence[int], *, partial: bool
    ) -> list[Array | None]:
        """Returns the product of what is given in a clique, and with each message of a child."""
        product: Array | None = None
        for values in (*self._weights.get(number, ()), *self._arrays[number]):
            product = self._times(product, values, over=True)
        products = [product]
        for child in children:
            product = self._times(product, self._up[child], over=not partial)
            if not partial:
                products.clear()
            products.append(product)
        return products

    def _taken(self, products: list[Array | None], other: Array | None) -> Array | None:
        """Takes the last product off the list, times another array.

        A message may be a view of what is returned, so nothing that is on the list still is.
        """
        last = products.pop()
        alone = all(last is not product for product in products)
        if last is None or other is not None or alone:
            return self._times(last, other, over=alone)
        return last.copy()

    def _times(self, one: Array | None, other: Array | None, *, over: bool = False) -> Array | None:
        """Returns the product; `over` allows to write it over the first array.

        What is a table, with one case on the last axis, or a view is left as it is.
        """
        if one is None:
            return other
        if other is None:
            return one
        product: Array
        over = over and one.base is None and one.shape[-1] > 1
        if over and all(n in (1, m) for n, m in zip(other.shape, one.shape, strict=True)):
            product = self._arithmetic.multiply(one, other, out=one)
        else:
            product = self._arithmetic.multiply(one, other)
        return product


def _rescaled(message: Array, *, signed: bool) -> tuple[Array, Array]:
    """Divides by the largest entry, per case; a message of zeros is left as it is."""
    axes = tuple(range(message.ndim - 1))
    peak = (np.abs(message) if signed else message).max(axis=axes, keepdims=True)
    peak = np.where(peak > 0, peak, 1.0)
    return message / peak, np.log(peak.reshape(-1))
