"""A number with its provenance: the estimate, and the source it cites."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GRADES", "TIERS", "Estimate", "Source"]

GRADES = ("measured", "derived", "weak", "judged")
"""How a number is known. `measured`: a published figure of a study of this item in such people.
`derived`: computed, or defined, from cited figures; the note says how. `weak`: the only source is a
web page or a file, or the study's people or item are not quite ours. `judged`: the author's choice;
it carries an interval, and a note that says why."""

TIERS = ("article", "web", "file")
"""What a source is: `article` (a PMID, DOI or PMC id was seen), `web` (a page), `file` (a network
file that itself cites nothing)."""


@dataclass(frozen=True, slots=True)
class Source:
    """A cited publication, page or file.

    Attributes:
        id: the short name by which estimates cite it.
        title: its title.
        tier: one of `TIERS`.
        authors, journal, doi, pmid, link: as text; empty where not known.
        year: year of publication, or None where none is shown.
    """

    id: str
    title: str
    tier: str
    authors: str = ""
    year: int | None = None
    journal: str = ""
    doi: str = ""
    pmid: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One probability of a network, with what is known about it.

    Attributes:
        value: the probability.
        grade: one of `GRADES`.
        counts: (with the state, of how many), as the study printed them, or None.
        interval: (low, high), the 95% interval or the range thought plausible, or None.
        sources: ids of the sources it rests on.
        note: how it was obtained and what to beware of.

    Example:
        >>> Estimate(0.49, "measured", counts=(64, 130), sources=("b_MN04",)).value
        0.49
    """

    value: float
    grade: str
    counts: tuple[int, int] | None = None
    interval: tuple[float, float] | None = None
    sources: tuple[str, ...] = ()
    note: str = ""
