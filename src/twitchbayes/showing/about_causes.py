"""Answers about causes and mechanisms: how likely, how sure, could anything still change it."""

from __future__ import annotations

from typing import cast

from twitchbayes.display.answer_rows import AnswerRow, AnswerRows, AnswerTable, Bar
from twitchbayes.display.rows import percent
from twitchbayes.questions.settling import Results, Settled
from twitchbayes.showing.names import points
from twitchbayes.showing.subject import Subject

__all__ = ["intervals", "mechanisms", "posterior", "settled"]


def posterior(subject: Subject) -> AnswerRows:
    """Returns the causes, and the groups of them, the most probable first."""
    names, rows = subject.names, subject.rows
    sentences = [
        f"Most probable is {names.cause(cause)}: {percent(row['posterior'])}, "
        f"{percent(row['prior'])} before the findings."
        for cause, row in rows[:1]
    ]
    of_causes = [
        _before_and_now(names.cause(cause), row["prior"], row["posterior"]) for cause, row in rows
    ]
    tables = [AnswerTable("Cause", ("before", "now"), tuple(of_causes))]
    if len(rows) == len(subject.causes):
        by_cause = dict(rows)
        of_groups = [
            _before_and_now(
                names.group(group.name),
                sum(by_cause[cause]["prior"] for cause in group.states),
                sum(by_cause[cause]["posterior"] for cause in group.states),
            )
            for group in subject.network.groups
        ]
        tables.append(AnswerTable("Group", ("before", "now"), tuple(of_groups)))
    notes = [
        "Before: given the context alone. The bars are the probabilities now, from 0 to 100%, "
        "marked at those before."
    ]
    return subject.answered("Which cause, how likely?", sentences, tables, notes)


def intervals(subject: Subject) -> AnswerRows:
    """Returns how sure the posterior is, of every cause and every group."""
    names = subject.names
    level, draws, seed = (subject.argument(name) for name in ("level", "draws", "seed"))
    rows = sorted(subject.rows, key=lambda item: -item[1]["posterior"])
    leader = dict(rows)["cause", subject.leader]
    sentences = [
        f"{names.cause(subject.leader)}: {percent(leader['posterior'])}, between "
        f"{percent(leader['low'])} and {percent(leader['high'])} in {percent(level)} of draws of "
        f"the network's numbers, and the most probable cause in {percent(leader['first'])} of them."
    ]
    tables = [
        AnswerTable(
            heading,
            ("now", "low", "high", "first"),
            tuple(
                AnswerRow(
                    label(name),
                    tuple(percent(row[of]) for of in ("posterior", "low", "high", "first")),
                    Bar(row["low"], row["high"], row["posterior"]),
                )
                for (of_kind, name), row in rows
                if of_kind == kind
            ),
        )
        for kind, heading, label in (
            ("cause", "Cause", names.cause),
            ("group", "Group", names.group),
        )
    ]
    notes = [
        f"Low to high: {percent(level)} of {draws:,} draws (seed {seed}); first: in how many of "
        "them it is the most probable. The bars go from low to high on a scale from 0 to 100%, "
        "marked at the probability now.",
        "Rows of numbers are drawn independently of each other, and that the structure of the "
        "network may be wrong is not counted.",
    ]
    return subject.answered("How sure, as far as the numbers are known?", sentences, tables, notes)


def settled(subject: Subject) -> AnswerRows:
    """Returns whether one more finding, or two, could still change the answer."""
    names, still = subject.names, cast("Settled", subject.asked.answer)
    leader = names.cause(still.leader)
    could = {True: "could", False: "could not"}
    sentences = [
        f"{leader} is at {percent(still.posterior)}; wanted are {percent(still.threshold)}.",
        f"One more finding {could[still.one_could_change_it]} change the answer, two "
        f"{could[still.two_could_change_it]}.",
    ]

    def row(label: str, changes: bool, results: Results, lowest: float) -> AnswerRow:
        words = " and ".join(names.state(name, state) for name, state in results)
        return AnswerRow(
            label,
            ("yes" if changes else "no", percent(lowest)),
            Bar(0.0, lowest, still.threshold),
            f"furthest down by {words}" if words else "nothing that is open lowers it",
        )

    rows = (
        row("One finding", still.one_could_change_it, still.by_one, still.lowest_by_one),
        row("Two findings", still.two_could_change_it, still.by_two, still.lowest_by_two),
    )
    tables = [AnswerTable("Any results of", ("change it", "would leave"), rows)]
    notes = [
        f"Would leave: the lowest probability of {leader}. A change is the leader falling below "
        "what is wanted, if it is not below already, or another cause becoming more probable. All "
        "results are tried, however unlikely. The bars are marked at what is wanted."
    ]
    return subject.answered("Could anything still change it?", sentences, tables, notes)


def mechanisms(subject: Subject) -> AnswerRows:
    """Returns the mechanisms, but for the first state of each, those that moved most first."""
    names, network = subject.names, subject.network
    remarkable = [
        (names.state(name, state), row["prior"], row["posterior"])
        for (name, state), row in subject.rows
        if state != network.by_name[name].states[0]
    ]
    remarkable.sort(key=lambda row: -abs(row[2] - row[1]))
    sentences = [
        f"Most moved: {label}, from {percent(before)} before the findings to {percent(now)} "
        f"({points(now - before)} points)."
        for label, before, now in remarkable[:1]
    ]
    notes = [
        "The rest of each mechanism is its first state, which is left out here. The bars are the "
        "probabilities now, from 0 to 100%, marked at those before."
    ]
    if not remarkable:
        sentences, notes = ["The network has no hidden mechanisms."], []
    rows = tuple(_before_and_now(*row) for row in remarkable)
    tables = [AnswerTable("Mechanism", ("before", "now"), rows)]
    return subject.answered("What is going on, hidden from view?", sentences, tables, notes)


def _before_and_now(label: str, before: float, now: float) -> AnswerRow:
    return AnswerRow(label, (percent(before), percent(now)), Bar(0.0, now, before))
