"""How sure, for a table of cases: all of them under the same draws of the network's numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine import Batch, Engine, code_likelihoods
from twitchbayes.errors import QueryError
from twitchbayes.network import Network
from twitchbayes.questions.arguments import MOST_SEED, share, whole
from twitchbayes.questions.drawing import drawn_tables
from twitchbayes.questions.uncertainty import COLUMNS, MOST_DRAWS, ends, members

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["many_intervals_frame"]

Values = NDArray[np.float64]
Codes = NDArray[np.signedinteger[Any]]

MOST_ENTRIES = 2**25
"""Drawn probabilities that are held at once, 256 MB; cases are taken in parts accordingly."""

FEW_CASES = 1000
"""So many cases are answered one by one, over all draws at once; of more, all cases draw by draw,
since for these each draw has lookup tables made."""


def many_intervals_frame(
    network: Network,
    engine: Engine,
    codes: Codes,
    posterior: Values,
    label: Callable[[int], object],
    *,
    level: float,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Returns the intervals of every case; see `DiagnosticModel.intervals_frame`.

    Args:
        network: with a target.
        engine: of the same network.
        codes: shape (cases, variables).
        posterior: shape (cases, causes); NaN for cases that are impossible, and stay so.
        label: names a case by its place.
        level: the share of the draws between low and high.
        draws: how many.
        seed: of the draws.

    Raises:
        QueryError: a level or a number of draws that cannot be, or a case that every draw makes
            impossible.
    """
    import pandas as pd

    quantiles = ends(share("level", level))
    draws = whole("draws", draws, 1, MOST_DRAWS)
    seed = whole("seed", seed, 0, MOST_SEED)
    blocks = [(kind, name, states) for kind, of in members(network).items() for name, states in of]
    columns = pd.MultiIndex.from_tuples(
        [(kind, name, column) for kind, name, _ in blocks for column in COLUMNS],
        names=["of", "name", "value"],
    )
    values = np.full((len(codes), len(columns)), np.nan)
    answered = np.flatnonzero(np.isfinite(posterior).all(axis=1))
    size = max(1, MOST_ENTRIES // (draws * posterior.shape[1]))
    for start in range(0, len(answered), size):
        places = answered[start : start + size]
        drawn = _drawn(network, engine, codes[places], draws, seed)
        impossible = np.isnan(drawn[..., 0]).all(axis=0)
        if impossible.any():
            case = label(int(places[impossible.argmax()]))
            raise QueryError(
                f"case {case!r}: every draw of the network's numbers makes its findings "
                "impossible; their numbers are known too little for intervals"
            )
        of_kinds = [
            _of_kind(
                [states for of, _, states in blocks if of == kind],
                drawn,
                posterior[places],
                quantiles,
            )
            for kind in dict.fromkeys(kind for kind, _, _ in blocks)
        ]
        values[places] = np.concatenate(of_kinds, axis=1)
    return pd.DataFrame(values, columns=columns)


def _of_kind(
    blocks: Sequence[list[int]], drawn: Values, posterior: Values, quantiles: Sequence[float]
) -> Values:
    """Returns the columns of all causes, or of all groups, shape (cases, blocks x columns)."""
    possible = np.isfinite(drawn[..., 0])
    quantile = np.quantile if possible.all() else np.nanquantile
    most, first = np.full(possible.shape, -1.0), np.full(possible.shape, -1)
    columns: list[Values] = []
    for number, states in enumerate(blocks):
        values = drawn[..., states].sum(axis=-1)
        ahead = values > most
        most[ahead], first[ahead] = values[ahead], number
        columns.append(posterior[:, states].sum(axis=1))
        columns.extend(quantile(values, quantiles, axis=0))
        columns.append(np.empty(0))  # until all have been seen
    for number in range(len(blocks)):
        leads = (first == number).sum(axis=0) / possible.sum(axis=0)
        columns[len(COLUMNS) * number + len(COLUMNS) - 1] = leads
    return np.stack(columns, axis=1)


def _drawn(network: Network, engine: Engine, codes: Codes, draws: int, seed: int) -> Values:
    """Returns the posteriors of the target, shape (draws, cases, causes); NaN where impossible."""
    place = network.position[str(network.target)]
    drawn = np.full((draws, len(codes), engine.structure.cards[place]), np.nan)
    observed = np.flatnonzero((codes >= 0).any(axis=0)).tolist()
    needed = engine.structure.ancestors((place, *observed))
    done = 0
    for count, tables in drawn_tables(network, engine, draws, seed, needed):
        if len(codes) <= FEW_CASES:
            for case in range(len(codes)):
                found = code_likelihoods(codes[case : case + 1], engine.structure.cards)
                answer = engine.marginal([place], found, tables)
                possible = np.isfinite(answer.log_evidence)[:, np.newaxis]
                drawn[done : done + count, case] = np.where(possible, answer.probabilities, np.nan)
        else:
            for draw in range(count):
                one = {node: table[draw] for node, table in tables.items()}
                posteriors, possible = Batch(engine.with_tables(one)).posteriors([place], codes)
                drawn[done + draw] = np.where(possible[:, np.newaxis], posteriors, np.nan)
        done += count
    return drawn
