"""A network's graph as it is drawn: which variables, in which layer, and what cannot be shown."""

from __future__ import annotations

from collections.abc import Collection

from twitchbayes.display.rows import GraphRows, NodeRow
from twitchbayes.network import Network

__all__ = ["MOST_NODES", "graph_rows"]

MOST_NODES = 120
"""Of a larger network only what is next to the target is drawn."""

HEADINGS = (
    ("Context",),
    ("Causes",),
    ("Mechanisms",),
    ("History", "Examination", "Tests", "Other"),
)
PLACES = {
    "context": (0, 0),
    "cause": (1, 0),
    "mechanism": (2, 0),
    "history": (3, 0),
    "examination": (3, 1),
    "test": (3, 2),
    "other": (3, 3),
}


def graph_rows(network: Network) -> GraphRows:
    """Returns what is drawn of a network.

    Where variables are of a kind, the layers are these, from the context to the findings; where
    none are, a variable comes after all it depends on.
    """
    names = [variable.name for variable in network.variables]
    arrows = sum(len(variable.parents) for variable in network.variables)
    whole = f"{_count(len(names), 'variable')}, {_count(arrows, 'arrow')}"
    if len(names) > MOST_NODES:
        names = _next_to(network)
        if len(names) > MOST_NODES:
            names = []
        shown = f"{_count(len(names), 'variable')} next to the target" if names else "none"
        summary = f"Graph of {whole}; drawn: {shown}."
    else:
        summary = f"Graph of {whole}; an arrow goes from what is depended on to what depends on it."
    shown_names = set(names)
    by_kind = any(
        variable.kind not in ("other", "cause")
        for variable in network.variables
        if variable.name in shown_names
    )
    layers = {} if by_kind else _layers(network, names)
    nodes = []
    for name in names:
        variable = network.by_name[name]
        target = name == network.target
        layer, section = PLACES["cause" if target else variable.kind]
        if not by_kind:
            layer, section = layers[name], 0
        nodes.append(NodeRow(variable.label or name, layer, section, target))
    place = {name: number for number, name in enumerate(names)}
    return GraphRows(
        summary,
        tuple(nodes),
        tuple(
            (place[parent], place[name])
            for name in names
            for parent in network.by_name[name].parents
            if parent in place
        ),
        HEADINGS if by_kind else (),
    )


def _next_to(network: Network) -> list[str]:
    """Returns the target with its parents and children, in the order of the network."""
    if network.target is None:
        return []
    near = {network.target, *network.by_name[network.target].parents}
    return [v.name for v in network.variables if v.name in near or network.target in v.parents]


def _layers(network: Network, names: Collection[str]) -> dict[str, int]:
    """Returns per variable its row: below all it depends on, and close to what depends on it."""
    parents = {n: [p for p in network.by_name[n].parents if p in names] for n in names}
    layers: dict[str, int] = {}
    left = list(names)
    while left:
        ready = [name for name in left if all(parent in layers for parent in parents[name])]
        for name in ready:
            layers[name] = max((layers[parent] + 1 for parent in parents[name]), default=0)
        left = [name for name in left if name not in layers]
    for name in names:
        children = [layers[child] for child in names if name in parents[child]]
        if not parents[name] and children:
            layers[name] = min(children) - 1
    return layers


def _count(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
