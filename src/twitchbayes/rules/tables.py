"""Rules for the numbers of a variable: every combination covered once, every number cited."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from twitchbayes.distribution import NoisyMax, Row, Table, conditions
from twitchbayes.estimate import GRADES, Estimate
from twitchbayes.rules.hints import Hints
from twitchbayes.rules.limits import MAX_COUNT, MAX_PARENTS, MAX_TABLE, Parents, repeated

if TYPE_CHECKING:
    from twitchbayes.network import Variable

__all__ = ["stated_entries", "table_problems"]

SUM_TOLERANCE = 1e-9
COUNT_TOLERANCE = 0.01


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
    variable: Variable, path: str, known: Mapping[str, Variable], hints: Hints, *, sound: bool
) -> list[str]:
    """Returns what is wrong with the numbers of a variable.

    Where the variable itself is not `sound` (its parents or states are in doubt), the numbers are
    looked at one by one, and whether they cover every combination is left open.
    """
    distribution = variable.distribution
    if isinstance(distribution, NoisyMax):
        found = [*_row(distribution.leak, f"{path}.leak", variable, hints)]
        rows = [(f"{path}.links[{i}]", row) for i, row in enumerate(distribution.links)]
    else:
        found = []
        rows = [(f"{path}.rows[{i}]", row) for i, row in enumerate(distribution.rows)]
    of_parent = {
        parent: known[parent].states if parent in known else () for parent in variable.parents
    }
    for row_path, row in rows:
        found += _row(row, row_path, variable, hints)
        found += _conditions(row, row_path, of_parent, hints)
    if not sound:
        return found
    parents = list(of_parent.items())
    if isinstance(distribution, NoisyMax):
        return found + list(_links(distribution, path, parents, len(variable.states)))
    if len(parents) > MAX_PARENTS:
        found.append(
            f"{path}: has {len(parents)} parents, a table of rows at most {MAX_PARENTS}; use a "
            "noisy-MAX (links and leak)"
        )
        return found
    entries = math.prod(len(states) for _, states in parents) * len(variable.states)
    if entries > MAX_TABLE:
        found.append(
            f"{path}: its table would have {entries:,} entries, at most {MAX_TABLE:,}; "
            "use fewer parents, or a noisy-MAX (links and leak)"
        )
    elif not any(".when" in problem for problem in found):
        found += _coverage(distribution, path, parents)
    return found


def _conditions(
    row: Row, path: str, of_parent: Mapping[str, tuple[str, ...]], hints: Hints
) -> Iterator[str]:
    """Yields what is wrong with a row's conditions; `of_parent` has no states where unknown."""
    for parent in repeated(parent for parent, _ in row.when):
        yield f"{path}.when: {parent!r} is named twice; keep one"
    for parent, states in row.when:
        if parent not in of_parent:
            yield f"{path}.when: {parent!r} is not a parent{hints.near(parent, of_parent)}"
            continue
        if not states:
            yield f"{path}.when.{parent}: names no state"
        for state in repeated(states):
            yield f"{path}.when.{parent}: {state!r} is listed twice; keep one"
        known = of_parent[parent]
        for state in states:
            if known and state not in known:
                yield f"{path}.when.{parent}: no state {state!r}{hints.near(state, known)}"


def _row(row: Row, path: str, variable: Variable, hints: Hints) -> Iterator[str]:
    states = [state for state, _ in row.estimates]
    where = f"{path} ({conditions(row.when)})"
    for state in states:
        if state not in variable.states:
            yield f"{path}.p: no state {state!r}{hints.near(state, variable.states)}"
    for state in repeated(states):
        yield f"{path}.p: {state!r} is given twice; keep one"
    missing = [state for state in dict.fromkeys(variable.states) if state not in states]
    if len(missing) > 1:
        yield f"{where}: no number for {', '.join(missing)}; at most one state may be left out"
    values = [estimate.value for _, estimate in row.estimates]
    total = math.fsum(values) if all(0 <= value <= 1 for value in values) else 1.0
    if not missing and abs(total - 1) > SUM_TOLERANCE:
        yield f"{where}: sums to {total:.6g}, expected 1"
    if missing and total > 1 + SUM_TOLERANCE:
        yield f"{where}: sums to {total:.6g}, which leaves less than nothing for {missing[0]}"
    for state, estimate in row.estimates:
        for problem in _estimate(estimate, has_note=bool(f"{estimate.note}{row.note}".strip())):
            yield f"{path}.p.{state} ({conditions(row.when)}): {problem}"


