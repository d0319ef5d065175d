"""A network as the engine sees it: numbered nodes, each with parents and a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import NoisyMax, maximum
from twitchbayes.network import Network, Variable

__all__ = ["Compiled", "Structure", "compile_network"]

Nodes = list[tuple[tuple[int, ...], NDArray[np.float64]]]
"""Parents and table, shape (parents..., states), per node."""


@dataclass(frozen=True)
class Structure:
    """The shape of a network, without its numbers.

    Attributes:
        cards: number of states per node; the network's variables first, in order, then the hidden
            nodes that the engine adds.
        parents: the parents of each node; variables of one state say nothing and are left out.
    """

    cards: tuple[int, ...]
    parents: tuple[tuple[int, ...], ...]

    @cached_property
    def families(self) -> tuple[tuple[int, ...], ...]:
        """The nodes of each node's table: its parents and itself."""
        return tuple((*parents, node) for node, parents in enumerate(self.parents))

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The children of each node."""
        found: list[list[int]] = [[] for _ in self.cards]
        for node, parents in enumerate(self.parents):
            for parent in parents:
                found[parent].append(node)
        return tuple(map(tuple, found))

    @cached_property
    def touching(self) -> tuple[tuple[int, ...], ...]:
        """The nodes whose tables each node is in: itself and its children."""
        return tuple((node, *children) for node, children in enumerate(self.children))

    @cached_property
    def turn(self) -> tuple[int, ...]:
        """The turn of each node where children come before their parents."""
        found = [0] * len(self.cards)
        left = list(map(len, self.children))
        waiting = [node for node, children in enumerate(left) if not children]
        for turn, node in enumerate(waiting):
            found[node] = turn
            for parent in self.parents[node]:
                left[parent] -= 1
                if not left[parent]:
                    waiting.append(parent)
        return tuple(found)

    @cached_property
    def below(self) -> tuple[int, ...]:
        """Each node and its descendants, as bits of a number."""
        found = [1 << node for node in range(len(self.cards))]
        for node in sorted(range(len(found)), key=self.turn.__getitem__):
            for child in self.children[node]:
                found[node] |= found[child]
        return tuple(found)

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

    @cached_property
    def _places(self) -> tuple[itemgetter[Any], ...]:
        # the last place is an ellipsis, for the leading axis of drawn tables
        return tuple(itemgetter(-1, *family) for family in self.structure.families)

    @cached_property
    def ascending(self) -> tuple[NDArray[np.float64], ...]:
        """The tables with an axis per node of the family, ascending."""
        return tuple(
            table.transpose(np.argsort(family))
            for family, table in zip(self.structure.families, self.tables, strict=True)
        )

    def cut(self, nodes: Iterable[int], states: Mapping[int, int]) -> list[NDArray[np.float64]]:
        """Returns the tables of some nodes, the axes of nodes in known states cut out."""
        at: list[Any] = [slice(None)] * len(self.tables)
        for node, state in states.items():
            at[node] = state
        at.append(...)
        return [self.tables[node][self._places[node](at)] for node in nodes]

    def with_drawn(self, tables: Mapping[int, NDArray[np.float64]]) -> Compiled:
        """Returns the same with other tables of some nodes, shape (draws, parents..., states)."""
        return replace(
            self, tables=tuple(tables.get(node, own) for node, own in enumerate(self.tables))
        )


def compile_network(network: Network) -> Compiled:
    """Returns the network with every noisy-MAX as a chain of three-variable tables.

    A noisy-MAX of n parents is the maximum of n + 1 independent lifts, and a maximum can be taken
    one by one: n - 1 hidden nodes, each the maximum so far, and no table over more than one parent
    (Heckerman 1993, Causal independence for knowledge acquisition and inference).
    """
    nodes: Nodes = []
    hidden: Nodes = []
    for variable in network.variables:
        parents = [
            (name, states) for name, states in network.parents(variable.name) if len(states) > 1
        ]
        numbers = tuple(network.position[name] for name, _ in parents)
        if isinstance(variable.distribution, NoisyMax):
            arrays = variable.distribution.link_arrays(parents, variable.states)
            links = list(zip(numbers, arrays, strict=True))
            first_hidden = len(network.variables) + len(hidden)
            chain = _chain(variable, variable.distribution, links, first_hidden)
            hidden += chain[:-1]
            nodes.append(chain[-1])
        else:
            shape = [len(states) for _, states in parents]
            nodes.append((numbers, network.table(variable.name).reshape(*shape, -1)))
    every = nodes + hidden
    for _, table in every:
        table.setflags(write=False)
    structure = Structure(
        tuple(table.shape[-1] for _, table in every), tuple(parents for parents, _ in every)
    )
    return Compiled(structure, tuple(table for _, table in every))


def _chain(
    variable: Variable,
    noisy: NoisyMax,
    links: list[tuple[int, NDArray[np.float64]]],
    first_hidden: int,
) -> Nodes:
    """Returns the nodes of a noisy-MAX; the last is the variable itself."""
    leak = noisy.leak.values(variable.states)
    chain: Nodes = [((), leak)]
    if links:
        node, link = links[0]
        try:
            with np.errstate(under="raise"):
                chain, links = [((node,), maximum(leak, link))], links[1:]
        except FloatingPointError:
            pass  # the product is too small for a number, so the leak stays a node of its own
    certain = np.eye(len(leak))
    for node, link in links:
        chain.append(((first_hidden + len(chain) - 1, node), maximum(certain[:, np.newaxis], link)))
    return chain
