"""What to do, from shapes alone: no number is touched while planning."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass

from twitchbayes.engine.order import elimination_order, random_order
from twitchbayes.engine.structure import Structure
from twitchbayes.errors import TooWideError

__all__ = [
    "BLOCK",
    "MAX_ENTRIES",
    "MAX_JOINT",
    "Inputs",
    "Operand",
    "Plan",
    "Step",
    "make_plan",
    "plan_inputs",
]

MAX_ENTRIES = 2**28
"""Entries of the largest product that a plan may form for one case, block by block."""

MAX_JOINT = 2**26
"""Entries of an answer for one case: 512 MiB of float64."""

BLOCK = 2**17
"""Entries of the blocks in which larger products are formed: 1 MiB of float64."""

MAX_PEAK = 2**29
"""Entries of all tables that are held at once: 4 GiB of float64."""

LARGE = 2**16
"""Results of so many entries are multiplied with others of the same scope at once, so that only one
of them is held."""


PATIENCE = 16
"""So many inputs are multiplied before a message is divided by its largest entry."""

CASES = -1
"""Stands for the axis of the cases among the nodes of a scope."""


@dataclass(frozen=True)
class Operand:
    """How a factor falls in with the axes of a product.

    Attributes:
        factor: its number; the plan's inputs come first, then one per step.
        axes: the order in which its axes are taken, None if they are in order.
        places: where axes are added, None if none are.
    """

    factor: int
    axes: tuple[int, ...] | None
    places: tuple[slice | None, ...] | None


@dataclass(frozen=True)
class Step:
    """Multiply some factors and sum one node out of the product.

    Attributes:
        operands: in the order in which they are multiplied: those that are the same for all cases
            first, the smallest first.
        scope: the nodes of the product, the one to sum out last.
        eliminate: whether the last node is summed out; not so in the final step.
        size: entries of the product, per case.
        cases: whether the product has a leading axis of cases.
        rescale: whether so much was multiplied that the result should be rescaled.
    """

    operands: tuple[Operand, ...]
    scope: tuple[int, ...]
    eliminate: bool
    size: int
    cases: bool
    rescale: bool


@dataclass(frozen=True)
class Plan:
    """The steps that turn tables and likelihoods into the joint of some nodes.

    Attributes:
        tables: the nodes whose tables are the first inputs.
        fixed: the nodes whose state is known; their axes are cut out of the tables.
        likelihoods: the nodes whose likelihood vectors are the other inputs.
        scopes: the nodes of each input.
        steps: what to do; the last result is the answer, its axes in the order asked for.
        numbers: the factors without nodes, the same for all cases, that multiply the answer.
        width: most nodes that a table joins with the one that is summed out (the induced width).
        largest: entries of the largest table, per case.
        peak: entries of all tables that are held at once, per case, at most; the inputs aside.
        multiplications: per case.
        signed: whether some inputs have negative entries, as tables taken apart may have.
    """

    tables: tuple[int, ...]
    fixed: frozenset[int]
    likelihoods: tuple[int, ...]
    scopes: tuple[tuple[int, ...], ...]
    steps: tuple[Step, ...]
    numbers: tuple[int, ...]
    width: int
    largest: int
    peak: int
    multiplications: int
    signed: bool = False

    def __str__(self) -> str:
        """The cost of the plan in words, before it runs."""
        return (
            f"{len(self.tables)} tables, {len(self.fixed)} nodes fixed, {len(self.likelihoods)} "
            f"with likelihoods, {len(self.steps)} steps: width {self.width}, largest table "
            f"{self.largest:,} entries, {8 * self.peak:,} bytes and {self.multiplications:,} "
            "multiplications per case"
        )


def make_plan(
    structure: Structure,
    keep: Sequence[int],
    observed: Collection[int],
    fixed: Collection[int] = (),
    drawn: Collection[int] = (),
    seed: int | None = None,
) -> Plan:
    """Returns the plan for the joint of `keep`.

    Nodes that are no ancestors of what is asked or known are barren and left out. Fixed nodes are
    cut out, so that what they separate is summed out apart.

    Args:
        structure: of the network.
        keep: the nodes asked for, none of them fixed.
        observed: the nodes that carry a likelihood per case.
        fixed: the nodes that are in the same known state in every case.
        drawn: the nodes whose tables differ from case to case.
        seed: of a `random_order`, where the best found is not wanted.

    Raises:
        TooWideError: a table of more than `MAX_ENTRIES` entries, or tables of more than `MAX_PEAK`
            entries at once, would be needed.
    """
    relevant = structure.ancestors((*keep, *observed, *fixed))
    tables = tuple(sorted(relevant))
    scopes = [
        tuple(other for other in (*structure.parents[node], node) if other not in fixed)
        for node in tables
    ]
    inputs = Inputs(structure.cards, tables, frozenset(fixed), tuple(scopes))
    per_case = [i for i, node in enumerate(tables) if node in drawn]
    return plan_inputs(inputs, keep, observed, per_case, seed)


@dataclass(frozen=True)
class Inputs:
    """What a plan starts from, likelihoods aside; attributes as those of `Plan`."""

    cards: tuple[int, ...]
    tables: tuple[int, ...]
    fixed: frozenset[int]
    scopes: tuple[tuple[int, ...], ...]
    signed: bool = False


def plan_inputs(
    inputs: Inputs,
    keep: Sequence[int],
    observed: Collection[int],
    per_case: Collection[int] = (),
    seed: int | None = None,
) -> Plan:
    """Returns the plan for the joint of `keep` from any list of factors.

    Args:
        inputs: the factors, one scope each.
        keep: the nodes asked for; each is in some scope.
        observed: the nodes that carry a likelihood per case.
        per_case: numbers of the factors that differ from case to case.
        seed: of a `random_order`, where the best found is not wanted.

    Raises:
        TooWideError: as for `make_plan`.
    """
    likelihoods = tuple(sorted(observed))
    scopes = (*inputs.scopes, *((node,) for node in likelihoods))
    cards = inputs.cards
    eliminate = {node for scope in scopes for node in scope}.difference(keep)
    if seed is None:
        order = elimination_order(scopes, cards, eliminate, MAX_ENTRIES)
    else:
        order = random_order(scopes, cards, eliminate, seed, MAX_ENTRIES)
    largest = max(order.largest, math.prod(cards[node] for node in keep))
    width = max(order.width, len(keep) - 1)
    if largest > MAX_ENTRIES:
        need = f"a table of at least {largest:,} entries (induced width at least {width})"
        raise _too_wide(need, MAX_ENTRIES, width, largest)
    with_cases = {*per_case, *range(len(inputs.scopes), len(scopes))}
    steps = _Steps(scopes, cards, order.nodes, tuple(keep), with_cases)
    if steps.peak > MAX_PEAK:
        need = f"{8 * steps.peak:,} bytes of tables at once (induced width {width})"
        raise _too_wide(need, 8 * MAX_PEAK, width, largest)
    return Plan(
        inputs.tables,
        inputs.fixed,
        likelihoods,
        scopes,
        tuple(steps.steps),
        steps.numbers,
        width,
        largest,
        steps.peak,
        steps.multiplications,
        inputs.signed,
    )


def _too_wide(need: str, bound: int, width: int, largest: int) -> TooWideError:
    return TooWideError(
        f"exact inference here needs {need} in the best order found, more than {bound:,}; ask "
        "about fewer variables at once, or give the states of some that join many others",
        width,
        largest,
    )


class _Steps:
    """Lays out the steps, and keeps count of what they cost."""

    def __init__(
        self,
        inputs: Sequence[tuple[int, ...]],
        cards: Sequence[int],
        order: Sequence[int],
        keep: tuple[int, ...],
        with_cases: set[int],
    ) -> None:
        self.steps: list[Step] = []
        self.multiplications = 0
        self.peak = 0
        self._cards = cards
        self._inputs = len(inputs)
        self._held = 0
        self._live = dict(enumerate(inputs))
        self._sizes = {factor: self._size(scope) for factor, scope in self._live.items()}
        self._cases = with_cases
        # inputs multiplied since a message was rescaled
        self._since = dict.fromkeys(self._live, 1)
        self._touching: dict[int, set[int]] = {}
        for factor, scope in self._live.items():
            for node in scope:
                self._touching.setdefault(node, set()).add(factor)
        # with the axes in the order in which they are summed out nothing is ever transposed: the
        # next one is the outermost, and what stays longest is innermost, in long runs
        turn = {node: i for i, node in enumerate((*order, *keep))}
        for node in order:
            operands = self._touching.pop(node)
            joined = {other for factor in operands for other in self._live[factor]} - {node}
            scope = (*sorted(joined, key=turn.__getitem__), node)
            result = self._add(operands, scope, eliminate=True)
            if self._sizes[result] >= LARGE:
                self._multiply_same(result)
        self.numbers = tuple(
            factor
            for factor, scope in self._live.items()
            if not scope and factor not in self._cases
        )
        self._add(self._live.keys() - set(self.numbers), keep, eliminate=False)

    def _add(self, operands: Set[int], scope: tuple[int, ...], *, eliminate: bool) -> int:
        """Adds a step and returns the number of its result."""
        result = self._inputs + len(self.steps)
        size = self._size(scope)
        cases = not self._cases.isdisjoint(operands)
        since = sum(self._since.pop(factor) for factor in operands)
        rescale = since >= PATIENCE
        ordered = sorted(operands, key=lambda f: (f in self._cases, self._sizes[f], f))
        aligned = tuple(self._aligned(factor, scope, cases=cases) for factor in ordered)
        self.steps.append(Step(aligned, scope, eliminate, size, cases, rescale))
        self.multiplications += size * max(1, len(operands) - 1)
        if size <= BLOCK:
            # a product is formed beside the one before it
            held = (2 if len(operands) > 1 else 1) * size
        else:
            held = 2 * BLOCK + (size // self._cards[scope[-1]] if eliminate else size)
        self.peak = max(self.peak, self._held + held)
        for factor in operands:
            gone = self._live.pop(factor)
            self._held -= self._sizes[factor] if factor >= self._inputs else 0
            for node in gone:
                if node in self._touching:
                    self._touching[node].discard(factor)
        self._live[result] = scope[:-1] if eliminate else scope
        self._sizes[result] = size // self._cards[scope[-1]] if eliminate else size
        self._since[result] = 0 if rescale else since
        if cases:
            self._cases.add(result)
        self._held += self._sizes[result]
        for node in self._live[result]:
            if node in self._touching:
                self._touching[node].add(result)
        return result

    def _aligned(self, factor: int, scope: tuple[int, ...], *, cases: bool) -> Operand:
        own, wider = self._live[factor], scope
        if factor in self._cases:
            own = (CASES, *own)
        if cases:
            wider = (CASES, *wider)
        if own == wider:
            return Operand(factor, None, None)
        turn = [wider.index(node) for node in own]
        axes = tuple(sorted(range(len(own)), key=turn.__getitem__))
        among = set(own)
        places = tuple([slice(None) if node in among else None for node in wider])
        return Operand(
            factor,
            None if turn == sorted(turn) else axes,
            None if len(own) == len(wider) else places,
        )

    def _multiply_same(self, result: int) -> None:
        scope = self._live[result]
        others = set.intersection(*(self._touching[node] for node in scope))
        same = {factor for factor in others if self._live[factor] == scope}
        if len(same) > 1:
            self._add(same, scope, eliminate=False)

    def _size(self, scope: Iterable[int]) -> int:
        return math.prod([self._cards[node] for node in scope])
