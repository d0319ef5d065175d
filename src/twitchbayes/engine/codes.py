"""Cases as codes: the place of a state per variable, -1 for not observed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Codes", "code_likelihoods", "highest", "likelihood_of_each"]

Codes = NDArray[np.signedinteger[Any]]

TOGETHER = 64
"""Cases whose codes are compared as one row."""


def code_likelihoods(codes: Codes, cards: Sequence[int]) -> dict[int, NDArray[np.float64]]:
    """Returns per variable that any case observes its likelihoods, shape (cases, states)."""
    found = {}
    for node in np.flatnonzero(highest(codes) >= 0).tolist():
        found[node] = likelihood_of_each(cards[node])[codes[:, node]]
    return found


@lru_cache
def likelihood_of_each(card: int) -> NDArray[np.float64]:
    """Returns the likelihood of each code; the last row, reached by -1, is of not having looked."""
    rows = np.vstack([np.eye(card), np.ones(card)])
    rows.setflags(write=False)
    return rows


def highest(codes: Codes) -> NDArray[np.signedinteger[Any]]:
    """Returns the highest code of each variable, shape (variables,)."""
    cases, variables = codes.shape
    found: Codes
    if codes.flags.c_contiguous and cases >= TOGETHER:
        # long rows are compared faster
        rows = codes[: cases // TOGETHER * TOGETHER].reshape(-1, TOGETHER * variables)
        last = codes[-TOGETHER:].max(axis=0)
        found = np.maximum(rows.max(axis=0).reshape(-1, variables).max(axis=0), last)
    else:
        found = codes.max(axis=0)
    return found
