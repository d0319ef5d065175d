"""How many coded cases are divided so that each part is cheap to answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.codes import Codes
from twitchbayes.engine.layout import Layout
from twitchbayes.engine.lookups import Lookups, Question, few_tries, most_tries
from twitchbayes.engine.structure import Structure

__all__ = ["MANY", "Part", "divided"]

MANY = 1024
"""So many cases are worth tables of their own."""

MOST_CANDIDATES = 6
"""Variables of which it is tried whether to divide by them."""

SAMPLE = 4096
"""Cases in which it is counted how often a code comes, at least."""

PART = 1.5e7
"""Nanoseconds that a part of its own costs at first."""


class Part(NamedTuple):
    """Cases that are answered from the same tables.

    Attributes:
        question: what the tables are for.
        known: the state of each node that is known in all of the cases.
        places: of the cases.
    """

    question: Question
    known: dict[int, int]
    places: NDArray[np.intp]


def divided(
    lookups: Lookups,
    structure: Structure,
    keep: tuple[int, ...],
    observed: tuple[int, ...],
    codes: Codes,
) -> Iterator[Part]:
    """Yields the parts into which it pays to divide some cases.

    They are divided by the code of one variable after the other, as long as what that saves repays
    what the parts cost.

    Args:
        lookups: tells what a layout would cost.
        structure: of the network.
        keep: the nodes asked for.
        observed: the nodes that any case observes.
        codes: shape (cases, variables).
    """
    waiting = [(observed, dict[int, int](), np.arange(len(codes)), len(codes))]
    while waiting:
        among, known, places, alike = waiting.pop()
        pivot = _pivot(lookups, structure, keep, among, tuple(known), codes, places)
        if pivot is not None:
            column = codes[places, pivot].astype(np.intp)
            counts = np.bincount(column + 1)
            rest = tuple(node for node in among if node != pivot)
            own = np.where(counts >= MANY, counts, 0)
            for code in (np.flatnonzero(own) - 1).tolist():
                also = known if code < 0 else {**known, pivot: code}
                # one layout serves the parts of all states
                alike = int(own[0] if code < 0 else own[1:].sum())
                # faster than by a mask
                waiting.append((rest, also, places.take(np.flatnonzero(column == code)), alike))
            places = places.take(np.flatnonzero(own[column + 1] == 0))
            alike = len(places)
        if len(places):
            tries = most_tries(among, alike)
            question = Question.many(keep, among, tuple(known), len(places), tries)
            yield Part(question, known, places)


def _pivot(
    lookups: Lookups,
    structure: Structure,
    keep: tuple[int, ...],
    observed: tuple[int, ...],
    fixed: tuple[int, ...],
    codes: Codes,
    places: NDArray[np.intp],
) -> int | None:
    """Returns the variable by whose code it pays most to divide some cases, None if none."""
    cases = len(places)
    if cases < 2 * MANY:
        return None

    def laid_out(observed: tuple[int, ...], fixed: tuple[int, ...]) -> Layout | None:
        return lookups.layout(Question.many(keep, observed, fixed, cases, few_tries(observed)))

    def cost(layout: Layout | None) -> float:
        return math.inf if layout is None else layout.cost

    layout = laid_out(observed, fixed)
    if layout is None:
        children = Counter(parent for of_node in structure.parents for parent in of_node)
        costly = [node for node, _ in children.most_common()]
    else:
        costly = layout.costly
    best, least = None, cases * cost(layout)
    some = places[:: max(1, cases // SAMPLE)]
    for node in [node for node in costly if node in observed][:MOST_CANDIDATES]:
        counts = np.bincount(codes[some, node].astype(np.intp) + 1) * (cases / len(some))
        own = np.where(counts >= MANY, counts, 0)
        rest = tuple(other for other in observed if other != node)
        total = PART * np.count_nonzero(own)
        if own.sum() < cases:
            total += (cases - own.sum()) * cost(layout)
        if own[0]:
            total += own[0] * cost(laid_out(rest, fixed))
        if total < least and own[1:].any():
            total += own[1:].sum() * cost(laid_out(rest, (*fixed, node)))
            if total < least:
                best, least = node, total
    return best
