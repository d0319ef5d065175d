"""What likelihood vectors say by themselves: how many cases there are, and what is certain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHUNK_ENTRIES", "cases_of", "fixed_states", "one_by_one", "peaks_of"]

CHUNK_ENTRIES = 2**22
"""Entries of all tables of a chunk of cases that are held at once: 32 MiB of float64."""

Likelihoods = Mapping[int, NDArray[np.float64]]
"""Per observed node P(what was seen | state) up to a factor, shape (cases, states)."""


def cases_of(arrays: Mapping[int, NDArray[Any]]) -> int:
    """Returns how many cases there are: one where nothing is observed."""
    return max((len(values) for values in arrays.values()), default=1)


def fixed_states(likelihoods: Likelihoods) -> dict[int, int]:
    """Returns the nodes that are in one and the same certain state in every case."""
    states = {}
    for node, values in likelihoods.items():
        if np.count_nonzero(values) == len(values):
            state = int(values[0].argmax())
            if len(values) == 1 or (values[:, state] > 0).all():
                states[node] = state
    return states


def one_by_one(likelihoods: Likelihoods) -> Iterator[dict[int, NDArray[np.float64]]]:
    """Yields the likelihoods of each case: what is certain in one cuts it, if not all."""
    for case in range(cases_of(likelihoods)):
        yield {node: values[case : case + 1] for node, values in likelihoods.items()}


def peaks_of(
    likelihoods: Likelihoods,
) -> tuple[dict[int, NDArray[np.float64]], NDArray[np.float64]]:
    """Returns the factor of soft evidence, which may be of any size.

    Returns:
        Per node the largest likelihood of every case, shape (cases, 1), one where all are zero; and
        the sum of their logarithms, shape (cases,).
    """
    peaks = {}
    for node, values in likelihoods.items():
        peak = values.max(axis=1, keepdims=True)
        peaks[node] = np.where(peak > 0, peak, 1.0)
    return peaks, sum((np.log(peak[:, 0]) for peak in peaks.values()), np.zeros(1))
