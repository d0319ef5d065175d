"""The UAI format: a Bayesian network as numbers alone, without names.

Its definition (the evaluation at UAI 2008) has the child last in its scope and the last variable
change fastest. pgmpy 1.1 has neither, so its files cannot be exchanged; hence the code here.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from twitchbayes.errors import FormatError
from twitchbayes.network import Network

__all__ = ["read_uai_tables", "uai_text"]

Tables = list[tuple[str, list[str], list[tuple[str, list[str]]], np.ndarray[Any, Any]]]


def read_uai_tables(text: str, path: Path) -> Tables:
    """Returns the tables of a UAI file; variables are called x0, x1, ..., their states 0, 1, ...

    The child is the last variable of a scope, and the last variable changes fastest.

    Raises:
        FormatError: not a Bayesian network in this format.
    """
    words = iter(word for line in text.splitlines() for word in line.partition("#")[0].split())
    if next(words, "").upper() != "BAYES":
        raise FormatError(f"{path} does not begin with BAYES, so it is no Bayesian network in UAI")
    try:
        cards = [int(next(words)) for _ in range(int(next(words)))]
        scopes = [
            [int(next(words)) for _ in range(int(next(words)))] for _ in range(int(next(words)))
        ]
        if min(cards) < 1 or min(node for scope in scopes for node in scope) < 0:
            raise ValueError("a variable has one state at least, and a place from 0")
        sizes = [math.prod(cards[node] for node in scope) for scope in scopes]
        tables: dict[int, tuple[list[int], np.ndarray[Any, Any]]] = {}
        for scope, size in zip(scopes, sizes, strict=True):
            if int(next(words)) != size:
                raise ValueError(f"the table of variable {scope[-1]} must have {size} numbers")
            values = np.array([float(next(words)) for _ in range(size)])
            tables[scope[-1]] = (scope[:-1], values.reshape([cards[node] for node in scope]))
    except (StopIteration, RuntimeError):
        raise FormatError(f"{path} ends too early for the UAI format") from None
    except (ValueError, IndexError) as error:
        raise FormatError(f"{path} is not in the UAI format: {error}") from None
    if sorted(tables) != list(range(len(cards))):
        raise FormatError(f"{path}: every variable needs one table, with itself last in its scope")
    states = [[str(state) for state in range(card)] for card in cards]
    return [
        (f"x{node}", states[node], [(f"x{i}", states[i]) for i in tables[node][0]], tables[node][1])
        for node in range(len(cards))
    ]


def uai_text(network: Network) -> str:
    """Returns the network in the UAI format, which keeps the numbers and loses every name."""
    lines = ["BAYES", str(len(network.variables))]
    lines.append(" ".join(str(len(variable.states)) for variable in network.variables))
    lines.append(str(len(network.variables)))
    for i, variable in enumerate(network.variables):
        scope = [*(network.position[parent] for parent in variable.parents), i]
        lines.append(" ".join(map(str, [len(scope), *scope])))
    for variable in network.variables:
        table = network.table(variable.name)
        lines += ["", str(table.size)]
        lines += [" ".join(map(repr, row)) for row in table.reshape(-1, table.shape[-1]).tolist()]
    return "\n".join(lines) + "\n"
