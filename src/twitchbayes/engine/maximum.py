"""The most probable states of all variables together: up a tree with maxima, and back down."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import NoisyMax
from twitchbayes.engine.answers import MostProbable
from twitchbayes.engine.calibration import aligned
from twitchbayes.engine.kept import Kept
from twitchbayes.engine.likelihoods import CHUNK_ENTRIES, cases_of, fixed_states, one_by_one
from twitchbayes.engine.plan import MAX_JOINT
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.tree import MERGED, Tree, make_tree
from twitchbayes.errors import TooWideError
from twitchbayes.network import Network, Variable

__all__ = ["LogFactor", "Maxima", "maximise", "noisy_factors"]

LogFactor = tuple[tuple[int, ...], NDArray[np.float64]]
"""The nodes of a factor, and its logarithms with an axis per node."""

MOST_AXES = 60
"""Variables of a table: NumPy's arrays have 64 axes at most."""

MOST_TREES = 512
"""Trees that are kept; then it begins anew."""


class Maxima:
    """Answers about all variables together, and the trees for them."""

    def __init__(self, network: Network, compiled: Compiled) -> None:
        self._network = network
        self._compiled = compiled
        self._trees = Kept[tuple[tuple[int, ...], ...], Tree](MOST_TREES)

    def most_probable(
        self,
        likelihoods: Mapping[int, NDArray[np.float64]],
        log_evidence: NDArray[np.float64],
    ) -> MostProbable:
        """Returns the most probable states, as `Engine.most_probable` does.

        Args:
            likelihoods: as there.
            log_evidence: ln P(evidence), shape (cases,).

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        cases = cases_of(likelihoods)
        known = fixed_states(likelihoods)
        try:
            tree, arrays = self._logarithms(known)
        except TooWideError:
            if cases == 1:
                raise
            return MostProbable.joined(
                [
                    self.most_probable(of_case, log_evidence[i : i + 1])
                    for i, of_case in enumerate(one_by_one(likelihoods))
                ]
            )
        states = np.zeros((cases, len(self._network.variables)), dtype=np.intp)
        log_joint = np.zeros(cases)
        with np.errstate(divide="ignore"):
            logs = {n: np.log(v).T for n, v in likelihoods.items() if n not in known}
            for node, state in known.items():
                states[:, node] = state
                log_joint += np.log(likelihoods[node][:, state])
        size = max(1, CHUNK_ENTRIES // max(1, 2 * tree.total))
        for start in range(0, cases_of(likelihoods), size):
            some = slice(start, start + size)
            best, log_best = maximise(tree, arrays, {n: v[:, some] for n, v in logs.items()})
            log_joint[some] += log_best
            for node, of_node in best.items():
                states[some, node] = of_node
        possible = np.isfinite(log_evidence)
        states[~possible] = -1
        log_probability = np.full(cases, -np.inf)
        np.subtract(log_joint, log_evidence, out=log_probability, where=possible)
        # rounding must not make it more than certain
        return MostProbable(states, np.minimum(log_probability, 0.0))

    def _logarithms(
        self, known: Mapping[int, int]
    ) -> tuple[Tree, Sequence[Sequence[NDArray[np.float64]]]]:
        """Returns the tree of the network's own variables, and what is added in its cliques."""
        families = self._compiled.structure.families
        factors: list[LogFactor] = []
        for node, variable in enumerate(self._network.variables):
            if isinstance(variable.distribution, NoisyMax):
                factors += noisy_factors(self._network, variable, variable.distribution, known)
            else:
                (table,) = self._compiled.cut([node], known)
                with np.errstate(divide="ignore"):
                    values = np.log(table)
                factors.append((tuple(n for n in families[node] if n not in known), values))
        scopes = tuple(scope for scope, _ in factors)
        cards = self._compiled.structure.cards
        tree = self._trees.made(scopes, lambda: make_tree(scopes, cards, MAX_JOINT, MERGED))
        return tree, aligned(tree, [values for _, values in factors])


