"""Rules for a variable by itself: names, states, default, measurement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from twitchbayes.errors import Place, Problem
from twitchbayes.rules.hints import Hints
from twitchbayes.rules.limits import KINDS, MAX_NAME, MAX_STATES, good_name, repeated
from twitchbayes.rules.words import listed

if TYPE_CHECKING:
    from twitchbayes.network import Measurement, Variable

__all__ = ["variable_problems"]


def variable_problems(
    variable: Variable, known: Mapping[str, Variable], hints: Hints
) -> Iterator[Problem]:
    """Yields what is wrong with a variable, its table left aside."""
    path = ("variables", variable.name)
    states = (*path, "states")
    for name in (variable.name, *variable.states):
        if not good_name(name):
            yield Problem(
                path,
                f"{name[:60]!r} cannot be a name; use 1 to {MAX_NAME} printable characters without "
                "space at the ends",
            )
    if variable.kind not in KINDS:
        yield Problem((*path, "kind"), f"{variable.kind!r} is not one of {', '.join(KINDS)}")
    if not variable.states:
        yield Problem(states, "there are none; name at least one")
    if len(variable.states) > MAX_STATES:
        yield Problem(states, f"{len(variable.states)} of them, at most {MAX_STATES}")
    for state in repeated(variable.states):
        yield Problem(states, f"{state!r} is listed twice; keep one")
    parents = (*path, "parents")
    for parent in repeated(variable.parents):
        yield Problem(parents, f"{parent!r} is listed twice; keep one")
    for parent in variable.parents:
        if parent not in known:
            near = hints.near(parent, known)
            yield Problem(
                parents, f"unknown variable {parent!r}{near}", judged_by=(("variables",),)
            )
    labels = (*path, "state_labels")
    for state in repeated(state for state, _ in variable.state_labels):
        yield Problem(labels, f"{state!r} is named twice; keep one")
    named = [(labels, state) for state, _ in variable.state_labels]
    if variable.default is not None:
        named.append(((*path, "default"), variable.default))
    for place, state in named:
        if state not in variable.states:
            near = hints.near(state, variable.states)
            yield Problem(place, f"no state {state!r}{near}", judged_by=(states,))
    if variable.measurement is not None:
        yield from _measurement(variable.measurement, path, variable.states)


def _measurement(
    measurement: Measurement, variable: Place, states: tuple[str, ...]
) -> Iterator[Problem]:
    cuts = measurement.cuts
    limits = (measurement.minimum, *cuts, measurement.maximum)
    path = (*variable, "measurement")
    numbers = tuple((*path, field) for field in ("minimum", "cuts", "maximum"))
    if not good_name(measurement.name):
        yield Problem((*path, "name"), f"{measurement.name!r} cannot be a name")
    if not measurement.unit.strip():
        yield Problem((*path, "unit"), "is empty; give the unit of the number")
    finite = all(map(math.isfinite, limits))
    if not finite:
        message = "cuts, minimum and maximum must be finite numbers"
        yield Problem(path, message, judged_by=numbers)
    if any(low >= high for low, high in pairwise(cuts)):
        yield Problem((*path, "cuts"), f"{_numbers(cuts)} must increase")
    elif finite and any(low >= high for low, high in pairwise(limits)):
        yield Problem(
            (*path, "cuts"),
            f"{_numbers(cuts)} must lie between minimum {measurement.minimum:g} and maximum "
            f"{measurement.maximum:g}",
            judged_by=numbers,
        )
    if sorted(measurement.bands) != sorted(states):
        yield Problem(
            (*path, "bands"),
            "must list every state once, from the lowest numbers to the highest; the states are "
            f"{listed(states)}",
            judged_by=((*variable, "states"),),
        )
    elif len(cuts) != len(states) - 1:
        yield Problem(
            (*path, "cuts"),
            f"{len(cuts)} of them cannot make {len(states)} bands",
            judged_by=((*path, "bands"), (*variable, "states")),
        )


def _numbers(cuts: tuple[float, ...]) -> str:
    return f"[{listed([str(cut) for cut in cuts])}]"
