"""What there is to show, as rows of texts and numbers: text and HTML are made from the same."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "NOTICE",
    "CauseRow",
    "DiagnosisRows",
    "FlagRow",
    "ModelRows",
    "NumberRow",
    "VariableRow",
    "VariableRows",
    "percent",
]

NOTICE = "For research and education; not a medical device."


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A cause, or a group of causes, with its probability before and after the findings."""

    label: str
    group: str
    prior: float
    posterior: float


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A red flag: what to do, why, and who says so."""

    action: str
    label: str
    sources: str


@dataclass(frozen=True, slots=True)
class DiagnosisRows:
    """A diagnosis. Causes and groups are in the order in which they are shown."""

    network: str
    title: str
    flags: tuple[FlagRow, ...]
    causes: tuple[CauseRow, ...]
    groups: tuple[CauseRow, ...]
    findings: tuple[tuple[str, str], ...]
    assumed: tuple[tuple[str, str], ...]
    log_evidence: float
    notice: str = NOTICE


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A variable with its states, as users type them."""

    name: str
    label: str
    states: str


@dataclass(frozen=True, slots=True)
class ModelRows:
    """A model: what it is about, and what can be given to it, by kind."""

    network: str
    title: str
    about: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, tuple[VariableRow, ...]], ...]
    notice: str = NOTICE


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A number of the network: when it holds, what it is, and who says so."""

    conditions: str
    state: str
    value: float
    provenance: str
    note: str


@dataclass(frozen=True, slots=True)
class VariableRows:
    """A variable with every number that the network states about it, and the sources of those."""

    network: str
    variable: VariableRow
    parents: str
    note: str
    numbers: tuple[NumberRow, ...]
    sources: tuple[tuple[str, str], ...]
    notice: str = NOTICE


def percent(probability: float) -> str:
    """Returns a probability as people read it; never 0% or 100% unless it is exactly that.

    Example:
        >>> [percent(p) for p in (0.0, 0.00004, 0.0123, 0.5, 0.99996, 1.0)]
        ['0%', '<0.1%', '1.2%', '50.0%', '>99.9%', '100%']
    """
    if probability in (0.0, 1.0):
        return f"{probability:.0%}"
    if probability < 0.001:
        return "<0.1%"
    if probability > 0.999:
        return ">99.9%"
    return f"{probability:.1%}"
