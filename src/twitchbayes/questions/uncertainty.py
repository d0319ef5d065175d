"""How sure: the answer under draws of the network's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import Row
from twitchbayes.errors import QueryError
from twitchbayes.evidence import Finding
from twitchbayes.network import Network
from twitchbayes.questions.arguments import MOST_SEED, share, whole
from twitchbayes.questions.case import Case
from twitchbayes.questions.drawing import drawn_tables

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COLUMNS",
    "MOST_DRAWS",
    "Members",
    "drawn_posteriors",
    "ends",
    "interval_frame",
    "members",
]

Values = NDArray[np.float64]

Members = dict[str, list[tuple[str, list[int]]]]
"""By "cause" and "group", each name with the positions of its states."""

COLUMNS = ["posterior", "low", "median", "high", "first"]

MOST_DRAWS = 1_000_000


def interval_frame(
    case: Case, posterior: Values, *, level: float, draws: int, seed: int
) -> pd.DataFrame:
    """Returns intervals of every cause and group; see `Diagnosis.intervals`.

    Raises:
        QueryError: a level or a number of draws that cannot be.
    """
    import pandas as pd

    quantiles = ends(share("level", level))
    draws = whole("draws", draws, 1, MOST_DRAWS)
    drawn = drawn_posteriors(case, draws, whole("seed", seed, 0, MOST_SEED))
    rows = []
    for kind, named in members(case.network).items():
        values = [drawn[:, states].sum(axis=1) for _, states in named]
        first = np.argmax(np.stack(values), axis=0) if values else np.empty(0)
        for number, (name, states) in enumerate(named):
            now = float(posterior[states].sum())
            leads = float((first == number).mean())
            rows.append((kind, name, now, *np.quantile(values[number], quantiles), leads))
    return pd.DataFrame(rows, columns=["of", "name", *COLUMNS]).set_index(["of", "name"])


def members(network: Network) -> Members:
    """Returns what intervals are given of: every cause, and every group of causes."""
    causes = network.by_name[str(network.target)].states
    return {
        "cause": [(cause, [place]) for place, cause in enumerate(causes)],
        "group": [
            (group.name, [causes.index(state) for state in group.states])
            for group in network.groups
        ],
    }


def ends(level: float) -> list[float]:
    """Returns the quantiles that are low, median and high."""
    return [(1 - level) / 2, 0.5, (1 + level) / 2]


def drawn_posteriors(case: Case, draws: int, seed: int) -> Values:
    """Returns the posterior of the target under draws of all numbers, shape (draws, causes).

    Rows that the findings rule out are not drawn. Draws that make the findings impossible are left
    out.

    Raises:
        QueryError: all do.
    """
    network = case.network
    found = {finding.variable: finding for finding in case.findings}
    observed = [network.position[name] for name in found]
    needed = case.engine.structure.ancestors((case.place, *observed))
    parts = []
    for count, tables in drawn_tables(
        network, case.engine, draws, seed, needed, lambda row: _may_hold(row, network, found)
    ):
        answer = case.engine.marginal([case.place], case.likelihoods(), tables)
        posteriors = np.broadcast_to(answer.probabilities, (count, len(case.target.states)))
        parts.append(posteriors[np.broadcast_to(np.isfinite(answer.log_evidence), count)])
    drawn = np.concatenate(parts)
    if not len(drawn):
        raise QueryError(
            "every draw of the network's numbers makes the findings impossible; their numbers are "
            "known too little for intervals"
        )
    return drawn


def _may_hold(row: Row, network: Network, found: Mapping[str, Finding]) -> bool:
    """Whether the findings leave a combination of parents possible that a row is about."""
    for parent, states in row.when:
        if parent in found:
            weights = dict(zip(network.by_name[parent].states, found[parent].weights, strict=True))
            if not any(weights[state] for state in states):
                return False
    return True
