"""Diagnoses and models as plain text, 79 columns at most where the labels allow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from twitchbayes.display.rows import (
    CauseRow,
    DiagnosisRows,
    ModelRows,
    VariableRows,
    percent,
)
from twitchbayes.display.wrapping import WIDTH, hanging, wrapped

__all__ = ["diagnosis_text", "model_text", "variable_text"]

BAR = 20
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
    lines += _table("Cause", rows.causes)
    if rows.groups:
        lines += ["", *_table("Group", rows.groups)]
    lines += ["", *_pairs("Findings: ", rows.findings or (("none given", ""),))]
    if rows.assumed:
        lines += _pairs("Assumed: ", rows.assumed)
    lines += ["", f"{rows.of_evidence} = {rows.log_evidence:.4f}", rows.notice]
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


def _table(heading: str, causes: Sequence[CauseRow]) -> list[str]:
    labels = [wrapped(cause.label, LABEL, further="  ") or [""] for cause in causes]
    width = max(len(line) for lines in [[heading], *labels] for line in lines)
    table = [f"{heading:<{width}}   before      now"]
    for cause, (label, *further) in zip(causes, labels, strict=True):
        bar = "#" * round(cause.posterior * BAR)
        before, now = percent(cause.prior), percent(cause.posterior)
        table.append(f"{label:<{width}}  {before:>7}  {now:>7}  {bar}".rstrip())
        table += further
    return table


def _pairs(heading: str, pairs: Sequence[tuple[str, str]]) -> list[str]:
    lines: list[str] = []
    for name, value in pairs:
        beginning = " " * len(heading) if lines else heading
        lines += hanging(beginning, f"{name}: {value}" if value else name, indent="")
    return lines
