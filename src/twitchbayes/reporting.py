"""What is shown of a network's fidelity and of its invariants: rows for the display."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from twitchbayes.display.rows import CheckRows, FidelityRows, FigureRow, LawRow, percent
from twitchbayes.estimate import TIERS
from twitchbayes.figure import REASONS
from twitchbayes.network import Network
from twitchbayes.values import is_missing

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_rows", "fidelity_rows"]


def fidelity_rows(network: Network, frame: pd.DataFrame, *, every: bool = False) -> FidelityRows:
    """Returns what is shown of `DiagnosticModel.fidelity`.

    Args:
        network: the network that was asked.
        frame: what it answered.
        every: whether all figures are shown, and not only those that it misses.
    """
    used = frame[frame["left_out"] == ""]
    left_out = frame[frame["left_out"] != ""]
    count = f"{len(frame):,}, of which {len(used):,} can be used"
    summary = [("Figures", count if len(frame) else "none are stated")]
    for tier in TIERS:
        of_tier = used[used["tier"] == tier]
        faithful = int(of_tier["faithful"].sum())
        if len(of_tier):
            share = f"{faithful:,} of {len(of_tier):,} ({percent(faithful / len(of_tier))})"
            inside = "lie inside their interval or within 0.05 of the figure"
            summary.append((f"Of tier {tier}", f"{share} {inside}"))
    reasons = Counter(words.partition(":")[0] for words in left_out["left_out"])
    if reasons:
        by_reason = ", ".join(f"{reasons[name]:,} {name}" for name in REASONS if reasons[name])
        summary.append(("Left out", f"{len(left_out):,}, by reason: {by_reason}"))
    missed = used[~used["faithful"].astype(bool)]
    sections = [("Not faithful", missed)]
    if every:
        sections.append(("Faithful", used[used["faithful"].astype(bool)]))
        sections.append(("Left out", left_out))
    return FidelityRows(
        network=f"{network.name} {network.version}",
        title=network.title,
        summary=tuple(summary),
        sections=tuple(
            (heading, tuple(_figure(row) for row in part.to_dict("records")))
            for heading, part in sections
            if len(part)
        ),
    )


def _figure(row: Mapping[Hashable, Any]) -> FigureRow:
    about = f"{row['found']} given {row['given']}" if row["given"] else row["found"]
    interval = f" ({row['low']:.3g} to {row['high']:.3g})" if row["interval"] else ""
    more = (f"[{row['source']}]", row["left_out"], row["note"])
    return FigureRow(
        about or f"{row['item']}; {row['people']}",
        f"{row['figure']:.3g}{interval}",
        "" if is_missing(row["implied"]) else f"{row['implied']:.3g}",
        " ".join(word for word in more if word),
    )


def check_rows(network: Network, frame: pd.DataFrame) -> CheckRows:
    """Returns what is shown of `DiagnosticModel.check`."""
    laws = tuple(
        LawRow(
            bool(row["holds"]),
            str(row["label"]),
            f"by {row['worst']:.2g}, as with {row['counterexample']}",
        )
        for row in frame.to_dict("records")
    )
    held = sum(law.holds for law in laws)
    return CheckRows(
        network=f"{network.name} {network.version}",
        title=network.title,
        laws=laws,
        summary=f"{held} of {len(laws)} invariants hold." if laws else "It has no invariants.",
    )
