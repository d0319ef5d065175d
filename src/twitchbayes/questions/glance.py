"""What next, at a glance: which finding tells most, and whether any could change the lead."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.errors import TooWideError
from twitchbayes.questions.case import Case
from twitchbayes.questions.information import joints, mutual_information

__all__ = ["Glance", "glance"]

MOST_VARIABLES = 200
MOST_WORK = 5_000_000
"""Of a larger network, or one whose plan takes more multiplications, nothing is said: to show an
answer takes no longer than to find it. `next_findings` says it all the same."""

ROUNDING = 1e-9


class Glance(NamedTuple):
    """What to ask next.

    Attributes:
        finding: the one that tells most about the cause for what it costs.
        information: what it tells, in bits.
        open: how many findings are open.
        could_change: how many of them have a result that puts another cause first.
    """

    finding: str
    information: float
    open: int
    could_change: int


def glance(case: Case, posterior: NDArray[np.float64]) -> Glance | None:
    """Returns what to ask next; None where nothing is open or it takes too long to say.

    Law: the finding and its information are those of the first row of `next_findings()`.
    """
    if not case.open or len(case.network.variables) > MOST_VARIABLES:
        return None
    known = {case.network.position[finding.variable] for finding in case.findings}
    try:
        work = case.engine.plan([case.place], {*known, *case.open}).multiplications
        if work * len(posterior) > MOST_WORK:
            return None
        found = joints(case, posterior, case.open)
    except TooWideError:
        return None
    leader = int(posterior.argmax())
    costs = dict(case.network.costs)
    bits, per_cost, could_change = [], [], 0
    for place, joint in zip(case.open, found, strict=True):
        bits.append(mutual_information(joint))
        per_cost.append(bits[-1] / costs.get(case.network.variables[place].kind, 1.0))
        chance = joint.sum(axis=0)
        after = joint[:, chance > 0] / chance[chance > 0]
        could_change += bool((after.max(axis=0) > after[leader] + ROUNDING).any())
    best = int(np.argmax(per_cost))
    name = case.network.variables[case.open[best]].name
    return Glance(name, bits[best], len(case.open), could_change)
