"""Rules for events: known variables, each once, in some but not all of its states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from twitchbayes.errors import Place, Problem
from twitchbayes.event import Event
from twitchbayes.rules.hints import Hints
from twitchbayes.rules.limits import repeated

if TYPE_CHECKING:
    from twitchbayes.network import Variable

__all__ = ["event_problems"]


def event_problems(
    event: Event, path: Place, known: Mapping[str, Variable], hints: Hints, *, every: str = ""
) -> Iterator[Problem]:
    """Yields what is wrong with an event.

    Args:
        event: (variable, states) pairs.
        path: where it stands.
        known: the variables of the network.
        hints: suggests the nearest names.
        every: what follows where all states of a variable are listed, if that is not allowed.
    """
    for name in repeated(name for name, _ in event):
        yield Problem(path, f"{name!r} is named twice; keep one")
    for name, states in event:
        if name not in known:
            near = hints.near(name, known)
            yield Problem(path, f"unknown variable {name!r}{near}", judged_by=(("variables",),))
            continue
        place = (*path, name)
        of_variable = known[name].states
        judged_by = (("variables", name, "states"),)
        if not states:
            yield Problem(place, "names no state")
        for state in repeated(states):
            yield Problem(place, f"{state!r} is listed twice; keep one")
        for state in states:
            if state not in of_variable:
                near = hints.near(state, of_variable)
                yield Problem(place, f"no state {state!r}{near}", judged_by=judged_by)
        if every and {*of_variable} <= {*states}:
            message = f"lists every state, {every}; name fewer"
            yield Problem(place, message, judged_by=judged_by)
