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
from twitchbayes.questions.case import Case
from twitchbayes.questions.dirichlet import draw_row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["drawn_posteriors", "interval_frame"]

Values = NDArray[np.float64]

COLUMNS = ["posterior", "low", "median", "high", "first"]


def interval_frame(
    case: Case, posterior: Values, *, level: float, draws: int, seed: int
) -> pd.DataFrame:
    """Returns intervals of every cause and group; see `Diagnosis.intervals`.

    Raises:
        QueryError: a level or a number of draws that cannot be.
    """
    import pandas as pd

    if not 0 < level < 1:
        raise QueryError(f"level is a probability between 0 and 1, such as 0.95, not {level}")
    if draws < 1:
        raise QueryError(
            f"draws is how many draws of the numbers are made, at least 1, not {draws}"
        )
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
            share = float((first == number).mean())
            rows.append((kind, name, now, *np.quantile(values[number], ends), share))
    return pd.DataFrame(rows, columns=["of", "name", *COLUMNS]).set_index(["of", "name"])


def drawn_posteriors(case: Case, draws: int, seed: int) -> Values:
    """Returns the posterior of the target under draws of all numbers, shape (draws, causes).

    The numbers of a row are drawn together from its Dirichlet, rows independently; a row that is
    used for several combinations of the parents is one draw for all of them. Rows that the findings
    rule out are not drawn.
    """
    network, structure = case.network, case.engine.structure
    random = np.random.default_rng(seed)
    found = {finding.variable: finding for finding in case.findings}
    observed = [network.position[name] for name in found]
    needed = structure.ancestors((case.place, *observed))
    values = {
        variable.name: [
            draw_row(row, mean, draws, random)
            if _may_hold(row, network, found)
            else np.broadcast_to(mean, (draws, len(mean)))
            for (_, row), mean in zip(
                variable.distribution.named_rows(),
                variable.distribution.distributions(variable.states),
                strict=True,
            )
        ]
        for place, variable in enumerate(network.variables)
        if place in needed
    }
    tables = draw_tables(network, structure, values)
    return case.engine.marginal([case.place], case.likelihoods(), tables).probabilities


def _may_hold(row: Row, network: Network, found: Mapping[str, Finding]) -> bool:
    """Whether the findings leave a combination of parents possible that a row is about."""
    for parent, states in row.when:
        if parent in found:
            weights = dict(zip(network.by_name[parent].states, found[parent].weights, strict=True))
            if not any(weights[state] for state in states):
                return False
    return True
