"""Answers about the network's numbers: which matters most, and who says so."""

from __future__ import annotations

from twitchbayes.display.answer_rows import AnswerRow, AnswerRows, AnswerTable, Bar
from twitchbayes.display.rows import percent
from twitchbayes.showing.names import points
from twitchbayes.showing.subject import Subject
from twitchbayes.values import is_missing

__all__ = ["sensitivity", "sources"]

MOST_NUMBERS = 2
"""Numbers of a source that are named."""


def sensitivity(subject: Subject) -> AnswerRows:
    """Returns the numbers that bear on the answer, those that move it furthest first."""
    names = subject.names
    cause = subject.argument("cause") or subject.leader
    label = names.cause(cause)
    now = float(subject.posterior[subject.causes.index(cause)])
    rows = []
    for row in subject.frame.to_dict("records"):
        given = names.given(row["variable"], row["given"])
        cited = f" [{row['sources']}]" if row["sources"] else ""
        detail = (
            f"{row['value']:.4g} ({row['low']:.4g} to {row['high']:.4g}, {row['grade']}{cited}), "
            f"given {given}"
        )
        if not is_missing(row["changes_at"]):
            to = names.cause(row["changes_to"])
            detail += f"; at {row['changes_at']:.4g} {to} draws level with the leader"
        ends = row["posterior_low"], row["posterior_high"]
        cells = (percent(ends[0]), percent(ends[1]), points(row["slope"] / 100))
        rows.append(
            AnswerRow(names.state(row["variable"], row["state"]), cells, Bar(*ends, now), detail)
        )
    sentences = [f"No number of the network moves {label}."]
    if rows:
        first = subject.frame.iloc[0]
        given = names.given(first["variable"], first["given"])
        sentences = [
            f"{label} is at {percent(now)}. What matters most is how likely {rows[0].label} is, "
            f"given {given}: as this number moves through its interval, from {first['low']:.4g} to "
            f"{first['high']:.4g}, {label} moves between {rows[0].cells[0]} and {rows[0].cells[1]}."
        ]
    tables = [AnswerTable("Number", ("low", "high", "slope"), tuple(rows))]
    notes = [
        f"Low, high: {label} as the number moves through its own interval, the others of its row "
        "in proportion. Slope: percentage points by which it changes as the number rises by 0.01. "
        "The bars go from low to high on a scale from 0 to 100%, marked where it is now."
    ]
    return subject.answered("Which number matters most?", sentences, tables, notes)


def sources(subject: Subject) -> AnswerRows:
    """Returns the papers that the answer rests on, the most influential first."""
    names = subject.names
    label = names.cause(subject.argument("cause") or subject.leader)
    rows = []
    most = float(subject.frame["influence"].max()) if len(subject.frame) else 0.0
    for source, row in subject.frame.to_dict("index").items():
        numbers = row["numbers"].split("; ")
        year = "" if is_missing(row["year"]) else f" ({row['year']})"
        more = f", and {len(numbers) - MOST_NUMBERS} more" if len(numbers) > MOST_NUMBERS else ""
        rows.append(
            AnswerRow(
                row["title"] or str(source),
                (points(row["influence"]).removeprefix("+"),),
                Bar(0.0, row["influence"] / most if most else 0.0),
                f"{row['authors']}{year} [{source}], {row['tier']}: "
                f"{', '.join(numbers[:MOST_NUMBERS])}{more}",
            )
        )
    sentences = ["The answer rests on no cited number."]
    if rows:
        sentences = [
            f"The answer rests on {len(rows)} source{'s' if len(rows) > 1 else ''}; a number of "
            f"the first moves {label} by {rows[0].cells[0]} points as it goes through its interval."
        ]
    tables = [AnswerTable("Source", ("points",), tuple(rows))]
    notes = [
        f"Points: the largest range of {label}, in percentage points, that one of the source's "
        f"numbers makes by moving through its interval. The full width of a bar is {points(most)}."
    ]
    return subject.answered("Which papers does this rest on?", sentences, tables, notes)
