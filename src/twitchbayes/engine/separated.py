"""The posterior of one coded case in a network too large to look up, from what is connected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.codes import Codes
from twitchbayes.engine.cutting import Case, Cutting
from twitchbayes.engine.separation import above, connected
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.sums import Factor, Sums
from twitchbayes.engine.witness import Witnesses

__all__ = ["Separated"]


class Separated:
    """Answers from the tables that are connected with what is asked.

    All others only say whether the findings are possible, which is mostly found without a sum.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._structure = compiled.structure
        self._cutting = Cutting(compiled)
        self._witnesses = Witnesses(compiled, self._cutting)

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

    def _possible(self, case: Case, aside: Sequence[int]) -> bool | None:
        """Returns whether what is observed is possible, as far as other tables say."""
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
