"""The posterior of the target for coded cases, and what becomes of cases that cannot be."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from twitchbayes.cases import case_label, encode_frame
from twitchbayes.contradictions import Contradiction, find_contradiction
from twitchbayes.engine import Batch, Engine, Marginal, code_likelihoods
from twitchbayes.errors import ImpossibleCasesWarning, ImpossibleEvidenceError, QueryError
from twitchbayes.network import Network

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OnImpossible", "Scorer"]

Codes = NDArray[np.signedinteger[Any]]

OnImpossible = Literal["error", "null"]
"""What to do with cases of probability zero."""

MOST_NAMED = 5
"""Impossible cases that a warning names."""


class Scorer:
    """One network, asked for one target again and again."""

    def __init__(self, network: Network, engine: Engine, target: str) -> None:
        self._network = network
        self._engine = engine
        self._batch = Batch(engine)
        self._target = target
        self._place = network.position[target]
        self._observable = frozenset(
            place
            for place, variable in enumerate(network.variables)
            if place != self._place and variable.kind != "mechanism"
        )

    def prepare(self) -> None:
        """Compiles what single cases need."""
        self._batch.prepare([self._place], self._observable)

    def posterior(self, codes: Codes) -> Marginal:
        """Returns the posterior for one case, codes of shape (1, variables)."""
        return self._batch.posterior([self._place], codes, self._observable)

    def posteriors(
        self, codes: Codes, on_impossible: OnImpossible, frame: pd.DataFrame | None = None
    ) -> NDArray[np.float64]:
        """Returns the posteriors of codes, shape (cases, causes); `frame` is where they are from.

        Raises:
            QueryError: the target is given, or `on_impossible` is something else.
            ImpossibleEvidenceError: a case has probability zero; names the first one.

        Warns:
            ImpossibleCasesWarning: the same, where `on_impossible` is "null".
        """
        if on_impossible not in ("error", "null"):
            raise QueryError(
                f"on_impossible is 'error' or 'null' (missing values), not {on_impossible!r}"
            )
        posterior, possible = self.answered(codes)
        if np.count_nonzero(possible) == len(possible):
            return posterior
        places = np.flatnonzero(~possible)
        named = [
            int(place) if frame is None else case_label(frame.index, int(place))
            for place in places[:MOST_NAMED]
        ]
        contradiction, why = self._contradiction(codes, int(places[0]), frame)
        more = len(places) - 1
        if on_impossible == "error":
            others = f"; so {_has(more)} {more:,} more" if more else ""
            raise ImpossibleEvidenceError(
                f"case {named[0]!r} has probability zero in {self._network.name}: {why}{others}; "
                "check them (impossible_cases lists them), or let on_impossible='null' leave such "
                "rows missing",
                contradiction.findings,
                named[0],
            )
        posterior[places] = np.nan
        beyond = len(places) - len(named)
        which = ", ".join(map(repr, named)) + (f" and {beyond:,} more" if beyond else "")
        warnings.warn(
            ImpossibleCasesWarning(
                f"{len(places):,} of {len(codes):,} cases {_has(len(places))} probability zero in "
                f"{self._network.name}, and missing values for an answer: {which}; "
                f"in case {named[0]!r} {why}; impossible_cases says why for each",
                len(places),
                named,
                contradiction.findings,
            ),
            stacklevel=3,
        )
        return posterior

    def impossible(self, codes: Codes) -> NDArray[np.intp]:
        """Returns the places of the cases that have probability zero."""
        return np.flatnonzero(~self.answered(codes)[1])

    def answered(self, codes: Codes) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Returns the posteriors of codes, and which cases are possible.

        Raises:
            QueryError: the target is given.
        """
        column = codes[:, self._place]
        if (column[0] if len(column) == 1 else column.max(initial=-1)) >= 0:
            raise QueryError(
                f"codes give a state of {self._target}, which is asked for; set column "
                f"{self._place} to -1"
            )
        return self._batch.posteriors([self._place], codes, self._observable)

    def _contradiction(
        self, codes: Codes, place: int, frame: pd.DataFrame | None
    ) -> tuple[Contradiction, str]:
        """Returns what cannot go together in one impossible case of a table, also in words."""
        case = codes[place : place + 1]
        given = case if frame is None else encode_frame(self._network, frame.iloc[[place]])
        observed = code_likelihoods(case, self._engine.structure.cards)
        contradiction = find_contradiction(self._network, self._engine, observed)
        names = [variable.name for variable in self._network.variables]
        not_given = [names[node] for node in np.flatnonzero(given[0] < 0)]
        return contradiction, contradiction.sentence(not_given)


def _has(count: int) -> str:
    return "has" if count == 1 else "have"
