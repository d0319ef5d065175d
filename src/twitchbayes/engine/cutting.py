"""The tables of a network with the states cut out that one case knows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

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
    """What one case knows, or each of some cases.

    Attributes:
        known: shape (nodes,) or (cases, nodes): for each node one more than its state, 0 where it
            is not observed.
        numbers: of the same shape: of each table, what is known of its nodes. No number means
            anything else, in another table or another case.
    """

    known: NDArray[np.intp]
    numbers: NDArray[np.intp]

    @classmethod
    def of_all(cls, cases: Sequence[Case]) -> Case:
        """Returns the cases that some cases are together."""
        return cls(*map(np.concatenate, zip(*cases, strict=True)))

    def some(self, cases: slice) -> Case:
        """Returns some of the cases."""
        return Case(self.known[cases], self.numbers[cases])


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
        """Returns what one case knows, or each of some.

        Args:
            codes: shape (variables,) or (cases, variables), -1 for not observed.
        """
        begins, strides, columns, firsts = self._numbering
        known = np.zeros((*codes.shape[:-1], len(begins)), dtype=np.intp)
        np.add(codes, 1, out=known[..., : codes.shape[-1]], dtype=np.intp)
        of_axes = known.take(columns, axis=-1)
        of_axes *= strides
        numbers = np.add.reduceat(of_axes, firsts, axis=-1)
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
    def _numbering(self) -> tuple[NDArray[np.intp], ...]:
        """Where the numbers of each table begin, and its axes, table after table.

        Every axis has a first place for "not observed".

        Returns:
            Where the numbers begin, shape (nodes,); strides and nodes of the axes, shape (axes,);
            and which axis is the first of each table, shape (nodes,).
        """
        families, cards = self._compiled.structure.families, self._compiled.structure.cards
        begins = np.zeros(len(families), dtype=np.intp)
        filled = 0
        for node in self.smallest_first:
            begins[node] = filled
            filled += math.prod([cards[other] + 1 for other in families[node]])
        strides = [
            math.prod([cards[other] + 1 for other in family[axis + 1 :]])
            for family in families
            for axis in range(len(family))
        ]
        columns = [node for family in families for node in family]
        firsts = np.cumsum([0, *map(len, families)])[:-1]
        return begins, np.array(strides, np.intp), np.array(columns, np.intp), firsts
