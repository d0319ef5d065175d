"""Wide networks: does an answer come, how soon, and in how much memory; pyAgrum on the same.

    python benchmarks/wide.py [--quick] [--public]

Each network is answered in a process of its own that may take 8 GB: the evidence and the posterior
of one root; then the posteriors of all roots at once. Printed are the induced width of plain
min-fill and that of the plan, the seconds of planning and of answering, how far the posterior of
the one root among all is from that of the one alone, and the most memory. With --public, the
networks that come with pgmpy, every leaf observed uncertainly, so that nothing is barren and
nothing is cut.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "tests"))
import twitchbayes as tb
import wide_networks
from oracles import agrum_network, public_file
from twitchbayes.engine import order
from twitchbayes.engine.structure import Structure

MEMORY = 8 * 2**30
SECONDS = 300
PUBLIC = [
    "andes",
    "barley",
    "diabetes",
    "link",
    "mildew",
    "munin",
    "munin1",
    "munin2",
    "munin3",
    "munin4",
    "pathfinder",
    "pigs",
    "water",
]


def first_root(structure: Structure, found: Iterable[int]) -> int:
    """The first node without parents that the findings say something about."""
    return min(node for node in structure.ancestors(found) if not structure.parents[node])


def ours(name: str) -> dict[str, object]:
    """What this library makes of one network, in words and numbers."""
    start = time.perf_counter()
    if name in PUBLIC:
        model = tb.load(public_file(name))
        with_children = {p for v in model.network.variables for p in v.parents}
        leaves = [v for v in model.network.variables if v.name not in with_children]
        rng = np.random.default_rng(1)
        found = {
            model.network.position[v.name]: 0.1 + rng.random((1, len(v.states))) for v in leaves
        }
    else:
        network, findings = wide_networks.wide_network(wide_networks.HARD[int(name)])
        model = tb.DiagnosticModel(network)
        found = {network.position[finding]: np.eye(2)[[1]] for finding in findings}
    loaded = time.perf_counter() - start
    engine = model.engine
    root = min(
        set(engine.structure.ancestors(found)), key=lambda n: len(engine.structure.parents[n])
    )
    states = {} if name in PUBLIC else dict.fromkeys(found, 1)
    scopes = [
        tuple(other for other in (*engine.structure.parents[node], node) if other not in states)
        for node in engine.structure.ancestors(found)
    ]
    # no restarts and no bound: the better of plain min-fill and min-weight
    order.MOST_RESTARTS, restarts = 0, order.MOST_RESTARTS
    inner = {node for scope in scopes for node in scope} - {root}
    plain = order.elimination_order(scopes, engine.structure.cards, inner)
    order.MOST_RESTARTS = restarts
    start = time.perf_counter()
    plan, _ = engine.ready([root], found.keys() - states.keys(), states)
    planned = time.perf_counter() - start
    start = time.perf_counter()
    answer = engine.marginal([root], found)
    answered = time.perf_counter() - start
    roots = [node for node in range(engine.variables) if not engine.structure.parents[node]]
    start = time.perf_counter()
    try:
        every = engine.marginals(roots, found)
        seconds: object = time.perf_counter() - start
        apart = float(np.abs(every.probabilities[root] - answer.probabilities).max())
    except tb.TooWideError:
        seconds, apart = "too wide", 0.0
    return {
        "nodes": len(model.variables),
        "findings": len(found),
        "min-fill": plain.width,
        "width": plan.width,
        "largest": plan.largest,
        "load": loaded,
        "plan": planned,
        "answer": answered,
        "roots": len(roots),
        "all": seconds,
        "apart": apart,
        "root": root,
        "probability": float(answer.probabilities[0, 0]),
        "GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def theirs(name: str) -> dict[str, object]:
    """What pyAgrum makes of it: the posterior of the same root, the root alone being its target."""
    import pyagrum as gum

    network, findings = wide_networks.wide_network(wide_networks.HARD[int(name)])
    net = agrum_network(network)
    model = tb.DiagnosticModel(network)
    found = {network.position[finding]: 1 for finding in findings}
    structure = model.engine.structure
    root = first_root(structure, found)
    start = time.perf_counter()
    inference = gum.LazyPropagation(net)
    inference.setEvidence(findings)
    inference.addTarget(network.variables[root].name)
    inference.makeInference()
    posterior = inference.posterior(network.variables[root].name)
    return {"answer": time.perf_counter() - start, "probability": float(posterior[0])}


def in_child(who: str, name: str) -> dict[str, object] | str:
    """The answer of a process of its own; words where there is none."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    command = [sys.executable, __file__, "--child", who, name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, preexec_fn=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return f"none in {SECONDS} s"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        return last[:120]
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the first five only")
    parser.add_argument("--public", action="store_true", help="the networks of pgmpy instead")
    parser.add_argument("--child", nargs=2, metavar=("WHO", "NETWORK"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        who, name = options.child
        print(json.dumps(ours(name) if who == "ours" else theirs(name)))
        return
    names = PUBLIC if options.public else [str(i) for i in range(len(wide_networks.HARD))]
    names = names[:5] if options.quick else names
    print(
        "| network | nodes | findings | min-fill | width | largest table | load, s | plan, s "
        "| answer, s | roots | all roots, s | apart by | GB | pyAgrum, s | differ by |\n|"
        + "---|"
        * 15
    )
    for name in names:
        mine = in_child("ours", name)
        peer = "not asked" if options.public else in_child("theirs", name)
        label = name if options.public else f"wide {int(name) + 1}"
        if isinstance(mine, str):
            print(f"| {label} | {mine} |", flush=True)
            continue
        cells = [f"{mine[key]:,}" for key in ("nodes", "findings", "min-fill", "width", "largest")]
        cells += [f"{mine[key]:.2f}" for key in ("load", "plan", "answer")]
        cells += [f"{mine['roots']}", str(mine["all"])[:5], f"{mine['apart']:.0e}"]
        cells.append(f"{mine['GB']:.2f}")
        if isinstance(peer, str):
            cells += [peer, "-"]
        else:
            difference = abs(float(str(peer["probability"])) - float(str(mine["probability"])))
            cells += [f"{peer['answer']:.2f}", f"{difference:.0e}"]
        print(f"| {label} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
