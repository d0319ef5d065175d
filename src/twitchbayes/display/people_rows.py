"""Whole numbers of people as rows: text and HTML are made from the same."""

from __future__ import annotations

from dataclasses import dataclass

from twitchbayes.display.rows import NOTICE, _Rows

__all__ = ["FrequencyRows", "PeopleRow", "TreeRows", "people"]


@dataclass(frozen=True, slots=True)
class PeopleRow(_Rows):
    """A cause or a group: how many people, how probable it is, and what it is made of."""

    label: str
    count: int
    chance: float
    parts: tuple[PeopleRow, ...] = ()


@dataclass(frozen=True, slots=True)
class FrequencyRows(_Rows):
    """Of n people with the same findings so many have each cause, by group.

    `case` is what was found and what was assumed.
    """

    network: str
    title: str
    n: int
    groups: tuple[PeopleRow, ...]
    case: tuple[str, ...]
    notice: str = NOTICE


@dataclass(frozen=True, slots=True)
class TreeRows(_Rows):
    """What a finding says about a cause.

    `leaves` are people with the cause and the finding, with the cause alone, with the finding
    alone, with neither; `chances` their probabilities. `context` is who they are.
    """

    network: str
    title: str
    n: int
    cause: str
    finding: str
    leaves: tuple[int, ...]
    chances: tuple[float, ...]
    posterior: float
    context: str
    notice: str = NOTICE


def people(count: int, chance: float, n: int) -> str:
    """Returns how many people; never 0 of what is possible, nor all of what is not certain.

    Example:
        >>> people(0, 0.0001, 1000), people(0, 0.0, 1000), people(1000, 0.9999, 1000)
        ('fewer than 1', '0', 'more than 999')
    """
    if count == 0 and chance > 0:
        return "fewer than 1"
    if count == n and chance < 1 - 1e-12:
        return f"more than {n - 1:,}"
    return f"{count:,}"
