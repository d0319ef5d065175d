"""Runs of plans with negative entries: an answer, and how many of its digits are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.plan import Plan
from twitchbayes.engine.run import SUM_PRODUCT, run
from twitchbayes.errors import TooWideError

__all__ = ["run_signed"]

Answer = tuple[NDArray[np.float64], NDArray[np.float64]]

PRECISIONS: tuple[type[np.floating[Any]], ...] = (np.float32, np.float64, np.longdouble)
"""Ever finer; each but the first is judged by the one before."""

ACCURATE = 1e-9
"""What a probability may be off by, and the evidence relative to itself."""

CAUTION = 32
"""The rounding errors of two precisions need not be alike; one may be so many times smaller than
it is expected to be."""


def run_signed(
    plan: Plan, tables: Sequence[NDArray[Any]], likelihoods: Mapping[int, NDArray[Any]]
) -> Answer:
    """Returns the posterior of a plan with negative entries, and the logarithm of the evidence.

    What cancels takes digits with it. The plan is run in single and in double precision; rounding
    errors shrink as the precision does, so the difference of the two tells the error of the finer
    one. Where that is not good enough, double is judged by extended precision in the same way.

    Args:
        plan: what to do.
        tables: as `run` takes them.
        likelihoods: as `run` takes them.

    Returns:
        Shape (cases, kept...), each case summing to one; and shape (cases,).

    Raises:
        TooWideError: no precision is enough; a plan without negative entries did not fit.
    """
    before = _in_precision(plan, tables, likelihoods, PRECISIONS[0])
    for coarse, fine in pairwise(PRECISIONS):
        now = _in_precision(plan, tables, likelihoods, fine)
        if before is not None and now is not None:
            shrinks = float(np.finfo(fine).eps / np.finfo(coarse).eps)
            error = max(
                float(np.abs(one - other).max(initial=0.0))
                for one, other in zip(now, before, strict=True)
            )
            if shrinks < 1 and CAUTION * shrinks * error < ACCURATE:
                return now
        before = now
    raise TooWideError(
        f"every order found that fits in memory (induced width {plan.width}) subtracts numbers so "
        "alike that too few digits are left; ask with more of the findings given, or fewer",
        plan.width,
        plan.largest,
    )


def _in_precision(
    plan: Plan,
    tables: Sequence[NDArray[Any]],
    likelihoods: Mapping[int, NDArray[Any]],
    precision: type[np.floating[Any]],
) -> Answer | None:
    """Returns the answer of one run, None if digits were lost to underflow or all of them."""
    # the coarsest only judges; in the others what is lost to underflow would be lost to both
    try:
        with np.errstate(under="ignore" if precision is PRECISIONS[0] else "raise"):
            joint, log_scale = run(
                plan,
                [table.astype(precision) for table in tables],
                {node: values.astype(precision) for node, values in likelihoods.items()},
                SUM_PRODUCT,
            )
    except FloatingPointError:
        return None
    axes = tuple(range(1, joint.ndim))
    total = joint.sum(axis=axes, keepdims=True)
    if not (total > 0).all() or not np.isfinite(total).all():
        return None
    posterior = np.maximum(joint / total, 0)
    log_evidence = np.log(total.reshape(-1)) + log_scale
    return posterior.astype(np.float64), np.asarray(log_evidence, np.float64)
