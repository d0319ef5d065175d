"""Times this library and others on the same work, in turn, in one run; prints a table.

    python benchmarks/run.py [--quick] [--only NAME ...]

Answers are compared before they are timed. Every network has a process of its own.
docs/benchmarks.md says how each row is measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd
from cases import Codes, draw, load
from peers import FAILURES, BayesianCpp, Peer, Pgmpy, Values, fastest_agrum, fastest_nbn
from processes import memory, start_up
from timing import HEADER, agree, answered, failed, in_turn, report, table_row, timed

import twitchbayes as tb
from twitchbayes.cases import fill_defaults
from twitchbayes.engine import code_likelihoods


@dataclass(frozen=True)
class Marks:
    """How many times as fast as others this library shall be, at least.

    Attributes:
        batch: by program, or "any"; None where no batch is timed.
        one_case: against pyAgrum.
    """

    batch: Mapping[str, float] | None = None
    one_case: float | None = None


PACKAGES = ("numpy", "pandas", "pyagrum", "bayesian-cpp", "nbn", "torch", "pgmpy")

MARKS = {
    "leg_twitch": Marks({"pyAgrum": 1500, "nbn": 60}, 20),
    "alarm": Marks({"pyAgrum": 1000, "nbn": 8}, 8),
    "hepar2": Marks({"pyAgrum": 300, "nbn": 8}, 8),
    "win95pts": Marks({"pyAgrum": 300, "nbn": 8}, 8),
    "insurance": Marks({"any": 20}, 2),
    "child": Marks({"nbn": 20}),
    "pathfinder": Marks({"any": 5}, 2),
    "andes": Marks({"any": 5}, 1),
    "munin1": Marks(one_case=1),
    "diabetes": Marks(one_case=1),
    "link": Marks(one_case=1),
    "pigs": Marks(one_case=1),
}

CATEGORIES, TEXTS, DIAGNOSE = 1000, 150, 2
"""The marks of leg_twitch through pandas, against pyAgrum's bare query."""

MARGINALS = {"leg_twitch": 3, "alarm": 3, "child": 3, "win95pts": 3, "hepar2": 2}
BATCH_MARGINALS = 50
"""The marks of all marginals at once, against pyAgrum: one case, and in a batch."""

MOST_SECONDS = 12
"""So long a batch of this library may take, roughly; else it has fewer cases."""

PARTS = (*MARKS, "start", "memory")
SLOW = ("pathfinder", "diabetes", "link", "pigs")
"""Left out of a quick run: most of their time is reading the file."""


@dataclass(frozen=True)
class Effort:
    """How long is measured.

    Attributes:
        rounds: of every measure; medians are over these.
        batch: cases of a batch.
        questions: cases that are asked one by one in a round.
        patience: seconds that a round of one program may take, roughly.
        memory: cases of the batch whose memory is measured.
        starts: processes that are started for each measure of a start.
    """

    rounds: int = 5
    batch: int = 200_000
    questions: int = 300
    patience: float = 2.5
    memory: int = 1_000_000
    starts: int = 21


QUICK = Effort(3, 20_000, 60, 0.5, 100_000, 6)


@dataclass(frozen=True)
class ByCodes:
    """This library, asked case by case: arrays in, arrays out."""

    model: tb.DiagnosticModel
    name: str = "twitchbayes"
    tolerance: float = 0.0

    def ready(self, codes: Codes) -> list[Codes]:
        return [codes[case : case + 1] for case in range(len(codes))]

    def ask(self, question: Codes) -> Values:
        return self.model.posteriors(question)

    def values(self, answers: Sequence[Values]) -> Values:
        return np.concatenate(answers)


class ByNames(ByCodes):
    """This library, asked with names and answering with names; what it assumes is not said."""

    def ready(self, codes: Codes) -> list[Any]:
        variables = self.model.network.variables
        return [
            {
                variable.name: variable.states[code]
                for variable, code in zip(variables, row, strict=True)
                if code >= 0 and variable.states[code] != variable.default
            }
            for row in codes.tolist()
        ]

    def ask(self, question: Any) -> Any:
        return self.model.diagnose(question).posterior

    def values(self, answers: Sequence[Any]) -> Values:
        return np.array([answer.to_numpy() for answer in answers])


class AllMarginals(ByCodes):
    """This library, asked for the posterior of every variable."""

    def ask(self, question: Codes) -> Any:
        likelihoods = code_likelihoods(question, self.model.engine.structure.cards)
        nodes = range(len(self.model.variables))
        return self.model.engine.marginals(nodes, likelihoods).probabilities

    def values(self, answers: Sequence[Any]) -> Values:
        nodes = range(len(self.model.variables))
        return np.concatenate(
            [np.concatenate([answer[node] for node in nodes], axis=1) for answer in answers]
        )


