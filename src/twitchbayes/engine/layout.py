"""How to answer coded cases: what is looked up, and what is left to do for every case.

The code of an observed variable is one more axis of a factor, with a place for each of its states
and one for "not observed". As long as a factor with such axes is small it is computed ahead, for
all combinations of codes; from there on it is a lookup table, of which every case takes a row.
Missing values cost nothing, and cases need not be sorted by what is missing in them.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Ahead", "Factors", "Layout", "Stage"]

# nanoseconds per entry of an array of many cases: taking rows and multiplying; spreading what an
# earlier stage left and multiplying; summing; a product of a matrix and a vector per case, and what
# each one costs however small; as measured with NumPy 2.4 on a server's processor, only their
# proportions matter
LOOK_UP, MULTIPLY, SUM, WEIGH, WEIGHED = 0.5, 0.85, 0.35, 0.4, 30.0

Factors = tuple[int, ...]
"""Numbers of factors that are multiplied ahead into one table, a row per combination of codes."""


@dataclass(frozen=True)
class Ahead:
    """Factors that are multiplied and summed ahead, for every combination of codes.

    Attributes:
        number: of the result.
        product: the factors.
        scope: the nodes of the product, those that are summed out last.
        stay: how many nodes stay.
    """

    number: int
    product: Factors
    scope: tuple[int, ...]
    stay: int


@dataclass(frozen=True)
class Stage:
    """What is done for every case: rows of lookup tables times results of earlier stages.

    Attributes:
        number: of the result.
        lookups: the tables.
        operands: numbers of the earlier results.
        weights: number of an earlier result over nothing but what is summed out, by which the sums
            are weighted: a matrix times a vector; none where there are but sums.
        scope: the nodes of the product, those that are summed out last.
        stay: how many nodes stay.
        entries: of the product, at most.
    """

    number: int
    lookups: tuple[Factors, ...]
    operands: tuple[int, ...]
    weights: tuple[int, ...]
    scope: tuple[int, ...]
    stay: int
    entries: int


@dataclass(frozen=True)
class Layout:
    """What is done ahead and what for every case; the last stage gives the answer.

    Attributes:
        tables: the nodes whose tables are the first factors.
        leaves: those among them that are observed and stand in no other table; theirs are looked
            up by their code from the outset.
        codes: the other observed nodes, whose codes are the other factors.
        ahead, stages: in the order in which they are done.
        cost: nanoseconds per case, roughly.
    """

    tables: tuple[int, ...]
    leaves: frozenset[int]
    codes: tuple[int, ...]
    ahead: tuple[Ahead, ...]
    stages: tuple[Stage, ...]
    cost: float

    @property
    def costly(self) -> list[int]:
        """The nodes of the stages, those first that are in the largest ones."""
        weights: dict[int, int] = {}
        for stage in self.stages:
            for node in stage.scope:
                weights[node] = weights.get(node, 0) + stage.entries
        return sorted(weights, key=lambda node: (-weights[node], node))
