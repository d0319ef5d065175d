"""The UAI format: a Bayesian network as numbers alone, without names.

Its definition (the evaluation at UAI 2008) has the child last in its scope and the last variable
change fastest. pgmpy 1.1 has neither, so its files cannot be exchanged; hence the code here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from twitchbayes.errors import FormatError
from twitchbayes.io.tables import Tables
from twitchbayes.network import Network
from twitchbayes.rules.limits import (
    MAX_ENTRIES,
    MAX_PARENTS,
    MAX_STATES,
    MAX_TABLE,
    MAX_VARIABLES,
)

__all__ = ["read_uai_tables", "uai_text"]


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
        count = _whole(words, "number of variables", 1, MAX_VARIABLES)
        cards = [_whole(words, f"states of variable {i}", 1, MAX_STATES) for i in range(count)]
        scopes = _scopes(words, count)
        sizes = {child: math.prod(cards[node] for node in scopes[child]) for child in scopes}
        _check_sizes(sizes)
        tables = {}
        for child, scope in scopes.items():
            _whole(words, f"entries of the table of variable {child}", sizes[child], sizes[child])
            values = np.array([_number(words, child) for _ in range(sizes[child])])
            tables[child] = values.reshape([cards[node] for node in scope])
        left_over = next(words, None)
        if left_over is not None:
            raise ValueError(f"{left_over!r} stands after the last table, where the file must end")
    except StopIteration:
        raise FormatError(f"{path} ends too early for the UAI format") from None
    except ValueError as error:
        raise FormatError(f"{path} is not in the UAI format: {error}") from None
    states = [[str(state) for state in range(card)] for card in cards]
    return [
        (f"x{node}", states[node], [(f"x{i}", states[i]) for i in scopes[node][:-1]], tables[node])
        for node in range(count)
    ]


def _whole(words: Iterator[str], what: str, low: int, high: int) -> int:
    number = int(next(words))
    if not low <= number <= high:
        bounds = f"be {low:,}" if low == high else f"lie from {low:,} to {high:,}"
        raise ValueError(f"the {what} must {bounds}, not {number:,}")
    return number


def _number(words: Iterator[str], child: int) -> float:
    number = float(next(words))
    if not math.isfinite(number):
        raise ValueError(f"the table of variable {child} holds {number}; give finite numbers")
    return number


def _scopes(words: Iterator[str], count: int) -> dict[int, list[int]]:
    """Returns the variables of each table, by the variable it is of, which stands last."""
    number = _whole(words, "number of tables", 0, MAX_VARIABLES)
    scopes: dict[int, list[int]] = {}
    for table in range(number):
        length = _whole(words, f"variables of table {table}", 1, MAX_PARENTS + 1)
        place = f"number of a variable in table {table}"
        scope = [_whole(words, place, 0, count - 1) for _ in range(length)]
        if scope[-1] in scopes:
            raise ValueError(f"variable {scope[-1]} has two tables; every variable needs one table")
        scopes[scope[-1]] = scope
    for child in range(count):
        if child not in scopes:
            raise ValueError(
                f"variable {child} has no table; every variable needs one table, with itself last "
                "in its scope"
            )
    return scopes


def _check_sizes(sizes: Mapping[int, int]) -> None:
    for child, size in sizes.items():
        if size > MAX_TABLE:
            raise ValueError(
                f"the table of variable {child} has {size:,} entries; at most {MAX_TABLE:,} are "
                "read"
            )
    if sum(sizes.values()) > MAX_ENTRIES:
        raise ValueError(
            f"the tables have {sum(sizes.values()):,} entries together; at most {MAX_ENTRIES:,} "
            "are read"
        )


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
