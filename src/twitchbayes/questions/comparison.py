"""What moved between two diagnoses, and which finding moved it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from twitchbayes.errors import QueryError
from twitchbayes.evidence import Finding
from twitchbayes.questions.case import Case
from twitchbayes.questions.shapley import Shares, shapley

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["comparison_frame"]


def comparison_frame(before: Case, after: Case, *, orders: int, seed: int) -> pd.DataFrame:
    """Returns per finding that differs what it moved; see `Diagnosis.compare`.

    From the one case to what both share its findings are taken back, from there to the other case
    the other's are added. Every step on these ways has some findings of one possible case, so that
    none is impossible.

    Raises:
        QueryError: the two are about different networks.
    """
    import pandas as pd

    if before.network != after.network:
        raise QueryError(
            f"compare takes two diagnoses by one network, not by {before.network.name} "
            f"{before.network.version} and {after.network.name} {after.network.version}"
        )
    first, second = (_by_name(case.findings) for case in (before, after))
    names = [
        variable.name
        for variable in before.network.variables
        if _weights(first, variable.name) != _weights(second, variable.name)
    ]
    causes = before.target.states
    moved, variance = np.zeros((2, len(names), len(causes)))
    for sign, case, side in ((-1, before, first), (1, after, second)):
        places = [place for place, name in enumerate(names) if name in side]
        shares, errors = _added(case, [side[names[place]] for place in places], orders, seed)
        moved[places] += sign * shares
        variance[places] += errors**2
    frame = pd.DataFrame(moved, columns=list(causes))
    for column, case, side in (("after", after, second), ("before", before, first)):
        words = [case.words(side[name]) if name in side else "not asked" for name in names]
        frame.insert(0, column, pd.Series(words, dtype=object))
    frame["standard_error"] = np.sqrt(variance).max(axis=1)
    return frame.set_axis(pd.Index(names, name="finding", dtype=object), axis=0)


def _added(case: Case, players: Sequence[Finding], orders: int, seed: int) -> Shares:
    """Returns what some findings of a case add to the rest, of each cause its probability."""
    return shapley(
        lambda kept: case.posteriors(case.with_some(players, kept)),
        len(players),
        orders=orders,
        seed=seed,
    )


def _by_name(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.variable: finding for finding in findings}


def _weights(side: Mapping[str, Finding], name: str) -> tuple[float, ...] | None:
    """Returns what is known of a variable, up to its factor; None where nothing is."""
    if name not in side or len(set(side[name].weights)) == 1:
        return None
    most = max(side[name].weights)
    return tuple(weight / most for weight in side[name].weights)
