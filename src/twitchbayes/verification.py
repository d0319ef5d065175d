"""The same posterior from another program: pgmpy's variable elimination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.evidence import Finding
from twitchbayes.io import import_pgmpy, network_to_pgmpy
from twitchbayes.network import Network

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Verification", "pgmpy_posterior"]


@dataclass(frozen=True, eq=False)
class Verification:
    """A posterior that another program computed, and how far it is from ours.

    Attributes:
        posterior: over the causes, in the order declared.
        largest_difference: the largest absolute difference of a cause's probability.
    """

    posterior: pd.Series[Any]
    largest_difference: float


def pgmpy_posterior(
    network: Network, target: str, findings: Sequence[Finding]
) -> NDArray[np.float64]:
    """Returns P(target | findings) from pgmpy, shape (states,)."""
    tabular_cpd = import_pgmpy("factors.discrete").TabularCPD
    hard: dict[str, str] = {}
    virtual: list[Any] = []
    for finding in findings:
        states = network.by_name[finding.variable].states
        open_states = [s for s, weight in zip(states, finding.weights, strict=True) if weight > 0]
        if len(open_states) == 1:
            hard[finding.variable] = open_states[0]
        else:
            weights = np.array(finding.weights) / max(finding.weights)
            weights /= weights.sum()
            virtual.append(
                tabular_cpd(
                    finding.variable,
                    len(states),
                    weights[:, np.newaxis],
                    state_names={finding.variable: list(states)},
                )
            )
    elimination = import_pgmpy("inference").VariableElimination(network_to_pgmpy(network))
    answer = elimination.query(
        [target], evidence=hard, virtual_evidence=virtual or None, show_progress=False
    )
    by_state = dict(zip(answer.state_names[target], answer.values.tolist(), strict=True))
    return np.array([by_state[state] for state in network.by_name[target].states])
