"""The slow, obvious way: full joint tables. Never shipped; every fast road must agree with it."""

from __future__ import annotations

import itertools
import math

import numpy as np

from twitchbayes import Network, NoisyMax, Row, Table, Variable


def row_values(row: Row, variable: Variable) -> list[float]:
    given = {state: estimate.value for state, estimate in row.estimates}
    left = 1 - math.fsum(given.values())
    others = [state for state in variable.states if state not in given]
    if len(others) < 2:
        return [given.get(state, left) for state in variable.states]
    # they share what is left as in the row without conditions
    assert isinstance(variable.distribution, Table)
    (baseline,) = (row for row in variable.distribution.rows if not row.when)
    usual = dict(zip(variable.states, row_values(baseline, variable), strict=True))
    total = math.fsum(usual[state] for state in others)
    return [
        given[state] if state in given else left * usual[state] / total if total else 0.0
        for state in variable.states
    ]


def holds(row: Row, combination: dict[str, str]) -> bool:
    return all(combination[parent] in states for parent, states in row.when)


def cell(network: Network, variable: Variable, combination: dict[str, str]) -> list[float]:
    """P(variable | one combination of its parents' states), straight from the definition."""
    if isinstance(variable.distribution, NoisyMax):
        return noisy_cell(network, variable, variable.distribution, combination)
    rows = [row for row in variable.distribution.rows if holds(row, combination)]
    sizes = []
    for row in rows:
        named = dict(row.when)
        sizes.append(
            math.prod(
                len(named.get(parent, network.variable(parent).states))
                for parent in variable.parents
            )
        )
    return row_values(rows[sizes.index(min(sizes))], variable)


def noisy_cell(
    network: Network, variable: Variable, noisy: NoisyMax, combination: dict[str, str]
) -> list[float]:
    """Every way in which the leak and the parents can lift the variable, one by one."""
    sure_of_first = [1.0] + [0.0] * (len(variable.states) - 1)
    lifts = [row_values(noisy.leak, variable)]
    for parent in variable.parents:
        link = [
            row
            for row in noisy.links
            if row.when[0][0] == parent and combination[parent] in row.when[0][1]
        ]
        lifts.append(row_values(link[0], variable) if link else sure_of_first)
    values = [0.0] * len(variable.states)
    for places in itertools.product(range(len(variable.states)), repeat=len(lifts)):
        values[max(places)] += math.prod(
            lift[place] for lift, place in zip(lifts, places, strict=True)
        )
    return values


def table(network: Network, name: str) -> np.ndarray:
    variable = network.variable(name)
    parents = [network.variable(parent).states for parent in variable.parents]
    values = [
        cell(network, variable, dict(zip(variable.parents, states, strict=True)))
        for states in itertools.product(*parents)
    ]
    return np.array(values).reshape([*map(len, parents), len(variable.states)])


def joint(network: Network) -> np.ndarray:
    """P(everything), one axis per variable, in order."""
    names = [variable.name for variable in network.variables]
    product = np.ones([len(variable.states) for variable in network.variables])
    for variable in network.variables:
        axes = [names.index(name) for name in (*variable.parents, variable.name)]
        values = table(network, variable.name).transpose(np.argsort(axes))
        shape = [1] * len(names)
        for axis, length in zip(sorted(axes), values.shape, strict=True):
            shape[axis] = length
        product = product * values.reshape(shape)
    return product


def posterior(
    network: Network, targets: list[str], weights: dict[str, list[float]]
) -> tuple[np.ndarray, float]:
    """(P(targets | evidence) with axes in the order of targets, P(evidence))."""
    names = [variable.name for variable in network.variables]
    product = joint(network)
    for name, of_states in weights.items():
        shape = [1] * len(names)
        shape[names.index(name)] = len(of_states)
        product = product * np.array(of_states).reshape(shape)
    kept = [names.index(target) for target in targets]
    summed = product.sum(axis=tuple(i for i in range(len(names)) if i not in kept))
    summed = summed.transpose(np.argsort(np.argsort(kept)))
    total = float(summed.sum())
    return (summed / total if total else summed), total
