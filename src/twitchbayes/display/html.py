"""Diagnoses and models as plain HTML: tables, escaped, without script, style sheet or net.

Every number stands in a cell as text, so that what is left says the same where a front end takes
pictures and styles away.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from twitchbayes.display.bars import cause_bar, grade_bar
from twitchbayes.display.graph import graph_svg
from twitchbayes.display.rows import CauseRow, DiagnosisRows, ModelRows, between, percent
from twitchbayes.display.svg import ORANGE
from twitchbayes.display.tables import listed, pairs, sections, table, whole

__all__ = ["answer_html", "diagnosis_html", "model_html"]

MOST_ROWS = (150, 40, 10, 0)
"""Of the variables of a kind; what is more is counted. The first that makes it small enough."""

MOST_BYTES = 95_000
"""Of a model, so that a notebook stays small."""


def diagnosis_html(rows: DiagnosisRows) -> str:
    """Returns a diagnosis: red flags, causes, groups, findings, what next, notice."""
    parts = [_heading(rows.title, rows.network)]
    if rows.flags:
        items = [
            f"<strong>{escape(flag.action.upper())}</strong>: {escape(flag.label)}"
            + (f" <small>[{escape(flag.sources)}]</small>" if flag.sources else "")
            for flag in rows.flags
        ]
        parts.append(
            f'<div style="border-left:4px solid {ORANGE};padding-left:0.8em;margin:0.8em 0">'
            "<strong>Red flags, whatever the probabilities say</strong>" + listed(items) + "</div>"
        )
    parts.append(answer_html(rows))
    parts.append(pairs("Findings", rows.findings or (("none given", ""),)))
    if rows.assumed:
        parts.append(pairs("Assumed", rows.assumed))
    if rows.further:
        parts.append(f"<p><strong>Next:</strong> {escape(rows.further)}</p>")
    parts.append(f"<p><small>{rows.of_evidence} = {rows.log_evidence:.4f}</small></p>")
    parts.append(f"<p><small>{escape(rows.notice)}</small></p>")
    return whole(parts)


def answer_html(rows: DiagnosisRows) -> str:
    """Returns the causes and the groups, and what their bars mean."""
    both = [("Cause", rows.causes), *([("Group", rows.groups)] if rows.groups else [])]
    sure = (rows.of_intervals,) if rows.of_intervals else ()
    parts = [((name, "before", "now", *sure, ""), _causes(of, sure)) for name, of in both]
    return sections(parts, left=1) + _legend(rows)


def model_html(rows: ModelRows) -> str:
    """Returns a model: what it is about, how well it is known, its graph, its variables by kind.

    Of a large model fewer variables are listed.
    """
    sizes = (_model(rows, most) for most in MOST_ROWS)
    return next((shown for shown in sizes if len(shown.encode()) <= MOST_BYTES), _model(rows, 0))


def _model(rows: ModelRows, most: int) -> str:
    parts = [_heading(rows.title, rows.network)]
    parts += [f"<p>{escape(name)}: {escape(value)}</p>" for name, value in rows.about]
    if rows.grades:
        there = [grade for grade, count in rows.grades if count]
        words = f"all {''.join(there)}"
        if len(there) > 1:
            words = f"{', '.join(there)}, from left to right: the fuller, the better known"
        parts.append(f"<div>{grade_bar(rows.grades)}</div><p><small>{escape(words)}</small></p>")
    if rows.graph is not None:
        parts.append(graph_svg(rows.graph))
        parts.append(f"<p><small>{escape(rows.graph.summary)}</small></p>")
    for kind, variables in rows.kinds:
        body = [
            [f"<code>{escape(v.name)}</code>", escape(v.label), escape(v.states)]
            for v in variables[:most]
        ]
        more = len(variables) - most
        left = f"<p>{more:,} more are shown by print(model)</p>" if more > 0 else ""
        parts.append(
            f"<details><summary>{escape(kind)} ({len(variables):,})</summary>"
            f"{table(('name', 'label', 'states'), body, left=3)}{left}</details>"
        )
    parts.append(f"<p><small>{escape(rows.notice)}</small></p>")
    return whole(parts)


def _heading(title: str, network: str) -> str:
    return f"<p><strong>{escape(title)}</strong> ({escape(network)})</p>"


def _causes(causes: Sequence[CauseRow], sure: Sequence[str]) -> list[list[str]]:
    return [
        [
            escape(cause.label),
            escape(percent(cause.prior)),
            f"<strong>{escape(percent(cause.posterior))}</strong>",
            *(escape(between(cause.interval)) for _ in sure),
            cause_bar(cause),
        ]
        for cause in causes
    ]


def _legend(rows: DiagnosisRows) -> str:
    marks = [
        "bar: now, from 0 to 100%",
        *(["upright line: before the findings"] if rows.causes[0].prior is not None else []),
        *([f"bracket: {rows.of_intervals}"] if rows.of_intervals else []),
    ]
    return f"<p><small>{'; '.join(marks)}</small></p>"
