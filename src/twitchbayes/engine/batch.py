"""Coded cases, many or one, answered from lookup tables where these can be had."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.answers import Marginal
from twitchbayes.engine.coded import Coded
from twitchbayes.engine.codes import Codes, code_likelihoods, highest
from twitchbayes.engine.division import MANY, divided
from twitchbayes.engine.elimination import Engine
from twitchbayes.engine.kept import Kept
from twitchbayes.engine.likelihoods import CHUNK_ENTRIES
from twitchbayes.engine.lookups import FEW_ENTRIES, MOST_ENTRIES, Lookups, Question
from twitchbayes.engine.threads import all_done
from twitchbayes.errors import TooWideError

__all__ = ["Batch"]

ANY = frozenset[int]()
"""Stands for all variables among those that are observed as a rule."""

CHUNK_CASES = 4096
CODED_CASES = 2**14
"""Cases that are answered at once, as likelihoods (fewer where these are many) and as codes."""

ALONE_CASES = 64
"""So few cases are each answered alone."""

CUT_CASES, CUT_CODES = 2**13, 2**21
"""Cases whose network is cut by what each knows, so many at once, and codes of all nodes."""

MOST_COST = 1e5
"""Nanoseconds per case; a layout that costs more is not taken for single cases."""

MOST_FEW = 8
"""Questions whose tables for single cases are kept; then it begins anew."""

MOST_TOGETHER = 2**20
"""Multiplications per case; a network that needs more is cut by what is known in each case."""


POSSIBLE = np.ones(1, dtype=np.bool_)
"""One case is possible."""
POSSIBLE.setflags(write=False)


class Piece(NamedTuple):
    """Cases that are answered together, with the tables made for them, or alone, one by one."""

    coded: Coded | None
    places: NDArray[np.intp] | slice
    alone: bool


class Batch:
    """The fast road for coded cases; how it lays out and looks up is kept for the next ones."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lookups = Lookups(engine)
        self._alone = Lock()
        self._few = Kept[tuple[tuple[int, ...], frozenset[int]], Coded | None](MOST_FEW)

    def posteriors(
        self, keep: Sequence[int], codes: Codes, observable: frozenset[int] = frozenset()
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Returns the joint posterior of some variables for many coded cases.

        The cases are divided by the codes of a few variables that cut the network apart, chosen by
        what they save; for each part, what depends on few findings is computed ahead.

        Args:
            keep: positions of the variables asked for, none of them observed in any case.
            codes: shape (cases, variables), the places of states, -1 for not observed.
            observable: positions of the variables that cases observe as a rule; another variable
                may be observed as well, but has tables made for all of them.

        Returns:
            Shape (cases, states of each variable asked for...), each case summing to one, or zeros
            where its evidence is impossible; and whether it is possible, shape (cases,).

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        if len(codes) == 1:
            found = self._looked_up(tuple(keep), codes[0], observable)
            if found is None:
                return self._alone_case(keep, codes)
            return found[0][np.newaxis], POSSIBLE
        cards = self._engine.structure.cards
        probabilities = np.empty((len(codes), *(cards[node] for node in keep)))
        possible = np.empty(len(codes), dtype=np.bool_)
        if not len(codes):
            return probabilities, possible
        observed = tuple(np.flatnonzero(highest(codes) >= 0).tolist())

        def answer_some(piece: Piece) -> None:
            places = piece.places
            if isinstance(places, slice) or not codes.flags.c_contiguous:
                some = codes[places]
            else:
                some = codes.take(places, axis=0)  # faster, but it copies all in another order
            probabilities[places], possible[places] = self._of_codes(keep, some, piece)

        if len(codes) < MANY:
            expected = observable if observable.issuperset(observed) else ANY
            coded = self._for_few(tuple(keep), expected)
            work = self._chunks(tuple(keep), coded, observed, np.arange(len(codes)))
        else:
            work = self._divided(tuple(keep), observed, codes)
        all_done(answer_some, work)
        return probabilities, possible

    def posterior(
        self, keep: Sequence[int], codes: Codes, observable: frozenset[int] = frozenset()
    ) -> Marginal:
        """Returns the joint posterior of some variables for one coded case.

        Args:
            keep: as for `posteriors`.
            codes: shape (1, variables).
            observable: as for `posteriors`.

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        found = self._looked_up(tuple(keep), codes[0], observable)
        if found is None:
            return self._computed(keep, codes)
        return Marginal(found[0][np.newaxis], np.array([found[1]]))

    def _computed(self, keep: Sequence[int], codes: Codes) -> Marginal:
        """Returns the posterior of coded cases the careful way, as likelihoods."""
        return self._engine.marginal(keep, code_likelihoods(codes, self._engine.structure.cards))

    def _alone_case(
        self, keep: Sequence[int], codes: Codes
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Returns the posterior of one case, and whether it is possible, without P(evidence)."""
        found = self._engine.separated(keep, codes[0])
        if found is None:
            answer = self._computed(keep, codes)
            return answer.probabilities, np.isfinite(answer.log_evidence)
        return found[0][np.newaxis], np.array([found[1]])

    def _looked_up(
        self, keep: tuple[int, ...], codes: Codes, observable: frozenset[int]
    ) -> tuple[NDArray[np.float64], float] | None:
        """Returns posterior and log evidence of one case; None where it has to be computed anew."""
        for expected in (observable, ANY) if observable else (ANY,):
            coded = self._for_few(keep, expected)
            if coded is None:
                continue
            try:
                found = coded.one(codes)
            except FloatingPointError:
                return None  # the careful way loses nothing
            if found is not None:
                joint, log_scale = found
                total = float(joint.dot(coded.ones))
                if total > 0:
                    joint = joint / total
                    if len(keep) != 1:
                        joint = joint.reshape([self._engine.structure.cards[n] for n in keep])
                    return joint, math.log(total) + log_scale
                return None
        return None

    def prepare(self, keep: Sequence[int], observable: frozenset[int]) -> None:
        """Makes the tables for single cases, if there are to be any."""
        self._for_few(tuple(keep), observable)

    def _for_few(self, keep: tuple[int, ...], observable: frozenset[int]) -> Coded | None:
        """Returns the tables for any few cases, None where they are not worth it.

        Args:
            keep: the nodes asked for.
            observable: the nodes that may be observed; none stands for all.
        """

        def made() -> Coded | None:
            nodes = observable or frozenset(range(self._engine.variables)).difference(keep)
            for entries in (FEW_ENTRIES, MOST_ENTRIES):
                question = Question.few(keep, tuple(sorted(nodes)), entries)
                layout = self._lookups.layout(question)
                if layout is not None and layout.cost <= MOST_COST:
                    return self._lookups.tables(question, {})
            return None

        return self._few.made((keep, observable), made)

    def _divided(
        self, keep: tuple[int, ...], observed: tuple[int, ...], codes: Codes
    ) -> Iterator[Piece]:
        structure = self._engine.structure
        for part in divided(self._lookups, structure, keep, observed, codes):
            coded = self._lookups.tables(part.question, part.known)
            coded = coded or self._for_few(keep, frozenset(observed))
            yield from self._chunks(keep, coded, observed, part.places)

    def _chunks(
        self,
        keep: tuple[int, ...],
        coded: Coded | None,
        observed: Sequence[int],
        places: NDArray[np.intp],
    ) -> Iterator[Piece]:
        size, alone = CODED_CASES, False
        if coded is None:
            alone = len(places) <= ALONE_CASES or self._one_by_one(keep, observed)
            size = self._cut_cases() if alone else self._careful_cases(observed)
        for start in range(0, len(places), size):
            yield Piece(coded, _together(places[start : start + size]), alone)

    def _of_codes(
        self, keep: Sequence[int], codes: Codes, piece: Piece
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        shape = [self._engine.structure.cards[node] for node in keep]
        if piece.coded is not None:
            try:
                joint = piece.coded.run(codes)
                total = joint.dot(piece.coded.ones)
                possible = total > 0
                with np.errstate(under="raise"):
                    joint /= np.where(possible, total, 1.0)[:, np.newaxis]
                return joint.reshape(-1, *shape), possible
            except FloatingPointError:
                pass  # the careful way loses nothing
        if piece.alone:
            return self._cut(keep, codes)
        probabilities = np.empty((len(codes), *shape))
        possible = np.empty(len(codes), dtype=np.bool_)
        observed = np.flatnonzero(highest(codes) >= 0).tolist()
        size = self._careful_cases(observed)
        for start in range(0, len(codes), size):
            some = slice(start, start + size)
            answer = self._computed(keep, codes[some])
            probabilities[some] = answer.probabilities
            possible[some] = np.isfinite(answer.log_evidence)
        return probabilities, possible

    def _cut(
        self, keep: Sequence[int], codes: Codes
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Returns posteriors from a network cut by what each case knows."""
        # it is Python more than arithmetic, which threads only slow down
        with self._alone:
            if len(codes) > ALONE_CASES:
                probabilities, possible, answered = self._engine.separated_together(keep, codes)
                left = np.flatnonzero(~answered).tolist()
            else:
                shape = [self._engine.structure.cards[node] for node in keep]
                probabilities = np.empty((len(codes), *shape))
                possible = np.empty(len(codes), dtype=np.bool_)
                left = list(range(len(codes)))
            for case in left:
                some = slice(case, case + 1)
                probabilities[some], possible[some] = self._alone_case(keep, codes[some])
        return probabilities, possible

    def _cut_cases(self) -> int:
        """Returns how many cases are cut at once."""
        nodes = len(self._engine.structure.cards)
        return max(ALONE_CASES, min(CUT_CASES, CUT_CODES // nodes))

    def _careful_cases(self, observed: Iterable[int]) -> int:
        """Returns how many cases are written out as likelihoods at once."""
        states = sum(self._engine.structure.cards[node] for node in observed)
        return min(CHUNK_CASES, max(1, CHUNK_ENTRIES // max(1, states)))

    def _one_by_one(self, keep: Sequence[int], observed: Iterable[int]) -> bool:
        """Whether it is faster to cut the network anew by what is known in each case."""
        try:
            return self._engine.plan(keep, tuple(observed)).multiplications > MOST_TOGETHER
        except TooWideError:
            return True


def _together(places: NDArray[np.intp]) -> NDArray[np.intp] | slice:
    """Returns ascending places as a slice where they are next to each other, which saves copies."""
    first, last = int(places[0]), int(places[-1])
    return slice(first, last + 1) if last - first + 1 == len(places) else places
