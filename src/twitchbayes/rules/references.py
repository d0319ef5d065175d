"""Rules for what a network refers to: parents without cycle, groups, sources, red flags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from twitchbayes.distribution import NoisyMax
from twitchbayes.estimate import TIERS
from twitchbayes.rules.hints import Hints
from twitchbayes.rules.limits import ACTIONS, YEARS, good_name

if TYPE_CHECKING:
    from twitchbayes.network import Network, Variable

__all__ = [
    "cycle_problems",
    "group_problems",
    "measurement_name_problems",
    "red_flag_problems",
    "source_problems",
]


def cycle_problems(known: Mapping[str, Variable]) -> Iterator[str]:
    """Names one directed cycle, if there is any."""
    waiting = {
        name: [parent for parent in variable.parents if parent in known]
        for name, variable in known.items()
    }
    children: dict[str, list[str]] = {name: [] for name in known}
    for name, parents in waiting.items():
        for parent in parents:
            children[parent].append(name)
    left = {name: len(parents) for name, parents in waiting.items()}
    ready = [name for name, count in left.items() if count == 0]
    while ready:
        for child in children[ready.pop()]:
            left[child] -= 1
            if left[child] == 0:
                ready.append(child)
    stuck = [name for name, count in left.items() if count > 0]
    if not stuck:
        return
    walk: dict[str, None] = {}
    here = stuck[0]
    while here not in walk:
        walk[here] = None
        here = next(parent for parent in waiting[here] if left[parent] > 0)
    names = list(walk)
    cycle = [here, *reversed(names[names.index(here) :])]
    yield f"variables: {' -> '.join(cycle)} is a cycle; a cause cannot depend on its effect"


def measurement_name_problems(network: Network) -> Iterator[str]:
    """Yields measurements whose name already means another variable."""
    owner = {variable.name: variable.name for variable in network.variables}
    for variable in network.variables:
        if variable.measurement is None:
            continue
        name = variable.measurement.name
        if owner.setdefault(name, variable.name) != variable.name:
            yield (
                f"variables.{variable.name}.measurement.name: {name!r} already means "
                f"{owner[name]}; choose another"
            )


def group_problems(network: Network, hints: Hints) -> Iterator[str]:
    """Yields what is wrong with the target and the groups of its states."""
    names = {variable.name: variable for variable in network.variables}
    target = names.get(network.target) if network.target is not None else None
    if network.target is not None and target is None:
        near = hints.near(network.target, names)
        yield f"network.target: unknown variable {network.target!r}{near}"
    if network.groups and network.target is None:
        yield "groups: they are groups of the target's states; name the target"
    for group in network.groups:
        if not group.states:
            yield f"groups.{group.name}: has no states; list the causes that belong to it"
        for state in group.states:
            if target is not None and state not in target.states:
                yield f"groups.{group.name}: no cause {state!r}{hints.near(state, target.states)}"
    member = Counter(state for group in network.groups for state in group.states)
    if target is not None and network.groups:
        for state in target.states:
            if member[state] != 1:
                yield (
                    f"groups: {state!r} is in {member[state]} groups; every cause belongs to "
                    "exactly one"
                )


def source_problems(network: Network, hints: Hints) -> Iterator[str]:
    """Yields what is wrong with the bibliography, and citations that lead nowhere."""
    known = {source.id: source.tier for source in network.sources}
    for source in network.sources:
        if not good_name(source.id):
            yield f"sources: {source.id!r} cannot be an id"
        if not source.title.strip():
            yield f"sources.{source.id}.title: is empty; give the title"
        if source.tier not in TIERS:
            yield f"sources.{source.id}.tier: {source.tier!r} is not one of {', '.join(TIERS)}"
        if source.year is not None and source.year not in YEARS:
            yield f"sources.{source.id}.year: must lie from {YEARS[0]} to {YEARS[-1]}"
    for path, grade, cited in _citations(network):
        unknown = [source_id for source_id in cited if source_id not in known]
        for source_id in unknown:
            yield f"{path}: unknown source {source_id!r}{hints.near(source_id, known)}"
        tiers = [known.get(source_id) for source_id in cited]
        if grade == "measured" and tiers and {*tiers} <= {*TIERS} - {"article"}:
            yield f"{path}: is measured, but none of its sources is an article; grade it weak"


def _citations(network: Network) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yields path, grade and sources of whatever cites sources; a red flag has no grade."""
    for variable in network.variables:
        path, distribution = f"variables.{variable.name}", variable.distribution
        if isinstance(distribution, NoisyMax):
            rows = [(f"links[{i}]", row) for i, row in enumerate(distribution.links)]
            rows.append(("leak", distribution.leak))
        else:
            rows = [(f"rows[{i}]", row) for i, row in enumerate(distribution.rows)]
        for row_path, row in rows:
            for state, estimate in row.estimates:
                yield f"{path}.{row_path}.p.{state}", estimate.grade, estimate.sources
    for flag in network.red_flags:
        yield f"red_flags.{flag.name}", "", flag.sources


def red_flag_problems(
    network: Network, known: Mapping[str, Variable], hints: Hints
) -> Iterator[str]:
    """Yields what is wrong with the red flags."""
    for flag in network.red_flags:
        path = f"red_flags.{flag.name}"
        if not flag.label.strip():
            yield f"{path}.label: is empty; say in words what it flags"
        if flag.action not in ACTIONS:
            yield f"{path}.action: {flag.action!r} is not one of {', '.join(ACTIONS)}"
        if not flag.when:
            yield f"{path}.when: names no finding"
        if not flag.sources and not flag.note.strip():
            yield f"{path}: give a source, or a note that says why"
        if network.target in dict(flag.when):
            yield f"{path}.when: {network.target} is asked for, never found; name findings"
        for name, states in flag.when:
            if name not in known:
                yield f"{path}.when: unknown variable {name!r}{hints.near(name, known)}"
                continue
            if not states:
                yield f"{path}.when.{name}: names no state"
            for state in states:
                if state not in known[name].states:
                    yield (
                        f"{path}.when.{name}: no state {state!r}"
                        f"{hints.near(state, known[name].states)}"
                    )