def maximise(
    tree: Tree,
    arrays: Sequence[Sequence[NDArray[np.float64]]],
    likelihoods: Mapping[int, NDArray[np.float64]],
) -> tuple[dict[int, NDArray[np.intp]], NDArray[np.float64]]:
    """Returns the states in which a product of factors is largest, and its logarithm there.

    Going up, a clique leaves the maximum over the nodes of its own; coming down, the nodes above
    are settled, and it takes the states that gave the maximum (Dawid 1992, Applications of a
    general propagation algorithm for probabilistic expert systems). Of equal products the first in
    the order of the clique's axes is taken, so that the same question has the same answer.

    Args:
        tree: of the factors.
        arrays: per clique the logarithms that are added there.
        likelihoods: per observed node logarithms, shape (states, cases).

    Returns:
        Per node the number of its state, shape (cases,); and the logarithm, shape (cases,), minus
        infinity where all products are zero, and the states mean nothing.
    """
    cases = max((values.shape[-1] for values in likelihoods.values()), default=1)
    terms: list[list[NDArray[np.float64]]] = [list(of_clique) for of_clique in arrays]
    for node, values in likelihoods.items():
        terms[tree.home[node]].append(values[tree.axis[node]])
    total = np.zeros(cases)
    for clique, of_clique in zip(tree.cliques, terms, strict=True):
        message = np.maximum.reduce(_sum(of_clique), axis=clique.up_sums)
        if clique.parent >= 0:
            terms[clique.parent].append(message[clique.up])
        else:
            total = total + message
    states: dict[int, NDArray[np.intp]] = {}
    every = np.arange(cases)
    for clique, of_clique in zip(reversed(tree.cliques), reversed(terms), strict=True):
        above = [states[node] for node in clique.scope[: clique.kept]]
        settled = [_at(term, above, every) for term in of_clique]
        own = _sum(settled)
        best = np.broadcast_to(own, (cases, *own.shape[1:])).reshape(cases, -1).argmax(axis=1)
        found = np.unravel_index(best, own.shape[1:]) if own.ndim > 1 else ()
        states.update(zip(clique.scope[clique.kept :], found, strict=True))
    return states, total


def _sum(terms: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    first, *others = sorted(terms, key=np.size)
    for other in others:
        first = first + other
    return first


def _at(
    values: NDArray[np.float64], states: Sequence[NDArray[np.intp]], cases: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Returns an array where its first axes are in given states per case: (cases, others...)."""
    last_first = np.moveaxis(values, -1, 0)
    # an axis of length one is the same for every state, and for every case
    places = [
        place if length > 1 else np.zeros_like(place)
        for place, length in zip((cases, *states), last_first.shape, strict=False)
    ]
    result: NDArray[np.float64] = last_first[tuple(places)]
    return result


def noisy_factors(
    network: Network, variable: Variable, noisy: NoisyMax, states: Mapping[int, int]
) -> list[LogFactor]:
    """Returns the factors of a noisy-MAX over its own nodes alone.

    A most probable state cannot be looked for along a chain of hidden maxima: which of several
    lifts it was is summed over first. In its first state, which no parent lifts, a noisy-MAX is a
    product of one factor per parent; else its full table is needed, as far as its parents are not
    known.

    Args:
        network: of the variable.
        variable: the one that the distribution is about.
        noisy: its distribution.
        states: the nodes in known states, which are no axes.

    Raises:
        TooWideError: the full table would be larger than memory allows.
    """
    node = network.position[variable.name]
    parents = [(n, s) for n, s in network.parents(variable.name) if len(s) > 1]
    numbers = [network.position[name] for name, _ in parents]
    with np.errstate(divide="ignore"):
        links = [np.log(link) for link in noisy.link_arrays(parents, variable.states)]
        table = np.log(noisy.leak.values(variable.states))
    known = [link[states[n]] for n, link in zip(numbers, links, strict=True) if n in states]
    open_links = [(n, link) for n, link in zip(numbers, links, strict=True) if n not in states]
    for link in known:
        table = _log_maximum(table, link)
    if states.get(node) == 0:
        return [((), table[0]), *(((n,), link[:, 0]) for n, link in open_links)]
    entries = len(table) * math.prod(len(link) for _, link in open_links)
    if entries > MAX_JOINT or len(open_links) >= MOST_AXES:
        raise TooWideError(
            f"the most probable states need the full table of {variable.name}, a noisy-MAX of "
            f"{len(open_links)} parents that are not known: {entries:,} entries, more than "
            f"{MAX_JOINT:,}; give the states of some of its parents",
            len(open_links),
            entries,
        )
    for axis, (_, link) in enumerate(open_links):
        shape = [len(link)] + [1] * (len(open_links) - axis - 1) + [table.shape[-1]]
        table = _log_maximum(table, link.reshape(shape))
    scope = tuple(n for n, _ in open_links)
    if node in states:
        return [(scope, table[..., states[node]])]
    return [((*scope, node), table)]


def _log_maximum(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns `distribution.maximum` of logarithms: no product is too small for it."""
    at_most = np.logaddexp.accumulate(other, axis=-1)
    below = np.full(one.shape, -np.inf)
    below[..., 1:] = np.logaddexp.accumulate(one, axis=-1)[..., :-1]
    result: NDArray[np.float64] = np.logaddexp(one + at_most, below + other)
    return result
