"""A published figure that the network as a whole should reproduce."""

from __future__ import annotations

from dataclasses import dataclass

from twitchbayes.event import Event

__all__ = ["REASONS", "Figure"]

REASONS = ("item", "people", "contradicted", "repeated")
"""Why a figure is left out. `item`: it is about another item than any variable. `people`: about
people that the network cannot express. `contradicted`: another figure was chosen. `repeated`: the
same figure of the same study stands elsewhere."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a study counted, in its own words and in the network's.

    Attributes:
        item: what was counted, in plain words.
        people: in whom.
        value: the published share.
        source: id of the source that publishes it.
        found: the event in the network's words, as (variable, states) pairs; empty for a figure
            that is left out.
        given: the people in the network's words; empty for everybody.
        interval: (low, high) as published, or None.
        counts: (with the item, of how many), or None.
        denominator: of how many, where only the share is published beside it; or None.
        left_out: why the figure cannot be used, one of `REASONS`, a colon, and more; or ''.
        note: what was mapped with care.

    Example:
        >>> Figure(
        ...     "Babinski sign", "motor neuron disease, first visit", 0.49, "b_MN04",
        ...     found=(("babinski", ("yes",)),), given=(("cause", ("motor_neuron_disease",)),),
        ...     counts=(64, 130),
        ... ).usable
        True
    """

    item: str
    people: str
    value: float
    source: str
    found: Event = ()
    given: Event = ()
    interval: tuple[float, float] | None = None
    counts: tuple[int, int] | None = None
    denominator: int | None = None
    left_out: str = ""
    note: str = ""

    @property
    def usable(self) -> bool:
        """Whether the network is held to it."""
        return not self.left_out
