"""What was found, in the words of the network: one case of findings as likelihood vectors."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchbayes.errors import EvidenceError, did_you_mean
from twitchbayes.network import Measurement, Network, Variable

__all__ = [
    "Finding",
    "band",
    "is_missing",
    "likelihoods",
    "read_findings",
    "read_state",
    "refuse_target",
    "resolve",
]

_BOOLEANS = (("no", "yes"), ("false", "true"))


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known about one variable of one case.

    Attributes:
        variable: its name.
        weights: P(what was seen | state) per state, up to a factor; 1 for the states it may be in
            and 0 for the others where the finding is certain.
        measured: the number that was given, with its unit; '' where states were given.
        assumed: whether it was not given and the network's default stands in.
    """

    variable: str
    weights: tuple[float, ...]
    measured: str = ""
    assumed: bool = False


def read_findings(network: Network, given: Mapping[str, object]) -> tuple[Finding, ...]:
    """Returns the findings of one case, in the order of the network's variables.

    A value is a state; a bool for no/yes; a set, list or tuple of states (one of these); a mapping
    of every state to a weight (soft evidence); a number where the network declares a measurement.
    `None`, NaN and `pandas.NA` mean "not asked". Variables with a default that are not given are
    assumed to be in it.

    Raises:
        EvidenceError: an unknown name or state, a bad weight, a number out of range, or the same
            variable given twice.
    """
    found: dict[str, Finding] = {}
    named: dict[str, str] = {}
    for key, value in given.items():
        variable, measurement = resolve(network, key)
        if is_missing(value):
            continue
        if variable.name in found:
            raise EvidenceError(
                f"{variable.name} is given twice, as {named[variable.name]} and as {key}; give one",
                key,
            )
        named[variable.name] = key
        found[variable.name] = _finding(variable, measurement, value)
    for variable in network.variables:
        if variable.default is not None and variable.name not in found:
            weights = _one_of(variable, {variable.default})
            found[variable.name] = Finding(variable.name, weights, assumed=True)
    return tuple(sorted(found.values(), key=lambda finding: network.position[finding.variable]))


def likelihoods(network: Network, findings: Collection[Finding]) -> dict[int, NDArray[np.float64]]:
    """Returns per observed variable its likelihoods, shape (1, states), by position."""
    return {network.position[finding.variable]: np.array([finding.weights]) for finding in findings}


def resolve(network: Network, key: object) -> tuple[Variable, Measurement | None]:
    """Returns the variable that a name means, and the measurement if it is a measurement's name.

    Raises:
        EvidenceError: the network knows no such name; the nearest are suggested.
    """
    if isinstance(key, str) and key in network.spoken:
        return network.spoken[key]
    near = did_you_mean(key, network.spoken) or "; see model.variables"
    raise EvidenceError(f"{network.name} has no variable {key!r}{near}", str(key))


def refuse_target(network: Network, given: Collection[object]) -> None:
    """Refuses findings about the target, which is what is asked for.

    Raises:
        EvidenceError: the target is among the names given.
    """
    for key in given:
        if resolve(network, key)[0].name == network.target:
            raise EvidenceError(
                f"{key} is what is asked for, so it cannot be given; to see what a cause implies, "
                f"use query(..., {network.target}=...)",
                str(key),
            )


