"""What there is to show, as rows of texts and numbers: text and HTML are made from the same."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

__all__ = [
    "NOTICE",
    "CauseRow",
    "CheckRows",
    "DiagnosisRows",
    "FidelityRows",
    "FigureRow",
    "FlagRow",
    "GraphRows",
    "LawRow",
    "ModelRows",
    "NodeRow",
    "NumberRow",
    "VariableRow",
    "VariableRows",
    "between",
    "percent",
    "visible",
]

NOTICE = "For research and education; not a medical device."

# what moves the cursor, colours, rings, breaks the line, or turns the direction of reading
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Holds no control character, whatever a network's file says, so nothing that is shown does."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, _visible(getattr(self, field.name)))


@dataclass(frozen=True, slots=True)
class CauseRow(_Rows):
    """A cause, or a group of causes, with its probability before and after the findings."""

    label: str
    prior: float | None
    posterior: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class FlagRow(_Rows):
    """A red flag: what to do, why, and who says so."""

    action: str
    label: str
    sources: str


@dataclass(frozen=True, slots=True)
class DiagnosisRows(_Rows):
    """A diagnosis. Causes and groups are in the order in which they are shown.

    `further` says in one line what to ask next; `level` is that of the intervals, where there are.
    """

    network: str
    title: str
    flags: tuple[FlagRow, ...]
    causes: tuple[CauseRow, ...]
    groups: tuple[CauseRow, ...]
    findings: tuple[tuple[str, str], ...]
    assumed: tuple[tuple[str, str], ...]
    log_evidence: float
    notice: str = NOTICE
    further: str = ""
    level: float | None = None

    @property
    def of_evidence(self) -> str:
        """What `log_evidence` is."""
        return f"ln P(findings{' and assumed' if self.assumed else ''})"

    @property
    def of_intervals(self) -> str:
        """What the intervals are."""
        return "" if self.level is None else f"{100 * self.level:g}% interval"


@dataclass(frozen=True, slots=True)
class VariableRow(_Rows):
    """A variable with its states, as users type them."""

    name: str
    label: str
    states: str


@dataclass(frozen=True, slots=True)
class NodeRow(_Rows):
    """A variable as it is drawn: in a layer, perhaps in a section of it."""

    label: str
    layer: int
    section: int = 0
    target: bool = False


@dataclass(frozen=True, slots=True)
class GraphRows(_Rows):
    """A graph to be drawn.

    `arrows` are pairs of places in `nodes`, from the parent to the child. Where there are
    `headings`, per layer one for each of its sections, a layer is a column; where there are none,
    a row, and arrows go down. `summary` says what is drawn, and what not.
    """

    summary: str
    nodes: tuple[NodeRow, ...]
    arrows: tuple[tuple[int, int], ...]
    headings: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelRows(_Rows):
    """A model: what it is about, and what can be given to it, by kind."""

    network: str
    title: str
    about: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, tuple[VariableRow, ...]], ...]
    notice: str = NOTICE
    grades: tuple[tuple[str, int], ...] = ()
    graph: GraphRows | None = None


@dataclass(frozen=True, slots=True)
class NumberRow(_Rows):
    """A number of the network: when it holds, what it is, and who says so."""

    conditions: str
    state: str
    value: float
    provenance: str
    note: str


@dataclass(frozen=True, slots=True)
class VariableRows(_Rows):
    """A variable with every number that the network states about it, the sources, the codes."""

    network: str
    variable: VariableRow
    parents: str
    note: str
    numbers: tuple[NumberRow, ...]
    sources: tuple[tuple[str, str], ...]
    codes: tuple[tuple[str, str], ...]
    notice: str = NOTICE


@dataclass(frozen=True, slots=True)
class FigureRow(_Rows):
    """A published figure: what it is about, its value, what the network implies, who says so."""

    event: str
    value: str
    implied: str
    words: str


@dataclass(frozen=True, slots=True)
class FidelityRows(_Rows):
    """How near a network is to the published figures, and some of them by section."""

    network: str
    title: str
    summary: tuple[tuple[str, str], ...]
    sections: tuple[tuple[str, tuple[FigureRow, ...]], ...]
    notice: str = NOTICE


@dataclass(frozen=True, slots=True)
class LawRow(_Rows):
    """An invariant, whether it holds, and if not, how far it is broken and by what."""

    holds: bool
    label: str
    broken: str


@dataclass(frozen=True, slots=True)
class CheckRows(_Rows):
    """The invariants of a network, and how many of them hold."""

    network: str
    title: str
    laws: tuple[LawRow, ...]
    summary: str
    notice: str = NOTICE


def percent(probability: float | None) -> str:
    """Returns a probability as people read it; never 0% or 100% unless it is exactly that.

    None, which is not known, is a dash.

    Example:
        >>> [percent(p) for p in (0.0, 0.00004, 0.0123, 0.5, 0.99996, 1.0)]
        ['0%', '<0.1%', '1.2%', '50.0%', '>99.9%', '100%']
    """
    if probability is None:
        return "-"
    if probability in (0.0, 1.0):
        return f"{probability:.0%}"
    if probability < 0.001:
        return "<0.1%"
    if probability > 0.999:
        return ">99.9%"
    return f"{probability:.1%}"


def between(interval: tuple[float, float] | None) -> str:
    """Returns an interval as people read it; empty where there is none.

    Example:
        >>> between((0.00001, 0.25)), between((0.00001, 0.00002))
        ('<0.1% to 25.0%', '<0.1%')
    """
    if interval is None:
        return ""
    low, high = (percent(end) for end in interval)
    return low if low == high else f"{low} to {high}"


def visible(words: str) -> str:
    r"""Returns words with a space for every line break, a mark for other control characters.

    Example:
        >>> visible("one\ntwo \x1b[31mred")
        'one two �[31mred'
    """
    return _CONTROL.sub(
        lambda found: " " if found[0].isspace() else "\N{REPLACEMENT CHARACTER}", words
    )


def _visible(value: object) -> object:
    if isinstance(value, str):
        return visible(value)
    return tuple(map(_visible, value)) if isinstance(value, tuple) else value
