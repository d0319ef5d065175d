"""Tables taken apart where their numbers allow it, so that fewer nodes are joined.

Three things are looked for. A finding may leave another node one state only. What is left of a
table may be a product over its axes, as that of a noisy-OR that did not fire is. And a node may be
the maximum of independent lifts, one per parent, declared or not: its cumulative table is a product
then, and the table a star around a hidden node, the bound under which all lifts stay (Diez and
Galan 2003, Efficient computation for the noisy MAX; Savicky and Vomlel 2007, Exploiting tensor
rank-one decomposition in probabilistic inference). From the bounds back to the states there is a
difference, so stars have negative entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.plan import Inputs
from twitchbayes.engine.structure import Structure

__all__ = ["take_apart"]

Array = NDArray[np.float64]

Piece = tuple[tuple[int, ...], Array]
"""The nodes of a factor, and its entries."""

TOLERANCE = 4e-15
"""How far from its pieces an entry may be, relative to itself: rounding."""


def take_apart(
    structure: Structure,
    tables: Sequence[Array],
    states: Mapping[int, int],
    needed: Collection[int],
    *,
    stars: bool,
) -> tuple[Inputs, tuple[Array, ...]]:
    """Returns the tables of all that matters, at the known states, in pieces.

    Args:
        structure: of the network.
        tables: of all nodes, shape (parents..., states).
        states: of the nodes that are certain.
        needed: the nodes asked for, and those with a likelihood: they stay axes.
        stars: whether maxima are looked for, too.

    Returns:
        What a plan starts from, and the arrays to run it on.
    """
    relevant = sorted(structure.ancestors((*states, *needed)))
    families = [(*structure.parents[node], node) for node in relevant]
    known = _implied(families, tables, states, needed)
    pieces: list[Piece] = []
    found: list[_Star] = []
    for family in families:
        node = family[-1]
        scope = tuple(other for other in family if other not in known)
        plain = list(_split(scope, _cut(tables[node], family, known)))
        parents = tuple(other for other in family[:-1] if other not in known)
        star = None
        if stars and parents and len(family) > 2 and max(len(of) for of, _ in plain) > 1:
            star = _star(parents, _cut(tables[node], family[:-1], known))
        if star is None:
            pieces += plain
        else:
            lifts, reader = star
            of_node = ((node,), reader) if node not in known else ((), reader[known[node]])
            found.append(_Star(of_node, lifts, plain))
    found = _merged(pieces, found, needed)
    return _assembled(structure.cards, relevant, frozenset(known), pieces, found)


def _implied(
    families: Sequence[tuple[int, ...]],
    tables: Sequence[Array],
    states: Mapping[int, int],
    needed: Collection[int],
) -> dict[int, int]:
    """Returns the states that are certain, and those that follow from them table by table."""
    known = dict(states)
    of_node: dict[int, list[tuple[int, ...]]] = {}
    for family in families:
        for node in family:
            of_node.setdefault(node, []).append(family)
    waiting = [family for node in states for family in of_node[node]]
    while waiting:
        family = waiting.pop()
        possible = _cut(tables[family[-1]], family, known) > 0
        scope = [node for node in family if node not in known]
        for axis, node in enumerate(scope):
            others = tuple(other for other in range(len(scope)) if other != axis)
            places = np.flatnonzero(possible.any(axis=others))
            if len(places) == 1 and node not in needed:
                known[node] = int(places[0])
                waiting += of_node[node]
    return known


def _cut(table: Array, nodes: Sequence[int], known: Mapping[int, int]) -> Array:
    """Returns the table at the known states of the nodes of its first axes."""
    return table[tuple([known.get(node, slice(None)) for node in nodes])]


def _split(scope: tuple[int, ...], table: Array) -> Iterator[Piece]:
    """Yields pieces whose product the table is: a vector for every axis that factors out."""
    rest = list(scope)
    for node in scope:
        axis = rest.index(node)
        if table.ndim < 2:
            break
        peak = np.unravel_index(int(table.argmax()), table.shape)
        at_peak = table[tuple(slice(None) if i == axis else p for i, p in enumerate(peak))]
        without: Array = np.asarray(table.take(peak[axis], axis=axis))
        if not table[peak] > 0:
            break
        vector = at_peak / table[peak]
        shape = [-1 if i == axis else 1 for i in range(table.ndim)]
        product = np.expand_dims(without, axis) * vector.reshape(shape)
        if np.allclose(product, table, rtol=TOLERANCE, atol=0):
            yield (node,), vector
            rest.remove(node)
            table = without
    yield tuple(rest), table


@dataclass
class _Star:
    """A node as the maximum of lifts, around a hidden node: the bound under which they stay.

    Attributes:
        reader: the node, if it is not known, and the table from it to the bound.
        lifts: a parent, or nothing for a leak, and P(its lift is at most the bound).
        plain: the pieces that the star stands for; empty once it has taken in another.
    """

    reader: Piece
    lifts: list[Piece]
    plain: list[Piece]

    @property
    def pieces(self) -> list[Piece]:
        """The reader and the lifts."""
        return [self.reader, *self.lifts]


def _star(parents: tuple[int, ...], table: Array) -> tuple[list[Piece], Array] | None:
    """Returns a table as lifts and reader, the states in either order; None if it is no maximum.

    Args:
        parents: the nodes of all axes but the last.
        table: shape (parents..., states).
    """
    states = table.shape[-1]
    for order in (slice(None), slice(None, None, -1)):
        lifts = _lifts(parents, table[..., order])
        if lifts is not None:
            # P(state) is P(at most it) less P(at most the one below)
            return lifts, (np.eye(states) - np.eye(states, k=-1))[order]
    return None


def _lifts(parents: tuple[int, ...], table: Array) -> list[Piece] | None:
    """Returns P(lift is at most each state) of every parent and the leak, or None.

    Args:
        parents: the nodes of all axes but the last.
        table: shape (parents..., states); None is returned where it is no maximum.
    """
    at_most = np.cumsum(table, axis=-1)
    at_most[..., -1] = 1.0
    # the parents' states that lift least
    calm = np.unravel_index(int(at_most.sum(axis=-1).argmax()), table.shape[:-1])
    leak = at_most[calm]
    if not leak.min() > 0:
        return None
    pieces: list[Piece] = [] if leak.min() == 1 else [((), leak)]
    product = leak
    for axis, parent in enumerate(parents):
        row = tuple(slice(None) if i == axis else int(p) for i, p in enumerate(calm))
        lift = at_most[row] / leak
        pieces.append(((parent,), lift))
        along = [len(lift) if i == axis else 1 for i in range(len(parents))]
        product = product * lift.reshape(*along, len(leak))
    return pieces if np.allclose(product, at_most, rtol=TOLERANCE, atol=0) else None


def _merged(
    pieces: Sequence[Piece], stars: Sequence[_Star], needed: Collection[int]
) -> list[_Star]:
    """Returns the stars, a maximum that only lifts another as it is having become part of it."""
    count = Counter(node for scope, _ in pieces for node in scope)
    lifting: dict[int, _Star] = {}
    for star in stars:
        for scope, _ in star.lifts:
            count.update(scope)
            lifting.update(dict.fromkeys(scope, star))
    left = []
    into: dict[int, _Star] = {}
    for star in stars:
        (node,) = star.reader[0] or (-1,)
        other = lifting.get(node)
        if other is None or count[node] > 1 or node in needed:
            left.append(star)
            continue
        place = [scope for scope, _ in other.lifts].index((node,))
        # where the state is the maximum of the one and the lift of the other, the bounds are one
        passed = star.reader[1].T @ other.lifts[place][1]
        if passed.shape[0] != passed.shape[1] or (passed != np.eye(len(passed))).any():
            left.append(star)
            continue
        into[id(star)] = other
        del other.lifts[place]
        other.plain = []
    for star in stars:
        if id(star) in into:
            last = star
            while id(last) in into:
                last = into[id(last)]
            last.lifts += star.lifts
    return left


def _assembled(
    cards: Sequence[int],
    nodes: Sequence[int],
    known: frozenset[int],
    pieces: Sequence[Piece],
    stars: Sequence[_Star],
) -> tuple[Inputs, tuple[Array, ...]]:
    """Returns everything in one list; a star of two nodes is of no use, and is left out."""
    every = list(pieces)
    all_cards = list(cards)
    for star in stars:
        if star.plain and len({node for scope, _ in star.pieces for node in scope}) < 3:
            every += star.plain
            continue
        hidden = len(all_cards)
        all_cards.append(star.reader[1].shape[-1])
        every += [((*scope, hidden), table) for scope, table in star.pieces]
    inputs = Inputs(
        tuple(all_cards),
        tuple(nodes),
        known,
        tuple(scope for scope, _ in every),
        signed=len(all_cards) > len(cards),
    )
    return inputs, tuple(table for _, table in every)
