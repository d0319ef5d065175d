"""Networks from and to pgmpy models. pgmpy is imported when it is used, not before."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from twitchbayes.errors import NetworkError, Problem
from twitchbayes.io.tables import from_tables
from twitchbayes.network import Network

if TYPE_CHECKING:
    from pgmpy.models import DiscreteBayesianNetwork

__all__ = ["import_pgmpy", "network_from_pgmpy", "network_to_pgmpy"]


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
            message = "has no table (CPD); add one to the model"
            problems.append(Problem(("variables", str(node)), message))
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
