"""Answers about findings: why, whether they fit, what next, what moved between two diagnoses."""

from __future__ import annotations

from typing import cast

import numpy as np

from twitchbayes.display.answer_rows import AnswerRow, AnswerRows, AnswerTable, Bar, ratio_bar
from twitchbayes.display.rows import percent
from twitchbayes.evidence import Finding
from twitchbayes.questions.conflict import Conflict
from twitchbayes.showing.names import Names, bits, odds, points, signed_bits, times
from twitchbayes.showing.subject import Subject

__all__ = ["comparison", "conflict", "explanation", "next_findings"]


def explanation(subject: Subject) -> AnswerRows:
    """Returns what each finding did to the odds, the weightiest first."""
    names, frame = subject.names, subject.frame
    cause = names.causes(frame.attrs["cause"])
    everything = len(frame.attrs["cause"]) + len(frame.attrs["against"]) == len(subject.causes)
    against = "everything else" if everything else names.causes(frame.attrs["against"])
    before, after = frame.attrs["log10_odds_before"], frame.attrs["log10_odds_after"]
    sentences = [
        f"The odds of {cause} against {against} were {odds(before)} before the findings and are "
        f"{odds(after)} with them."
    ]
    for weightiest, way in (("idxmax", 1), ("idxmin", -1)):
        finding = getattr(frame["weight"], weightiest)() if len(frame) else None
        if finding is not None and frame.loc[finding, "weight"] * way > 0:
            verb = "raised" if way > 0 else "lowered"
            sentences.append(
                f"{subject.found(finding)} {verb} them the most, to "
                f"{times(frame.loc[finding, 'factor'])} times what they were."
            )
    most = float(frame["weight"].abs().max()) if len(frame) else 0.0
    drawn = bool((frame["standard_error"] > 0).any())
    rows = [
        AnswerRow(
            subject.found(str(finding)),
            (times(row["factor"]), times(row["likelihood_ratio"]))
            + ((f"{row['standard_error']:.2g}",) if drawn else ()),
            ratio_bar(row["weight"], most),
        )
        for finding, row in frame.to_dict("index").items()
    ]
    columns = ("odds times", "alone, times") + (("log10 +/-",) if drawn else ())
    notes = [
        "Odds times: the finding's share of the change (Shapley), with all other findings in "
        "every order; these multiply to the whole. Alone: what it would do as the only finding. "
        f"Bars: to the right in favour, to the left against; half the width is {times(10**most)} "
        "times."
    ]
    if drawn:
        notes.append(
            f"{subject.argument('orders')} orders were drawn (seed {subject.argument('seed')}); "
            "+/- is the standard error of the share's log10."
        )
    if not rows:
        sentences, notes = ["Nothing was found that could explain anything."], []
    tables = [AnswerTable("Finding", columns, tuple(rows))]
    return subject.answered(f"Why {cause}?", sentences, tables, notes)


def conflict(subject: Subject) -> AnswerRows:
    """Returns whether the findings fit together, and what leaving each out would restore."""
    names, fit = subject.names, cast("Conflict", subject.asked.answer)
    verdict = {
        "none": "They fit together.",
        "rare cause": "They fit together if it is "
        f"{' or '.join(names.cause(cause) for cause in fit.explained_by)}.",
        "conflict": "No cause makes them fit together; look again at the first of them.",
    }
    together = "as likely together as if they were independent of each other"
    sentences = [
        f"The findings are {times(2**-fit.measure)} times {together}: "
        f"a conflict of {signed_bits(fit.measure)} bits. {verdict[fit.kind]}",
        f"{percent(fit.unusual)} of simulated patients, of the same context and asked the same, "
        "have findings that are no likelier.",
    ]
    most = float(fit.findings["restores"].abs().max()) if len(fit.findings) else 0.0
    rows = [
        AnswerRow(
            subject.found(str(finding)),
            (percent(row["probability"]), signed_bits(row["restores"])),
            ratio_bar(row["restores"], most),
        )
        for finding, row in fit.findings.to_dict("index").items()
    ]
    notes = [
        "Alone: how many people of this context have it. Restores: how much less conflict, in "
        f"bits, there would be without it. Bars: to the right conflict, to the left support; half "
        f"the width is {signed_bits(most).removeprefix('+')} bits. Simulated were "
        f"{subject.argument('patients'):,} patients (seed {subject.argument('seed')})."
    ]
    if not rows:
        sentences, notes = ["Nothing was found that could be in conflict."], []
    tables = [AnswerTable("Finding", ("alone", "restores, bits"), tuple(rows))]
    return subject.answered("Do the findings fit together?", sentences, tables, notes)


