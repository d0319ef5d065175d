"""Findings that cannot go together, in words: of one case, and of the cases of a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine import Engine, code_likelihoods, smallest_conflict
from twitchbayes.errors import TooWideError
from twitchbayes.evidence import describe
from twitchbayes.network import Network

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_CONTRADICTIONS", "Contradiction", "contradictions_frame", "find_contradiction"]

LEAST_CONTRADICTIONS, MOST_CONTRADICTIONS = 3, 100
"""Different conflicts of a table that are looked for."""

MOST_OPERATIONS = 2**27
"""Multiplications of one run of the network, times conflicts that are looked for: each takes many
runs."""


@dataclass(frozen=True)
class Contradiction:
    """Findings that have probability zero together, none of which can be left out.

    Attributes:
        nodes: positions of their variables.
        findings: (variable, state) texts.
    """

    nodes: tuple[int, ...]
    findings: tuple[tuple[str, str], ...]

    def words(self, assumed: Collection[str] = ()) -> str:
        """Returns `tub=yes, either=no (assumed)`; `assumed` are the variables not given."""
        return ", ".join(
            f"{name}={state}{' (assumed)' if name in assumed else ''}"
            for name, state in self.findings
        )

    def sentence(self, assumed: Collection[str] = ()) -> str:
        """Returns `tub=yes, either=no cannot go together`."""
        together = "cannot be" if len(self.nodes) == 1 else "cannot go together"
        return f"{self.words(assumed)} {together}"


def find_contradiction(
    network: Network, engine: Engine, observed: Mapping[int, NDArray[np.float64]]
) -> Contradiction:
    """Returns a smallest conflict of one impossible case (`engine.smallest_conflict`).

    Args:
        network: the names.
        engine: of the network.
        observed: per observed variable its likelihoods, shape (1, states).
    """
    given = {node: values for node, values in observed.items() if (values != 1).any()}
    nodes = smallest_conflict(engine, given)
    variables = [network.variables[node] for node in nodes]
    return Contradiction(
        nodes,
        tuple(
            (variable.name, describe(variable.states, given[node][0].tolist()))
            for node, variable in zip(nodes, variables, strict=True)
        ),
    )


def contradictions_frame(
    network: Network,
    engine: Engine,
    codes: NDArray[np.signedinteger[Any]],
    given: NDArray[np.signedinteger[Any]],
    labels: pd.Index[Any],
) -> pd.DataFrame:
    """Returns what cannot go together in each of some impossible cases.

    Where a conflict that was found for one case is in another, it is that one's, too: none of its
    findings can be left out there either.

    Args:
        network: the names.
        engine: of the network.
        codes: shape (cases, variables), each case impossible.
        given: the codes before defaults were filled in.
        labels: of the cases.

    Returns:
        A column `conflict`, such as `tub=yes, either=no (assumed)`; missing where as many
        others were found as are looked for, and none of them fits.
    """
    import pandas as pd

    words = np.full(len(codes), None, dtype=object)
    left = np.arange(len(codes))
    for _ in range(_how_many(engine, codes)):
        if not len(left):
            break
        first = codes[left[:1]]
        contradiction = find_contradiction(
            network, engine, code_likelihoods(first, engine.structure.cards)
        )
        nodes = np.array(contradiction.nodes)
        shared = (codes[np.ix_(left, nodes)] == first[:, nodes]).all(axis=1)
        cases, left = left[shared], left[~shared]
        assumed, number = np.unique(given[np.ix_(cases, nodes)] < 0, axis=0, return_inverse=True)
        names = np.array([name for name, _ in contradiction.findings])
        texts = [contradiction.words(names[row].tolist()) for row in assumed]
        words[cases] = np.array(texts, dtype=object)[number.reshape(-1)]
    return pd.DataFrame({"conflict": words}, index=labels)


def _how_many(engine: Engine, codes: NDArray[np.signedinteger[Any]]) -> int:
    """Returns how many conflicts are looked for: fewer where the network is wide."""
    if not len(codes):
        return 0
    try:
        cost = engine.plan((), np.flatnonzero(codes[0] >= 0).tolist()).multiplications
    except TooWideError:
        return LEAST_CONTRADICTIONS
    return min(MOST_CONTRADICTIONS, max(LEAST_CONTRADICTIONS, MOST_OPERATIONS // max(1, cost)))
