"""Runs a plan on arrays: one case or many, along a leading axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.plan import BLOCK, Plan, Step

__all__ = [
    "LOG_SUM_PRODUCT",
    "POSSIBLE",
    "SUM_PRODUCT",
    "Semiring",
    "run",
]

Array = NDArray[Any]


@dataclass(frozen=True)
class Semiring:
    """What is meant by multiplying and by summing out.

    Attributes:
        multiply, add: the two operations.
        rescale: whether messages are divided by their largest entry, which is kept as a logarithm.
    """

    multiply: np.ufunc
    add: np.ufunc
    rescale: bool


SUM_PRODUCT = Semiring(np.multiply, np.add, rescale=True)
"""Probabilities."""
LOG_SUM_PRODUCT = Semiring(np.add, np.logaddexp, rescale=False)
"""Logarithms of probabilities: slow, and safe where products underflow."""
POSSIBLE = Semiring(np.logical_and, np.logical_or, rescale=False)
"""Whether the probability is above zero, without any arithmetic."""


def run(
    plan: Plan,
    tables: Sequence[Array],
    likelihoods: Mapping[int, Array],
    semiring: Semiring,
    *,
    careful: bool = False,
) -> tuple[Array, NDArray[np.float64]]:
    """Runs a plan.

    Args:
        plan: what to do.
        tables: the plan's first inputs: the tables of its nodes, shape (parents..., states), fixed
            axes cut out, or what they were taken apart into; with a leading axis where they differ
            from case to case.
        likelihoods: for every observed node its likelihoods, shape (cases, states).
        semiring: the arithmetic; tables and likelihoods are its elements.
        careful: whether every message is rescaled, and not only after many factors.

    Returns:
        The joint of the kept nodes, shape (cases, kept...), not normalised; and the logarithm of
        the factor taken out of it, shape (cases,). There is one case where nothing is observed.

    Raises:
        FloatingPointError: under `numpy.errstate(under="raise")`, digits were lost to underflow.
    """
    live: list[Array | None] = [*tables, *(likelihoods[node] for node in plan.likelihoods)]
    cases = max((len(values) for values in likelihoods.values()), default=1)
    for table, scope in zip(tables, plan.scopes, strict=False):
        if table.ndim > len(scope):
            cases = max(cases, len(table))
    log_scale = np.zeros(cases)
    for step in plan.steps:
        result = _multiplied(live, step, semiring)
        if semiring.rescale and (careful or step.rescale):
            result, taken_out = _rescaled(result, cases=step.cases)
            log_scale += taken_out
        live.append(result)
    joint = live[-1]
    assert joint is not None
    numbers = np.array([live[number] for number in plan.numbers])
    if semiring.rescale and numbers.all():
        log_scale += np.log(numbers).sum()
    else:
        joint = semiring.multiply(joint, semiring.multiply.reduce(numbers))
    if not plan.steps[-1].cases:
        joint = joint[np.newaxis]
    return np.broadcast_to(joint, (cases, *joint.shape[1:])), log_scale


def _multiplied(live: list[Array | None], step: Step, semiring: Semiring) -> Array:
    """Multiplies what a step takes, which is then let go, and sums the last node out.

    A large product is formed block by block, so that no more than the result is held beside the
    operands.
    """
    arrays = []
    for operand in step.operands:
        values = live[operand.factor]
        assert values is not None
        live[operand.factor] = None
        if operand.axes is not None:
            values = values.transpose(operand.axes)
        if operand.places is not None:
            values = values[operand.places]
        arrays.append(values)
    if not arrays:
        return np.array(semiring.multiply.identity)
    if step.size > BLOCK:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        if not step.cases or shape[0] == 1:
            return _in_blocks(arrays, shape, semiring, sum_out=step.eliminate)
    product = reduce(semiring.multiply, arrays)
    result: Array = semiring.add.reduce(product, -1) if step.eliminate else product
    return result


def _in_blocks(
    arrays: Sequence[Array], shape: tuple[int, ...], semiring: Semiring, *, sum_out: bool
) -> Array:
    """Multiplies arrays of a single case, to broadcast to a shape, and sums the last axis out."""
    depth = 1
    while math.prod(shape[depth:]) > BLOCK and depth + 1 < len(shape):
        depth += 1
    values = np.empty(shape[:-1] if sum_out else shape, np.result_type(*arrays))
    depth = min(depth, values.ndim)
    for block in np.ndindex(*shape[:depth]):
        parts = [
            array[tuple([p if n > 1 else 0 for p, n in zip(block, array.shape, strict=False)])]
            for array in arrays
        ]
        if not sum_out:
            values[block] = reduce(semiring.multiply, parts)
            continue
        # state by state: the axis is the outermost in memory, so that each is one long run
        for state in range(shape[-1]):
            of_state = [part[..., state if part.shape[-1] > 1 else 0] for part in parts]
            product = reduce(semiring.multiply, of_state)
            values[block] = product if state == 0 else semiring.add(values[block], product)
    return values


def _rescaled(values: Array, *, cases: bool) -> tuple[Array, Array]:
    """Divides by the largest entry, per case; what is zero is left as it is."""
    axes = tuple(range(1 if cases else 0, values.ndim))
    peak = np.maximum(values.max(axis=axes, keepdims=True), -values.min(axis=axes, keepdims=True))
    peak = np.where(peak > 0, peak, 1.0)
    return values / peak, np.log(peak.reshape(-1))
