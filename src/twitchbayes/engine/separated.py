"""The posteriors of coded cases in a network too large to look up, from what is connected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.codes import Codes
from twitchbayes.engine.cutting import Case, Cutting
from twitchbayes.engine.separation import above, connected, connected_in_each
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.sums import Factor, Sums
from twitchbayes.engine.together import Together
from twitchbayes.engine.witness import Witnesses

__all__ = ["Separated"]

Mask = NDArray[np.bool_]

BLOCK = 256
"""Cases whose tables are looked through at once."""

TINY = float(np.finfo(np.float64).tiny)
"""Less than this has fewer digits."""


class Separated:
    """Answers from the tables that are connected with what is asked.

    All others only say whether the findings are possible, which is mostly found without a sum.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._structure = compiled.structure
        self._cutting = Cutting(compiled)
        self._witnesses = Witnesses(compiled, self._cutting)
        self._together = Together(compiled, self._cutting)

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
        case = self._cutting.case(codes)
        tables = connected(self._structure, keep, case.known)
        try:
            found = self._joint(case, tables, keep)
            possible = None if found is None else self._possible(case, tables)
            if found is None or possible is None:
                return None
            joint = found.values
            total = joint.sum()
            if not np.isfinite(total):
                return None
            if not possible or total == 0:
                joint, total, possible = np.zeros_like(joint), 1.0, False
            with np.errstate(under="raise"):
                joint = joint / total
        except FloatingPointError:
            return None
        return joint.transpose([found.scope.index(node) for node in keep]), possible

    def posteriors(
        self, keep: Sequence[int], codes: Codes
    ) -> tuple[NDArray[np.float64], Mask, Mask]:
        """Returns the same for many cases, summed out together.

        Args:
            keep: the nodes asked for, observed in no case.
            codes: shape (cases, variables), -1 for not observed.

        Returns:
            Shape (cases, states of each node asked for...), zeros where a case is impossible;
            whether each is possible; and which have an answer, the others are to be asked alone.
        """
        blocks = [slice(start, start + BLOCK) for start in range(0, len(codes), BLOCK)]
        case = Case.of_all([self._cutting.case(codes[block]) for block in blocks])
        tables = connected_in_each(self._structure, keep, case.known)
        found = self._together.joints(keep, case, tables)
        if found is None:
            shape = [self._structure.cards[node] for node in keep]
            return np.zeros((len(codes), *shape)), *np.zeros((2, len(codes)), dtype=np.bool_)
        joints, answered = found
        states = joints.reshape(len(codes), -1)
        totals = states.sum(axis=1)
        possible = totals > 0
        probabilities = states / np.where(possible, totals, 1.0)[:, np.newaxis]
        # where digits were lost to underflow the careful way is gone
        answered &= ~((probabilities < TINY) & (states > 0)).any(axis=1) & np.isfinite(totals)
        for block in blocks:
            of_block = self._witnesses.possible_in_each(case.some(block), tables[:, block].T)
            possible[block] &= [found is True for found in of_block]
            answered[block] &= [found is not None for found in of_block]
        probabilities[~possible] = 0.0
        return probabilities.reshape(joints.shape), possible, answered

    def _possible(self, case: Case, tables: Sequence[int]) -> bool | None:
        """Returns whether what one case observes is possible, as far as other tables say."""
        aside = np.zeros(len(case.known), dtype=np.bool_)
        aside[tables] = True
        possible = self._witnesses.possible(case, aside)
        if possible is None:
            doubtful = self._witnesses.doubtful(case, aside)
            found = self._joint(case, above(self._structure, doubtful, case.known), ())
            return None if found is None else bool(found.values > 0)
        return possible

    def _joint(self, case: Case, tables: Sequence[int], keep: Sequence[int]) -> Factor | None:
        return self._sums.joint(self._cutting.factors(case, tables), keep)

    @cached_property
    def _sums(self) -> Sums:
        return Sums(self._structure.cards, self._cutting.order)
