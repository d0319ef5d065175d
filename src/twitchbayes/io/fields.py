"""Fields that several things of the format have: conditions, an interval, counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twitchbayes.errors import Place
from twitchbayes.event import Event
from twitchbayes.io.reader import Reader

__all__ = ["read_conditions", "read_counts", "read_interval"]


def read_conditions(
    reader: Reader, table: Mapping[str, Any], path: Place, key: str = "when"
) -> Event:
    """Returns conditions: a state or an array of states per variable, empty where left out."""
    place = (*path, key)
    conditions = reader.table(table.get(key, {}), place)
    return tuple(
        (name, (states,) if isinstance(states, str) else reader.texts(conditions, name, place))
        for name, states in conditions.items()
    )


def read_interval(
    reader: Reader, table: Mapping[str, Any], path: Place
) -> tuple[float, float] | None:
    """Returns `interval`, None where it is left out or not of two."""
    interval = reader.numbers(table, "interval", path)
    if interval and len(interval) != 2:
        reader.problem((*path, "interval"), "must be [low, high]", (*path, "interval"))
    return (interval[0], interval[1]) if len(interval) == 2 else None


def read_counts(reader: Reader, table: Mapping[str, Any], path: Place) -> tuple[int, int] | None:
    """Returns `counts`, None where they are left out or not of two."""
    counts = reader.wholes(table, "counts", path)
    if counts and len(counts) != 2:
        reader.problem((*path, "counts"), "must be [count, of how many]", (*path, "counts"))
    return (counts[0], counts[1]) if len(counts) == 2 else None