def is_missing(value: object) -> bool:
    """Whether a value means "not asked": None, NaN, NaT or pandas.NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and math.isnan(value)


def band(measurement: Measurement, value: object) -> str:
    """Returns the state that a number falls into; a number equal to a cut is in the upper band.

    Raises:
        EvidenceError: not a number, or outside the measurement's range.
    """
    name, unit = measurement.name, measurement.unit
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.integer, np.floating)
    ):
        raise EvidenceError(f"{name} takes a number ({unit}), not {value!r}", name)
    low, high = measurement.minimum, measurement.maximum
    if not low <= value <= high:
        why = f"; {measurement.outside}" if measurement.outside else ""
        raise EvidenceError(
            f"{name}={value:g} is outside {low:g} to {high:g} {unit}{why}", measurement.name
        )
    return measurement.bands[sum(1 for cut in measurement.cuts if value >= cut)]


def _finding(variable: Variable, measurement: Measurement | None, value: object) -> Finding:
    if measurement is not None and not _speaks_of_states(variable, measurement, value):
        state = band(measurement, value)
        return Finding(
            variable.name, _one_of(variable, {state}), measured=f"{value:g} {measurement.unit}"
        )
    if isinstance(value, Mapping):
        weights = _weights(variable, value)
    elif isinstance(value, (set, frozenset, list, tuple)):
        if not value:
            raise EvidenceError(
                f"{variable.name} is given no state; leave it out if it was not asked",
                variable.name,
            )
        weights = _one_of(variable, {read_state(variable, state) for state in value})
    else:
        weights = _one_of(variable, {read_state(variable, value)})
    return Finding(variable.name, weights)


def _speaks_of_states(variable: Variable, measurement: Measurement, value: object) -> bool:
    """Whether a value given under a measurement's name is about states all the same.

    That can only be where the measurement has the variable's own name.
    """
    return variable.name == measurement.name and not (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, (bool, np.bool_))
    )


def read_state(variable: Variable, value: object) -> str:
    """Returns the state that one value means.

    Raises:
        EvidenceError: the variable has no such state; the nearest are suggested.
    """
    states = variable.states
    if isinstance(value, (bool, np.bool_)):
        folded = {state.casefold(): state for state in states}
        for pair in _BOOLEANS:
            if pair[bool(value)] in folded:
                return folded[pair[bool(value)]]
        raise EvidenceError(
            f"{variable.name} takes one of {', '.join(states)}, not {bool(value)}", variable.name
        )
    if isinstance(value, str) and value in states:
        return str(value)
    if isinstance(value, (int, np.integer)) and str(value) in states:
        return str(value)
    hint = did_you_mean(value, states) if isinstance(value, str) else ""
    if isinstance(value, (float, int, np.number)):
        measured = variable.measurement
        hint = f"; give the number as {measured.name}={value:g}" if measured is not None else ""
    raise EvidenceError(
        f"{variable.name} has no state {value!r}{hint or '; it takes one of ' + ', '.join(states)}",
        variable.name,
    )


def _one_of(variable: Variable, states: Collection[str]) -> tuple[float, ...]:
    return tuple(1.0 if state in states else 0.0 for state in variable.states)


def _weights(variable: Variable, given: Mapping[object, object]) -> tuple[float, ...]:
    """Reads soft evidence: a weight for every state, at least one of them above zero."""
    name = variable.name
    weights: dict[str, float] = {}
    for key, weight in given.items():
        state = read_state(variable, key)
        if (
            isinstance(weight, (bool, np.bool_))
            or not isinstance(weight, (int, float, np.integer, np.floating))
            or not math.isfinite(weight)
            or weight < 0
        ):
            raise EvidenceError(
                f"{name}: the weight of {state} is {weight!r}; a weight is P(what was seen | "
                "state) up to a factor, a finite number of at least 0",
                name,
            )
        weights[state] = float(weight)
    left_out = [state for state in variable.states if state not in weights]
    if left_out:
        raise EvidenceError(
            f"{name}: no weight for {', '.join(left_out)}; soft evidence weighs every state "
            "(0 for one that is ruled out)",
            name,
        )
    if not any(weights.values()):
        raise EvidenceError(
            f"{name}: all weights are 0, which rules out every state; leave {name} out if nothing "
            "is known about it",
            name,
        )
    return tuple(weights[state] for state in variable.states)


def describe(states: Sequence[str], weights: Sequence[float], measured: str = "") -> str:
    """Returns a finding in words.

    Args:
        states: the names, or the labels, of the variable's states.
        weights: P(what was seen | state), up to a factor.
        measured: the number that was given.

    Example:
        >>> describe(["18_39", "40_59"], [1.0, 0.0], "34 years")
        '18_39 (34 years)'
        >>> describe(["none", "focal", "spreading"], [0.0, 1.0, 1.0])
        'focal or spreading'
        >>> describe(["normal", "reduced", "brisk"], [0.2, 0.0, 0.8])
        'normal 0.2, brisk 0.8'
    """
    possible = [(state, weight) for state, weight in zip(states, weights, strict=True) if weight]
    if any(weight != 1 for _, weight in possible):
        return ", ".join(f"{state} {weight:g}" for state, weight in possible)
    words = " or ".join(state for state, _ in possible)
    return f"{words} ({measured})" if measured else words
