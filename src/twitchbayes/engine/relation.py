"""Which states of a table's nodes go together, as bits of whole numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Narrowed", "Relation"]

MOST_NARROWED = 2**12
"""Results of one relation that are kept."""


class Narrowed(NamedTuple):
    """What is left of the states of a table's nodes.

    Attributes:
        states: per node a number with a bit per state: those that go together with some of the
            others'; none where nothing is possible.
        choice: whether some combination of the parents' states leaves the node no state, so that
            one of them has to be narrowed further.
    """

    states: tuple[int, ...]
    choice: bool


NOTHING = Narrowed((), choice=False)


class Relation:
    """The combinations of parents' states and own state that are above zero in a table."""

    def __init__(self, possible: NDArray[np.bool_]) -> None:
        """Takes the shape (parents..., states)."""
        *parents, states = possible.shape
        flat = possible.reshape(-1, states)
        places = np.indices(parents).reshape(len(parents), len(flat))
        self._own = [_bits(column) for column in flat.T]
        self._parents = [
            [_bits(place == state) for state in range(card)]
            for place, card in zip(places, parents, strict=True)
        ]
        self._every = (1 << len(flat)) - 1
        self._unions: list[dict[int, int]] = [{} for _ in possible.shape]
        # what was answered is kept without a step of Python: most of a search is asking again
        self.narrowed = lru_cache(MOST_NARROWED)(self._narrowed)
        self.choice = lru_cache(MOST_NARROWED)(self._choice)

    def _narrowed(self, states: tuple[int, ...]) -> Narrowed:
        """Returns what is left of the states of the parents and, last, of the node."""
        box, allowed = self._allowed(states)
        if not allowed:
            return NOTHING
        own = _among(states[-1], box, self._own)
        if allowed == box:
            return Narrowed((*states[:-1], own), choice=False)
        left = [
            _among(of_parent, allowed, bits)
            for of_parent, bits in zip(states, self._parents, strict=False)
        ]
        combinations = 1
        for of_parent in left:
            combinations *= of_parent.bit_count()
        return Narrowed((*left, own), allowed.bit_count() != combinations)

    def _allowed(self, states: tuple[int, ...]) -> tuple[int, int]:
        """Returns the combinations of the parents' states, and those that leave the node some."""
        box = self._every
        for place, (of_parent, bits) in enumerate(zip(states, self._parents, strict=False)):
            box &= self._union(place, of_parent, bits)
        return box, box & self._union(-1, states[-1], self._own)

    def _choice(self, states: tuple[int, ...]) -> tuple[int, int]:
        """Returns the place of a parent to be narrowed, and the state to be tried first, as a bit.

        It is a state that goes together with most; of several the one in the middle, as states
        often are in an order, and neighbours go together.
        """
        _, allowed = self._allowed(states)
        combinations = math.prod([of_parent.bit_count() for of_parent in states[:-1]])
        best = (-1.0, 0, 0, 0)
        for place, (of_parent, bits) in enumerate(zip(states, self._parents, strict=False)):
            if of_parent & (of_parent - 1):
                counts = {
                    1 << state: (allowed & of_state).bit_count()
                    for state, of_state in enumerate(bits)
                    if of_parent >> state & 1
                }
                most = max(counts.values())
                likely = [state for state, count in counts.items() if count == most]
                # of all combinations that this state could have
                share = most * len(counts) / combinations
                best = max(best, (share, len(likely), place, likely[len(likely) // 2]))
        return best[2], best[3]

    def _union(self, place: int, states: int, bits: Sequence[int]) -> int:
        """Returns the combinations that have one of some states of a node."""
        union = self._unions[place].get(states)
        if union is None:
            union, bit = 0, 1
            for of_state in bits:
                if states & bit:
                    union |= of_state
                bit <<= 1
            if len(self._unions[place]) < MOST_NARROWED:
                self._unions[place][states] = union
        return union


def _among(states: int, allowed: int, bits: Sequence[int]) -> int:
    """Returns those states of a node that some of the combinations, of which there are, have."""
    if not states & (states - 1):
        return states  # the only one, and something is allowed
    left, bit = 0, 1
    for of_state in bits:
        if states & bit and allowed & of_state:
            left |= bit
        bit <<= 1
    return left


def _bits(mask: NDArray[Any]) -> int:
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")
