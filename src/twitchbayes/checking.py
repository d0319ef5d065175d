"""Whether a network obeys its invariants: each is tried on many cases, and the worst is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from twitchbayes.cases import NOT_OBSERVED
from twitchbayes.contradictions import find_contradiction
from twitchbayes.engine import Engine, code_likelihoods
from twitchbayes.errors import ImpossibleEvidenceError, QueryError
from twitchbayes.network import Network
from twitchbayes.sampling import draw_cases
from twitchbayes.trials import Answers, Codes, Trial, drawn_rest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TOLERANCE", "check_frame"]

TOLERANCE = 1e-9
"""So much of a probability is rounding."""

TOGETHER = 64
"""Invariants that are tried at once."""

COLUMNS = ["invariant", "label", "holds", "tried", "worst", "counterexample"]
TYPES = {"holds": "bool", "tried": "int64", "worst": "float64"}

Answer = Callable[[Codes], Answers]


def check_frame(
    network: Network, engine: Engine, answer: Answer, cases: int, seed: int
) -> pd.DataFrame:
    """Returns a row per invariant of the network (`DiagnosticModel.check`).

    Raises:
        QueryError: no number of cases, or no seed.
        ImpossibleEvidenceError: the findings of an invariant have probability zero.
    """
    import pandas as pd

    for name, number, least in (("cases", cases, 1), ("seed", seed, 0)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < least:
            raise QueryError(f"{name} is {number!r}; give a whole number of at least {least}")
    people = draw_cases(network, cases // 2, np.random.default_rng(seed))
    rows = []
    for first in range(0, len(network.invariants), TOGETHER):
        trials = [
            Trial(network, invariant, drawn_rest(network, invariant, people, cases, seed))
            for invariant in network.invariants[first : first + TOGETHER]
        ]
        for trial, answers in zip(trials, _answered(trials, answer), strict=True):
            result = _result(network, engine, trial, answer, answers)
            rows.append((trial.invariant.name, trial.invariant.label, *result))
    return pd.DataFrame(rows, columns=COLUMNS).astype(TYPES)


def _answered(trials: Sequence[Trial], answer: Answer) -> list[Answers]:
    """Returns what each trial is answered; all are asked at once, which is faster by far."""
    codes = [trial.found.reshape(-1, trial.found.shape[-1]) for trial in trials]
    posterior, possible = answer(np.concatenate(codes))
    ends = np.cumsum([len(of_trial) for of_trial in codes])[:-1]
    return list(zip(np.split(posterior, ends), np.split(possible, ends), strict=True))


def _result(
    network: Network, engine: Engine, trial: Trial, answer: Answer, answers: Answers
) -> tuple[bool, int, float, str]:
    """Returns whether a law holds, how often it was tried, the worst, and a counterexample."""
    against, tried = trial.judged(answers)
    count = int(tried.sum())
    if not count:
        observed = code_likelihoods(trial.found[-1, :1], network.cards.tolist())
        contradiction = find_contradiction(network, engine, observed)
        raise ImpossibleEvidenceError(
            f"invariants.{trial.invariant.name} of {network.name} is about findings that have "
            f"probability zero: {contradiction.sentence()}; mend the invariant, or the network",
            contradiction.findings,
        )
    against = np.where(tried, against, -np.inf)
    when, case = np.unravel_index(int(against.argmax()), against.shape)
    worst = float(against[when, case])
    if worst <= TOLERANCE:
        return True, count, worst, ""
    return False, count, worst, _counterexample(network, trial, answer, (int(when), int(case)))


def _counterexample(network: Network, trial: Trial, answer: Answer, place: tuple[int, int]) -> str:
    """Returns a case against a law in words, none of whose other findings can be left out."""
    law, rest = trial.single(*place)
    for node in np.flatnonzero(rest != NOT_OBSERVED).tolist():
        fewer = rest.copy()
        fewer[node] = NOT_OBSERVED
        without = Trial(network, law, fewer[np.newaxis])
        against, tried = without.judged(_answered([without], answer)[0])
        if tried.all() and against.max() > TOLERANCE:
            rest = fewer
    words = [
        (network.variables[node].name, network.variables[node].states[rest[node]])
        for node in np.flatnonzero(rest != NOT_OBSERVED).tolist()
    ]
    words += [(name, states[0]) for name, states in (*law.given, *law.when)]
    return ", ".join(f"{name}={state}" for name, state in words)
