"""Networks from and to pgmpy models. pgmpy is imported when it is used, not before."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from twitchbayes.distribution import Row, Table
from twitchbayes.errors import NetworkError
from twitchbayes.estimate import Estimate, Source
from twitchbayes.network import Network, Variable
from twitchbayes.rules.limits import MAX_ENTRIES, MAX_PARENTS, MAX_TABLE

if TYPE_CHECKING:
    from pgmpy.models import DiscreteBayesianNetwork

__all__ = ["Tables", "from_tables", "import_pgmpy", "network_from_pgmpy", "network_to_pgmpy"]

Tables = list[tuple[str, list[str], list[tuple[str, list[str]]], np.ndarray[Any, Any]]]
"""Bare tables: (name, states, parents with their states, array) each."""

ROUNDING = 0.01
"""A row whose sum misses one by no more than this is taken to be rounded, and normalised."""


def import_pgmpy(module: str) -> Any:
    """Returns a module of pgmpy, imported without what pgmpy has to say about its own future."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module(f"pgmpy.{module}")


def network_from_pgmpy(
    model: DiscreteBayesianNetwork, *, name: str, title: str, target: str | None = None
) -> Network:
    """Returns a pgmpy model as a network; its numbers are graded `weak`, for want of sources.

    Raises:
        NetworkError: a variable without a table, a row that does not sum to one, or names that
            become the same as text.
    """
    variables, problems = [], []
    for node in model.nodes():
        table = model.get_cpds(node)
        if table is None:
            problems.append(f"variables.{node}: has no table (CPD); add one to the model")
            continue
        states = [str(state) for state in table.state_names[node]]
        parents = [
            (str(parent), [str(state) for state in table.state_names[parent]])
            for parent in table.variables[1:]
        ]
        values = np.moveaxis(np.asarray(table.values, dtype=np.float64), 0, -1)
        variables.append((str(node), states, parents, values))
    if problems:
        raise NetworkError(name, problems)
    return from_tables(variables, name=name, title=title, target=target)


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
    for variable, states, parents, values in variables:
        expected = (*(len(of_parent) for _, of_parent in parents), len(states))
        if values.shape != expected:
            problems.append(
                f"variables.{variable}: the table has shape {values.shape}, expected {expected}"
            )
            continue
        totals = values.sum(axis=-1, keepdims=True)
        wrong = np.argwhere(~(np.abs(totals[..., 0] - 1) <= ROUNDING) | (values < 0).any(axis=-1))
        if len(wrong):
            total = float(totals[tuple(wrong[0])][0])
            problems.append(
                f"variables.{variable}.rows{wrong[0].tolist()}: sums to {total:.6g}, expected 1 "
                "(and no entry below 0)"
            )
            continue
        # no division where the sum is one already but for the last bit, so that reading and
        # writing again does not wander
        exact = np.abs(totals - 1) <= 4 * np.finfo(np.float64).eps
        rows = tuple(_rows(states, parents, np.where(exact, values, values / totals)))
        names = tuple(parent for parent, _ in parents)
        built.append(Variable(variable, tuple(states), Table(rows), names))
    if problems:
        raise NetworkError(name, problems)
    source = Source("imported", title, "file")
    return Network(name, title, "imported", tuple(built), target=target, sources=(source,))


def _too_large(variables: Tables) -> Iterator[str]:
    """Yields the tables that are too large to be made rows, before there are any rows."""
    for variable, _, parents, values in variables:
        if len(parents) > MAX_PARENTS or values.size > MAX_TABLE:
            yield (
                f"variables.{variable}: has {len(parents)} parents and a table of {values.size:,} "
                f"entries; at most {MAX_PARENTS} parents and {MAX_TABLE:,} entries are taken"
            )
    entries = sum(values.size for *_, values in variables)
    if entries > MAX_ENTRIES:
        yield (
            f"variables: their tables together have {entries:,} entries; at most {MAX_ENTRIES:,} "
            "are taken"
        )


def _rows(
    states: list[str], parents: list[tuple[str, list[str]]], values: np.ndarray[Any, Any]
) -> Iterator[Row]:
    flat = values.reshape(-1, len(states)).tolist()
    for combination, row in zip(product(*(of for _, of in parents)), flat, strict=True):
        when = tuple(
            (parent, (state,)) for (parent, _), state in zip(parents, combination, strict=True)
        )
        yield Row(
            when,
            tuple(
                (state, Estimate(value, "weak", sources=("imported",)))
                for state, value in zip(states, row, strict=True)
            ),
        )


def network_to_pgmpy(network: Network) -> DiscreteBayesianNetwork:
    """Returns the network as a pgmpy model; a noisy-MAX is written out as its full table.

    Raises:
        FormatError: a noisy-MAX has too many parents to be written out.
    """
    tabular_cpd = import_pgmpy("factors.discrete").TabularCPD
    model: DiscreteBayesianNetwork = import_pgmpy("models").DiscreteBayesianNetwork()
    model.add_nodes_from(variable.name for variable in network.variables)
    for variable in network.variables:
        parents = network.parents(variable.name)
        cards = [len(states) for _, states in parents]
        model.add_edges_from((parent, variable.name) for parent, _ in parents)
        table = network.table(variable.name).reshape(-1, len(variable.states))
        model.add_cpds(
            tabular_cpd(
                variable.name,
                len(variable.states),
                table.T,
                evidence=[parent for parent, _ in parents] or None,
                evidence_card=cards or None,
                state_names={variable.name: list(variable.states)}
                | {parent: list(states) for parent, states in parents},
            )
        )
    return model
