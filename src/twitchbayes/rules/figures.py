"""Rules for published figures: a usable one is in the network's words, another says why not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from twitchbayes.errors import Place, Problem
from twitchbayes.figure import REASONS
from twitchbayes.rules.counts import count_problems
from twitchbayes.rules.events import event_problems
from twitchbayes.rules.hints import Hints
from twitchbayes.rules.limits import MAX_COUNT

if TYPE_CHECKING:
    from twitchbayes.figure import Figure
    from twitchbayes.network import Network, Variable

__all__ = ["figure_problems"]

ROUNDED = 0.005
"""Counts may be so far from a published share, which is often rounded to two digits."""


def figure_problems(
    network: Network, known: Mapping[str, Variable], hints: Hints
) -> Iterator[Problem]:
    """Yields what is wrong with the figures; whether their source is known is not looked at."""
    for i, figure in enumerate(network.figures):
        path = ("figures", f"[{i}]")
        for field in ("item", "people"):
            if not getattr(figure, field).strip():
                yield Problem(
                    (*path, field), "is empty; say in plain words what was counted in whom"
                )
        yield from _numbers(figure, path)
        if figure.usable:
            if not figure.found:
                message = "is empty; say what was counted in the network's words, or in left_out "
                message += "why that cannot be done"
                place = (*path, "found")
                yield Problem(place, message, judged_by=(place, (*path, "left_out")))
            every = "which is always so"
            yield from event_problems(figure.found, (*path, "found"), known, hints, every=every)
            yield from event_problems(figure.given, (*path, "given"), known, hints)
        else:
            yield from _left_out(figure, path)


def _left_out(figure: Figure, path: Place) -> Iterator[Problem]:
    place = (*path, "left_out")
    reason, colon, more = figure.left_out.partition(":")
    if reason not in REASONS or not colon or not more.strip():
        begins = ", ".join(f"`{reason}:`" for reason in REASONS)
        yield Problem(place, f"must begin with one of {begins} and then say more")
    if figure.found or figure.given:
        message = "is given, yet so is found or given; a figure is used or left out"
        yield Problem(place, message, judged_by=((*path, "found"), (*path, "given")))


def _numbers(figure: Figure, path: Place) -> Iterator[Problem]:
    """Yields what is wrong with the numbers; what is left out need not be a probability."""
    place = (*path, "value")
    judged_by = (place, (*path, "left_out"))
    if not math.isfinite(figure.value):
        yield Problem(place, f"{figure.value:g} is no number; give the published one")
        return
    if figure.interval is not None and not figure.interval[0] <= figure.interval[1]:
        low, high = figure.interval
        yield Problem((*path, "interval"), f"[{low:g}, {high:g}] must be [low, high]")
    if not figure.usable:
        return
    if not 0 <= figure.value <= 1:
        message = f"{figure.value:g} is not a probability; it must lie in [0, 1]"
        yield Problem(place, message, judged_by=judged_by)
        return
    if figure.interval is not None and not 0 <= min(figure.interval) <= max(figure.interval) <= 1:
        low, high = figure.interval
        message = f"[{low:g}, {high:g}] must lie in [0, 1]"
        yield Problem((*path, "interval"), message, judged_by=judged_by)
    if figure.counts is not None:
        for message in count_problems(figure.value, *figure.counts, least=ROUNDED):
            yield Problem((*path, "counts"), message, judged_by=judged_by)
    if figure.denominator is not None and (
        figure.counts is not None or not 0 < figure.denominator <= MAX_COUNT
    ):
        message = f"must be 1 to {MAX_COUNT:,}, and stands beside no counts, which have their own"
        yield Problem((*path, "denominator"), message, judged_by=((*path, "counts"),))
