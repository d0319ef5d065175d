"""All marginals of many cases: in parts by what is certain in them, piece by piece, in threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.answers import Marginals
from twitchbayes.engine.compounds import bound
from twitchbayes.engine.likelihoods import cases_of
from twitchbayes.engine.parting import Part, parts
from twitchbayes.engine.plan import MAX_JOINT
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.threads import all_done
from twitchbayes.engine.tree import make_tree
from twitchbayes.engine.two_passes import Tabled, rows_of

__all__ = ["part_by_part", "with_compounds"]

PIECE_CASES = 1024
PIECE_ENTRIES = 2**21
"""Cases of a piece, and entries of its tables, at most: with more they leave the caches."""


def part_by_part(
    tabled: Tabled,
    nodes: Sequence[int],
    likelihoods: Mapping[int, NDArray[np.float64]],
    states: Mapping[int, int],
) -> Marginals:
    """Returns the posterior of each of some nodes for many cases.

    Args:
        tabled: a tree for any evidence, without negative entries.
        nodes: those asked for.
        likelihoods: per observed node, shape (cases, states), up to a factor.
        states: the nodes that are in one and the same certain state in every case.
    """
    cards = tabled.tree.cards
    # nodes of as many states next to each other are summed together
    order = sorted(dict.fromkeys(nodes), key=cards.__getitem__)
    rows = dict(rows_of(order, cards))
    cases, width = cases_of(likelihoods), sum(cards[node] for node in order)
    every, log_evidence = np.empty((cases, width)), np.empty(cases)

    def answer(part: Part) -> None:
        free = {node: values for node, values in likelihoods.items() if node not in part.states}
        asked = [node for node in order if node not in part.states]
        flat, of_part = tabled.columns(asked, free, part.states, part.places)
        if len(asked) < len(order):
            found, flat = flat, np.zeros((width, len(part.places)))
            for node, of_node in rows_of(asked, cards):
                flat[rows[node]] = found[of_node]
        for node, state in part.states.items():
            of_part = of_part + np.log(likelihoods[node][part.places, state])
            if node in rows:
                flat[rows[node].start + state] = np.isfinite(of_part)
        every[part.places], log_evidence[part.places] = flat.T, of_part

    all_done(answer, _pieces(parts(tabled.tree, tabled.compounds, likelihoods, states), tabled))
    return Marginals({node: every[:, rows[node]] for node in nodes}, log_evidence)


def _pieces(whole: Iterable[Part], tabled: Tabled) -> Iterator[Part]:
    """Yields parts of so many cases as are answered at once."""
    most = min(PIECE_CASES, max(1, PIECE_ENTRIES // max(1, tabled.tree.total)))
    for part in whole:
        for places in np.array_split(part.places, -(-len(part.places) // most)):
            yield Part(places, part.states)


def with_compounds(tabled: Tabled, compiled: Compiled) -> Tabled:
    """Returns a tree of all nodes in which those that zeros bind are one node, if that saves."""
    families = compiled.structure.families
    compounds = bound(tabled.tree, families, compiled.tables)
    if compounds is None:
        return tabled
    scopes = [compounds.scope(family) for family in families]
    counts = {number: len(nodes) for number, nodes in compounds.members.items()}
    tree = make_tree(scopes, compounds.cards, MAX_JOINT, 1, counts=counts)
    tables = [compounds.table(*pair) for pair in zip(families, compiled.tables, strict=True)]
    return Tabled(tree, tables, compounds=compounds)
