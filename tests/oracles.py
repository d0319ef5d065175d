"""Other programs and public networks, to check against."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pyagrum as gum

import twitchbayes as tb


def public_file(name: str) -> Path:
    spec = importlib.util.find_spec("pgmpy")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "utils" / "example_models" / f"{name}.bif.gz"


def agrum_network(network: tb.Network) -> Any:
    net = gum.BayesNet()
    for variable in network.variables:
        net.add(gum.LabelizedVariable(variable.name, variable.name, list(variable.states)))
    for variable in network.variables:
        for parent in variable.parents:
            net.addArc(parent, variable.name)
    for variable in network.variables:
        table = network.table(variable.name)
        names = (*variable.parents, variable.name)
        for cell in itertools.product(*map(range, table.shape)):
            net.cpt(variable.name)[dict(zip(names, cell, strict=True))] = float(table[cell])
    return net


def agrum_values(tensor: Any) -> list[float]:
    """The entries of a tensor over one variable; its own `toarray` warns under NumPy 2.5."""
    (name,) = tensor.names
    return [tensor[{name: place}] for place in range(tensor.domainSize())]


def drawn(network: tb.Network, cases: int, rng: np.random.Generator) -> np.ndarray:
    """Codes of simulated cases, about half of each case missing."""
    codes = np.full((cases, len(network.variables)), -1)
    left = list(network.variables)
    while left:
        variable = left.pop(0)
        places = [network.position[parent] for parent in variable.parents]
        if (codes[0, places] < 0).any():
            left.append(variable)
            continue
        rows = network.table(variable.name)[tuple(codes[:, places].T)]
        rows = np.broadcast_to(rows, (cases, len(variable.states)))
        states = [rng.choice(len(row), p=row / row.sum()) for row in rows]
        codes[:, network.position[variable.name]] = states
    codes[rng.random(codes.shape) < 0.5] = -1
    return codes