def mark_against(marks: Mapping[str, float], peer: Peer) -> float | None:
    return marks.get(peer.name.split(",")[0], marks.get("any"))


def batch(name: str, model: tb.DiagnosticModel, marks: Mapping[str, float], effort: Effort) -> None:
    """A table of cases, as codes, for one target."""
    codes = draw(model, effort.batch, seed=1)
    size = _affordable(model, codes)
    codes = codes[:size]
    ours = model.posteriors(codes)
    work = f"{name}, posteriors, {size:,} cases"
    makers: dict[str, Callable[[], Peer]] = {
        "pyAgrum": lambda: fastest_agrum(model, codes[:20]),
        "bayesian-cpp": lambda: BayesianCpp(model),
        "nbn": lambda: fastest_nbn(model, codes, effort.patience),
    }
    peers: list[tuple[Peer, list[Any], int, float]] = []
    for package, make in makers.items():
        try:
            peer = make()
            questions = peer.ready(codes)
            if package != "nbn":
                questions = questions[: effort.questions]
            questions, theirs = answered(peer, questions, effort.patience)
        except FAILURES as error:
            failed(work, package, error)
            continue
        peers.append((peer, questions, len(theirs), agree(work, peer, ours, theirs)))
    asking = [partial(timed, peer, questions) for peer, questions, _, _ in peers]
    # cases that were asked before may be answered from what was kept of them
    others = iter([draw(model, size, seed=100 + number) for number in range(effort.rounds)])
    our_time, *times = in_turn(effort.rounds, lambda: model.posteriors(next(others)), *asking)
    for (peer, _, cases, differ), seconds in zip(peers, times, strict=True):
        mark = mark_against(marks, peer)
        report(work, peer.name, seconds / cases, our_time / size, mark, differ)


def _affordable(model: tb.DiagnosticModel, codes: Codes) -> int:
    """Ten times as many cases, again and again, as long as that is a matter of seconds."""
    size = 20
    while size < len(codes):
        some = codes[:size]
        model.posteriors(some)
        (seconds,) = in_turn(1, partial(model.posteriors, some))
        if 10 * seconds > MOST_SECONDS:
            break
        size = min(10 * size, len(codes))
    return size


def frames(model: tb.DiagnosticModel, effort: Effort) -> None:
    """A pandas table of leg_twitch, end to end: as categories, and as texts."""
    codes = draw(model, effort.batch, seed=2)
    columns = {
        variable.name: pd.Categorical.from_codes(codes[:, place], pd.Index(variable.states))
        for place, variable in enumerate(model.network.variables)
        if (codes[:, place] >= 0).any()
    }
    categories = pd.DataFrame(columns)
    texts = categories.astype(object)
    filled = model.encode(categories)
    peer = fastest_agrum(model, filled[:20])
    questions, theirs = answered(peer, peer.ready(filled[: effort.questions]), effort.patience)
    roads = {"categories": (categories, CATEGORIES), "texts": (texts, TEXTS)}
    for what, (frame, mark) in roads.items():
        work = f"leg_twitch, diagnose_frame, {what}, {len(frame):,} cases"
        differ = agree(work, peer, model.diagnose_frame(frame).to_numpy(), theirs)
        their_time, our_time = in_turn(
            effort.rounds, partial(timed, peer, questions), partial(model.diagnose_frame, frame)
        )
        report(work, peer.name, their_time / len(theirs), our_time / len(frame), mark, differ)


def one_by_one(
    work: str, ours: Peer, others: Sequence[Peer], rounds: Sequence[Codes], mark: float | None
) -> None:
    """Cases one after the other, none like the one before it.

    First every round has cases of its own, which nobody has seen; then those of the last round are
    asked again as often.
    """
    asked = [ours, *others]
    times: list[tuple[list[float], list[float]]] = [([], []) for _ in asked]
    differ = [0.0] * len(asked)
    again = [rounds[-1]] * len(rounds)
    for seen, codes in [*((0, codes) for codes in rounds), *((1, codes) for codes in again)]:
        values = []
        for peer, of_peer in zip(asked, times, strict=True):
            seconds, answers = timed(peer, peer.ready(codes))
            of_peer[seen].append(seconds / len(codes))
            values.append(peer.values(answers))
        for place, peer in enumerate(asked):
            differ[place] = max(differ[place], agree(work, peer, values[0], values[place]))
    for seen, when in enumerate(("first time", "again")):
        our_time, *their_times = [statistics.median(of_peer[seen]) for of_peer in times]
        for peer, their_time, worst in zip(others, their_times, differ[1:], strict=True):
            this = mark if peer.name.startswith("pyAgrum") else None
            report(f"{work}, {when}", peer.name, their_time, our_time, this, worst)


