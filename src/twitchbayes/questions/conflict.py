"""Does it fit: whether the findings go together, and which of them does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twitchbayes.display.rows import NOTICE, percent
from twitchbayes.evidence import Finding
from twitchbayes.questions.arguments import MOST_SEED, whole
from twitchbayes.questions.case import Case

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Conflict", "measured_conflict"]

Values = NDArray[np.float64]

MOST_PATIENTS = 100_000

ROUNDING = 1e-9
"""Bits that are rounding."""


@dataclass(frozen=True, eq=False, repr=False)
class Conflict:
    """How the findings of a case fit together.

    Attributes:
        network: name and version of the network.
        measure: Jensen's measure in bits, log2 of the product of the findings' probabilities over
            their joint probability, given the context. Above 0 they contradict each other more
            than they support each other.
        kind: "none" (measure at most 0), "rare cause" (some cause, unlikely as it is, makes them
            go together) or "conflict" (no cause does).
        explained_by: the causes that explain it, the one that does so best first.
        unusual: the share of simulated patients, asked the same, whose findings are no likelier.
        findings: per finding its words (`state`), whether it was `assumed`, its probability given
            the context, the measure without it (`without`), and how much leaving it out restores
            (`restores`), the most first.
    """

    network: str
    measure: float
    kind: str
    explained_by: tuple[str, ...]
    unusual: float
    findings: pd.DataFrame

    def __repr__(self) -> str:
        verdict = {
            "none": "they fit",
            "rare cause": f"they fit, if it is {' or '.join(self.explained_by)}",
            "conflict": "no cause makes them fit",
        }
        rows = [
            f"{name}={row['state']}: alone {percent(row['probability'])}, "
            f"leaving it out restores {row['restores']:+.2f} bits"
            for name, row in self.findings.iterrows()
        ]
        return "\n".join(
            [
                f"Do the findings fit together? ({self.network})",
                "",
                f"Conflict {self.measure:+.2f} bits: {verdict[self.kind]}.",
                f"{percent(self.unusual)} of simulated patients have findings no likelier.",
                "",
                *(rows or ["no findings"]),
                NOTICE,
            ]
        )


def measured_conflict(case: Case, posterior: Values, *, patients: int, seed: int) -> Conflict:
    """Returns how the findings fit; see `Diagnosis.conflict`.

    Raises:
        QueryError: no patients to compare with.
    """
    patients = whole("patients", patients, 1, MOST_PATIENTS)
    seed = whole("seed", seed, 0, MOST_SEED)
    players = case.found
    count = len(players)
    subsets = np.vstack(
        [
            np.zeros((1, count), dtype=np.bool_),
            np.eye(count, dtype=np.bool_),
            ~np.eye(count, dtype=np.bool_),
            np.ones((1, count), dtype=np.bool_),
        ]
    )
    answer = case.engine.marginal([case.place], case.with_some(players, subsets))
    bits = np.broadcast_to(answer.log_evidence, len(subsets)) / np.log(2)
    alone, without, together = (
        bits[1 : count + 1] - bits[0],
        bits[count + 1 : -1] - bits[0],
        bits[-1] - bits[0],
    )
    measure = float(alone.sum() - together)
    measure = 0.0 if abs(measure) < ROUNDING else measure
    rest = alone.sum() - alone - without
    prior = answer.probabilities[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        with_cause = measure + np.log2(prior) - np.log2(posterior)
    explaining = [
        int(place)
        for place in np.argsort(with_cause, kind="stable")
        if with_cause[place] <= ROUNDING
    ]
    kind = "none" if measure <= 0 else "rare cause" if explaining else "conflict"
    return Conflict(
        network=f"{case.network.name} {case.network.version}",
        measure=measure,
        kind=kind,
        explained_by=tuple(case.target.states[place] for place in explaining)
        if measure > 0
        else (),
        unusual=_unusual(case, players, patients, seed),
        findings=_frame(case, players, alone, rest, measure),
    )


def _frame(
    case: Case, players: Sequence[Finding], alone: Values, rest: Values, measure: float
) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "state": [case.words(finding) for finding in players],
            "assumed": np.array([finding.assumed for finding in players], dtype=np.bool_),
            "probability": 2.0**alone,
            "without": rest,
            "restores": measure - rest,
        },
        index=pd.Index([finding.variable for finding in players], name="finding", dtype=object),
    )
    return frame.sort_values("restores", ascending=False, kind="stable")


def _unusual(case: Case, players: Sequence[Finding], patients: int, seed: int) -> float:
    """Returns the share of simulated patients whose findings are no likelier than these.

    They have the context of this one, and what is uncertain about it; of each certain finding they
    have a state of their own, drawn given those drawn before.
    """
    certain = [f for f in players if sum(weight > 0 for weight in f.weights) == 1]
    places = [case.network.position[finding.variable] for finding in certain]
    if not places:
        return 1.0
    random = np.random.default_rng(seed)
    likelihoods = case.with_some(certain, np.zeros((patients, len(certain)), dtype=np.bool_))
    log_probability = np.zeros(patients)
    for place in places:
        chances = case.engine.marginal([place], _without(likelihoods, place)).probabilities
        chances = np.broadcast_to(chances, (patients, chances.shape[1]))
        drawn = (chances.cumsum(axis=1) < random.random((patients, 1))).sum(axis=1)
        drawn = np.minimum(drawn, chances.shape[1] - 1)
        log_probability += np.log(chances[np.arange(patients), drawn])
        likelihoods[place] = np.eye(chances.shape[1])[drawn]
    here = case.likelihoods()
    empty = case.with_some(certain, np.zeros((1, len(certain)), dtype=np.bool_))
    evidence = [case.engine.marginal([case.place], values).log_evidence for values in (here, empty)]
    of_this = float((evidence[0] - evidence[1])[0])
    # as likely counts as no likelier, up to rounding
    return float((log_probability <= of_this + 1e-9).mean())


def _without(likelihoods: dict[int, Values], place: int) -> dict[int, Values]:
    return {node: values for node, values in likelihoods.items() if node != place}
