"""How sure: the answer under draws of the network's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import Row
from twitchbayes.engine import draw_tables
from twitchbayes.errors import QueryError
from twitchbayes.evidence import Finding
from twitchbayes.network import Network
from twitchbayes.questions.arguments import MOST_SEED, share, whole
from twitchbayes.questions.case import Case
from twitchbayes.questions.dirichlet import draw_row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["drawn_posteriors", "interval_frame"]

Values = NDArray[np.float64]

COLUMNS = ["posterior", "low", "median", "high", "first"]

TOGETHER = 2000
"""Draws that are answered at once, which bounds memory."""

MOST_DRAWS = 1_000_000


def interval_frame(
    case: Case, posterior: Values, *, level: float, draws: int, seed: int
) -> pd.DataFrame:
    """Returns intervals of every cause and group; see `Diagnosis.intervals`.

    Raises:
        QueryError: a level or a number of draws that cannot be.
    """
    import pandas as pd

    level = share("level", level)
    draws = whole("draws", draws, 1, MOST_DRAWS)
    seed = whole("seed", seed, 0, MOST_SEED)
    drawn = drawn_posteriors(case, draws, seed)
    causes = case.target.states
    kinds = {
        "cause": [(cause, [place]) for place, cause in enumerate(causes)],
        "group": [
            (group.name, [causes.index(state) for state in group.states])
            for group in case.network.groups
        ],
    }
    ends = [(1 - level) / 2, 0.5, (1 + level) / 2]
    rows = []
    for kind, members in kinds.items():
        values = [drawn[:, states].sum(axis=1) for _, states in members]
        first = np.argmax(np.stack(values), axis=0) if values else np.empty(0)
        for number, (name, states) in enumerate(members):
            now = float(posterior[states].sum())
            leads = float((first == number).mean())
            rows.append((kind, name, now, *np.quantile(values[number], ends), leads))
    return pd.DataFrame(rows, columns=["of", "name", *COLUMNS]).set_index(["of", "name"])


def drawn_posteriors(case: Case, draws: int, seed: int) -> Values:
    """Returns the posterior of the target under draws of all numbers, shape (draws, causes).

    The numbers of a row are drawn together, rows independently; a row that is used for several
    combinations of the parents is one draw for all of them. Rows that the findings rule out are not
    drawn. Draws that make the findings impossible are left out.

    Raises:
        QueryError: all do.
    """
    random = np.random.default_rng(seed)
    parts = []
    for start in range(0, draws, TOGETHER):
        count = min(TOGETHER, draws - start)
        tables = draw_tables(case.network, case.engine.structure, _drawn_rows(case, count, random))
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


def _drawn_rows(case: Case, draws: int, random: np.random.Generator) -> dict[str, list[Values]]:
    """Returns draws of every row that bears on the answer, as `draw_tables` takes them."""
    network = case.network
    found = {finding.variable: finding for finding in case.findings}
    observed = [network.position[name] for name in found]
    needed = case.engine.structure.ancestors((case.place, *observed))
    rows = {}
    for place, variable in enumerate(network.variables):
        if place in needed:
            distribution = variable.distribution
            rows[variable.name] = [
                draw_row(row, variable.states, mean, draws, random)
                if _may_hold(row, network, found)
                else np.broadcast_to(mean, (draws, len(mean)))
                for (_, row), mean in zip(
                    distribution.named_rows(),
                    distribution.distributions(variable.states),
                    strict=True,
                )
            ]
    return rows


def _may_hold(row: Row, network: Network, found: Mapping[str, Finding]) -> bool:
    """Whether the findings leave a combination of parents possible that a row is about."""
    for parent, states in row.when:
        if parent in found:
            weights = dict(zip(network.by_name[parent].states, found[parent].weights, strict=True))
            if not any(weights[state] for state in states):
                return False
    return True
