"""One invariant as coded cases: what else is found, what is found with it, and the judgement."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.cases import NOT_OBSERVED, code_type, fill_defaults
from twitchbayes.event import Event
from twitchbayes.invariant import BOUNDED, Invariant
from twitchbayes.network import Network

__all__ = ["Answers", "Codes", "Trial", "drawn_rest"]

Codes = NDArray[np.signedinteger[Any]]

Answers = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""The posteriors of coded cases, shape (cases, causes), and which cases are possible."""

MOST_FOUND = 12
"""Findings of a case, besides those that the invariant is about."""


class Trial:
    """One invariant, and the cases that it is tried on.

    Attributes:
        invariant: the law.
        rest: what else is found, shape (cases, variables).
        found: all that is found, shape (1 + combinations of `when`, combinations of `given` times
            cases, variables): first without the finding, then with it in each combination.
    """

    def __init__(self, network: Network, invariant: Invariant, rest: Codes) -> None:
        self._network = network
        self.invariant = invariant
        self.rest = rest
        before = np.concatenate(
            [_with(rest, given) for given in _combinations(network, invariant.given)]
        )
        fill_defaults(network, before)
        after = [_with(before, when) for when in _combinations(network, invariant.when)]
        self.found = np.stack([before, *after])

    def judged(self, answers: Answers) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Returns how far each case is against the law, and whether it could be tried.

        Args:
            answers: for the cases of `found`, one after the other.

        Returns:
            Shape (combinations of `when`, combinations of `given` times cases), both; what is below
            zero was left to spare.
        """
        shape = self.found.shape[:2]
        posterior, possible = answers[0], answers[1].reshape(shape)
        of_causes = posterior[:, _causes(self._network, self.invariant)].sum(axis=1).reshape(shape)
        bound = self.invariant.bound
        rise = of_causes[1:] - (of_causes[:1] if bound is None else bound)
        tried = possible[1:] & possible[:1] if bound is None else possible[1:]
        return (-rise if self.invariant.law in ("never_lowers", "stays_above") else rise), tried

    def single(self, when: int, case: int) -> tuple[Invariant, Codes]:
        """Returns the law about one combination of states, and what else is found in one case.

        Args:
            when: the first index of what `judged` returns.
            case: the second.
        """
        given, number = divmod(case, len(self.rest))
        law = replace(
            self.invariant,
            given=_combination(self.invariant.given, given),
            when=_combination(self.invariant.when, when),
        )
        return law, self.rest[number]


def drawn_rest(
    network: Network, invariant: Invariant, people: NDArray[np.intp], cases: int, seed: int
) -> Codes:
    """Returns what else is found, shape (cases, variables): in the first case nothing.

    A few findings of the people, then, for as many cases as are left, a few of any kind, in any
    state. A law about the finding alone has the first case only.

    Args:
        network: what the invariant is about.
        invariant: the variables it names are left out, as are mechanisms and the target.
        people: cases in which everything is known, shape (people, variables).
        cases: how many.
        seed: together with the invariant's name it decides what is drawn, so that no other
            invariant changes it.
    """
    named = {*dict(invariant.when), *dict(invariant.given), network.target}
    free = [
        place
        for place, variable in enumerate(network.variables)
        if variable.name not in named and variable.kind != "mechanism"
    ]
    if invariant.law in BOUNDED:
        cases, people = 1, people[:0]
    generator = np.random.default_rng(
        [seed, zlib.crc32(invariant.name.encode("utf-8", "surrogatepass"))]
    )
    anyone = generator.integers(network.cards[free], size=(cases - len(people), len(free)))
    states = np.concatenate([people[:, free], anyone])
    found = generator.integers(0, min(MOST_FOUND, len(free)) + 1, size=(cases, 1))
    found[0] = 0
    ranks = generator.random(states.shape).argsort(axis=1).argsort(axis=1)
    rest = np.full((cases, len(network.variables)), NOT_OBSERVED, code_type(network))
    rest[:, free] = np.where(ranks < found, states, NOT_OBSERVED)
    return rest


def _combinations(network: Network, event: Event) -> list[dict[int, int]]:
    """Returns every combination of an event's states, as codes by the variables' positions."""
    places = [network.position[name] for name, _ in event]
    states = [
        [network.variables[place].states.index(state) for state in of_variable]
        for place, (_, of_variable) in zip(places, event, strict=True)
    ]
    return [dict(zip(places, codes, strict=True)) for codes in product(*states)]


def _combination(event: Event, number: int) -> Event:
    """Returns one combination of an event's states, in the order of `_combinations`."""
    states = list(product(*(of_variable for _, of_variable in event)))[number]
    return tuple((name, (state,)) for (name, _), state in zip(event, states, strict=True))


def _causes(network: Network, invariant: Invariant) -> Sequence[int]:
    """Returns the positions of the causes that an invariant is about, each once."""
    states = network.by_name[str(network.target)].states
    groups = {group.name: group.states for group in network.groups}
    named = [
        state
        for name in invariant.causes
        for state in ((name,) if name in states else groups[name])
    ]
    return [states.index(state) for state in dict.fromkeys(named)]


def _with(codes: Codes, found: dict[int, int]) -> Codes:
    more = codes.copy()
    more[:, list(found)] = list(found.values())
    return more
