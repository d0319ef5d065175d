"""Rules for the numbers of a variable: every combination covered once, every number cited."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from twitchbayes.distribution import NoisyMax, Row, Table
from twitchbayes.errors import Place, Problem
from twitchbayes.estimate import GRADES, Estimate
from twitchbayes.rules.counts import count_problems
from twitchbayes.rules.hints import Hints
from twitchbayes.rules.limits import MAX_PARENTS, MAX_TABLE, Parents, repeated
from twitchbayes.rules.overlaps import MAX_OVERLAPS, overlaps
from twitchbayes.rules.words import brief, listed

if TYPE_CHECKING:
    from twitchbayes.network import Variable

__all__ = ["stated_entries", "table_problems"]

SUM_TOLERANCE = 1e-9


def stated_entries(variable: Variable, known: Mapping[str, Variable]) -> int:
    """Returns how many entries the tables of a variable have, so far as they are not too large.

    Those of a noisy-MAX are one per parent, (the parent's states, states, states).
    """
    sizes = [len(known[parent].states) for parent in variable.parents if parent in known]
    if isinstance(variable.distribution, NoisyMax):
        tables = [size * len(variable.states) ** 2 for size in sizes]
    elif len(sizes) <= MAX_PARENTS:
        tables = [math.prod(sizes) * len(variable.states)]
    else:
        tables = []
    return sum(table for table in tables if table <= MAX_TABLE)


def table_problems(
    variable: Variable, known: Mapping[str, Variable], hints: Hints
) -> Iterator[Problem]:
    """Yields what is wrong with the numbers of a variable.

    Where its parents or their states are in doubt, the numbers are looked at one by one, and
    whether they cover every combination is left open.
    """
    path = ("variables", variable.name)
    clear = True
    distribution = variable.distribution
    baseline = distribution.baseline if isinstance(distribution, Table) else None
    for place, row in distribution.named_rows():
        yield from _row(row, (*path, place), variable, baseline, hints)
        if place != "leak":
            for problem in _conditions(row, (*path, place), variable, known, hints):
                clear = False
                yield problem
    if not _sound(variable, known):
        return
    parents = [(parent, known[parent].states) for parent in variable.parents]
    if isinstance(distribution, NoisyMax):
        yield from _links(distribution, path, parents, len(variable.states))
        return
    entries = math.prod(len(states) for _, states in parents) * len(variable.states)
    if len(parents) > MAX_PARENTS:
        yield Problem(
            path,
            f"has {len(parents)} parents, a table of rows at most {MAX_PARENTS}; use a noisy-MAX "
            "(links and leak)",
        )
    elif entries > MAX_TABLE:
        yield Problem(
            path,
            f"its table would have {entries:,} entries, at most {MAX_TABLE:,}; use fewer parents, "
            "or a noisy-MAX (links and leak)",
        )
    elif clear:
        yield from _coverage(distribution, path, parents)


def _sound(variable: Variable, known: Mapping[str, Variable]) -> bool:
    """Whether there is no doubt about the combinations of the parents' states."""
    names = variable.parents
    return (
        all(name in known for name in names)
        and not repeated(names)
        and all(
            of.states and not repeated(of.states)
            for of in (variable, *(known[name] for name in names))
        )
    )


def _conditions(
    row: Row, path: Place, variable: Variable, known: Mapping[str, Variable], hints: Hints
) -> Iterator[Problem]:
    """Yields what is wrong with a row's conditions; of an unknown parent, every state may be."""
    when = (*path, "when")
    for parent in repeated(parent for parent, _ in row.when):
        yield Problem(when, f"{parent!r} is named twice; keep one")
    for parent, states in row.when:
        if parent not in variable.parents:
            # what is like an unknown parent is that parent, spelt right
            if not hints.near(parent, [name for name in variable.parents if name not in known]):
                near = hints.near(parent, [name for name in variable.parents if name in known])
                yield Problem(
                    when,
                    f"{parent!r} is not a parent{near}",
                    judged_by=((*path[:2], "parents"),),
                )
            continue
        if not states:
            yield Problem((*when, parent), "names no state")
        for state in repeated(states):
            yield Problem((*when, parent), f"{state!r} is listed twice; keep one")
        of_parent = known[parent].states if parent in known else ()
        for state in states:
            if of_parent and state not in of_parent:
                near = hints.near(state, of_parent)
                yield Problem((*when, parent), f"no state {state!r}{near}")


def _row(
    row: Row, path: Place, variable: Variable, baseline: Row | None, hints: Hints
) -> Iterator[Problem]:
    of_variable = ((*path[:2], "states"), (*path, "p"))
    states = [state for state, _ in row.estimates]
    for state in states:
        if state not in variable.states:
            near = hints.near(state, variable.states)
            yield Problem((*path, "p"), f"no state {state!r}{near}", judged_by=of_variable)
    for state in repeated(states):
        yield Problem((*path, "p"), f"{state!r} is given twice; keep one")
    for message in _sum(row, variable, baseline):
        yield Problem(path, message, f" ({brief(row.when)})", of_variable)
    for state, estimate in row.estimates:
        has_note = bool(f"{estimate.note}{row.note}".strip())
        for message, fields in _estimate(estimate, has_note=has_note):
            place = (*path, "p", state)
            judged_by = tuple((*place, field) for field in fields)
            if "note" in fields:
                judged_by += ((*path, "note"),)
            yield Problem(place, message, f" ({brief(row.when)})", judged_by)


def _sum(row: Row, variable: Variable, baseline: Row | None) -> Iterator[str]:
    """Yields what is wrong with the numbers of a row together: sum, and what is left out."""
    missing = _missing(row, variable)
    values = [estimate.value for _, estimate in row.estimates]
    total = math.fsum(values) if all(0 <= value <= 1 for value in values) else 1.0
    if not missing and abs(total - 1) > SUM_TOLERANCE:
        yield f"sums to {total:.10g}, expected 1"
    if missing and total > 1 + SUM_TOLERANCE:
        yield f"sums to {total:.10g}, which leaves less than nothing for {missing[0]}"
    if len(missing) < 2:
        return
    if baseline is None or row is baseline:
        yield (
            f"no number for {listed(missing)}; at most one state may be left out, or in a row with "
            "`when` several, which share what is left as in the row without"
        )
    elif len(_missing(baseline, variable)) < 2 and total < 1 - SUM_TOLERANCE:
        shares = dict(zip(variable.states, baseline.values(variable.states), strict=True))
        if not any(shares[state] > 0 for state in missing):
            yield (
                f"leaves {1 - total:.4g} for {listed(missing)}, which have nothing in the row "
                "without `when` to share it by; give their numbers"
            )


def _missing(row: Row, variable: Variable) -> list[str]:
    given = {state for state, _ in row.estimates}
    return [state for state in dict.fromkeys(variable.states) if state not in given]


def _estimate(estimate: Estimate, *, has_note: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yields what is wrong with an estimate, and the fields that it was judged by."""
    value = estimate.value
    if estimate.grade not in GRADES:
        yield f"the grade {estimate.grade!r} is not one of {', '.join(GRADES)}", ("grade",)
    elif estimate.grade == "judged":
        if estimate.interval is None:
            yield "is judged; give the interval you think plausible", ("interval",)
    elif not estimate.sources:
        yield f"is {estimate.grade} but names no source", ("sources",)
    if estimate.grade in ("judged", "derived") and not has_note:
        yield f"is {estimate.grade}; say in a note how and why", ("note",)
    if not 0 <= value <= 1:
        yield f"{value:g} is not a probability; it must lie in [0, 1]", ("value",)
        return
    if estimate.interval is not None:
        low, high = estimate.interval
        if not 0 <= low <= value <= high <= 1:
            yield (
                f"the interval [{low:g}, {high:g}] must lie in [0, 1] and hold {value:g}",
                ("interval",),
            )
    if estimate.counts is not None:
        for message in count_problems(value, *estimate.counts):
            yield message, ("counts",)


def _combinations(path: Place, parents: Parents) -> tuple[Place, ...]:
    """Returns what says which combinations there are, and which rows are about them.

    The field `when` of a variable stands for those of all its rows.
    """
    states = [("variables", parent, "states") for parent, _ in parents]
    return ((*path, "parents"), (*path, "when"), *states)


def _coverage(table: Table, path: Place, parents: Parents) -> Iterator[Problem]:
    judged_by = _combinations(path, parents)
    owner = table.owners(parents)
    found = overlaps(table, parents, owner)
    for first, second in found[:MAX_OVERLAPS]:
        yield Problem(
            (*path, f"rows[{first}]"),
            f"both hold for a combination of ({brief(table.rows[first].when)}) and "
            f"({brief(table.rows[second].when)}), neither is more specific; add a row for what "
            "they share",
            f" and rows[{second}]",
            judged_by,
        )
    if len(found) > MAX_OVERLAPS:
        yield Problem((*path, "rows"), "more rows than these overlap", judged_by=judged_by)
    uncovered = owner == -1
    if uncovered.any():
        place = np.unravel_index(int(uncovered.argmax()), owner.shape)
        first_missing = [
            (parent, (states[int(i)],)) for (parent, states), i in zip(parents, place, strict=True)
        ]
        yield Problem(
            (*path, "rows"),
            f"no row for {uncovered.sum()} of {owner.size} combinations, the first is "
            f"({brief(first_missing)}); add it, or a row without `when`, which holds otherwise",
            judged_by=judged_by,
        )
    if found:
        return
    used = {*np.unique(owner).tolist()}
    for i, row in enumerate(table.rows):
        if i not in used:
            yield Problem(
                (*path, f"rows[{i}]"),
                "never holds, more specific rows cover all of it; remove it",
                f" ({brief(row.when)})",
                judged_by,
            )


def _links(noisy: NoisyMax, path: Place, parents: Parents, size: int) -> Iterator[Problem]:
    links = (*path, "links")
    judged_by = _combinations(path, parents)
    if not parents:
        message = "a noisy-MAX needs parents; give rows instead"
        yield Problem(links, message, judged_by=judged_by)
    if noisy.leak.when:
        yield Problem((*path, "leak"), "takes no conditions")
    linked: Counter[tuple[str, str]] = Counter()
    for i, link in enumerate(noisy.links):
        if len(link.when) != 1:
            place = (*path, f"links[{i}]")
            message = "must be about exactly one parent"
            yield Problem(place, message, judged_by=((*place, "when"),))
        else:
            parent, states = link.when[0]
            linked.update((parent, state) for state in states)
    for parent, states in parents:
        entries = len(states) * size**2
        if entries > MAX_TABLE:
            yield Problem(
                links,
                f"the table of {parent} would have {entries:,} entries, at most {MAX_TABLE:,}; use "
                "fewer states",
            )
        missing = [state for state in states[1:] if not linked[parent, state]]
        for state in missing:
            yield Problem(links, f"none for {parent} = {state}; add it", judged_by=judged_by)
        if linked[parent, states[0]]:
            yield Problem(
                links,
                f"{parent} = {states[0]} is the state without effect, it takes no link; remove it",
                judged_by=judged_by,
            )
    for (parent, state), count in linked.items():
        if count > 1:
            yield Problem(links, f"{count} for {parent} = {state}; keep one", judged_by=judged_by)
