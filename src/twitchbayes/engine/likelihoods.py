"""What likelihood vectors say by themselves: how many cases there are, and what is certain."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CHUNK_ENTRIES",
    "Columns",
    "cases_of",
    "columns_of",
    "fixed_states",
    "least_of",
    "one_by_one",
    "peaks_of",
]

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


@dataclass(frozen=True, eq=False)
class Columns:
    """The likelihoods of some cases, with the cases as the last axis, which makes long runs.

    Attributes:
        values: per node of which anything was seen, shape (states, cases), the largest entry of
            each case one, or zero.
        cases: how many there are.
        log_peaks: the logarithm of what was taken out of each case, shape (cases,) or (1,).
        least: the logarithm of what no product of positive entries falls below.
    """

    values: Mapping[int, NDArray[np.float64]]
    cases: int
    log_peaks: NDArray[np.float64]
    least: float


def columns_of(likelihoods: Likelihoods, places: NDArray[np.intp] | slice = slice(None)) -> Columns:
    """Returns the likelihoods of some cases as columns.

    Raises:
        FloatingPointError: under `numpy.errstate(under="raise")`, digits were lost to underflow.
    """
    found = {node: np.ascontiguousarray(values[places].T) for node, values in likelihoods.items()}
    cases = next((values.shape[1] for values in found.values()), 1)
    seen, log_peaks, least = {}, np.zeros(1), 0.0
    for node, values in found.items():
        ones = np.count_nonzero(values == 1)
        if ones == values.size:
            continue
        if ones != np.count_nonzero(values):
            peaks = values.max(axis=0)
            peaks = np.where(peaks > 0, peaks, 1.0)
            values = values / peaks
            log_peaks = log_peaks + np.log(peaks)
            least += math.log(least_of(values))
        seen[node] = values
    return Columns(seen, cases, log_peaks, least)


def least_of(values: NDArray[np.float64]) -> float:
    """Returns the smallest positive entry; one if there is none, or all are larger."""
    return float(np.min(values, where=values > 0, initial=1.0))
