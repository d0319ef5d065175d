"""The tables of a network with the states cut out that one case knows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.codes import Codes
from twitchbayes.engine.kept import Kept
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.sums import Factor, exponent, smallest_first

__all__ = ["Case", "Cutting"]

MOST_KEPT = 2**15
"""Tables with states cut out that are kept; then it begins anew."""

EVERY = slice(None)


class Case(NamedTuple):
    """What one case knows.

    Attributes:
        known: for each node one more than its state, 0 where it is not observed.
        numbers: shape (nodes,): of each table, what is known of its nodes. No number means anything
            else, in another table or another case.
    """

    known: NDArray[np.intp]
    numbers: NDArray[np.intp]


class Cutting:
    """The tables of one network; may be asked from many threads."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._kept = Kept[int, Factor](MOST_KEPT)

    @cached_property
    def smallest_first(self) -> tuple[int, ...]:
        """The nodes as the numbers of their tables ascend: the smallest tables come first."""
        tables = self._compiled.tables
        return tuple(sorted(range(len(tables)), key=lambda node: tables[node].size))

    def case(self, codes: Codes) -> Case:
        """Returns what one case knows.

        Args:
            codes: shape (variables,), -1 for not observed.
        """
        begins, strides, columns = self._numbering
        known = np.zeros(len(begins), dtype=np.intp)
        np.add(codes, 1, out=known[: len(codes)], dtype=np.intp)
        of_axes = known.take(columns)
        of_axes *= strides
        numbers = np.add.reduce(of_axes, axis=0)
        numbers += begins
        return Case(known, numbers)

    def factors(self, case: Case, nodes: Sequence[int]) -> list[Factor]:
        """Returns the tables of some nodes, known states cut out."""
        found = []
        for node, number in zip(nodes, case.numbers[nodes].tolist(), strict=True):
            factor = self._kept.get(number)
            if factor is None:
                factor = self._kept.put(number, self._factor(node, number, case.known))
            found.append(factor)
        return found

    def _factor(self, node: int, number: int, known: NDArray[np.intp]) -> Factor:
        family = self._compiled.structure.families[node]
        axes = sorted(range(len(family)), key=lambda axis: self._turns[family[axis]])
        at = [(family[axis], int(known[family[axis]])) for axis in axes]
        values = self._compiled.tables[node].transpose(axes)
        values = values[tuple([state - 1 if state else EVERY for _, state in at])]
        return Factor(number, tuple([n for n, state in at if not state]), values, self._least[node])

    @cached_property
    def order(self) -> tuple[int, ...]:
        """An order in which to sum nodes out that is mostly good; the axes of tables are in it."""
        structure = self._compiled.structure
        return smallest_first(structure.families, (), structure.cards, math.inf)

    @cached_property
    def _turns(self) -> dict[int, int]:
        return {node: turn for turn, node in enumerate(self.order)}

    @cached_property
    def _least(self) -> tuple[int, ...]:
        return tuple(map(exponent, self._compiled.tables))

    @cached_property
    def _numbering(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Where the numbers of each table begin, and of its axes the strides and the nodes.

        Every axis has a first place for "not observed".

        Returns:
            Shapes (nodes,), (axes, nodes), (axes, nodes).
        """
        families, cards = self._compiled.structure.families, self._compiled.structure.cards
        nodes, axes = len(families), max(map(len, families), default=0)
        strides, columns = np.zeros((2, axes, nodes), dtype=np.intp)
        begins = np.zeros(nodes, dtype=np.intp)
        filled = 0
        for node in self.smallest_first:
            family = families[node]
            begins[node] = filled
            stride = 1
            for axis in reversed(range(len(family))):
                columns[axis, node] = family[axis]
                strides[axis, node] = stride
                stride *= cards[family[axis]] + 1
            filled += stride
        return begins, strides, columns
