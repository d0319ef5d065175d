"""Many draws of a network's numbers as tables with a leading axis, for one plan to run over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import NoisyMax, maximum
from twitchbayes.engine.structure import Structure
from twitchbayes.network import Network

__all__ = ["draw_tables"]


def draw_tables(
    network: Network, structure: Structure, values: Mapping[str, Sequence[NDArray[np.float64]]]
) -> dict[int, NDArray[np.float64]]:
    """Returns the tables that `Engine.marginal` takes, for draws of the numbers of some variables.

    Args:
        network: as it is without the draws.
        structure: the engine's, of the same network.
        values: per variable one array per row, in the order of `distribution.named_rows()` (of a
            noisy-MAX the links, then the leak); shape (draws, states), every draw summing to one.

    Returns:
        Per node, hidden ones included, shape (draws, parents..., states).

    Example:
        >>> import numpy as np
        >>> import twitchbayes as tb
        >>> from twitchbayes.engine import Engine, draw_tables
        >>> network = tb.load("asia").network
        >>> engine = Engine(network)
        >>> smokers = np.array([[0.5, 0.5], [0.8, 0.2]])
        >>> tables = draw_tables(network, engine.structure, {"smoke": [smokers]})
        >>> lung = network.position["lung"]
        >>> engine.marginal([lung], {}, tables).probabilities[:, 1].round(3).tolist()
        [0.055, 0.028]
    """
    tables = {}
    for name, rows in values.items():
        variable = network.variable(name)
        node = network.position[name]
        parents = network.parents(name)
        if isinstance(variable.distribution, NoisyMax):
            drawn = _links(variable.distribution, parents, rows)
            tables.update(_chain(network, structure, node, drawn, rows[-1]))
        else:
            owners = variable.distribution.owners(parents)
            cards = [structure.cards[parent] for parent in structure.parents[node]]
            table = np.stack(rows, axis=1)[:, owners.reshape(cards)]
            tables[node] = table
    return tables


def _links(
    noisy: NoisyMax,
    parents: Sequence[tuple[str, tuple[str, ...]]],
    rows: Sequence[NDArray[np.float64]],
) -> list[NDArray[np.float64]]:
    """Returns per parent of several states its lifts, shape (draws, parent states, states)."""
    places = {
        name: {state: place for place, state in enumerate(states)}
        for name, states in parents
        if len(states) > 1
    }
    lifted = {}
    for name, place in places.items():
        lifted[name] = np.zeros((len(rows[-1]), len(place), rows[-1].shape[-1]))
        lifted[name][..., 0] = 1.0
    for link, row in zip(noisy.links, rows, strict=False):
        ((name, states),) = link.when
        if name in lifted:
            for state in states:
                lifted[name][:, places[name][state]] = row
    return list(lifted.values())


def _chain(
    network: Network,
    structure: Structure,
    node: int,
    links: Sequence[NDArray[np.float64]],
    leak: NDArray[np.float64],
) -> dict[int, NDArray[np.float64]]:
    """Returns the tables of a noisy-MAX and of its hidden nodes, made as the structure has them."""
    chain = [node]
    while (before := structure.parents[chain[-1]]) and before[0] >= len(network.variables):
        chain.append(before[0])
    chain.reverse()
    first, rest = leak, list(links)
    if structure.parents[chain[0]]:
        first, rest = maximum(leak[:, np.newaxis], links[0]), rest[1:]
    certain = np.eye(leak.shape[-1])[:, np.newaxis]
    tables = [first, *(maximum(certain, link[:, np.newaxis]) for link in rest)]
    return dict(zip(chain, tables, strict=True))
