"""Why: what each finding adds to the odds of a cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twitchbayes.errors import QueryError
from twitchbayes.questions.case import Case
from twitchbayes.questions.shapley import shapley

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["explanation_frame"]

Values = NDArray[np.float64]

COLUMNS = ["state", "assumed", "weight", "factor", "likelihood_ratio", "standard_error"]


def explanation_frame(
    case: Case,
    leader: str,
    cause: str | Sequence[str] | None,
    against: str | Sequence[str] | None,
    *,
    orders: int,
    seed: int,
) -> pd.DataFrame:
    """Returns per finding its share of the change in log10 odds; see `Diagnosis.explain`.

    Raises:
        QueryError: an unknown cause, a cause against itself, or odds that are no finite number.
    """
    import pandas as pd

    for_these = case.causes(cause, default=leader)
    others = ~for_these if against is None else case.causes(against, default=leader)
    if (for_these & others).any():
        raise QueryError("the causes on one side and on the other have some in common; name others")
    players = case.found

    def log_odds(kept: NDArray[np.bool_]) -> Values:
        posteriors = case.posteriors(case.with_some(players, kept))
        numerator, denominator = posteriors[:, for_these].sum(1), posteriors[:, others].sum(1)
        if not (numerator.all() and denominator.all()):
            raise QueryError(
                "the findings, or some of them, make a side certain or impossible, so that the "
                "odds are no finite number; name other causes"
            )
        odds: Values = np.log10(numerator) - np.log10(denominator)
        return odds

    weights, errors = shapley(log_odds, len(players), orders=orders, seed=seed)
    alone = log_odds(np.vstack([np.zeros(len(players), bool), np.eye(len(players), dtype=bool)]))
    frame = pd.DataFrame(
        {
            "state": [case.words(finding) for finding in players],
            "assumed": np.array([finding.assumed for finding in players], dtype=np.bool_),
            "weight": weights,
            "factor": 10**weights,
            "likelihood_ratio": 10 ** (alone[1:] - alone[0]),
            "standard_error": errors,
        },
        columns=COLUMNS,
        index=pd.Index([finding.variable for finding in players], name="finding", dtype=object),
    )
    order = np.argsort(-np.abs(weights), kind="stable")
    frame = frame.iloc[order]
    frame.attrs = {
        "cause": _names(case, for_these),
        "against": _names(case, others),
        "log10_odds_before": float(alone[0]),
        "log10_odds_after": float(alone[0] + weights.sum()),
    }
    return frame


def _names(case: Case, meant: NDArray[np.bool_]) -> list[str]:
    return [state for state, is_meant in zip(case.target.states, meant, strict=True) if is_meant]
