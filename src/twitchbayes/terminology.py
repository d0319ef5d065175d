"""Codes of published terminologies for the states of variables, with the release looked at."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FITS", "Code", "CodeSystem"]

FITS = ("exact", "close", "broader", "narrower", "related", "modifier", "union", "none")
"""How a code fits a state. `exact`: it means the same. `close`: nearly. `broader`, `narrower`: it
means more, or less. `related`: another thing that goes with it. `modifier`: a qualifier that is
added to the code of something else. `union`: one of several that make the state together. `none`:
the terminology was looked through and has no code."""


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A terminology.

    Attributes:
        name: the short name by which codes refer to it.
        title: its title.
        release: the releases that the codes were checked against.
        link: where it is.
    """

    name: str
    title: str
    release: tuple[str, ...]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """The code of one state in one terminology.

    Attributes:
        variable, state: what is coded.
        system: name of the `CodeSystem`.
        fit: one of `FITS`.
        code: the code; empty where the fit is `none`.
        label: the terminology's own words for it.
        note: what to beware of.

    Example:
        >>> Code("babinski", "yes", "HPO", "exact", "HP:0003487", "Babinski sign").code
        'HP:0003487'
    """

    variable: str
    state: str
    system: str
    fit: str
    code: str = ""
    label: str = ""
    note: str = ""
