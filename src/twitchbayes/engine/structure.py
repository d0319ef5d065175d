"""A network as the engine sees it: numbered nodes, each with parents and a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import NoisyMax
from twitchbayes.network import Network

__all__ = ["Compiled", "Structure", "compile_network"]


@dataclass(frozen=True)
class Structure:
    """The shape of a network, without its numbers.

    Attributes:
        cards: number of states per node; the network's variables first, in order, then the hidden
            nodes that the engine adds.
        parents: the parents of each node.
    """

    cards: tuple[int, ...]
    parents: tuple[tuple[int, ...], ...]

    def ancestors(self, nodes: Iterable[int]) -> frozenset[int]:
        """Returns the nodes and all their ancestors: whatever else there is, is barren."""
        seen: set[int] = set()
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting.extend(self.parents[node])
        return frozenset(seen)


@dataclass(frozen=True)
class Compiled:
    """A structure with its tables, node by node, each of shape (parents..., states)."""

    structure: Structure
    tables: tuple[NDArray[np.float64], ...]


def compile_network(network: Network) -> Compiled:
    """Returns the network with every noisy-MAX as a chain of three-variable tables.

    A noisy-MAX of n parents is the maximum of n + 1 independent lifts, and a maximum can be taken
    one by one: n - 1 hidden nodes, each the maximum so far, and no table over more than one parent
    (Heckerman 1993, Causal independence for knowledge acquisition and inference).
    """
    cards = [len(variable.states) for variable in network.variables]
    parents: list[tuple[int, ...]] = []
    tables: list[NDArray[np.float64]] = []
    hidden: list[tuple[tuple[int, ...], NDArray[np.float64]]] = []
    for variable in network.variables:
        nodes = tuple(network.position[parent] for parent in variable.parents)
        if not isinstance(variable.distribution, NoisyMax) or len(nodes) == 1:
            parents.append(nodes)
            tables.append(network.table(variable.name))
            continue
        noisy = variable.distribution
        states = variable.states
        at_most = np.cumsum(noisy.leak.values(states))[np.newaxis]
        so_far: tuple[int, ...] = ()
        for node, (parent, parent_states) in zip(
            nodes, network.parents(variable.name), strict=True
        ):
            link = np.cumsum(noisy.link_array(parent, parent_states, states), axis=1)
            table = np.diff(at_most[:, np.newaxis] * link, axis=-1, prepend=0.0)
            scope = (*so_far, node)
            if node == nodes[-1]:
                parents.append(scope)
                tables.append(table)
            else:
                so_far = (len(network.variables) + len(hidden),)
                hidden.append((scope, table if len(scope) == 2 else table[0]))
                at_most = np.triu(np.ones((len(states), len(states))))
    for scope, table in hidden:
        cards.append(table.shape[-1])
        parents.append(scope)
        tables.append(table)
    for table in tables:
        table.setflags(write=False)
    return Compiled(Structure(tuple(cards), tuple(parents)), tuple(tables))