def next_findings(subject: Subject) -> AnswerRows:
    """Returns what to ask or examine next, with what each result would leave."""
    names, frame = subject.names, subject.frame
    about = subject.argument("about")
    asked = [about] if isinstance(about, str) else about
    meant = " or ".join(map(names.cause, asked)) if asked else names.cause(subject.leader)
    most = float(frame["information"].max()) if len(frame) else 0.0
    rows = []
    for finding, row in frame.to_dict("index").items():
        results = "; ".join(
            f"{subject.network.by_name[str(finding)].state_label(result.state)} "
            f"({percent(result.probability)}) leaves {percent(result.posterior)}"
            for result in row["results"]
        )
        cells = (bits(row["information"]), times(row["cost"]), bits(row["per_cost"]))
        bar = Bar(0.0, row["information"] / most if most else 0.0)
        rows.append(AnswerRow(names.variable(str(finding)), cells, bar, results))
    sentences = ["Nothing is left to ask."]
    notes = []
    if rows:
        first = frame.iloc[0]
        sentences = [
            f"{rows[0].label} tells the most for its cost: {bits(first['information'])} bits about "
            f"{f'whether it is {meant}' if asked else 'which cause it is'}. {meant} would change "
            f"by up to {points(first['swing']).removeprefix('+')} points."
        ]
        notes = [
            "Bits: the expected information. Under each finding its results, how likely each is, "
            f"and at what it leaves {meant}. The bars are bits; the full width is {bits(most)}. "
            "Cost is in the network's unit, unless given.",
        ]
    tables = [AnswerTable("Finding", ("bits", "cost", "bits per cost"), tuple(rows))]
    return subject.answered("What to ask or examine next?", sentences, tables, notes)


def comparison(subject: Subject) -> AnswerRows:
    """Returns what moved the leader from one diagnosis to the other, finding by finding."""
    names, frame = subject.names, subject.frame
    other = subject.argument("other")
    before, after = (
        dict(zip(subject.causes, values.tolist(), strict=True))
        for values in (subject.posterior, other.posterior.to_numpy())
    )
    leaders = dict.fromkeys([max(after, key=lambda c: after[c]), subject.leader])
    sentences = []
    tables = []
    drawn = bool((frame["standard_error"] > 0).any())
    sides = [{f.variable: f for f in findings} for findings in (subject.findings, other.findings)]
    for cause in leaders:
        change = after[cause] - before[cause]
        sentences.append(
            f"{names.cause(cause)} went from {percent(before[cause])} to {percent(after[cause])} "
            f"({points(change)} points)."
        )
        order = np.argsort(-frame[cause].abs().to_numpy(dtype=float), kind="stable")
        most = float(frame[cause].abs().max()) if len(frame) else 0.0
        rows = [
            AnswerRow(
                names.variable(str(finding)),
                (points(row[cause]),) + ((f"{100 * row['standard_error']:.2g}",) if drawn else ()),
                ratio_bar(row[cause], most),
                " -> ".join(_side(names, side, str(finding)) for side in sides),
            )
            for finding, row in frame.iloc[order].to_dict("index").items()
        ]
        columns = ("points",) + (("+/-",) if drawn else ())
        tables.append(AnswerTable(f"What moved {names.cause(cause)}", columns, tuple(rows)))
    notes = [
        "Points: percentage points of probability; they sum to the change. What only the first "
        "has was taken back, then what the second has was added, each way in every order "
        "(Shapley)."
    ]
    if frame.empty:
        sentences, notes = ["The two have the same findings."], []
    return subject.answered("What moved, and which finding moved it?", sentences, tables, notes)


def _side(names: Names, side: dict[str, Finding], variable: str) -> str:
    if variable not in side:
        return "not asked"
    return names.finding(side[variable]).removeprefix(f"{names.variable(variable)}: ")
