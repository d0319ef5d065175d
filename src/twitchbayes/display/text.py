"""Diagnoses and models as plain text, 79 columns at most where the labels allow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from twitchbayes.display.rows import (
    CauseRow,
    DiagnosisRows,
    ModelRows,
    VariableRows,
    between,
    percent,
)
from twitchbayes.display.wrapping import WIDTH, hanging, wrapped

__all__ = ["diagnosis_text", "model_text", "variable_text"]

BAR = 20
INTERVAL = len("  <0.1% to 99.9%  ")
LABEL = WIDTH - BAR - len("   before      now  ")


def diagnosis_text(rows: DiagnosisRows) -> str:
    """Returns a diagnosis: red flags, causes, groups, findings, notice."""
    lines = [*hanging("", f"{rows.title} ({rows.network})", indent=""), ""]
    if rows.flags:
        lines.append("Red flags, whatever the probabilities say")
        for flag in rows.flags:
            cited = f" [{flag.sources}]" if flag.sources else ""
            lines += hanging(f"{flag.action.upper()}: ", f"{flag.label}{cited}")
        lines.append("")
    lines += _table("Cause", rows.causes, rows.of_intervals)
    if rows.groups:
        lines += ["", *_table("Group", rows.groups, rows.of_intervals)]
    lines += ["", *_pairs("Findings: ", rows.findings or (("none given", ""),))]
    if rows.assumed:
        lines += _pairs("Assumed: ", rows.assumed)
    lines += ["", f"{rows.of_evidence} = {rows.log_evidence:.4f}"]
    if rows.further:
        lines += hanging("Next: ", rows.further, indent="")
    lines.append(rows.notice)
    return "\n".join(lines)


def model_text(rows: ModelRows) -> str:
    """Returns a model: what it is about, and its variables by kind."""
    lines = [*hanging("", f"{rows.title} ({rows.network})", indent=""), ""]
    for name, value in rows.about:
        lines += hanging(f"{name}: ", value, indent="")
    for kind, variables in rows.kinds:
        lines += ["", kind]
        width = max(len(variable.name) for variable in variables)
        for variable in variables:
            label = "" if variable.label == variable.name else f"{variable.label}: "
            lines += hanging(f"{variable.name:<{width}}  ", label + variable.states)
    lines += ["", rows.notice]
    return "\n".join(lines)


def variable_text(rows: VariableRows) -> str:
    """Returns a variable: its states, and every number with where it comes from."""
    title = f"{rows.variable.label} ({rows.variable.name} in {rows.network})"
    lines = [*hanging("", title, indent=""), ""]
    lines += hanging("States: ", rows.variable.states, indent="")
    lines += hanging("Depends on: ", rows.parents or "nothing", indent="")
    if rows.note:
        lines += hanging("Note: ", rows.note, indent="")
    for (conditions, note), numbers in groupby(rows.numbers, lambda n: (n.conditions, n.note)):
        lines += ["", *hanging("", conditions, indent="")]
        for number in numbers:
            value = f"{number.value:.4g}"
            lines += hanging(f"{number.state} {value}: ", number.provenance)
        if note:
            lines += hanging("", note)
    if rows.codes:
        lines += ["", "Codes"]
        for state, words in rows.codes:
            lines += hanging(f"{state}: ", words)
    if rows.sources:
        lines += ["", "Sources"]
        for source, words in rows.sources:
            lines += hanging(f"[{source}] ", words)
    lines += ["", rows.notice]
    return "\n".join(lines)


def _table(heading: str, causes: Sequence[CauseRow], of_intervals: str) -> list[str]:
    between_width = INTERVAL if of_intervals else 0
    longest = BAR // 2 if of_intervals else BAR
    room = LABEL + BAR - longest - between_width
    labels = [wrapped(cause.label, room, further="  ") or [""] for cause in causes]
    width = max(len(line) for lines in [[heading], *labels] for line in lines)
    head = f"  {of_intervals:<{INTERVAL - 2}}" if of_intervals else ""
    table = [f"{heading:<{width}}   before      now{head}".rstrip()]
    for cause, (label, *further) in zip(causes, labels, strict=True):
        bar = "#" * round(cause.posterior * longest)
        before, now = percent(cause.prior), percent(cause.posterior)
        sure = f"{between(cause.interval):<{between_width - 2}}  " if of_intervals else ""
        table.append(f"{label:<{width}}  {before:>7}  {now:>7}  {sure}{bar}".rstrip())
        table += further
    return table


def _pairs(heading: str, pairs: Sequence[tuple[str, str]]) -> list[str]:
    lines: list[str] = []
    for name, value in pairs:
        beginning = " " * len(heading) if lines else heading
        lines += hanging(beginning, f"{name}: {value}" if value else name, indent="")
    return lines
