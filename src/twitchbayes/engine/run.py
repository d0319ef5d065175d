"""Runs a plan on arrays: one case or many, along a leading axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.plan import BLOCK, Plan, Step

__all__ = [
    "LOG_SUM_PRODUCT",
    "POSSIBLE",
    "SUM_PRODUCT",
    "Factor",
    "Semiring",
    "alignment",
    "multiply",
    "run",
]

Array = NDArray[Any]

SMALL = 1e-20
"""A message of one case whose largest entry is above this is left alone: far from underflow."""

CASES = -(2**62)
"""Stands for the axis of the cases among the nodes of a scope."""


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


@dataclass(frozen=True)
class Factor:
    """An array with an axis per node of its scope, after one for the cases if it has them."""

    values: Array
    scope: tuple[int, ...]
    cases: bool


def run(
    plan: Plan,
    tables: Sequence[Array],
    likelihoods: Mapping[int, Array],
    semiring: Semiring,
) -> tuple[Array, NDArray[np.float64]]:
    """Runs a plan.

    Args:
        plan: what to do.
        tables: the plan's first inputs: the tables of its nodes, shape (parents..., states), fixed
            axes cut out, or what they were taken apart into; with a leading axis where they differ
            from case to case.
        likelihoods: for every observed node its likelihoods, shape (cases, states).
        semiring: the arithmetic; tables and likelihoods are its elements.

    Returns:
        The joint of the kept nodes, shape (cases, kept...), not normalised; and the logarithm of
        the factor taken out of it, shape (cases,). There is one case where nothing is observed.

    Raises:
        FloatingPointError: under `numpy.errstate(under="raise")`, digits were lost to underflow.
    """
    live: list[Factor | None] = [
        Factor(table, scope, cases=table.ndim > len(scope))
        for table, scope in zip(tables, plan.scopes, strict=False)
    ]
    drawn = [len(factor.values) for factor in live if factor is not None and factor.cases]
    live += [Factor(likelihoods[node], (node,), cases=True) for node in plan.likelihoods]
    cases = max([*drawn, *(len(values) for values in likelihoods.values())], default=1)
    log_scale = np.zeros(cases)
    for step in plan.steps:
        operands = [factor for i in step.operands if (factor := live[i]) is not None]
        for i in step.operands:
            live[i] = None
        result = multiply(operands, step, semiring)
        if semiring.rescale:
            result, taken_out = _rescaled(result)
            log_scale += taken_out
        live.append(result)
    answer = live[-1]
    assert answer is not None
    joint = answer.values if answer.cases else answer.values[np.newaxis]
    return np.broadcast_to(joint, (cases, *joint.shape[1:])), log_scale


def multiply(operands: Sequence[Factor], step: Step, semiring: Semiring) -> Factor:
    """Multiplies, those without a leading axis first, and sums the last node out.

    A large product is formed block by block, so that no more than the result is held beside the
    operands.
    """
    if not operands:
        return Factor(np.array(semiring.multiply.identity), (), cases=False)
    operands = sorted(operands, key=lambda factor: (factor.cases, factor.values.size))
    cases = any(factor.cases for factor in operands)
    arrays = [_aligned(factor, step.scope) for factor in operands]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    if shape[0] == 1 and math.prod(shape) > BLOCK:
        values = _in_blocks(arrays, shape, semiring, sum_out=step.eliminate)
    else:
        values = arrays[0]
        for array in arrays[1:]:
            values = semiring.multiply(values, array)
        if step.eliminate:
            values = semiring.add.reduce(values, axis=-1)
    return Factor(
        values if cases else values[0], step.scope[:-1] if step.eliminate else step.scope, cases
    )


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


def _aligned(factor: Factor, scope: tuple[int, ...]) -> Array:
    """Returns the values with a leading axis and one axis per node of `scope`, to broadcast."""
    values = factor.values if factor.cases else factor.values[np.newaxis]
    if factor.scope == scope:
        return values
    # the cases are an axis like any other here, with a number that no node has
    axes, places = alignment((CASES, *factor.scope), (CASES, *scope))
    return values.transpose(axes)[places]


@lru_cache(maxsize=2**16)
def alignment(
    scope: tuple[int, ...], wider: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[slice | None, ...]]:
    """Returns how to order the axes of a factor, and where to add some, to fit a wider scope."""
    axes = sorted(range(len(scope)), key=lambda axis: wider.index(scope[axis]))
    return tuple(axes), tuple(slice(None) if node in scope else None for node in wider)


def _rescaled(factor: Factor) -> tuple[Factor, NDArray[np.float64] | float]:
    """Divides by the largest entry, per case; a factor of zeros is left as it is."""
    if not factor.cases:
        largest = float(np.maximum(factor.values.max(), -factor.values.min()))
        if largest == 0 or largest > SMALL:
            return factor, 0.0
        return Factor(factor.values / largest, factor.scope, cases=False), math.log(largest)
    axes = tuple(range(1, factor.values.ndim))
    peak = factor.values.max(axis=axes, keepdims=True)
    peak = np.maximum(peak, -factor.values.min(axis=axes, keepdims=True))
    peak = np.where(peak > 0, peak, 1.0)
    return Factor(factor.values / peak, factor.scope, cases=True), np.log(peak.reshape(-1))
