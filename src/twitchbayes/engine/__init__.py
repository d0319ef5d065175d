"""Exact inference: a plan made from shapes once, run on arrays as often as wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.plan import Plan, make_plan
from twitchbayes.engine.run import LOG_SUM_PRODUCT, POSSIBLE, SUM_PRODUCT, run
from twitchbayes.engine.structure import compile_network
from twitchbayes.network import Network

__all__ = ["Engine", "Marginal"]

CHUNK_ENTRIES = 2**22
"""Entries of the largest table of a chunk of cases: 32 MiB of float64."""


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


class Engine:
    """Exact inference on one network by variable elimination (Zhang and Poole 1994).

    Evidence is a likelihood vector per observed variable, so that hard, disjunctive and soft
    findings are one thing. Nothing that is asked changes the engine.
    """

    def __init__(self, network: Network) -> None:
        compiled = compile_network(network)
        self.structure = compiled.structure
        self.tables = compiled.tables

    def plan(self, keep: Sequence[int], observed: Sequence[int]) -> Plan:
        """Returns the plan for the joint of the variables `keep`; print it to see its cost.

        Args:
            keep: positions of the variables asked for, in the order of the answer's axes.
            observed: positions of the variables that carry evidence.
        """
        return make_plan(self.structure, tuple(keep), tuple(sorted(observed)))

    def marginal(
        self, keep: Sequence[int], likelihoods: Mapping[int, NDArray[np.float64]]
    ) -> Marginal:
        """Returns the joint posterior of the variables `keep` for every case.

        Args:
            keep: positions of the variables asked for.
            likelihoods: per observed variable P(what was seen | state), shape (cases, states), up
                to a factor; ones for a case in which it was not observed.
        """
        plan = self.plan(keep, list(likelihoods))
        cases = max((len(values) for values in likelihoods.values()), default=1)
        size = max(1, CHUNK_ENTRIES // plan.largest)
        parts = []
        for start in range(0, cases, size):
            chunk = {node: values[start : start + size] for node, values in likelihoods.items()}
            parts.append(self._marginal(plan, chunk))
        if len(parts) == 1:
            return parts[0]
        return Marginal(
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.log_evidence for part in parts]),
        )

    def possible(self, likelihoods: Mapping[int, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Returns for every case whether its evidence has probability above zero; shape (cases,).

        No arithmetic is involved, so nothing can underflow.
        """
        plan = self.plan((), list(likelihoods))
        joint, _ = run(
            plan,
            [table > 0 for table in self.tables],
            {node: values > 0 for node, values in likelihoods.items()},
            POSSIBLE,
        )
        return joint

    def _marginal(self, plan: Plan, likelihoods: Mapping[int, NDArray[np.float64]]) -> Marginal:
        joint, log_scale = run(plan, self.tables, likelihoods, SUM_PRODUCT)
        total = joint.sum(axis=tuple(range(1, joint.ndim)), keepdims=True)
        lost = total.reshape(-1) <= 0
        total = np.where(total > 0, total, 1.0)
        probabilities = joint / total
        log_evidence = np.log(total.reshape(-1)) + log_scale
        if lost.any():
            again = self._safe_marginal(plan, {n: v[lost] for n, v in likelihoods.items()})
            probabilities[lost], log_evidence[lost] = again.probabilities, again.log_evidence
        return Marginal(probabilities, log_evidence)

    def _safe_marginal(
        self, plan: Plan, likelihoods: Mapping[int, NDArray[np.float64]]
    ) -> Marginal:
        """The same in logarithms, for cases whose probability came out as zero."""
        with np.errstate(divide="ignore"):
            tables = [np.log(table) for table in self.tables]
            logs = {node: np.log(values) for node, values in likelihoods.items()}
        log_joint, _ = run(plan, tables, logs, LOG_SUM_PRODUCT)
        flat = log_joint.reshape(len(log_joint), -1)
        log_evidence = np.logaddexp.reduce(flat, axis=1)
        finite = np.where(np.isfinite(log_evidence), log_evidence, 0.0)
        probabilities = np.exp(flat - finite[:, np.newaxis]).reshape(log_joint.shape)
        return Marginal(probabilities, log_evidence)
