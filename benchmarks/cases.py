"""The networks of the benchmarks, and cases drawn from them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import twitchbayes as tb

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from oracles import public_file

__all__ = ["TARGETS", "Codes", "draw", "load"]

Codes = NDArray[np.int8]

TARGETS = {
    "leg_twitch": "cause",
    "alarm": "HYPOVOLEMIA",
    "hepar2": "Cirrhosis",
    "win95pts": "Problem1",
    "insurance": "DrivQuality",
    "child": "Disease",
    "pathfinder": "Fault",
    # those without a diagnosis of their own: the root with the most descendants
    "andes": "TRY12",
    "munin1": "DIFFN_TYPE",
    "diabetes": "cho_init",
    "link": "Z_2_a_m",
    "pigs": "p750261487",
}


def load(name: str) -> tb.DiagnosticModel:
    """The bundled network, or the public one of this name, with its target."""
    if name == "leg_twitch":
        return tb.load(name)
    return tb.load(public_file(name), target=TARGETS[name])


def draw(model: tb.DiagnosticModel, cases: int, seed: int) -> Codes:
    """Codes of simulated cases, shape (cases, variables), so that none is impossible.

    Every case misses its own share of the findings, between 30 and 70%. The target is never seen,
    nor are mechanisms.
    """
    rng = np.random.default_rng(seed)
    network = model.network
    codes = np.full((cases, len(network.variables)), -1, dtype=np.int8)
    waiting = list(network.variables)
    while waiting:
        variable = waiting.pop(0)
        places = [network.position[parent] for parent in variable.parents]
        if cases and (codes[:1, places] < 0).any():
            waiting.append(variable)
            continue
        sums = network.table(variable.name).cumsum(axis=-1)
        rows = sums[tuple(codes[:, places].T)] if places else sums[np.newaxis]
        # the last sum is not looked at, so that a state of probability zero is never drawn
        drawn = rng.random((cases, 1)) * rows[:, -1:] >= rows[:, :-1]
        codes[:, network.position[variable.name]] = drawn.sum(axis=1)
    missing = rng.uniform(0.3, 0.7, (cases, 1))
    for place, variable in enumerate(network.variables):
        codes[rng.random(cases) < missing[:, 0], place] = -1
        if variable.name == model.target.name or variable.kind == "mechanism":
            codes[:, place] = -1
    return codes