def one_case(name: str, model: tb.DiagnosticModel, marks: Marks, effort: Effort) -> None:
    """One case after the other, for one target: arrays in and out."""
    codes = draw(model, 20 + effort.rounds * effort.questions, seed=3)
    few, rounds = codes[:20], np.split(codes[20:], effort.rounds)
    ours = ByCodes(model)
    timed(ours, ours.ready(few))
    makers: dict[str, Callable[[], Peer]] = {"pyAgrum": lambda: fastest_agrum(model, few)}
    if marks.batch is not None:
        makers["bayesian-cpp"] = lambda: BayesianCpp(model)
    peers = []
    for package, make in makers.items():
        try:
            peer = make()
            timed(peer, peer.ready(few))
        except FAILURES as error:
            failed(f"{name}, one case", package, error)
        else:
            peers.append(peer)
    one_by_one(f"{name}, one case", ours, peers, rounds, marks.one_case)


def diagnosed(effort: Effort) -> None:
    """One case of leg_twitch after the other, everything that diagnose does included."""
    model = load("leg_twitch")
    codes = draw(model, 20 + effort.rounds * effort.questions, seed=3)
    fill_defaults(model.network, codes)
    few, rounds = codes[:20], np.split(codes[20:], effort.rounds)
    ours = ByNames(model)
    timed(ours, ours.ready(few))
    work = "leg_twitch, diagnose(...).posterior"
    one_by_one(work, ours, [fastest_agrum(model, few)], rounds, DIAGNOSE)
    # pgmpy is asked fewer cases, as it is slow
    rounds = [of_round[:20] for of_round in rounds]
    one_by_one(work, ByNames(load("leg_twitch")), [Pgmpy(model)], rounds, None)


def all_marginals(name: str, model: tb.DiagnosticModel, effort: Effort) -> None:
    """Every variable's posterior, one case after the other and in a batch, against pyAgrum."""
    codes = draw(model, 20 + effort.rounds * effort.questions, seed=4)
    few, rounds = codes[:20], np.split(codes[20:], effort.rounds)
    ours = AllMarginals(model)
    peer = fastest_agrum(model, few, model.variables)
    timed(ours, ours.ready(few))
    work = f"{name}, all marginals"
    one_by_one(f"{work}, one case", ours, [peer], rounds, MARGINALS[name])
    codes = draw(model, effort.batch // 20, seed=5)
    questions, theirs = answered(peer, peer.ready(codes[: effort.questions]), effort.patience)
    work += f", {len(codes):,} cases"
    differ = agree(work, peer, ours.values([ours.ask(codes)]), theirs)
    their_time, our_time = in_turn(
        effort.rounds, partial(timed, peer, questions), partial(ours.ask, codes)
    )
    report(
        work, peer.name, their_time / len(theirs), our_time / len(codes), BATCH_MARGINALS, differ
    )


def measure(part: str, effort: Effort) -> None:
    """Prints the rows of a network, or of what is measured in processes."""
    if part == "start":
        start_up(effort.starts)
        return
    model = load("leg_twitch" if part == "memory" else part)
    if part == "memory":
        memory(draw(model, effort.memory, seed=6))
        return
    marks = MARKS[part]
    if marks.batch is not None:
        batch(part, model, marks.batch, effort)
    if part == "leg_twitch":
        frames(model, effort)
    if marks.one_case is not None:
        # an engine that was asked nothing yet
        fresh = tb.DiagnosticModel(model.network)
        fresh.prepare()
        one_case(part, fresh, marks, effort)
    if part in MARGINALS:
        all_marginals(part, tb.DiagnosticModel(model.network), effort)
    if part == "leg_twitch":
        diagnosed(effort)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer cases and rounds, for a look")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="NAME", help=", ".join(PARTS))
    given = parser.parse_args()
    if given.only and len(given.only) == 1:
        measure(given.only[0], QUICK if given.quick else Effort())
        return
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{name} {metadata.version(name)}" for name in PACKAGES]
    print(f"{', '.join(versions)}; {os.cpu_count()} processors\n\n{HEADER}", flush=True)
    ended = 0
    for part in given.only or [part for part in PARTS if not (given.quick and part in SLOW)]:
        command = [sys.executable, __file__, "--only", part, *["--quick"] * given.quick]
        done = subprocess.run(command, check=False)
        if done.returncode:
            table_row(part, "-", "-", f"ended with status {done.returncode}", *"----")
            ended = 1
    sys.exit(ended)


if __name__ == "__main__":
    main()
