"""What moved between two diagnoses, and which finding moved it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twitchbayes.errors import QueryError
from twitchbayes.evidence import Finding
from twitchbayes.questions.case import Case
from twitchbayes.questions.shapley import shapley

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["comparison_frame"]


def comparison_frame(before: Case, after: Case, *, orders: int, seed: int) -> pd.DataFrame:
    """Returns per finding that differs what it moved; see `Diagnosis.compare`.

    Raises:
        QueryError: the two are about different networks.
        ImpossibleEvidenceError: some findings of the one with the others of the other are
            impossible.
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
    same = Case(
        before.network, before.engine, tuple(f for f in before.findings if f.variable not in names)
    )

    def posteriors(exchanged: NDArray[np.bool_]) -> NDArray[np.float64]:
        likelihoods = same.likelihoods(len(exchanged))
        for name, there in zip(names, exchanged.T, strict=True):
            ones = (1.0,) * len(before.network.by_name[name].states)
            was, is_now = (np.array(_weights(side, name) or ones) for side in (first, second))
            values = np.where(there[:, np.newaxis], is_now, was)
            likelihoods[before.network.position[name]] = values
        return same.posteriors(likelihoods)

    moved, _ = shapley(posteriors, len(names), orders=orders, seed=seed)
    causes = before.target.states
    frame = pd.DataFrame(moved.reshape(len(names), len(causes)), columns=list(causes))
    for column, case, side in (("after", after, second), ("before", before, first)):
        words = [case.words(side[name]) if name in side else "not asked" for name in names]
        frame.insert(0, column, pd.Series(words, dtype=object))
    return frame.set_axis(pd.Index(names, name="finding", dtype=object), axis=0)


def _by_name(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.variable: finding for finding in findings}


def _weights(side: Mapping[str, Finding], name: str) -> tuple[float, ...] | None:
    """Returns what is known of a variable, up to its factor; None where nothing is."""
    if name not in side or len(set(side[name].weights)) == 1:
        return None
    most = max(side[name].weights)
    return tuple(weight / most for weight in side[name].weights)
