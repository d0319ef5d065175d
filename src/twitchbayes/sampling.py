"""Cases drawn from a network: every variable from its distribution given its parents'."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import NoisyMax
from twitchbayes.network import Network, Variable

__all__ = ["draw_cases"]


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
        places = [network.position[name] for name in variable.parents]
        parents = network.parents(variable.name)
        distribution = variable.distribution
        if isinstance(distribution, NoisyMax):
            # the highest of what the leak and each parent alone lift it to
            leak = distribution.leak.values(variable.states)
            lifts = [_drawn(np.broadcast_to(leak, (count, len(leak))), generator)]
            for place, link in zip(
                places, distribution.link_arrays(parents, variable.states), strict=True
            ):
                lifts.append(_drawn(link[cases[:, place]], generator))
            drawn = np.max(lifts, axis=0)
        else:
            table = distribution.array(parents, variable.states)
            drawn = _drawn(
                np.broadcast_to(table[tuple(cases.T[places])], (count, table.shape[-1])), generator
            )
        cases[:, network.position[variable.name]] = drawn
    return cases


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
