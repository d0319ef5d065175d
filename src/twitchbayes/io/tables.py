"""Networks of bare tables, as other programs have them: numbers without sources."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from twitchbayes.distribution import Row, Table
from twitchbayes.errors import NetworkError, Problem
from twitchbayes.estimate import Estimate, Source
from twitchbayes.network import Network, Variable
from twitchbayes.rules.limits import MAX_ENTRIES, MAX_PARENTS, MAX_TABLE

__all__ = ["Tables", "from_tables"]

Tables = list[tuple[str, list[str], list[tuple[str, list[str]]], np.ndarray[Any, Any]]]
"""Bare tables: (name, states, parents with their states, array) each."""

ROUNDING = 0.01
"""A row whose sum misses one by no more than this is taken to be rounded, and normalised."""


def from_tables(
    variables: Tables,
    *,
    name: str,
    title: str,
    target: str | None = None,
) -> Network:
    """Returns a network of bare tables: (name, states, parents with their states, array) each.

    Arrays have shape (parents..., states). Rows that miss one by rounding are normalised.

    Raises:
        NetworkError: a table is too large, of the wrong shape, or has a row that does not sum to
            one.
    """
    problems = list(_too_large(variables))
    if problems:
        raise NetworkError(name, problems)
    built = []
    shared: dict[float, Estimate] = {}
    for variable, states, parents, values in variables:
        expected = (*(len(of_parent) for _, of_parent in parents), len(states))
        if values.shape != expected:
            message = f"the table has shape {values.shape}, expected {expected}"
            problems.append(Problem(("variables", variable), message))
            continue
        totals = values.sum(axis=-1, keepdims=True)
        wrong = np.argwhere(~(np.abs(totals[..., 0] - 1) <= ROUNDING) | (values < 0).any(axis=-1))
        if len(wrong):
            total = float(totals[tuple(wrong[0])][0])
            path = ("variables", variable, f"rows{wrong[0].tolist()}")
            message = f"sums to {total:.6g}, expected 1 (and no entry below 0)"
            problems.append(Problem(path, message))
            continue
        # no division where the sum is one already but for the last bit, so that reading and
        # writing again does not wander
        exact = np.abs(totals - 1) <= 4 * np.finfo(np.float64).eps
        rows = tuple(_rows(states, parents, np.where(exact, values, values / totals), shared))
        names = tuple(parent for parent, _ in parents)
        built.append(Variable(variable, tuple(states), Table(rows), names))
    if problems:
        raise NetworkError(name, problems)
    source = Source("imported", title, "file")
    return Network(name, title, "imported", tuple(built), target=target, sources=(source,))


def _too_large(variables: Tables) -> Iterator[Problem]:
    """Yields the tables that are too large to be made rows, before there are any rows."""
    for variable, _, parents, values in variables:
        if len(parents) > MAX_PARENTS or values.size > MAX_TABLE:
            yield Problem(
                ("variables", variable),
                f"has {len(parents)} parents and a table of {values.size:,} entries; at most "
                f"{MAX_PARENTS} parents and {MAX_TABLE:,} entries are taken",
            )
    entries = sum(values.size for *_, values in variables)
    if entries > MAX_ENTRIES:
        yield Problem(
            ("variables",),
            f"their tables together have {entries:,} entries; at most {MAX_ENTRIES:,} are taken",
        )


def _rows(
    states: list[str],
    parents: list[tuple[str, list[str]]],
    values: np.ndarray[Any, Any],
    shared: dict[float, Estimate],
) -> Iterator[Row]:
    """Yields a row per combination; what is equal is one object, of which there may be millions."""
    flat = values.reshape(-1, len(states)).tolist()
    conditions = [[(parent, (state,)) for state in of_parent] for parent, of_parent in parents]
    for when, row in zip(product(*conditions), flat, strict=True):
        for value in row:
            if value not in shared:
                shared[value] = Estimate(value, "weak", sources=("imported",))
        yield Row(when, tuple(zip(states, map(shared.__getitem__, row), strict=True)))
