"""Findings as people type them: `age=34 babinski=yes reflexes=normal:0.2,reduced:0.1,brisk:0.7`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from twitchbayes.errors import EvidenceError
from twitchbayes.evidence import resolve

if TYPE_CHECKING:
    from twitchbayes.network import Network, Variable

__all__ = ["parse_findings", "typed_number"]

# float() also takes nan, inf, spaces and 3_4, which nobody means as a measurement
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def parse_findings(network: Network, words: Sequence[str]) -> dict[str, object]:
    """Returns the findings that `name=value` words mean, as `DiagnosticModel.diagnose` takes them.

    Raises:
        EvidenceError: a word without `=` or value, a name or a state's weight given twice, or a
            weight that is not a number.
    """
    findings: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not value:
            raise EvidenceError(f"{word!r} is no finding; write name=value, such as age=34", name)
        if name in findings:
            raise EvidenceError(f"{name} is given twice; give it once", name)
        findings[name] = _value(network, name, value)
    return findings


def _value(network: Network, name: str, value: str) -> object:
    variable, measurement = resolve(network, name)
    if value in variable.states:
        return value
    if measurement is not None or variable.measurement is not None:
        number = typed_number(value)
        if number is not None:
            return number
    if ":" in value:
        return _weights(variable, name, value.split(","))
    states = [_state(variable, state) for state in value.split(",")]
    return states if len(states) > 1 else states[0]


def _state(variable: Variable, word: str) -> str | bool:
    """Returns a state, or what true and false mean where they are none."""
    if word not in variable.states and word.casefold() in ("true", "false"):
        return word.casefold() == "true"
    return word


def _weights(variable: Variable, name: str, parts: Sequence[str]) -> dict[str | bool, float]:
    weights: dict[str | bool, float] = {}
    for part in parts:
        word, _, written = part.rpartition(":")
        state = _state(variable, word)
        weight = typed_number(written)
        if weight is None:
            raise EvidenceError(
                f"{name}: {part!r} is no weight; write state:weight, such as brisk:0.7", name
            )
        if state in weights:
            raise EvidenceError(f"{name}: {state} is given twice; give it one weight", name)
        weights[state] = weight
    return weights


def typed_number(word: str) -> float | None:
    """Returns the number that a word is, or None."""
    return float(word) if NUMBER.fullmatch(word) else None
