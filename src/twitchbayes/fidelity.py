"""What the network as a whole implies of every published figure, beside the figure itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twitchbayes.contradictions import find_contradiction
from twitchbayes.engine import Engine
from twitchbayes.errors import ImpossibleEvidenceError
from twitchbayes.event import Event, event_words
from twitchbayes.figure import Figure
from twitchbayes.network import Network
from twitchbayes.wilson import wilson_interval

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CLOSE", "fidelity_frame"]

CLOSE = 0.05
"""So near a figure the network is close to it."""

COLUMNS = ["found", "given", "item", "people", "figure", "low", "high", "interval", "implied"]
COLUMNS += ["inside", "close", "faithful", "source", "tier", "left_out", "note"]
TYPES = dict.fromkeys(("figure", "low", "high", "implied"), "float64")
TYPES |= dict.fromkeys(("inside", "close", "faithful"), "boolean")


def fidelity_frame(network: Network, engine: Engine) -> pd.DataFrame:
    """Returns a row per figure of the network (`DiagnosticModel.fidelity`).

    Raises:
        ImpossibleEvidenceError: the people of a figure have probability zero.
        TooWideError: exact inference would need more memory than is taken.
    """
    import pandas as pd

    tiers = {source.id: source.tier for source in network.sources}
    implied = iter(_implied(network, engine).tolist())
    rows = []
    for figure in network.figures:
        low, high, interval = _interval(figure)
        value = next(implied) if figure.usable else None
        inside = close = faithful = None
        if value is not None:
            close = abs(value - figure.value) <= CLOSE
            inside = low <= value <= high if low is not None and high is not None else None
            faithful = close or bool(inside)
        words = (event_words(figure.found), event_words(figure.given), figure.item, figure.people)
        numbers = (figure.value, low, high, interval, value, inside, close, faithful)
        about = (figure.source, tiers[figure.source], figure.left_out, figure.note)
        rows.append((*words, *numbers, *about))
    return pd.DataFrame(rows, columns=COLUMNS).astype(TYPES)


def _interval(figure: Figure) -> tuple[float | None, float | None, str]:
    """Returns the 95% interval of a figure, published or from its counts, and which it is.

    What is left out may be no share, so that it has no interval but the published one.
    """
    if figure.interval is not None:
        return (*figure.interval, "published")
    if figure.usable and figure.counts is not None:
        numerator, denominator = figure.counts
        return (*wilson_interval(numerator / denominator, denominator), "wilson")
    if figure.usable and figure.denominator is not None:
        return (*wilson_interval(figure.value, figure.denominator), "wilson")
    return None, None, ""


def _implied(network: Network, engine: Engine) -> NDArray[np.float64]:
    """Returns P(found | given) of the usable figures, all from one run of the network.

    The cases are first the people of every figure, then those of them in whom the item is found.
    """
    usable = [(i, figure) for i, figure in enumerate(network.figures) if figure.usable]
    if not usable:
        return np.empty(0)
    people = [figure.given for _, figure in usable]
    found = [(*figure.given, *figure.found) for _, figure in usable]
    observed = _likelihoods(network, [*people, *found])
    log_evidence = engine.marginal((), observed).log_evidence
    of_people, of_found = log_evidence.reshape(2, len(usable))
    impossible = np.flatnonzero(np.isneginf(of_people))
    if len(impossible):
        i, figure = usable[impossible[0]]
        contradiction = find_contradiction(network, engine, _likelihoods(network, [figure.given]))
        raise ImpossibleEvidenceError(
            f"figures[{i}] of {network.name} ({figure.item}; {figure.people}) is about people who "
            f"have probability zero: {contradiction.sentence()}; mend what is given, or the "
            "network",
            contradiction.findings,
        )
    # a certainty is no more than one, for all that rounding says
    return np.exp(np.minimum(of_found - of_people, 0.0))


def _likelihoods(network: Network, events: Sequence[Event]) -> dict[int, NDArray[np.float64]]:
    """Returns per variable that an event names its likelihoods, shape (events, states).

    A variable that an event names twice is in a state of both.
    """
    observed: dict[int, NDArray[np.float64]] = {}
    for case, event in enumerate(events):
        for name, states in event:
            node = network.position[name]
            of_variable = network.variables[node].states
            if node not in observed:
                observed[node] = np.ones((len(events), len(of_variable)))
            observed[node][case] *= [state in states for state in of_variable]
    return observed
