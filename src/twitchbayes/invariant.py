"""What a clinician expects of a network whatever else is found, as data that can be checked."""

from __future__ import annotations

from dataclasses import dataclass

from twitchbayes.event import Event

__all__ = ["BOUNDED", "LAWS", "Invariant"]

BOUNDED = ("stays_above", "stays_below")
"""The laws about a posterior as such; these need a bound."""

LAWS = ("never_lowers", "never_raises", *BOUNDED)
"""`never_lowers`, `never_raises`: whatever else is found, the finding does not move the posterior
of the causes that way. `stays_above`, `stays_below`: with nothing else found, it lies on that side
of the bound."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """A law that the network obeys.

    Attributes:
        name: short name.
        label: the law as a sentence for clinicians.
        when: the finding, as (variable, states) pairs, all found together; of several states each
            in turn.
        causes: names of causes, or of groups of causes; the law is about their probability
            together. A name that is both is the cause's.
        law: one of `LAWS`.
        bound: what the posterior stays above or below; None for the other laws.
        given: what is found throughout, before and after, such as the setting; of several states
            each in turn.
        sources: ids of the sources that say so.
        note: why.

    Example:
        >>> Invariant(
        ...     "fever", "Fever never lowers infection of the brain", (("fever", ("yes",)),),
        ...     ("cns_infection",), "never_lowers",
        ... ).combinations
        1
    """

    name: str
    label: str
    when: Event
    causes: tuple[str, ...]
    law: str
    bound: float | None = None
    given: Event = ()
    sources: tuple[str, ...] = ()
    note: str = ""

    @property
    def combinations(self) -> int:
        """How many combinations of states there are to try."""
        count = 1
        for _, states in (*self.when, *self.given):
            count *= len(states)
        return count
