"""How a network fares, as plain text: against published figures, against its invariants."""

from __future__ import annotations

from twitchbayes.display.rows import CheckRows, FidelityRows
from twitchbayes.display.wrapping import hanging

__all__ = ["check_text", "fidelity_text"]


def fidelity_text(rows: FidelityRows) -> str:
    """Returns a summary, then figures by section, each with what the network implies."""
    lines = [*hanging("", f"{rows.title} ({rows.network})", indent=""), ""]
    for name, value in rows.summary:
        lines += hanging(f"{name}: ", value, indent="")
    for heading, figures in rows.sections:
        lines += ["", heading]
        for figure in figures:
            lines += hanging("", figure.event)
            numbers = (
                f"{figure.value}, implied {figure.implied}" if figure.implied else figure.value
            )
            lines += hanging("", f"{numbers} {figure.words}", indent="    ")
    lines += ["", rows.notice]
    return "\n".join(lines)


def check_text(rows: CheckRows) -> str:
    """Returns a line per invariant; of one that is broken, also how far and by what."""
    lines = [*hanging("", f"{rows.title} ({rows.network})", indent=""), ""]
    for law in rows.laws:
        lines += hanging(f"{'holds' if law.holds else 'BROKEN':<8}", law.label, indent="")
        if not law.holds:
            lines += hanging(" " * 8, law.broken, indent="")
    lines += [*([""] if rows.laws else []), rows.summary, rows.notice]
    return "\n".join(lines)
