"""Rules for a variable by itself: names, states, default, measurement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from twitchbayes.rules.hints import Hints
from twitchbayes.rules.limits import KINDS, MAX_NAME, MAX_STATES, good_name, repeated

if TYPE_CHECKING:
    from twitchbayes.network import Measurement, Variable

__all__ = ["variable_problems"]


def variable_problems(
    variable: Variable, path: str, known: Mapping[str, Variable], hints: Hints
) -> Iterator[str]:
    """Yields what is wrong with a variable, its table left aside."""
    for name in (variable.name, *variable.states):
        if not good_name(name):
            yield (
                f"{path}: {name[:60]!r} cannot be a name; use 1 to {MAX_NAME} printable "
                "characters without space at the ends"
            )
    if variable.kind not in KINDS:
        yield f"{path}.kind: {variable.kind!r} is not one of {', '.join(KINDS)}"
    if not variable.states:
        yield f"{path}.states: there are none; name at least one"
    if len(variable.states) > MAX_STATES:
        yield f"{path}.states: {len(variable.states)} of them, at most {MAX_STATES}"
    for state in repeated(variable.states):
        yield f"{path}.states: {state!r} is listed twice; keep one"
    for parent in repeated(variable.parents):
        yield f"{path}.parents: {parent!r} is listed twice; keep one"
    for parent in variable.parents:
        if parent not in known:
            yield f"{path}.parents: unknown variable {parent!r}{hints.near(parent, known)}"
        elif not known[parent].states:
            yield f"{path}.parents: {parent!r} has no states"
    for state in [state for state, _ in variable.state_labels]:
        if state not in variable.states:
            yield f"{path}.state_labels: no state {state!r}{hints.near(state, variable.states)}"
    if variable.default is not None and variable.default not in variable.states:
        yield (
            f"{path}.default: no state {variable.default!r}"
            f"{hints.near(variable.default, variable.states)}"
        )
    if variable.measurement is not None:
        yield from _measurement(variable.measurement, f"{path}.measurement", variable.states)


def _measurement(measurement: Measurement, path: str, states: Sequence[str]) -> Iterator[str]:
    cuts = measurement.cuts
    limits = (measurement.minimum, *cuts, measurement.maximum)
    if not good_name(measurement.name):
        yield f"{path}.name: {measurement.name!r} cannot be a name"
    if not all(map(math.isfinite, limits)):
        yield f"{path}: cuts, minimum and maximum must be finite numbers"
    elif any(low >= high for low, high in pairwise(cuts)):
        yield f"{path}.cuts: {list(cuts)} must increase"
    elif any(low >= high for low, high in pairwise(limits)):
        yield (
            f"{path}.cuts: {list(cuts)} must lie between minimum {measurement.minimum:g} and "
            f"maximum {measurement.maximum:g}"
        )
    if sorted(measurement.bands) != sorted(states):
        yield (
            f"{path}.bands: must list every state once, from the lowest numbers to the highest; "
            f"the states are {', '.join(states)}"
        )
    elif len(cuts) != len(states) - 1:
        yield f"{path}.cuts: {len(cuts)} of them cannot make {len(states)} bands"
