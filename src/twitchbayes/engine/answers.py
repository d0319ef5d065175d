"""What the engine gives back, as arrays with a leading axis of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Marginal", "Marginals", "MostProbable"]


@dataclass(frozen=True)
class Marginal:
    """The answer to one query, for every case.

    Attributes:
        probabilities: shape (cases, states of each variable asked for...), summing to one for
            every case; zeros where the evidence is impossible.
        log_evidence: ln P(evidence), shape (cases,); minus infinity where it is impossible.
    """

    probabilities: NDArray[np.float64]
    log_evidence: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence[Marginal]) -> Marginal:
        """Returns the answers about different cases as one."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.log_evidence for part in parts]),
        )


@dataclass(frozen=True)
class Marginals:
    """The posteriors of many variables, each by itself, for every case.

    Attributes:
        probabilities: per variable, by position, shape (cases, states), summing to one for every
            case; zeros where the evidence is impossible.
        log_evidence: ln P(evidence), shape (cases,); minus infinity where it is impossible.
    """

    probabilities: Mapping[int, NDArray[np.float64]]
    log_evidence: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence[Marginals]) -> Marginals:
        """Returns the answers about different cases as one."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            {
                node: np.concatenate([part.probabilities[node] for part in parts])
                for node in parts[0].probabilities
            },
            np.concatenate([part.log_evidence for part in parts]),
        )

    @classmethod
    def side_by_side(cls, parts: Sequence[Marginals]) -> Marginals:
        """Returns the answers about different nodes in the same cases as one."""
        probabilities: dict[int, NDArray[np.float64]] = {}
        for part in parts:
            probabilities |= part.probabilities
        return cls(probabilities, parts[0].log_evidence)


@dataclass(frozen=True)
class MostProbable:
    """The most probable states of all variables together, for every case.

    Attributes:
        states: number of each variable's state, shape (cases, variables); -1 where the evidence is
            impossible.
        log_probability: ln P(states | evidence), shape (cases,); minus infinity where the evidence
            is impossible.
    """

    states: NDArray[np.intp]
    log_probability: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence[MostProbable]) -> MostProbable:
        """Returns the answers about different cases as one."""
        return cls(
            np.concatenate([part.states for part in parts]),
            np.concatenate([part.log_probability for part in parts]),
        )
