"""Programs take turns at the same work, and a row of the table says what came of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from peers import Peer, Values

__all__ = ["HEADER", "agree", "answered", "failed", "in_turn", "report", "table_row", "timed"]

HEADER = """\
| work | against | takes | twitchbayes takes | ratio | mark | reached | differ by |
|---|---|---|---|---|---|---|---|"""


def in_turn(rounds: int, *work: Callable[[], object]) -> list[float]:
    """Median seconds of each, the rounds taking turns."""
    times: list[list[float]] = [[] for _ in work]
    for _ in range(rounds):
        for of_this, do in zip(times, work, strict=True):
            start = time.perf_counter()
            do()
            of_this.append(time.perf_counter() - start)
    return [statistics.median(of_this) for of_this in times]


def timed(peer: Peer, questions: Sequence[Any]) -> tuple[float, list[Any]]:
    """Seconds for all questions, and the answers."""
    ask = peer.ask
    start = time.perf_counter()
    answers = [ask(question) for question in questions]
    return time.perf_counter() - start, answers


def answered(peer: Peer, questions: Sequence[Any], patience: float) -> tuple[list[Any], Values]:
    """As many of the questions as are answered in some seconds, one at least, and the values."""
    start = time.perf_counter()
    answers = []
    for question in questions:
        answers.append(peer.ask(question))
        if time.perf_counter() - start > patience:
            break
    return list(questions[: len(answers)]), peer.values(answers)


def agree(work: str, peer: Peer, ours: Values, theirs: Values) -> float:
    """The largest difference of a probability.

    Raises:
        SystemExit: it is more than the peer's precision explains.
    """
    worst = float(np.abs(ours[: len(theirs)] - theirs).max())
    if not worst <= peer.tolerance:
        raise SystemExit(f"{work}: {peer.name} differs by {worst:g}; nothing is timed")
    return worst


def report(
    work: str, peer: str, theirs: float, ours: float, mark: float | None, differ: float
) -> None:
    """Prints a row; theirs and ours are seconds per case."""
    table_row(
        work,
        peer,
        _micro(theirs),
        _micro(ours),
        f"{theirs / ours:,.3g} x",
        "-" if mark is None else f"{mark:,g} x",
        "-" if mark is None else "yes" if theirs / ours >= mark else "no",
        f"{differ:.0e}",
    )


def failed(work: str, peer: str, error: BaseException) -> None:
    """Prints that a program gave no answer, and what it said."""
    words = " ".join(str(error).split())[:80] or type(error).__name__
    table_row(work, peer, f"failed: {words}", "-", "-", "-", "-", "-")


def table_row(*cells: str) -> None:
    """Prints a row of the table at once."""
    print("|", " | ".join(cell.replace("|", "/") for cell in cells), "|", flush=True)


def _micro(seconds: float) -> str:
    return f"{1e6 * seconds:,.3g} us" if seconds < 1e-3 else f"{1e6 * seconds:,.0f} us"
