"""Times this library and pyAgrum on the same work, in turn, in one run; prints ratios.

    python benchmarks/run.py [--quick]

Cases are drawn at random, half of the findings missing. Answers are compared before they are timed.
Every time is a median of several rounds, in which the two take turns.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pyagrum as gum

import twitchbayes as tb

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from oracles import agrum_network, agrum_values

NETWORKS = {
    "leg_twitch": "cause",
    "alarm": "HYPOVOLEMIA",
    "hepar2": "Cirrhosis",
    "win95pts": "Problem1",
    "insurance": "DrivQuality",
    "child": "Disease",
}
ROUNDS = 5


def load(name: str) -> tb.DiagnosticModel:
    if name == "leg_twitch":
        return tb.load(name)
    folder = resources.files("pgmpy") / "utils" / "example_models"
    with resources.as_file(folder / f"{name}.bif.gz") as path:
        return tb.load(path, target=NETWORKS[name])


def draw(model: tb.DiagnosticModel, cases: int, seed: int) -> np.ndarray:
    """Codes of simulated cases, so that none is impossible; half of what can be seen is."""
    rng = np.random.default_rng(seed)
    network = model.network
    codes = np.full((cases, len(network.variables)), -1, dtype=np.int8)
    waiting = list(network.variables)
    while waiting:
        variable = waiting.pop(0)
        places = [network.position[parent] for parent in variable.parents]
        if (codes[:, places] < 0).any():
            waiting.append(variable)
            continue
        rows = (
            network.table(variable.name)[tuple(codes[:, places].T)]
            if places
            else np.tile(network.table(variable.name), (cases, 1))
        )
        drawn = (rng.random((cases, 1)) > rows.cumsum(axis=1)).sum(axis=1)
        codes[:, network.position[variable.name]] = np.minimum(drawn, rows.shape[1] - 1)
    codes[rng.random(codes.shape) < 0.5] = -1
    for place, variable in enumerate(network.variables):
        if variable.name == model.target.name or variable.kind == "mechanism":
            codes[:, place] = -1
    return codes


def in_turn(rounds: int, *work: Callable[[], object]) -> list[float]:
    """Median seconds of each, the rounds taking turns."""
    times: list[list[float]] = [[] for _ in work]
    for _ in range(rounds):
        for of_this, do in zip(times, work, strict=True):
            start = time.perf_counter()
            do()
            of_this.append(time.perf_counter() - start)
    return [statistics.median(of_this) for of_this in times]


class Peer:
    """pyAgrum, asked one case after the other, for one target."""

    def __init__(self, model: tb.DiagnosticModel) -> None:
        self.target = model.target.name
        self.names = model.variables
        self.inference = gum.ShaferShenoyInference(agrum_network(model.network))
        self.inference.addTarget(self.target)

    def posterior(self, row: list[int]) -> object:
        seen = {name: code for name, code in zip(self.names, row, strict=True) if code >= 0}
        self.inference.setEvidence(seen)
        self.inference.makeInference()
        return self.inference.posterior(self.target)


def compare(name: str, cases: int, peer_cases: int) -> None:
    model = load(name)
    codes = draw(model, cases, seed=1)
    peer = Peer(model)
    rows = codes[:peer_cases].tolist()
    ours = model.posteriors(codes)
    theirs = np.array([agrum_values(peer.posterior(row)) for row in rows])
    worst = float(np.abs(ours[:peer_cases] - theirs).max())
    if worst > 1e-9:
        raise SystemExit(f"{name}: the answers differ by {worst:g}; nothing is timed")

    place = model.network.position[model.target.name]
    cards = model.engine.structure.cards
    findings = [
        {i: np.eye(cards[i])[[code]] for i, code in enumerate(row) if code >= 0} for row in rows
    ]

    def one_by_one() -> None:
        for found in findings:
            model.engine.marginal([place], found)

    one_by_one()
    times = in_turn(
        ROUNDS,
        lambda: [peer.posterior(row) for row in rows],
        lambda: model.posteriors(codes),
        one_by_one,
    )
    theirs_us = 1e6 * times[0] / peer_cases
    batch_us, single_us = 1e6 * times[1] / cases, 1e6 * times[2] / peer_cases
    report(name, "posteriors, a batch", theirs_us, batch_us, worst)
    report(name, "one case after the other, arrays", theirs_us, single_us, worst)
    if name == "leg_twitch":
        through_pandas(model, codes, theirs_us)


def through_pandas(model: tb.DiagnosticModel, codes: np.ndarray, theirs_us: float) -> None:
    columns = {}
    for place, variable in enumerate(model.network.variables):
        if (codes[:, place] >= 0).any():
            columns[variable.name] = pd.Categorical.from_codes(codes[:, place], variable.states)
    categories = pd.DataFrame(columns)
    texts = categories.astype(object)
    some = texts.head(200).to_dict("records")
    times = in_turn(
        3,
        lambda: model.diagnose_frame(categories),
        lambda: model.diagnose_frame(texts),
        lambda: [model.diagnose(row).posterior for row in some],
    )
    for what, seconds, cases in zip(
        ("diagnose_frame, categories", "diagnose_frame, texts", "diagnose(...).posterior"),
        times,
        (len(codes), len(codes), len(some)),
        strict=True,
    ):
        report("leg_twitch", what, theirs_us, 1e6 * seconds / cases, None)


def report(name: str, what: str, theirs_us: float, ours_us: float, worst: float | None) -> None:
    ratio = theirs_us / ours_us
    differ = "-" if worst is None else f"{worst:.0e}"
    print(
        f"| {name} | {what} | {theirs_us:,.0f} | {ours_us:,.1f} | {ratio:,.3g} x | {differ} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer cases, for a look")
    quick = parser.parse_args().quick
    print(f"pyAgrum {gum.__version__}, NumPy {np.__version__}\n")
    print("| network | work | pyAgrum, us a case | twitchbayes, us a case | ratio | differ by |")
    print("|---|---|---|---|---|---|")
    for name in NETWORKS:
        compare(name, 20_000 if quick else 200_000, 50 if quick else 200)


if __name__ == "__main__":
    main()
