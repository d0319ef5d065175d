"""Rules for invariants: a finding, some causes, a law, and a bound where the law needs one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from twitchbayes.errors import Place, Problem
from twitchbayes.invariant import BOUNDED, LAWS
from twitchbayes.rules.events import event_problems
from twitchbayes.rules.hints import Hints
from twitchbayes.rules.limits import MAX_COMBINATIONS, repeated

if TYPE_CHECKING:
    from twitchbayes.invariant import Invariant
    from twitchbayes.network import Network, Variable

__all__ = ["invariant_problems"]


def invariant_problems(
    network: Network, known: Mapping[str, Variable], hints: Hints
) -> Iterator[Problem]:
    """Yields what is wrong with the invariants; sources are not looked at."""
    target = known.get(str(network.target))
    if network.invariants and network.target is None:
        message = "they are about causes; name the target in [network]"
        yield Problem(("invariants",), message, judged_by=(("network", "target"),))
    for invariant in network.invariants:
        path = ("invariants", invariant.name)
        if not invariant.label.strip():
            yield Problem((*path, "label"), "is empty; say the law in a sentence")
        yield from _law(invariant, path)
        yield from _evidence(invariant, path, network, known, hints)
        if target is not None:
            yield from _causes(invariant, path, network, target, hints)


def _law(invariant: Invariant, path: Place) -> Iterator[Problem]:
    place = (*path, "bound")
    judged_by = (place, (*path, "law"))
    if invariant.law not in LAWS:
        yield Problem((*path, "law"), f"{invariant.law!r} is not one of {', '.join(LAWS)}")
    elif invariant.law not in BOUNDED:
        if invariant.bound is not None:
            message = f"{invariant.law} takes none; remove it"
            yield Problem(place, message, judged_by=judged_by)
    elif invariant.bound is None:
        message = f"{invariant.law} needs one; give a probability"
        yield Problem(place, message, judged_by=judged_by)
    elif not 0 < invariant.bound < 1:
        yield Problem(place, f"{invariant.bound:g} must lie between 0 and 1")


def _evidence(
    invariant: Invariant,
    path: Place,
    network: Network,
    known: Mapping[str, Variable],
    hints: Hints,
) -> Iterator[Problem]:
    events = (("when", invariant.when), ("given", invariant.given))
    both = tuple((*path, field) for field, _ in events)
    if not invariant.when:
        yield Problem((*path, "when"), "names no finding", judged_by=((*path, "when"),))
    for field, event in events:
        if network.target is not None and network.target in dict(event):
            message = f"{network.target} is asked for, never found; name findings"
            yield Problem((*path, field), message)
        yield from event_problems(event, (*path, field), known, hints)
    for name in repeated((*dict(invariant.when), *dict(invariant.given))):
        yield Problem(path, f"{name!r} is in when and in given; keep one", judged_by=both)
    if invariant.combinations > MAX_COMBINATIONS:
        message = f"its lists make {invariant.combinations:,} combinations, at most "
        yield Problem(path, f"{message}{MAX_COMBINATIONS:,}; name fewer states", judged_by=both)


def _causes(
    invariant: Invariant, path: Place, network: Network, target: Variable, hints: Hints
) -> Iterator[Problem]:
    place = (*path, "causes")
    names = (*target.states, *(group.name for group in network.groups))
    judged_by = (("groups",), ("variables", target.name, "states"))
    if not invariant.causes:
        yield Problem(place, "there are none; name causes or groups", judged_by=(place,))
    for name in repeated(invariant.causes):
        yield Problem(place, f"{name!r} is listed twice; keep one")
    for name in invariant.causes:
        if name not in names:
            near = hints.near(name, names)
            yield Problem(place, f"no cause or group {name!r}{near}", judged_by=judged_by)
