"""What to do, from shapes alone: no number is touched while planning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from twitchbayes.engine.order import elimination_order
from twitchbayes.engine.structure import Structure
from twitchbayes.errors import TooWideError

__all__ = ["MAX_ENTRIES", "Plan", "Step", "make_plan"]

MAX_ENTRIES = 2**26
"""Entries of the largest table that a plan may form for one case: 512 MiB of float64."""


@dataclass(frozen=True)
class Step:
    """Multiply some factors and sum one node out of the product.

    Attributes:
        operands: numbers of the factors; the plan's inputs come first, then one per step.
        scope: the nodes of the product, the one to sum out last.
        eliminate: whether the last node is summed out; not so in the final step.
    """

    operands: tuple[int, ...]
    scope: tuple[int, ...]
    eliminate: bool


@dataclass(frozen=True)
class Plan:
    """The steps that turn tables and likelihoods into the joint of some nodes.

    Attributes:
        tables: the nodes whose tables are the first inputs.
        fixed: the nodes whose state is known; their axes are cut out of the tables.
        likelihoods: the nodes whose likelihood vectors are the other inputs.
        scopes: the nodes of each input.
        steps: what to do; the last result is the answer, its axes in the order asked for.
        width: most nodes that a table joins with the one that is summed out (the induced width).
        largest: entries of the largest table, per case.
        multiplications: per case.
    """

    tables: tuple[int, ...]
    fixed: frozenset[int]
    likelihoods: tuple[int, ...]
    scopes: tuple[tuple[int, ...], ...]
    steps: tuple[Step, ...]
    width: int
    largest: int
    multiplications: int

    def __str__(self) -> str:
        """The cost of the plan in words, before it runs."""
        return (
            f"{len(self.tables)} tables, {len(self.fixed)} nodes fixed, {len(self.likelihoods)} "
            f"with likelihoods, {len(self.steps)} steps: width {self.width}, largest table "
            f"{self.largest:,} entries ({8 * self.largest:,} bytes), {self.multiplications:,} "
            "multiplications per case"
        )


@lru_cache(maxsize=512)
def make_plan(
    structure: Structure,
    keep: tuple[int, ...],
    observed: tuple[int, ...],
    fixed: frozenset[int] = frozenset(),
) -> Plan:
    """Returns the plan for the joint of `keep`.

    Nodes that are no ancestors of what is asked or known are barren and left out. Fixed nodes are
    cut out, so that what they separate is summed out apart.

    Args:
        structure: of the network.
        keep: the nodes asked for, none of them fixed.
        observed: the nodes that carry a likelihood per case.
        fixed: the nodes that are in the same known state in every case.

    Raises:
        TooWideError: a table of more than `MAX_ENTRIES` entries would be needed.
    """
    relevant = structure.ancestors((*keep, *observed, *fixed))
    tables = tuple(sorted(relevant))
    scopes = [
        tuple(other for other in (*structure.parents[node], node) if other not in fixed)
        for node in tables
    ]
    scopes += [(node,) for node in observed]
    order = elimination_order(scopes, structure.cards, relevant - fixed - {*keep}, MAX_ENTRIES)
    largest = max(order.largest, math.prod(structure.cards[node] for node in keep))
    width = max(order.width, len(keep) - 1)
    if largest > MAX_ENTRIES:
        raise TooWideError(
            f"exact inference here needs a table of at least {largest:,} entries (induced width at "
            f"least {width}) in the best order found, more than {MAX_ENTRIES:,}; ask about fewer "
            "variables at once, or give the states of some that join many others",
            width,
            largest,
        )
    steps, multiplications = _steps(scopes, structure.cards, order.nodes, keep)
    return Plan(
        tables, fixed, observed, tuple(scopes), tuple(steps), width, largest, multiplications
    )


def _steps(
    inputs: Sequence[tuple[int, ...]],
    cards: Sequence[int],
    order: Sequence[int],
    keep: tuple[int, ...],
) -> tuple[list[Step], int]:
    live = dict(enumerate(inputs))
    touching: dict[int, set[int]] = {}
    for factor, scope in live.items():
        for node in scope:
            touching.setdefault(node, set()).add(factor)
    steps: list[Step] = []
    multiplications = 0
    for node in order:
        operands = tuple(sorted(touching.pop(node)))
        joined = {other for factor in operands for other in live.pop(factor)} - {node}
        result = tuple(sorted(joined))
        for other in result:
            touching[other].difference_update(operands)
            touching[other].add(len(inputs) + len(steps))
        live[len(inputs) + len(steps)] = result
        steps.append(Step(operands, (*result, node), eliminate=True))
        size = cards[node] * math.prod(cards[other] for other in result)
        multiplications += size * max(1, len(operands) - 1)
    steps.append(Step(tuple(sorted(live)), keep, eliminate=False))
    multiplications += math.prod(cards[node] for node in keep) * max(1, len(live) - 1)
    return steps, multiplications
