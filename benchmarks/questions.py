"""Times the questions about a diagnosis on leg_twitch with ten findings; pyAgrum where it answers.

`python benchmarks/questions.py`: medians of rounds in one process, in turn.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyagrum as gum

import twitchbayes as tb

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import oracles

ROUNDS = 7

TEN = {
    "objective_weakness": "focal",
    "muscle_wasting": "yes",
    "cramps": "yes",
    "reflexes": "brisk",
    "babinski": "yes",
    "fatigue": "yes",
    "pain": "none",
    "numbness": "none",
    "duration": "over_3_months",
    "timing": "any_time",
}


def main() -> None:
    model = tb.load("leg_twitch")
    dx = model.diagnose(TEN, age=58)
    net = oracles.agrum_network(model.network)
    names = list(dx.next_findings().index)
    evidence = {**TEN, "setting": "primary_care", "age_band": "40_59"}

    def agrum() -> dict[str, float]:
        found = {}
        for name in names:
            engine = gum.LazyPropagation(net)
            engine.setEvidence(evidence)
            found[name] = gum.InformationTheory(engine, ["cause"], [name]).mutualInformationXY()
        return found

    asked = dx.next_findings()["information"]
    apart = max(abs(asked[name] - value) for name, value in agrum().items())
    questions: dict[str, Callable[[], object]] = {
        "explain, 1,024 subsets": dx.explain,
        "next_findings": dx.next_findings,
        "pyAgrum, mutual information of the same": agrum,
        "sensitivity, all numbers": dx.sensitivity,
        "intervals, 1,000 draws": dx.intervals,
        "conflict, 1,000 patients": dx.conflict,
        "settled, all pairs": dx.settled,
    }
    times: dict[str, list[float]] = {name: [] for name in questions}
    for _ in range(ROUNDS):
        for name, question in questions.items():
            start = time.perf_counter()
            question()
            times[name].append(1000 * (time.perf_counter() - start))
    for name, taken in times.items():
        print(f"{name:42} {statistics.median(taken):8.1f} ms")
    theirs, ours = (
        statistics.median(times[name])
        for name in ("pyAgrum, mutual information of the same", "next_findings")
    )
    print(f"pyAgrum over next_findings: {theirs / ours:.1f} x, differ by at most {apart:.0e}")


if __name__ == "__main__":
    main()
