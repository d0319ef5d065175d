"""Runs a plan on arrays: one case or many, along a leading axis."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.maxima import Meeting, meet
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
    """An array with an axis per node of its scope, after one for the cases if it has them.

    Attributes:
        values: the array.
        scope: the nodes of its axes.
        cases: whether there is a leading axis of cases.
        reads: the maxima among its nodes that it is a function of; of the others it is a lift.
    """

    values: Array
    scope: tuple[int, ...]
    cases: bool
    reads: frozenset[int] = frozenset()


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
            axes cut out, or what they were taken apart into.
        likelihoods: for every observed node its likelihoods, shape (cases, states).
        semiring: the arithmetic; tables and likelihoods are its elements.

    Returns:
        The joint of the kept nodes, shape (cases, kept...), not normalised; and the logarithm of
        the factor taken out of it, shape (cases,). There is one case where nothing is observed.

    Raises:
        FloatingPointError: under `numpy.errstate(under="raise")`, digits were lost to underflow.
    """
    live: list[Factor | None] = [
        Factor(
            table,
            scope,
            cases=False,
            reads=plan.maxima.intersection(scope) if i in plan.readers else frozenset(),
        )
        for i, (table, scope) in enumerate(zip(tables, plan.scopes, strict=False))
    ]
    live += [Factor(likelihoods[node], (node,), cases=True) for node in plan.likelihoods]
    cases = max((len(values) for values in likelihoods.values()), default=1)
    log_scale = np.zeros(cases)
    for step in plan.steps:
        operands = [factor for i in step.operands if (factor := live[i]) is not None]
        for i in step.operands:
            live[i] = None
        result = multiply(operands, step, semiring, plan.maxima)
        if semiring.rescale:
            result, taken_out = _rescaled(result)
            log_scale += taken_out
        live.append(result)
    answer = live[-1]
    assert answer is not None
    joint = answer.values if answer.cases else answer.values[np.newaxis]
    return np.broadcast_to(joint, (cases, *joint.shape[1:])), log_scale


def multiply(
    operands: Sequence[Factor],
    step: Step,
    semiring: Semiring,
    maxima: Collection[int] = frozenset(),
) -> Factor:
    """Multiplies, those without a leading axis first, and sums the last node out.

    A large product is formed block by block, so that no more than the result is held beside the
    operands.
    """
    if not operands:
        return Factor(np.array(semiring.multiply.identity), (), cases=False)
    scope = step.scope
    last = scope[-1:] if step.eliminate else ()
    # what reads the maximum that is summed out comes last: by then all its lifts are multiplied
    operands = sorted(
        operands,
        key=lambda factor: (not factor.reads.isdisjoint(last), factor.cases, factor.values.size),
    )
    cases = any(factor.cases for factor in operands)
    meetings = _meetings(operands, scope, last, maxima)
    arrays = [_aligned(factor, scope) for factor in operands]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    depth = _block_depth(shape, {axis for meeting in meetings for axis, _ in meeting})
    if depth == 0:
        values = _product(arrays, meetings, semiring, sum_out=step.eliminate)
    else:
        values = np.empty(shape[:-1] if step.eliminate else shape, np.result_type(*arrays))
        for place in np.ndindex(*shape[1 : 1 + depth]):
            parts = [
                array[
                    (
                        slice(None),
                        *(
                            slice(p, p + 1) if length > 1 else slice(None)
                            for p, length in zip(place, array.shape[1:], strict=False)
                        ),
                    )
                ]
                for array in arrays
            ]
            block = (slice(None), *(slice(p, p + 1) for p in place))
            values[block] = _product(parts, meetings, semiring, sum_out=step.eliminate)
    reads = frozenset().union(*(factor.reads for factor in operands)).difference(last)
    kept = scope[:-1] if step.eliminate else scope
    return Factor(values if cases else values[0], kept, cases, reads)


def _block_depth(shape: tuple[int, ...], mixed: Collection[int]) -> int:
    """Returns how many of the axes after the cases are gone through one place at a time."""
    size = math.prod(shape[1:])
    depth = 0
    while size > BLOCK and depth + 2 < len(shape) and depth + 1 not in mixed:
        depth += 1
        size //= shape[depth]
    return depth


def _meetings(
    operands: Sequence[Factor], scope: tuple[int, ...], last: tuple[int, ...], maxima: Collection[int]
) -> list[list[Meeting]]:
    """Returns for every operand but the first at which maxima it meets those before it."""
    if not maxima:
        return [[] for _ in operands[1:]]
    found: list[list[Meeting]] = []
    before: set[int] = set(operands[0].scope)
    read = set(operands[0].reads)
    for factor in operands[1:]:
        met = [node for node in scope if node in maxima and node in before and node in factor.scope]
        found.append(
            [
                (1 + scope.index(node), -1 if node in read else int(node in factor.reads))
                for node in met
                # a maximum that is read and summed out is a plain sum over its states
                if node not in last or not (node in read or node in factor.reads)
            ]
        )
        before.update(factor.scope)
        read |= factor.reads
    return found


def _product(
    arrays: Sequence[Array],
    meetings: Sequence[Sequence[Meeting]],
    semiring: Semiring,
    *,
    sum_out: bool,
) -> Array:
    product = arrays[0]
    for array, meeting in zip(arrays[1:], meetings, strict=True):
        product = meet(product, array, meeting, semiring.multiply, semiring.add)
    return semiring.add.reduce(product, axis=-1) if sum_out else product


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
        largest = float(factor.values.max())
        if largest == 0 or largest > SMALL:
            return factor, 0.0
        return replace(factor, values=factor.values / largest), math.log(largest)
    peak = factor.values.max(axis=tuple(range(1, factor.values.ndim)), keepdims=True)
    peak = np.where(peak > 0, peak, 1.0)
    return replace(factor, values=factor.values / peak), np.log(peak.reshape(-1))
