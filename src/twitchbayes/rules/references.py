"""Rules for what a network refers to: parents without cycle, groups, sources, red flags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from twitchbayes.errors import Place, Problem
from twitchbayes.estimate import TIERS
from twitchbayes.rules.events import event_problems
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

MAX_LISTED = 100


def cycle_problems(known: Mapping[str, Variable]) -> Iterator[Problem]:
    """Names one directed cycle of every part of the network in which all lead to each other."""
    parents = {
        name: [parent for parent in variable.parents if parent in known]
        for name, variable in known.items()
    }
    part = _parts(parents)
    seen: set[int] = set()
    for start in known:
        if part[start] in seen:
            continue
        seen.add(part[start])
        walk: dict[str, None] = {}
        here: str | None = start
        while here is not None and here not in walk:
            walk[here] = None
            inside = (parent for parent in parents[here] if part[parent] == part[start])
            here = next(inside, None)
        if here is None:
            continue
        names = list(walk)
        cycle = [here, *reversed(names[names.index(here) :])]
        if len(cycle) > MAX_LISTED:
            cycle[MAX_LISTED - 1 : -1] = [f"({len(cycle) - MAX_LISTED} more)"]
        yield Problem(
            ("variables",),
            f"{' -> '.join(cycle)} is a cycle; a cause cannot depend on its effect",
        )


def _parts(parents: Mapping[str, list[str]]) -> dict[str, int]:
    """Returns for each variable the number of its strongly connected component (Kosaraju)."""
    children: dict[str, list[str]] = {name: [] for name in parents}
    for name, of_name in parents.items():
        for parent in of_name:
            children[parent].append(name)
    part: dict[str, int] = {}
    for start in reversed(_finished(list(parents), parents)):
        if start not in part:
            number = len(part)
            waiting = [start]
            while waiting:
                name = waiting.pop()
                if name not in part:
                    part[name] = number
                    waiting += children[name]
    return part


def _finished(names: list[str], after: Mapping[str, list[str]]) -> list[str]:
    """Returns the names in the order in which a search in depth is done with them."""
    done: dict[str, None] = {}
    open_: set[str] = set()
    waiting = names
    while waiting:
        name = waiting[-1]
        if name in open_:
            done.setdefault(waiting.pop())
        else:
            open_.add(name)
            waiting += [other for other in after[name] if other not in open_]
    return list(done)


def measurement_name_problems(network: Network) -> Iterator[Problem]:
    """Yields measurements whose name already means another variable."""
    owner = {variable.name: variable.name for variable in network.variables}
    for variable in network.variables:
        if variable.measurement is None:
            continue
        name = variable.measurement.name
        if owner.setdefault(name, variable.name) != variable.name:
            yield Problem(
                ("variables", variable.name, "measurement", "name"),
                f"{name!r} already means {owner[name]}; choose another",
            )


def group_problems(network: Network, hints: Hints) -> Iterator[Problem]:
    """Yields what is wrong with the target and the groups of its states."""
    names = {variable.name: variable for variable in network.variables}
    target = names.get(network.target) if network.target is not None else None
    goal = ("network", "target")
    if network.target is not None and target is None:
        near = hints.near(network.target, names)
        yield Problem(
            goal, f"unknown variable {network.target!r}{near}", judged_by=(("variables",),)
        )
    if network.groups and network.target is None:
        yield Problem(
            ("groups",),
            "they are groups of the target's states; name the target",
            judged_by=(goal,),
        )
    causes = ("variables", str(network.target), "states")
    listed = [("groups", group.name, "states") for group in network.groups]
    for group in network.groups:
        path = ("groups", group.name)
        if not group.states:
            yield Problem(
                path,
                "has no states; list the causes that belong to it",
                judged_by=((*path, "states"),),
            )
        for state in group.states:
            if target is not None and state not in target.states:
                near = hints.near(state, target.states)
                yield Problem(path, f"no cause {state!r}{near}", judged_by=(causes,))
    member = Counter(state for group in network.groups for state in group.states)
    if target is not None and network.groups:
        for state in target.states:
            if member[state] != 1:
                yield Problem(
                    ("groups",),
                    f"{state!r} is in {member[state]} groups; every cause belongs to exactly one",
                    judged_by=(("groups",), causes, *listed),
                )


def source_problems(network: Network, hints: Hints) -> Iterator[Problem]:
    """Yields what is wrong with the bibliography, and citations that lead nowhere."""
    known = {source.id: source.tier for source in network.sources}
    for source in network.sources:
        path = ("sources", source.id)
        if not good_name(source.id):
            yield Problem(("sources",), f"{source.id!r} cannot be an id")
        if not source.title.strip():
            yield Problem((*path, "title"), "is empty; give the title")
        if source.tier not in TIERS:
            yield Problem((*path, "tier"), f"{source.tier!r} is not one of {', '.join(TIERS)}")
        if source.year is not None and source.year not in YEARS:
            yield Problem((*path, "year"), f"must lie from {YEARS[0]} to {YEARS[-1]}")
    for place, grade, cited in _citations(network):
        for source_id in cited:
            if source_id not in known:
                near = hints.near(source_id, known)
                message = f"unknown source {source_id!r}{near}"
                yield Problem(place, message, judged_by=(("sources",),))
        tiers = {known.get(source_id) for source_id in cited}
        if grade == "measured" and tiers and tiers <= {*TIERS} - {"article"}:
            yield Problem(
                place,
                "is measured, but none of its sources is an article; grade it weak",
                judged_by=tuple(("sources", source_id, "tier") for source_id in cited),
            )


def _citations(network: Network) -> Iterator[tuple[Place, str, tuple[str, ...]]]:
    """Yields path, grade and sources of whatever cites sources; only estimates have a grade."""
    for variable in network.variables:
        for place, row in variable.distribution.named_rows():
            for state, estimate in row.estimates:
                path = ("variables", variable.name, place, "p", state)
                yield path, estimate.grade, estimate.sources
    for flag in network.red_flags:
        yield ("red_flags", flag.name), "", flag.sources
    for invariant in network.invariants:
        yield ("invariants", invariant.name), "", invariant.sources
    for i, figure in enumerate(network.figures):
        yield ("figures", f"[{i}]", "source"), "", (figure.source,)


def red_flag_problems(
    network: Network, known: Mapping[str, Variable], hints: Hints
) -> Iterator[Problem]:
    """Yields what is wrong with the red flags."""
    for flag in network.red_flags:
        path = ("red_flags", flag.name)
        if not flag.label.strip():
            yield Problem((*path, "label"), "is empty; say in words what it flags")
        if flag.action not in ACTIONS:
            yield Problem((*path, "action"), f"{flag.action!r} is not one of {', '.join(ACTIONS)}")
        if not flag.sources and not flag.note.strip():
            yield Problem(
                path,
                "give a source, or a note that says why",
                judged_by=((*path, "sources"), (*path, "note")),
            )
        when = (*path, "when")
        if not flag.when:
            yield Problem(when, "names no finding")
        if network.target in dict(flag.when):
            yield Problem(when, f"{network.target} is asked for, never found; name findings")
        every = "so that any finding raises the flag"
        yield from event_problems(flag.when, when, known, hints, every=every)