def _estimate(estimate: Estimate, *, has_note: bool) -> Iterator[str]:
    value = estimate.value
    if not 0 <= value <= 1:
        yield f"{value:g} is not a probability; it must lie in [0, 1]"
        return
    if estimate.grade not in GRADES:
        yield f"the grade {estimate.grade!r} is not one of {', '.join(GRADES)}"
    elif estimate.grade == "judged":
        if estimate.interval is None:
            yield "is judged; give the interval you think plausible"
    elif not estimate.sources:
        yield f"is {estimate.grade} but names no source"
    if estimate.grade in ("judged", "derived") and not has_note:
        yield f"is {estimate.grade}; say in a note how and why"
    if estimate.interval is not None:
        low, high = estimate.interval
        if not 0 <= low <= value <= high <= 1:
            yield f"the interval [{low:g}, {high:g}] must lie in [0, 1] and hold {value:g}"
    if estimate.counts is not None:
        yield from _counts(estimate, *estimate.counts)


def _counts(estimate: Estimate, numerator: int, denominator: int) -> Iterator[str]:
    if max(abs(numerator), abs(denominator)) > MAX_COUNT:
        yield f"the counts must not be larger than {MAX_COUNT:,}"
    elif not 0 <= numerator <= denominator or denominator == 0:
        yield f"the counts [{numerator}, {denominator}] must be a count and of how many"
    elif abs(numerator / denominator - estimate.value) > COUNT_TOLERANCE:
        yield (
            f"the counts {numerator}/{denominator} make {numerator / denominator:.3g}, not "
            f"{estimate.value:g}; give counts only where they make the value, else in the note"
        )


def _coverage(table: Table, path: str, parents: Parents) -> Iterator[str]:
    owner, overlaps = table.owners(parents)
    for overlap in overlaps:
        first, second = sorted((overlap.first, overlap.second))
        yield (
            f"{path}.rows[{first}] and rows[{second}]: both hold for a combination of "
            f"({conditions(table.rows[first].when)}) and ({conditions(table.rows[second].when)}), "
            "neither is more specific; add a row for what they share"
        )
    uncovered = np.argwhere(owner == -1)
    if len(uncovered):
        first_missing = {
            parent: (states[place],)
            for (parent, states), place in zip(parents, uncovered[0].tolist(), strict=True)
        }
        yield (
            f"{path}.rows: no row for {len(uncovered)} of {owner.size} combinations, the first is "
            f"({conditions(first_missing)}); add it, or a row without `when`, which holds otherwise"
        )
    used = set(owner.ravel().tolist())
    for i, row in enumerate(table.rows):
        if i not in used and not overlaps:
            yield (
                f"{path}.rows[{i}] ({conditions(row.when)}): never holds, more specific rows cover "
                "all of it; remove it"
            )


def _links(noisy: NoisyMax, path: str, parents: Parents, size: int) -> Iterator[str]:
    if not parents:
        yield f"{path}.links: a noisy-MAX needs parents; give rows instead"
    if noisy.leak.when:
        yield f"{path}.leak: takes no conditions"
    linked: Counter[tuple[str, str]] = Counter()
    for i, link in enumerate(noisy.links):
        if len(link.when) != 1:
            yield f"{path}.links[{i}]: must be about exactly one parent"
        else:
            parent, states = link.when[0]
            linked.update((parent, state) for state in states)
    for parent, states in parents:
        entries = len(states) * size**2
        if entries > MAX_TABLE:
            yield (
                f"{path}.links: the table of {parent} would have {entries:,} entries, at most "
                f"{MAX_TABLE:,}; use fewer states"
            )
        for state in states[1:]:
            if not linked[parent, state]:
                yield f"{path}.links: none for {parent} = {state}; add it"
        if linked[parent, states[0]]:
            yield (
                f"{path}.links: {parent} = {states[0]} is the state without effect, "
                "it takes no link; remove it"
            )
    for (parent, state), count in linked.items():
        if count > 1:
            yield f"{path}.links: {count} for {parent} = {state}; keep one"
