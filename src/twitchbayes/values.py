"""What one value means: a state, a number that was measured, or nothing at all."""

from __future__ import annotations

import math
import re

import numpy as np

from twitchbayes.errors import EvidenceError, did_you_mean
from twitchbayes.network import Measurement, Variable

__all__ = [
    "as_number",
    "band",
    "digits",
    "is_measured",
    "is_missing",
    "read_state",
    "state_of",
]

NUMBER = re.compile(r"\s*[-+]?[0-9]*[.,]?[0-9]+\s*")
"""A text that is meant as a number."""

_BOOLEANS = (("no", "yes"), ("false", "true"))
_NOT_ASKED = ("", "none", "nan", "na", "n/a", "<na>", "nat", "null", "unknown", "missing", "-", "?")


def is_missing(value: object) -> bool:
    """Whether a value means "not asked": None, NaN, NaT or pandas.NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and math.isnan(value)


def as_number(value: object) -> float | None:
    """Returns a number as a float, one too large for that as infinity; None for what is none.

    A float of fewer bits is taken for the decimal number that it stands for, 0.7 and not
    0.699999988.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.integer, np.floating)
    ):
        return None
    try:
        return float(str(value)) if isinstance(value, (np.float16, np.float32)) else float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def digits(number: float) -> str:
    """Returns a number in as many digits as it takes, and no more.

    Example:
        >>> digits(34.0), digits(0.1), digits(1.0000000001)
        ('34', '0.1', '1.0000000001')
    """
    short = f"{number:g}"
    return short if float(short) == number else repr(float(number))


def band(variable: Variable, measurement: Measurement, value: object) -> str:
    """Returns the state that a number falls into; a number equal to a cut is in the upper band.

    Raises:
        EvidenceError: not a number, or outside the measurement's range.
    """
    name, unit = measurement.name, measurement.unit
    number = as_number(value)
    if number is None:
        convert = ""
        if isinstance(value, str) and NUMBER.fullmatch(value):
            convert = " a text is converted with float(), a column of texts with pandas.to_numeric;"
        raise EvidenceError(
            f"{name} takes a number ({unit}), not {value!r};{convert} states are given as "
            f"{variable.name}=...",
            name,
        )
    low, high = measurement.minimum, measurement.maximum
    if not low <= number <= high:
        why = f"; {measurement.outside}" if measurement.outside else ""
        raise EvidenceError(
            f"{name}={digits(number)} is outside {digits(low)} to {digits(high)} {unit}{why}", name
        )
    return measurement.bands[sum(1 for cut in measurement.cuts if number >= cut)]


def is_measured(variable: Variable, measurement: Measurement, value: object) -> bool:
    """Whether a value given under a measurement's name is a number that was measured.

    Where the name is the variable's own, too, only numbers are; what else there is are states.
    """
    return measurement.name != variable.name or as_number(value) is not None


def state_of(variable: Variable, measurement: Measurement | None, value: object) -> str:
    """Returns the state that one value means, given under the variable's or a measurement's name.

    Raises:
        EvidenceError: the variable has no such state, or the number is out of range.
    """
    if measurement is not None and is_measured(variable, measurement, value):
        return band(variable, measurement, value)
    return read_state(variable, value)


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
    number = as_number(value)
    named = [value] if isinstance(value, str) else []
    if number is not None:
        # 1.0 is what a column of whole numbers with gaps makes of 1
        named = [digits(number), repr(number), str(value)]
    for name in named:
        if name in states:
            return states[states.index(name)]
    raise EvidenceError(
        f"{variable.name} has no state {value!r}{_hint(variable, value)}", variable.name
    )


def _hint(variable: Variable, value: object) -> str:
    """Returns what may have been meant by a value that is no state."""
    measurement, states = variable.measurement, variable.states
    one_of = f"; it takes one of {', '.join(states)}"
    if isinstance(value, str):
        if value.casefold() in _NOT_ASKED:
            return f"{one_of}; what was not asked is None, or left out"
        if measurement is not None and NUMBER.fullmatch(value):
            return f"{one_of}, or a number as {measurement.name}=... (a number, not a text)"
        return did_you_mean(value, states) or one_of
    number = as_number(value)
    if number is not None and measurement is not None:
        return f"; give the number as {measurement.name}={digits(number)}"
    if number in (0, 1) and any(set(pair) <= {s.casefold() for s in states} for pair in _BOOLEANS):
        return f"{one_of}, or True and False (a column of 0 and 1: astype('boolean'))"
    if number is not None:
        return f"{one_of}; weights are given as a mapping of every state to its weight"
    return one_of
