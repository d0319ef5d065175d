"""Diagnoses and models as plain HTML: tables, escaped, without script, style sheet or net."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from twitchbayes.display.rows import CauseRow, DiagnosisRows, ModelRows, percent

__all__ = ["diagnosis_html", "model_html"]

CELL = "padding: 0.1em 1em 0.1em 0"
TABLE = "margin: 0.8em 0; border-collapse: collapse"


def diagnosis_html(rows: DiagnosisRows) -> str:
    """Returns a diagnosis: red flags, causes, groups, findings, notice."""
    parts = [_heading(rows.title, rows.network)]
    if rows.flags:
        items = [
            f"<strong>{escape(flag.action.upper())}</strong>: {escape(flag.label)}"
            + (f" <small>[{escape(flag.sources)}]</small>" if flag.sources else "")
            for flag in rows.flags
        ]
        parts.append("<p>Red flags, whatever the probabilities say</p>" + _list(items))
    parts.append(_causes("Cause", rows.causes))
    if rows.groups:
        parts.append(_causes("Group", rows.groups))
    parts.append(_pairs("Findings", rows.findings or (("none given", ""),)))
    if rows.assumed:
        parts.append(_pairs("Assumed", rows.assumed))
    parts.append(f"<p>{rows.of_evidence} = {rows.log_evidence:.4f}</p>")
    parts.append(f"<p><small>{escape(rows.notice)}</small></p>")
    return _whole(parts)


def model_html(rows: ModelRows) -> str:
    """Returns a model: what it is about, and its variables by kind."""
    parts = [_heading(rows.title, rows.network)]
    parts += [f"<p>{escape(name)}: {escape(value)}</p>" for name, value in rows.about]
    for kind, variables in rows.kinds:
        body = [
            [f"<code>{escape(v.name)}</code>", escape(v.label), escape(v.states)] for v in variables
        ]
        table = _table(("name", "label", "states"), body, left=3)
        parts.append(
            f"<details><summary>{escape(kind)} ({len(variables)})</summary>{table}</details>"
        )
    parts.append(f"<p><small>{escape(rows.notice)}</small></p>")
    return _whole(parts)


def _whole(parts: Iterable[str]) -> str:
    return '<div class="twitchbayes">' + "\n".join(parts) + "</div>"


def _heading(title: str, network: str) -> str:
    return f"<p><strong>{escape(title)}</strong> ({escape(network)})</p>"


def _causes(heading: str, causes: Sequence[CauseRow]) -> str:
    body = [
        [
            escape(cause.label),
            escape(percent(cause.prior)),
            escape(percent(cause.posterior)),
            # the number stands beside the bar, so nothing is said by the bar alone
            f'<progress max="1" value="{cause.posterior:.4f}" aria-hidden="true"></progress>',
        ]
        for cause in causes
    ]
    return _table((heading, "before", "now", ""), body, left=1)


def _pairs(heading: str, pairs: Sequence[tuple[str, str]]) -> str:
    return _table((heading, ""), [[escape(name), escape(value)] for name, value in pairs], left=2)


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _table(head: Sequence[str], body: Iterable[Sequence[str]], left: int) -> str:
    """Returns a table, the first `left` columns of text, the others of numbers."""
    sides = ["left" if column < left else "right" for column in range(len(head))]
    styles = [f'style="text-align:{side}; vertical-align:baseline; {CELL}"' for side in sides]
    top = "".join(
        f"<th {style}>{escape(cell)}</th>" for cell, style in zip(head, styles, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(f"<td {style}>{cell}</td>" for cell, style in zip(row, styles, strict=True))
        + "</tr>"
        for row in body
    )
    return f'<table style="{TABLE}"><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table>'
