"""Cases drawn from a network: every variable from its distribution given its parents'."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import NoisyMax
from twitchbayes.engine import Engine
from twitchbayes.network import Network, Variable

__all__ = ["draw_cases", "draw_cases_given"]


def draw_cases(network: Network, count: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Returns cases in which everything is known, drawn from the network's joint distribution.

    Forward sampling (Henrion 1988, Propagating uncertainty in Bayesian networks by probabilistic
    logic sampling): parents come before their children.

    Args:
        network: what to draw from.
        count: how many cases.
        generator: where the randomness comes from.

    Returns:
        Shape (count, variables), the places of states, columns as `network.variables`.

    Example:
        >>> import numpy as np
        >>> import twitchbayes as tb
        >>> network = tb.load("asia").network
        >>> cases = draw_cases(network, 10_000, np.random.default_rng(0))
        >>> bool(abs(cases[:, network.position["smoke"]].mean() - 0.5) < 0.02)
        True
    """
    cases = np.zeros((count, len(network.variables)), dtype=np.intp)
    for variable in _parents_first(network):
        cases[:, network.position[variable.name]] = _given_parents(
            network, variable, cases, generator
        )
    return cases


def draw_cases_given(
    network: Network,
    engine: Engine,
    likelihoods: Mapping[int, NDArray[np.float64]],
    count: int,
    generator: np.random.Generator,
) -> NDArray[np.intp]:
    """Returns cases drawn from the joint distribution given evidence, which must be possible.

    What has no evidence below it is drawn from its parents; the rest, parents first, from its exact
    posterior given the evidence and all that was drawn before. Of cases that are alike so far one
    is asked about.

    Args:
        network: what to draw from.
        engine: of the same network.
        likelihoods: per observed variable, by position, shape (1, states).
        count: how many cases.
        generator: where the randomness comes from.

    Returns:
        Shape (count, variables), the places of states, columns as `network.variables`.
    """
    cases = np.zeros((count, len(network.variables)), dtype=np.intp)
    above = engine.structure.ancestors(likelihoods)
    drawn: list[int] = []
    for variable in _parents_first(network):
        place = network.position[variable.name]
        if place not in above:
            cases[:, place] = _given_parents(network, variable, cases, generator)
            continue
        alike, which = np.unique(cases[:, drawn], axis=0, return_inverse=True)
        known = {node: np.tile(values, (len(alike), 1)) for node, values in likelihoods.items()}
        for node, states in zip(drawn, alike.T, strict=True):
            known[node] = np.eye(len(network.variables[node].states))[states]
        chances = engine.marginal([place], known).probabilities
        chances = np.broadcast_to(chances, (len(alike), chances.shape[1]))
        cases[:, place] = _drawn(chances[which.reshape(-1)], generator)
        drawn.append(place)
    return cases


def _given_parents(
    network: Network, variable: Variable, cases: NDArray[np.intp], generator: np.random.Generator
) -> NDArray[np.intp]:
    """Returns a state of a variable in each case, drawn from its distribution given its parents."""
    places = [network.position[name] for name in variable.parents]
    parents = network.parents(variable.name)
    distribution = variable.distribution
    count = len(cases)
    if isinstance(distribution, NoisyMax):
        # the highest of what the leak and each parent alone lift it to
        leak = distribution.leak.values(variable.states)
        lifts = [_drawn(np.broadcast_to(leak, (count, len(leak))), generator)]
        for place, link in zip(
            places, distribution.link_arrays(parents, variable.states), strict=True
        ):
            lifts.append(_drawn(link[cases[:, place]], generator))
        highest: NDArray[np.intp] = np.max(lifts, axis=0)
        return highest
    table = distribution.array(parents, variable.states)
    return _drawn(
        np.broadcast_to(table[tuple(cases.T[places])], (count, table.shape[-1])), generator
    )


def _parents_first(network: Network) -> list[Variable]:
    ordered: dict[str, Variable] = {}
    waiting = list(reversed(network.variables))
    while waiting:
        variable = waiting[-1]
        missing = [name for name in variable.parents if name not in ordered]
        if missing:
            waiting += [network.by_name[name] for name in missing]
        else:
            ordered.setdefault(waiting.pop().name, variable)
    return list(ordered.values())


def _drawn(rows: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.intp]:
    """Returns a state from each distribution, shape (cases, states); never one of probability 0."""
    at_most = rows.cumsum(axis=1)
    chosen = generator.random(len(rows)) * at_most[:, -1]
    drawn: NDArray[np.intp] = (chosen[:, np.newaxis] >= at_most[:, :-1]).sum(axis=1)
    return drawn
