"""The posterior of one coded case in a network too large to look up, from what is connected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.codes import Codes
from twitchbayes.engine.separation import connected
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.sums import Factor, summed_out
from twitchbayes.engine.witness import Witnesses

__all__ = ["Separated"]

EVERY = slice(None)


class Separated:
    """Answers from the tables that are connected with what is asked.

    All others only say whether the findings are possible, which is found without a sum.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._witnesses = Witnesses(compiled)

    def posterior(
        self, keep: Sequence[int], codes: Codes
    ) -> tuple[NDArray[np.float64], bool] | None:
        """Returns the joint posterior of some nodes for one case, and whether it is possible.

        Args:
            keep: the nodes asked for, none of them observed.
            codes: shape (variables,), -1 for not observed.

        Returns:
            Shape (states of each node asked for...), zeros where the case is impossible; None where
            this road is too costly, or does not find out whether the case is possible.
        """
        observed = np.flatnonzero(codes >= 0)
        states = dict(zip(observed.tolist(), codes[observed].tolist(), strict=True))
        tables = connected(self._compiled.structure, keep, states.keys())
        try:
            with np.errstate(under="raise"):
                factors = [self._factor(node, states) for node in tables]
                joint = summed_out(factors, keep, self._compiled.structure.cards)
                possible = None if joint is None else self._witnesses.possible(codes, tables)
                if joint is None or possible is None:
                    return None
                total = joint.sum()
                if not possible or total == 0:
                    joint, total, possible = np.zeros_like(joint), 1.0, False
                joint = joint / total
        except FloatingPointError:
            return None
        order = np.argsort(np.argsort(keep))
        return joint.transpose(order), possible

    def _factor(self, node: int, states: dict[int, int]) -> Factor:
        """Returns a table, known states cut out."""
        scope = self._families[node]
        values = self._compiled.ascending[node]
        index = tuple([states.get(other, EVERY) for other in scope])
        return tuple([other for other in scope if other not in states]), values[index]

    @cached_property
    def _families(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(sorted(family)) for family in self._compiled.structure.families)
