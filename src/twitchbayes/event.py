"""An event: variables that are each in one of some states, also as people write it in a line."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Event", "event_words", "read_event"]

Event = tuple[tuple[str, tuple[str, ...]], ...]
"""(variable, states) pairs, all of which hold; a variable is in one of its states."""


def event_words(event: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Returns an event in one line, '' for the one that always holds.

    Example:
        >>> event_words((("babinski", ("yes",)), ("objective_weakness", ("focal", "spreading"))))
        'babinski=yes & objective_weakness=focal|spreading'
    """
    return " & ".join(f"{name}={'|'.join(states)}" for name, states in event)


def read_event(text: str) -> Event | None:
    """Returns the event that a line says; None where it says none, or names a variable twice.

    Example:
        >>> read_event("babinski=yes & objective_weakness=focal|spreading")
        (('babinski', ('yes',)), ('objective_weakness', ('focal', 'spreading')))
        >>> read_event("babinski")
    """
    event = []
    for part in text.split("&"):
        name, equals, states = part.partition("=")
        if not equals:
            return None
        event.append((name.strip(), tuple(state.strip() for state in states.split("|"))))
    return tuple(event) if len({name for name, _ in event}) == len(event) else None
