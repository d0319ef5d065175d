"""Which red flags the findings raise. Each looks at its own findings and at nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from twitchbayes.evidence import Finding
from twitchbayes.network import Network, RedFlag
from twitchbayes.rules.limits import ACTIONS

__all__ = ["raised_flags"]


def raised_flags(network: Network, findings: Sequence[Finding]) -> list[RedFlag]:
    """Returns the flags that are raised, the most urgent first.

    A flag is raised when each of its variables was found in one of its states; what is only assumed
    was not found. Uncertain evidence counts as found where no other state is likelier; evidence
    that favours no state says nothing.
    """
    weights = {finding.variable: finding.weights for finding in findings if not finding.assumed}
    raised = [
        flag
        for flag in network.red_flags
        if all(
            name in weights and _points_to(network.by_name[name].states, weights[name], states)
            for name, states in flag.when
        )
    ]
    return sorted(raised, key=lambda flag: ACTIONS.index(flag.action))


def _points_to(states: Sequence[str], weights: Sequence[float], flagged: Sequence[str]) -> bool:
    inside = [w for state, w in zip(states, weights, strict=True) if state in flagged]
    outside = [w for state, w in zip(states, weights, strict=True) if state not in flagged]
    if not outside:
        return True
    return max(inside) >= max(outside) and min(weights) < max(weights)
