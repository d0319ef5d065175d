"""Draws of a network's numbers: every row by itself, from a stream of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import Row
from twitchbayes.engine import Engine, draw_tables
from twitchbayes.network import Network
from twitchbayes.questions.dirichlet import draw_row

__all__ = ["TOGETHER", "drawn_tables"]

Values = NDArray[np.float64]

TOGETHER = 2000
"""Draws that are made at once, which bounds memory."""


def drawn_tables(
    network: Network,
    engine: Engine,
    draws: int,
    seed: int,
    nodes: Collection[int],
    may_hold: Callable[[Row], bool] = lambda _: True,
) -> Iterator[tuple[int, dict[int, Values]]]:
    """Yields how many draws come next, and the tables that they make of some variables.

    The numbers of a row are drawn together, rows independently; a row that is used for several
    combinations of the parents is one draw for all of them. Every row has a stream of its own, so
    that which others are drawn changes nothing: by one seed all cases meet the same networks.

    Args:
        network: whose numbers they are.
        engine: of the same network.
        draws: how many, in parts of at most `TOGETHER`.
        seed: of the draws.
        nodes: positions of the variables that are drawn.
        may_hold: which rows are drawn; others stay as they are.

    Yields:
        The tables as `Engine.marginal` takes them, shape (draws, parents..., states).
    """
    rows = [
        (variable.name, row, variable.states, mean, np.random.default_rng([seed, place, number]))
        for place, variable in enumerate(network.variables)
        if place in nodes
        for number, ((_, row), mean) in enumerate(
            zip(
                variable.distribution.named_rows(),
                variable.distribution.distributions(variable.states),
                strict=True,
            )
        )
    ]
    for start in range(0, draws, TOGETHER):
        count = min(TOGETHER, draws - start)
        values: dict[str, list[Values]] = {}
        for name, row, states, mean, random in rows:
            drawn = (
                draw_row(row, states, mean, count, random)
                if may_hold(row)
                else np.broadcast_to(mean, (count, len(mean)))
            )
            values.setdefault(name, []).append(drawn)
        yield count, draw_tables(network, engine.structure, values)
