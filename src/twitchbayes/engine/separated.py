"""The posterior of one coded case in a network too large to look up: what is cut off is left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.codes import Codes
from twitchbayes.engine.evaluation import in_chunks
from twitchbayes.engine.kept import Kept
from twitchbayes.engine.plan import Inputs, Plan, plan_inputs
from twitchbayes.engine.separation import Connected, connected
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.witness import Witnesses
from twitchbayes.engine.worth import COSTLY
from twitchbayes.errors import TooWideError

__all__ = ["Separated"]

MOST_PLANS = 512
"""Plans that are kept; then it begins anew."""


class Separated:
    """Answers from the tables that are connected with what is asked, and the plans for them.

    All others only say whether the findings are possible, which is found without a sum.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._witnesses = Witnesses(compiled)
        self._plans = Kept[tuple[tuple[int, ...], Connected], Plan | None](MOST_PLANS)

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
        part = connected(self._compiled.structure, keep, states.keys())
        plan = self._plan(tuple(keep), part)
        if plan is None:
            return None
        possible = self._witnesses.possible(codes, part.tables)
        if possible is None:
            return None
        answer = in_chunks(plan, self._compiled.cut(plan.tables, states), {})
        if possible and np.isfinite(answer.log_evidence[0]):
            return answer.probabilities[0], True
        return np.zeros_like(answer.probabilities[0]), False

    def _plan(self, keep: tuple[int, ...], part: Connected) -> Plan | None:
        """Returns the plan for a part of the network; None where it is costly or too wide."""

        def made() -> Plan | None:
            structure = self._compiled.structure
            tables = tuple(sorted(part.tables))
            scopes = tuple(
                tuple([node for node in structure.families[table] if node in part.free])
                for table in tables
            )
            families = frozenset(node for table in tables for node in structure.families[table])
            inputs = Inputs(structure.cards, tables, families - part.free, scopes)
            try:
                plan = plan_inputs(inputs, keep, ())
            except TooWideError:
                return None
            return plan if plan.multiplications <= COSTLY else None

        return self._plans.made((keep, part), made)
