"""Runs a plan on so many cases at a time as fit, in arithmetic that loses no digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.answers import Marginal
from twitchbayes.engine.cancellation import Answer, Precision, judged, watched
from twitchbayes.engine.likelihoods import CHUNK_ENTRIES, cases_of, peaks_of
from twitchbayes.engine.plan import Plan
from twitchbayes.engine.run import LOG_SUM_PRODUCT, SUM_PRODUCT, run

__all__ = ["chunks", "in_chunks", "run_signed"]


def chunks(plan: Plan, cases: int) -> list[slice]:
    """Returns the cases in parts, each of as many as fit."""
    # what is formed block by block for one case is not for several
    size = max(1, CHUNK_ENTRIES // max(plan.peak, plan.largest))
    return [slice(start, start + size) for start in range(0, cases, size)]


def in_chunks(
    plan: Plan,
    tables: Sequence[NDArray[np.float64]],
    likelihoods: Mapping[int, NDArray[np.float64]],
) -> Marginal:
    """Runs a plan on so many cases at a time as fit; what there is one of is for all of them."""
    drawn = {
        i: len(table)
        for i, (table, scope) in enumerate(zip(tables, plan.scopes, strict=False))
        if table.ndim > len(scope) and len(table) > 1
    }
    parts = chunks(plan, max([cases_of(likelihoods), *drawn.values()]))
    if len(parts) == 1:
        return _marginal(plan, tables, likelihoods)
    return Marginal.joined(
        [
            _marginal(
                plan,
                [table[part] if i in drawn else table for i, table in enumerate(tables)],
                {n: v[part] if len(v) > 1 else v for n, v in likelihoods.items()},
            )
            for part in parts
        ]
    )


def _marginal(
    plan: Plan,
    tables: Sequence[NDArray[np.float64]],
    likelihoods: Mapping[int, NDArray[np.float64]],
) -> Marginal:
    """Runs a plan with probabilities, or with their logarithms where digits would be lost."""
    if plan.signed:
        return Marginal(*run_signed(plan, tables, likelihoods))
    peaks, log_peaks = peaks_of(likelihoods)
    for careful in (False, True):
        try:
            with np.errstate(under="raise", divide="ignore"):
                scaled = {node: values / peaks[node] for node, values in likelihoods.items()}
                joint, log_scale = run(plan, tables, scaled, SUM_PRODUCT, careful=careful)
                total = joint.sum(axis=tuple(range(1, joint.ndim)), keepdims=True)
                probabilities = joint / np.where(total > 0, total, 1.0)
                log_evidence = np.log(total.reshape(-1)) + log_scale
            return Marginal(probabilities, log_evidence + log_peaks)
        except FloatingPointError:
            continue
    with np.errstate(divide="ignore"):
        logs = {n: np.log(values) - np.log(peaks[n]) for n, values in likelihoods.items()}
    probabilities, log_evidence = _by_logarithms(plan, tables, logs)
    return Marginal(probabilities, log_evidence + log_peaks)


def _by_logarithms(
    plan: Plan,
    tables: Sequence[NDArray[np.float64]],
    logs: Mapping[int, NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns posterior and log evidence, slowly; nothing is too small for this."""
    with np.errstate(divide="ignore", under="ignore"):
        log_joint, _ = run(plan, [np.log(table) for table in tables], logs, LOG_SUM_PRODUCT)
        flat = log_joint.reshape(len(log_joint), -1)
        log_evidence = np.logaddexp.reduce(flat, axis=1)
        finite = np.where(np.isfinite(log_evidence), log_evidence, 0.0)
        return np.exp(flat - finite[:, np.newaxis]).reshape(log_joint.shape), log_evidence


def run_signed(
    plan: Plan,
    tables: Sequence[NDArray[np.float64]],
    likelihoods: Mapping[int, NDArray[np.float64]],
) -> Answer:
    """Returns what a plan with negative entries gives, as accurate as `judged` has it.

    Args:
        plan: what to do.
        tables: as `run` takes them.
        likelihoods: shape (cases, states), up to a factor.

    Returns:
        Shape (cases, kept...), each case summing to one; and shape (cases,).

    Raises:
        TooWideError: too few digits are left.
    """
    peaks, log_peaks = peaks_of(likelihoods)

    def in_precision(precision: Precision) -> Answer | None:
        try:
            with watched(precision):
                joint, log_scale = run(
                    plan,
                    [table.astype(precision) for table in tables],
                    {n: (v / peaks[n]).astype(precision) for n, v in likelihoods.items()},
                    SUM_PRODUCT,
                    careful=True,
                )
        except FloatingPointError:
            return None
        total = joint.sum(axis=tuple(range(1, joint.ndim)), keepdims=True)
        if not (total > 0).all() or not np.isfinite(total).all():
            return None
        posterior = np.maximum(joint / total, 0)
        log_evidence = np.log(total.reshape(-1)) + log_scale + log_peaks
        return posterior.astype(np.float64), np.asarray(log_evidence, np.float64)

    return judged(in_precision, plan.width, plan.largest)
