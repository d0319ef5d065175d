"""What a diagnosis and a model show: rows for the display, chosen and put in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from twitchbayes.display.rows import (
    CauseRow,
    DiagnosisRows,
    FlagRow,
    ModelRows,
    NumberRow,
    VariableRow,
    VariableRows,
)
from twitchbayes.estimate import GRADES, Estimate, Source
from twitchbayes.evidence import Finding, describe
from twitchbayes.graphing import graph_rows
from twitchbayes.listing import stated
from twitchbayes.network import Network, Variable
from twitchbayes.questions.glance import Glance
from twitchbayes.red_flags import raised_flags
from twitchbayes.rules.limits import KINDS
from twitchbayes.terminology import Code

__all__ = ["Sure", "diagnosis_rows", "further_words", "model_rows", "variable_rows"]

KIND_HEADINGS = {
    "cause": "Causes",
    "context": "Context: who the patient is",
    "mechanism": "Mechanisms, hidden",
    "history": "History: what the patient tells",
    "examination": "Examination",
    "test": "Tests",
    "other": "Other variables",
}

MOST_CAUSES = 15
"""So many causes have a row of their own where there are more."""


class Sure(NamedTuple):
    """Intervals by what they are of, a cause or a group, and its name; and their level."""

    intervals: Mapping[tuple[str, str], tuple[float, float]]
    level: float


def diagnosis_rows(
    network: Network,
    findings: Sequence[Finding],
    prior: Mapping[str, float] | None,
    posterior: Mapping[str, float],
    log_evidence: float,
    further: str = "",
    sure: Sure | None = None,
) -> DiagnosisRows:
    """Returns what a diagnosis shows: causes by falling probability, groups as declared.

    Of many causes the least probable are shown together.

    Args:
        network: the network that was asked.
        findings: what was given and what was assumed.
        prior: probability of each cause before the findings; None where it cannot be had.
        posterior: and after them.
        log_evidence: ln P(findings and what was assumed).
        further: what to ask next, in a line.
        sure: the intervals, where they are to be shown.
    """
    target = network.by_name[str(network.target)]

    def row(label: str, states: Sequence[str], of: str, name: str) -> CauseRow:
        return CauseRow(
            label,
            None if prior is None else sum(prior[state] for state in states),
            sum(posterior[state] for state in states),
            None if sure is None else sure.intervals.get((of, name)),
        )

    ranked = sorted(target.states, key=lambda cause: -posterior[cause])
    if len(ranked) > MOST_CAUSES + 1:
        ranked, others = ranked[:MOST_CAUSES], ranked[MOST_CAUSES:]
    else:
        others = []
    causes = [row(target.state_label(cause), [cause], "cause", cause) for cause in ranked]
    if others:
        causes.append(row(f"{len(others):,} others together", others, "", ""))
    groups = [
        row(group.label or group.name, group.states, "group", group.name)
        for group in network.groups
    ]
    words = [(f.assumed, _label(network.by_name[f.variable]), _found(network, f)) for f in findings]
    return DiagnosisRows(
        network=f"{network.name} {network.version}",
        title=network.title,
        flags=tuple(
            FlagRow(flag.action, flag.label, "; ".join(flag.sources))
            for flag in raised_flags(network, findings)
        ),
        causes=tuple(causes),
        groups=tuple(groups),
        findings=tuple((label, found) for assumed, label, found in words if not assumed),
        assumed=tuple((label, found) for assumed, label, found in words if assumed),
        log_evidence=log_evidence,
        further=further,
        level=None if sure is None else sure.level,
    )


def further_words(network: Network, glance: Glance | None) -> str:
    """Returns what to ask next, in a line; empty where that is not known."""
    if glance is None:
        return ""
    label = _label(network.by_name[glance.finding])
    bits = f"{glance.information:.2f}" if glance.information >= 0.01 else "less than 0.01"
    if glance.could_change:
        could = (
            f"{glance.could_change} of {glance.open} open findings could put another cause first"
        )
    else:
        could = "no single finding could put another cause first"
    return f"{label} tells most, {bits} bits; {could}"


def model_rows(network: Network) -> ModelRows:
    """Returns what a model shows: what it is about, and its variables by kind."""
    grades = Counter(
        estimate.grade for variable in network.variables for _, _, _, estimate in stated(variable)
    )
    by_grade = ", ".join(f"{grades[grade]:,} {grade}" for grade in GRADES if grades[grade])
    sources = "1 source" if len(network.sources) == 1 else f"{len(network.sources):,} sources"
    about = [
        ("About", network.description),
        ("Population", network.population),
        ("Numbers", f"{sum(grades.values()):,} ({by_grade}), {sources}"),
        ("Licence", network.licence),
    ]
    kinds = []
    for kind in KINDS:
        variables = [variable for variable in network.variables if variable.kind == kind]
        if variables:
            kinds.append((KIND_HEADINGS[kind], tuple(_variable_row(v) for v in variables)))
    return ModelRows(
        network=f"{network.name} {network.version}",
        title=network.title,
        about=tuple((name, value) for name, value in about if value),
        kinds=tuple(kinds),
        grades=tuple((grade, grades[grade]) for grade in GRADES),
        graph=graph_rows(network),
    )


def variable_rows(network: Network, name: str) -> VariableRows:
    """Returns what a variable shows: every number, with where it comes from."""
    variable = network.variable(name)
    numbers = [
        NumberRow(
            words,
            state,
            estimate.value,
            _provenance(estimate),
            " ".join(note for note in (estimate.note, row.note) if note),
        )
        for words, row, state, estimate in stated(variable)
    ]
    cited = {source for _, _, _, estimate in stated(variable) for source in estimate.sources}
    return VariableRows(
        network=f"{network.name} {network.version}",
        variable=_variable_row(variable),
        parents=", ".join(variable.parents),
        note=variable.note,
        numbers=tuple(numbers),
        sources=tuple((s.id, _citation(s)) for s in network.sources if s.id in cited),
        codes=tuple((c.state, _coded(c)) for c in network.codes if c.variable == name),
    )


def _provenance(estimate: Estimate) -> str:
    words = [estimate.grade]
    if estimate.counts is not None:
        words.append(f"{estimate.counts[0]:,} of {estimate.counts[1]:,}")
    if estimate.interval is not None:
        words.append(f"{estimate.interval[0]:.4g} to {estimate.interval[1]:.4g}")
    cited = " ".join(f"[{source}]" for source in estimate.sources)
    return ", ".join(words) + (f" {cited}" if cited else "")


def _citation(source: Source) -> str:
    year = "" if source.year is None else f" ({source.year})"
    words = [f"{source.authors}{year}".strip(), source.title, source.journal]
    words.append(f"doi:{source.doi}" if source.doi else source.link)
    return ". ".join(word for word in words if word)


def _coded(code: Code) -> str:
    """Returns `HPO HP:0003487 Babinski sign (exact)`, and what is noted."""
    words = [code.system, code.code, code.label, "no code" if not code.code else f"({code.fit})"]
    return " ".join(word for word in words if word) + (f"; {code.note}" if code.note else "")


def _variable_row(variable: Variable) -> VariableRow:
    states = ", ".join(variable.states)
    measurement = variable.measurement
    if measurement is not None:
        states += f" (or {measurement.name}=number, {measurement.unit})"
    return VariableRow(variable.name, _label(variable), states)


def _label(variable: Variable) -> str:
    return variable.label or variable.name


def _found(network: Network, finding: Finding) -> str:
    """Returns a finding in the states' labels, with what was measured."""
    variable = network.by_name[finding.variable]
    labels = [variable.state_label(state) for state in variable.states]
    return describe(labels, finding.weights, finding.measured)
