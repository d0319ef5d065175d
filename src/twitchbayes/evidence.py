"""What was found, in the words of the network: one case of findings as likelihood vectors."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.errors import EvidenceError, did_you_mean
from twitchbayes.network import Measurement, Network, Variable
from twitchbayes.values import as_number, band, digits, is_measured, is_missing, read_state

__all__ = [
    "Finding",
    "gathered",
    "likelihoods",
    "read_findings",
    "refuse_target",
    "resolve",
    "state_codes",
    "with_defaults",
]


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


def gathered(evidence: object, findings: Mapping[str, object]) -> dict[str, object]:
    """Returns what was given as one mapping and what was given by keyword, together.

    Raises:
        EvidenceError: the first is no mapping (nor a pandas Series, whose index are the names), or
            a name is given in both.
    """
    if evidence is None:
        return dict(findings)
    if getattr(evidence, "ndim", 1) != 1 or not hasattr(evidence, "items"):
        raise EvidenceError(
            "findings are given by keyword, such as age=34, or as one mapping of names to values, "
            f"not as {type(evidence).__name__}; a table of cases goes to diagnose_frame"
        )
    given: dict[str, object] = {}
    # a cell of a row that is missing was not asked
    asked = evidence.dropna() if hasattr(evidence, "dropna") else evidence
    for key, value in (*asked.items(), *findings.items()):
        if key in given:
            raise EvidenceError(f"{key} is given twice; give it once", str(key))
        given[key] = value
    return given


def read_findings(network: Network, given: Mapping[str, object]) -> tuple[Finding, ...]:
    """Returns what was found in one case.

    A value is a state; a bool for no/yes; a set, list, tuple or array of states (one of these); a
    mapping of every state to a weight, or a pandas Series of numbers by state (soft evidence); a
    number where the network declares a measurement. `None`, NaN and `pandas.NA` mean "not asked".

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
    return tuple(found.values())


def with_defaults(
    network: Network, findings: Collection[Finding], asked: Collection[str]
) -> tuple[Finding, ...]:
    """Returns the findings with the network's defaults, in the order of the network's variables.

    A variable with a default that is neither found nor asked for is assumed to be in it.
    """
    found = {finding.variable: finding for finding in findings}
    for variable in network.variables:
        settled = variable.name in found or variable.name in asked
        if variable.default is not None and not settled:
            weights = _one_of(variable, {variable.default})
            found[variable.name] = Finding(variable.name, weights, assumed=True)
    return tuple(sorted(found.values(), key=lambda finding: network.position[finding.variable]))


def likelihoods(network: Network, findings: Collection[Finding]) -> dict[int, NDArray[np.float64]]:
    """Returns per observed variable its likelihoods, shape (1, states), by position."""
    return {network.position[finding.variable]: np.array([finding.weights]) for finding in findings}


def state_codes(network: Network, findings: Collection[Finding]) -> NDArray[np.int16] | None:
    """Returns the places of the states found, shape (1, variables), -1 where nothing is known.

    None where a finding is no single state.
    """
    codes = np.full((1, len(network.variables)), -1, dtype=np.int16)
    for finding in findings:
        weights = finding.weights
        if weights.count(1.0) != 1 or weights.count(0.0) != len(weights) - 1:
            return None
        codes[0, network.position[finding.variable]] = weights.index(1.0)
    return codes


def resolve(network: Network, key: object) -> tuple[Variable, Measurement | None]:
    """Returns the variable that a name means, and the measurement if it is a measurement's name.

    Raises:
        EvidenceError: the network knows no such name; the nearest are suggested.
    """
    if isinstance(key, str) and key in network.spoken:
        return network.spoken[key]
    near = did_you_mean(key, network.spoken)
    near = near or "; model.variables, or `twitchbayes describe`, lists the names"
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


def _finding(variable: Variable, measurement: Measurement | None, value: Any) -> Finding:
    if measurement is not None and is_measured(variable, measurement, value):
        weights = _one_of(variable, {band(variable, measurement, value)})
        return Finding(
            variable.name, weights, f"{digits(as_number(value) or 0)} {measurement.unit}"
        )
    one_axis = getattr(value, "ndim", None) == 1
    if isinstance(value, Mapping) or (one_axis and _is_numbers_by_state(value)):
        weights = _weights(variable, value.items())
    elif isinstance(value, (set, frozenset, list, tuple)) or one_axis:
        if not len(value):
            raise EvidenceError(
                f"{variable.name} is given no state; leave it out if it was not asked",
                variable.name,
            )
        weights = _one_of(variable, {read_state(variable, state) for state in value})
    else:
        weights = _one_of(variable, {read_state(variable, value)})
    return Finding(variable.name, weights)


def _is_numbers_by_state(value: Any) -> bool:
    """Whether an array of one axis is a pandas Series of numbers."""
    return hasattr(value, "items") and np.issubdtype(np.asarray(value).dtype, np.number)


def _one_of(variable: Variable, states: Collection[str]) -> tuple[float, ...]:
    return tuple(1.0 if state in states else 0.0 for state in variable.states)


def _weights(variable: Variable, given: Iterable[tuple[object, object]]) -> tuple[float, ...]:
    """Reads soft evidence: a weight for every state, at least one of them above zero."""
    name = variable.name
    weights: dict[str, float] = {}
    for key, value in given:
        state = read_state(variable, key)
        weight = as_number(value)
        if weight is None or not 0 <= weight < math.inf:
            raise EvidenceError(
                f"{name}: the weight of {state} is {value!r}; a weight is P(what was seen | "
                "state) up to a factor, a finite number of at least 0",
                name,
            )
        if state in weights:
            raise EvidenceError(f"{name}: {state} is given two weights; give one", name)
        weights[state] = weight
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
        return ", ".join(f"{state} {digits(weight)}" for state, weight in possible)
    words = " or ".join(state for state, _ in possible)
    return f"{words} ({measured})" if measured else words
