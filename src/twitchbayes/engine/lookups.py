"""The layouts of one network and their lookup tables, made when first asked for, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twitchbayes.engine.coded import Coded
from twitchbayes.engine.condensed import condense
from twitchbayes.engine.elimination import Engine
from twitchbayes.engine.kept import Kept
from twitchbayes.engine.laying_out import lay_out
from twitchbayes.engine.layout import Layout
from twitchbayes.engine.sharing import share
from twitchbayes.engine.support import Support
from twitchbayes.engine.tabulated import NothingPossible, Tabulated

__all__ = [
    "FEW_ENTRIES",
    "MOST_BYTES",
    "MOST_ENTRIES",
    "Lookups",
    "Question",
    "few_tries",
    "most_tries",
]

FEW_TRIES, MOST_TRIES = 4, 32
"""Layouts that are tried, at most, where there are few cases and where there are many."""

ONE, AMONG_MANY = 500.0, 5.0
"""Nanoseconds that an operation costs, however small its arrays are: per case, when it is done for
one case by itself, and when for a chunk of many."""

SMALL = 150
"""Observed variables of a network of which more than one layout is tried even for few cases."""

WORTH = 100
"""Cases per observed variable that are worth another try, which takes as long as some of them."""

FEW_ENTRIES, MOST_ENTRIES = 2**18, 2**19
"""Entries of a lookup table, at most, where there are few cases and where there are many."""

MOST_BYTES = 140_000_000
"""Of the tables that are kept; then the oldest are let go."""

MOST_LAYOUTS = 512
"""Layouts that are kept; then it begins anew."""


@dataclass(frozen=True)
class Question:
    """What a layout is made for.

    Attributes:
        keep: the nodes asked for.
        observed: the nodes that a case may observe.
        fixed: the nodes that are in one state in all cases.
        most_entries: of a lookup table.
        overhead: nanoseconds per case and operation.
        tries: layouts that are tried.
    """

    keep: tuple[int, ...]
    observed: tuple[int, ...]
    fixed: tuple[int, ...]
    most_entries: int
    overhead: float
    tries: int

    @property
    def together(self) -> bool:
        """Whether cases are many and answered at once."""
        return self.overhead == AMONG_MANY

    @classmethod
    def few(cls, keep: tuple[int, ...], observed: tuple[int, ...], entries: int) -> Question:
        """Asks for few cases, each of which is answered by itself."""
        return cls(keep, observed, (), entries, ONE, few_tries(observed))

    @classmethod
    def many(
        cls,
        keep: tuple[int, ...],
        observed: tuple[int, ...],
        fixed: tuple[int, ...],
        cases: int,
        tries: int,
    ) -> Question:
        """Asks for so many cases, which are answered at once."""
        entries = 1 << (16 * cases).bit_length()
        # a larger one leaves the caches; so it takes twice as many cases to be worth it
        if entries > FEW_ENTRIES:
            entries = min(MOST_ENTRIES, max(FEW_ENTRIES, entries // 2))
        return cls(keep, observed, fixed, entries, AMONG_MANY, tries)


def few_tries(observed: Sequence[int]) -> int:
    """Returns how many layouts are tried where there are few cases, or only to learn the cost."""
    return max(1, min(FEW_TRIES, SMALL // max(1, len(observed))))


def most_tries(observed: Sequence[int], cases: int) -> int:
    """Returns how many layouts are tried for so many cases that may all be answered by one."""
    return min(MOST_TRIES, few_tries(observed) + cases // (WORTH * max(1, len(observed))))


class Lookups:
    """Layouts and tables of one network; may be asked from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._layouts = Kept[Question, Layout | None](MOST_LAYOUTS)
        self._coded: dict[tuple[Question, tuple[int, ...]], Coded | None] = {}

    def tables(self, question: Question, known: Mapping[int, int]) -> Coded | None:
        """Returns the tables for a question, with some variables known; None if there are none."""
        key = question, tuple(known.values())
        try:
            return self._coded[key]
        except KeyError:
            coded = self._made(question, known)
        self._make_room(0 if coded is None else coded.size)
        self._coded[key] = coded
        return coded

    def _make_room(self, size: int) -> None:
        """Lets go of the oldest tables until others of so many bytes may be kept."""
        kept = dict(self._coded)
        size += sum(one.size for one in kept.values() if one is not None)
        for number, (key, one) in enumerate(kept.items()):
            if size <= MOST_BYTES and len(kept) - number < MOST_LAYOUTS:
                break
            self._coded.pop(key, None)
            size -= 0 if one is None else one.size

    def _made(self, question: Question, known: Mapping[int, int]) -> Coded | None:
        layout = self.layout(question)
        if layout is None:
            return None
        nodes, scopes = self._inputs(question)
        tables = [
            self._engine.tables[node][
                tuple(known.get(n, slice(None)) for n in self._engine.structure.families[node])
            ]
            for node in nodes
        ]
        try:
            cards = self._engine.structure.cards
            built = Tabulated(layout, scopes, tables, cards, self._engine.variables)
            if question.together:
                condense(built)
                share(built)
            return Coded(built, question.keep, cards)
        except (FloatingPointError, NothingPossible):
            return None

    def _inputs(self, question: Question) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
        """Returns the nodes that matter, and the scope of each one's table."""
        structure = self._engine.structure
        asked = (*question.keep, *question.observed, *question.fixed)
        nodes = tuple(sorted(structure.ancestors(asked)))
        fixed = set(question.fixed)
        return nodes, [
            tuple(other for other in structure.families[node] if other not in fixed)
            for node in nodes
        ]

    def layout(self, question: Question) -> Layout | None:
        """Returns the layout for a question; None where a case would need too large arrays."""
        return self._layouts.made(question, lambda: self._laid_out(question))

    def _laid_out(self, question: Question) -> Layout | None:
        cards = self._engine.structure.cards
        nodes, scopes = self._inputs(question)
        families = [self._engine.structure.families[node] for node in nodes]
        support = Support(families, [self._engine.tables[node] for node in nodes], cards)
        return lay_out(
            scopes,
            nodes,
            question.observed,
            question.keep,
            cards,
            support,
            question.most_entries,
            question.overhead,
            question.tries,
        )
