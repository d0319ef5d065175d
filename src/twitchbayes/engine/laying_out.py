"""Searches for a layout: what is cheap enough to be done ahead, and what is done in one stage."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from twitchbayes.engine.layout import (
    LOOK_UP,
    MULTIPLY,
    SUM,
    WEIGH,
    WEIGHED,
    Ahead,
    Factors,
    Layout,
    Stage,
)
from twitchbayes.engine.support import Support

__all__ = ["lay_out"]

MOST_ENTRIES = 2**16
"""Entries of a case's largest array, at most; more are not worth being laid out."""

MOST_TABLES = 2**23
"""Entries of all that is computed ahead, at most: 64 MiB. Rows of a stage are fewer, so that
float32 counts them exactly."""

PASSING = 2
"""So many times as large as what is kept of it may a product be that is formed ahead."""

NOISE = 4.0
"""By how much, as a logarithm of entries, the choice of the next variable is disturbed."""

HOPELESS = 2
"""So many tries that all need too large an array are enough."""


@dataclass(frozen=True, eq=False)
class _Factor:
    number: int
    codes: frozenset[int]
    scope: frozenset[int]
    moving: bool
    """Whether it differs from case to case, and is not looked up."""


class _Search:
    """Lays one out: greedily, what can be done ahead first, then the smallest product."""

    def __init__(
        self,
        factors: Sequence[_Factor],
        eliminate: Iterable[int],
        cards: Sequence[int],
        support: Support,
        most_entries: int,
        overhead: float,
        seed: int,
    ) -> None:
        self._cards = cards
        self._support = support
        self._most_entries = most_entries
        self._overhead = overhead
        self._left = set(eliminate)
        self._live: dict[int, _Factor] = {factor.number: factor for factor in factors}
        self._touching: dict[int, set[int]] = {}
        for factor in factors:
            for node in factor.scope:
                self._touching.setdefault(node, set()).add(factor.number)
        source = random.Random(seed)
        noise = NOISE * source.random() if seed else 0.0
        self._tie = {node: noise * source.random() for node in sorted(self._left)}
        self._next = len(factors)
        self.ahead: list[Ahead] = []
        self.stages: list[Stage] = []
        self.largest = 1
        self.computed = 0
        self.cost = 0.0

    def run(self, keep: tuple[int, ...]) -> bool:
        """Goes through all variables; returns whether it is worth it."""
        scores = {node: self._score(node) for node in self._left}
        while scores:
            node = min(scores, key=scores.__getitem__)
            ahead = scores[node][0] == 0
            numbers = self._touching[node] if ahead else self._wider(self._touching[node])
            touched = self._eliminate(numbers, keep, ahead=ahead)
            if self.largest > MOST_ENTRIES or self.computed > MOST_TABLES:
                return False
            for gone in scores.keys() - self._left:
                del scores[gone]
            for other in touched & self._left:
                scores[other] = self._score(other)
        if len(self._live) != 1 or not self.stages:
            self._eliminate(set(self._live), keep, ahead=False)
        return self.largest <= MOST_ENTRIES and self.computed <= MOST_TABLES

    def _score(self, node: int) -> tuple[int, float, int]:
        """What the least of is taken: whether for every case, size, number."""
        codes, scope, moving = self._joined(self._touching[node])
        entries = self._support.count(scope)
        rows = self._combinations(codes)
        kept = self._support.count(scope - {node})
        ahead = not moving and rows * max(kept, entries // PASSING) <= self._most_entries
        return not ahead, math.log(rows * entries if ahead else entries) + self._tie[node], node

    def _wider(self, numbers: set[int]) -> set[int]:
        """Returns some factors, and others that are multiplied with them in the same stage.

        These join no more nodes, and let one more go, or end it all.
        """
        factors = [self._live[number] for number in numbers]
        scope = _scope(factors)
        gone = self._gone(scope, numbers)
        now = self._price(factors, gone)
        for node in (*sorted(scope & self._left - gone), None):
            if node is None and self._left - gone:
                break
            every = self._live.keys() if node is None else self._touching[node]
            more = [self._live[number] for number in sorted(every - numbers)]
            if not _scope(more) <= scope:
                continue
            also = self._gone(scope, numbers | every)
            left = _Factor(-1, frozenset(), scope - gone, moving=True)
            together = self._price([*factors, *more], also)
            if together <= now + self._price([left, *more], also - gone):
                numbers, gone, now = numbers | every, also, together
                factors += more
        return set(numbers)

    def _gone(self, scope: frozenset[int], numbers: Set[int]) -> frozenset[int]:
        """Returns the nodes that no other factor has."""
        return frozenset(n for n in scope & self._left if self._touching[n] <= numbers)

    def _price(self, factors: Sequence[_Factor], gone: frozenset[int]) -> float:
        """Returns what a stage costs, in nanoseconds per case."""
        vector = self._vector(factors, gone)
        return self._cost(factors, gone, vector) + self._cost(vector, frozenset(), [])

    def _cost(
        self, factors: Sequence[_Factor], gone: frozenset[int], vector: Sequence[_Factor]
    ) -> float:
        """Returns the same, where some of the factors are in a vector that was made before."""
        rest = [factor for factor in factors if factor not in vector]
        if not rest or (len(rest) == 1 and rest[0].moving and not gone):
            return 0.0
        entries = self._support.count(_scope(factors))
        lookups = len(self._packed(rest, entries))
        moving = sum(factor.moving for factor in rest)
        cost = self._overhead * (lookups + 2 * moving)
        cost += entries * (LOOK_UP * lookups + MULTIPLY * moving)
        if vector:
            return cost + self._overhead + WEIGHED + WEIGH * entries
        return cost + (self._overhead + SUM * entries if gone else 0.0)

    def _vector(self, factors: Sequence[_Factor], gone: frozenset[int]) -> list[_Factor]:
        """Returns the factors that it pays to multiply first, as none has a node that stays."""
        vector = [factor for factor in factors if factor.scope <= gone]
        if not vector or len(vector) == len(factors):
            return []
        apart = self._cost(factors, gone, vector) + self._cost(vector, frozenset(), [])
        return vector if apart < self._cost(factors, gone, []) else []

    def _packed(self, factors: Sequence[_Factor], entries: int) -> list[Factors]:
        """Returns which tables are looked up as one, the smallest first."""
        groups: list[tuple[int, list[int]]] = []
        still = [(self._combinations(f.codes), f.number) for f in factors if not f.moving]
        for rows, number in sorted(still):
            fits = [group for group in groups if rows * group[0] * entries <= self._most_entries]
            if fits:
                group = min(fits)
                groups.remove(group)
                groups.append((rows * group[0], [*group[1], number]))
            else:
                groups.append((rows, [number]))
        return [tuple(members) for _, members in sorted(groups)]

    def _joined(self, numbers: Iterable[int]) -> tuple[frozenset[int], frozenset[int], bool]:
        factors = [self._live[number] for number in numbers]
        return (
            frozenset().union(*(factor.codes for factor in factors)),
            frozenset().union(*(factor.scope for factor in factors)),
            any(factor.moving for factor in factors),
        )

    def _combinations(self, codes: Iterable[int]) -> int:
        return math.prod(self._cards[node] + 1 for node in codes)

    def _eliminate(
        self, numbers: Set[int], keep: tuple[int, ...], *, ahead: bool
    ) -> frozenset[int]:
        """Multiplies some factors and sums out what no other has; returns their nodes."""
        factors = [self._live[number] for number in sorted(numbers)]
        codes, scope, _ = self._joined(numbers)
        gone = self._gone(scope, numbers)
        self._left -= gone
        stay = tuple(sorted(scope - gone))
        if not ahead and not self._left and len(numbers) == len(self._live):
            stay = keep
        order = (*stay, *sorted(gone))
        if ahead:
            self.ahead.append(Ahead(self._next, tuple(sorted(numbers)), order, len(stay)))
            self.computed += self._combinations(codes) * self._support.count(frozenset(stay))
        else:
            self.cost += self._price(factors, gone)
            self._stage(factors, order, len(stay), self._vector(factors, gone))
        result = _Factor(self._next, codes if ahead else frozenset(), frozenset(stay), not ahead)
        self._next += 1
        for factor in factors:
            del self._live[factor.number]
            for node in factor.scope - gone:
                self._touching[node].discard(factor.number)
        for node in gone:
            del self._touching[node]
        self._live[result.number] = result
        for node in stay:
            self._touching.setdefault(node, set()).add(result.number)
        return scope

    def _stage(
        self,
        factors: Sequence[_Factor],
        order: tuple[int, ...],
        stay: int,
        vector: Sequence[_Factor],
    ) -> None:
        weights: tuple[int, ...] = ()
        if len(vector) == 1 and vector[0].moving:
            weights = (vector[0].number,)
        elif vector:
            weights = (self._next,)
            self._stage(vector, tuple(sorted(_scope(vector))), len(_scope(vector)), [])
            self._next += 1
        rest = [factor for factor in factors if factor not in vector]
        entries = self._support.count(frozenset(order))
        lookups = self._packed(rest, entries)
        moving = tuple(factor.number for factor in rest if factor.moving)
        for group in lookups:
            codes = (code for number in group for code in self._live[number].codes)
            self.computed += entries * self._combinations(codes)
        if not rest:
            lookups = [()]  # a product of nothing
        self.stages.append(Stage(self._next, tuple(lookups), moving, weights, order, stay, entries))
        self.largest = max(self.largest, entries)


def _scope(factors: Iterable[_Factor]) -> frozenset[int]:
    return frozenset().union(*(factor.scope for factor in factors))


def lay_out(
    scopes: Sequence[tuple[int, ...]],
    tables: Sequence[int],
    codes: Sequence[int],
    keep: tuple[int, ...],
    cards: Sequence[int],
    support: Support,
    most_entries: int,
    overhead: float,
    tries: int,
) -> Layout | None:
    """Returns the cheapest layout that some tries find.

    Args:
        scopes: the nodes of each table; what is known of all cases is left out.
        tables: the nodes whose tables they are.
        codes: the nodes that a case may observe.
        keep: the nodes asked for.
        cards: number of states per node.
        support: which combinations of states are possible.
        most_entries: of a lookup table, at most.
        overhead: nanoseconds per case that an operation costs however small its arrays are.
        tries: how many orders are tried.

    Returns:
        None where a case needs arrays of more than `MOST_ENTRIES` entries, or more than
        `MOST_TABLES` would have to be computed ahead.
    """
    places = Counter(node for scope in scopes for node in scope)
    leaves = frozenset(node for node in codes if places[node] == 1 and node not in keep)
    others = tuple(node for node in codes if node not in leaves)
    factors = [
        _Factor(
            number,
            leaves & {node},
            frozenset(scope) - (leaves & {node}),
            moving=False,
        )
        for number, (node, scope) in enumerate(zip(tables, scopes, strict=True))
    ]
    for number, node in enumerate(others, start=len(factors)):
        factors.append(_Factor(number, frozenset((node,)), frozenset((node,)), moving=False))
    eliminate = frozenset(places).difference(keep, leaves)
    best: _Search | None = None
    for seed in range(tries):
        if best is None and seed >= HOPELESS:
            break
        search = _Search(factors, eliminate, cards, support, most_entries, overhead, seed)
        if search.run(keep) and (best is None or search.cost < best.cost):
            best = search
    if best is None:
        return None
    return Layout(
        tuple(tables),
        leaves,
        others,
        tuple(best.ahead),
        tuple(best.stages),
        best.cost,
    )
