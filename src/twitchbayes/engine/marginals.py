"""The posteriors of many variables, each by itself: which tree, on how many cases at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.answers import Marginals
from twitchbayes.engine.factoring import take_apart
from twitchbayes.engine.flat import Flat
from twitchbayes.engine.joint import Joints
from twitchbayes.engine.kept import Kept
from twitchbayes.engine.likelihoods import CHUNK_ENTRIES, cases_of, fixed_states, one_by_one
from twitchbayes.engine.piecewise import part_by_part, with_compounds
from twitchbayes.engine.plan import MAX_JOINT, MAX_PEAK
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.tree import MERGED, Tree, make_tree
from twitchbayes.engine.two_passes import Tabled
from twitchbayes.engine.worth import COSTLY, cheapest
from twitchbayes.errors import TooWideError

__all__ = ["ManyMarginals"]

CHUNK_CASES = 256
"""Cases of a chunk, at most: their messages stay in the processor's cache."""

FEW = 16
"""Cases that are answered in large cliques: with more, arithmetic takes more time than Python."""

MOST_TREES = 512
"""Trees that are kept; then it begins anew."""

MOST_TABLED = 16
"""Trees that are kept with their tables, which may be large."""

GENERAL_ENTRIES = 2**17
"""A tree for any evidence is used where its tables have no more entries: planning anew for what is
observed would take longer than it saves."""


class ManyMarginals:
    """Answers about variables one by one, all from two passes, and the trees for them."""

    def __init__(self, compiled: Compiled, joints: Joints) -> None:
        self._compiled = compiled
        self._joints = joints
        self._trees = Kept[tuple[frozenset[int], frozenset[int]], Tree](MOST_TREES)
        self._apart = Kept[
            tuple[frozenset[int], frozenset[int], tuple[tuple[int, int], ...]], Tabled
        ](MOST_TABLED)

    def marginals(
        self, nodes: Sequence[int], likelihoods: Mapping[int, NDArray[np.float64]]
    ) -> Marginals:
        """Returns the posterior of each of some nodes, as `Engine.marginals` does."""
        cards = self._compiled.structure.cards
        cases = cases_of(likelihoods)
        if cases == 1 and self._flat is not None:
            found = self._flat.marginals(nodes, likelihoods)
            if found is not None:
                return found
        states = fixed_states(likelihoods)
        if cases > FEW and self._small_cliques is not None:
            return part_by_part(self._small_cliques, nodes, likelihoods, states)
        free = {node: values for node, values in likelihoods.items() if node not in states}
        asked = tuple(node for node in dict.fromkeys(nodes) if node not in states)
        general = self._large_cliques if cases <= FEW else None
        try:
            if general is None:
                answer = self._of_special(asked, free, states)
            else:
                # the nodes in known states are nodes of this tree still
                answer = general.marginals(asked, free, states)
        except TooWideError:
            if cases > 1:
                return Marginals.joined(
                    [self.marginals(nodes, of_case) for of_case in one_by_one(likelihoods)]
                )
            if not self._joints.impossible(likelihoods):
                raise
            nothing = {node: np.zeros((1, cards[node])) for node in asked}
            answer = Marginals(nothing, np.full(1, -np.inf))
        log_evidence = np.broadcast_to(answer.log_evidence, cases)
        for node in states:
            weights = likelihoods[node][:, states[node]]
            if cases > 1 or weights[0] != 1:
                log_evidence = log_evidence + np.log(weights)
        probabilities = {}
        for node in nodes:
            if node in states:
                certain = np.zeros((cases, cards[node]))
                certain[:, states[node]] = np.isfinite(log_evidence)
                probabilities[node] = certain
            elif len(values := answer.probabilities[node]) == cases:
                probabilities[node] = values
            else:
                probabilities[node] = np.broadcast_to(values, (cases, cards[node]))
        return Marginals(probabilities, log_evidence)

    @cached_property
    def _large_cliques(self) -> Tabled | None:
        """The tree of the whole network, for any evidence of few cases, where it is small."""
        return self._general(MERGED)

    @cached_property
    def _flat(self) -> Flat | None:
        """The same for one case, where operations take the time and not their size."""
        general = self._large_cliques
        if general is None or not Flat.fits(general.tree):
            return None
        try:
            return Flat(general)
        except FloatingPointError:
            return None

    @cached_property
    def _small_cliques(self) -> Tabled | None:
        """The same for many cases, which repay every multiplication that is left out."""
        tabled = self._general(1)
        return None if tabled is None else with_compounds(tabled, self._compiled)

    def _general(self, merged: int) -> Tabled | None:
        structure = self._compiled.structure
        try:
            tree = make_tree(structure.families, structure.cards, GENERAL_ENTRIES, merged)
        except TooWideError:
            return None
        return Tabled(tree, self._compiled.tables) if tree.total <= GENERAL_ENTRIES else None

    def _of_special(
        self,
        asked: Sequence[int],
        free: Mapping[int, NDArray[np.float64]],
        states: Mapping[int, int],
    ) -> Marginals:
        """Returns the posteriors of nodes in no known state from a tree that is made for them.

        Where they do not fit into one tree together, they are asked about in two groups, those
        without parents apart from those with.
        """
        try:
            tabled = self._special(asked, free, states)
            return _in_chunks(tabled, _affordable(tabled, asked), free, {})
        except TooWideError as cancelled:
            try:
                # the tables in one piece lose no digits, if they fit
                tabled = self._plain(asked, free, states)
                return _in_chunks(tabled, _affordable(tabled, asked), free, {})
            except TooWideError:
                if len(asked) < 2 or cases_of(free) > 1:
                    raise cancelled from None
        parents = self._compiled.structure.parents
        asked = sorted(asked, key=lambda node: (len(parents[node]) > 0, node))
        # what is refused for one of them is refused for all
        self._special(asked[-1:], free, states)
        roots = sum(not parents[node] for node in asked)
        middle = roots if 0 < roots < len(asked) else len(asked) // 2
        return Marginals.side_by_side(
            [self._of_special(some, free, states) for some in (asked[:middle], asked[middle:])]
        )

    def _special(
        self, asked: Sequence[int], observed: Collection[int], states: Mapping[int, int]
    ) -> Tabled:
        """Returns the cheapest tree that is found, the nodes in known states cut out."""
        question = (frozenset(asked), frozenset(observed), tuple(sorted(states.items())))
        best = self._apart.get(question)
        if best is None:
            best = cheapest(
                lambda: self._plain(asked, observed, states),
                lambda stars: self._taken_apart(asked, observed, states, stars=stars),
                lambda tabled: tabled.tree.total,
            )
            if best.tree.total > COSTLY or not best.tree.conditional:
                self._apart.put(question, best)
        return best

    def _plain(
        self, asked: Sequence[int], observed: Collection[int], states: Mapping[int, int]
    ) -> Tabled:
        """Returns the tree of the tables in one piece."""
        structure = self._compiled.structure
        nodes = sorted(structure.ancestors((*asked, *observed, *states)))
        question = (frozenset(nodes), frozenset(states))

        def made() -> Tree:
            scopes = [
                tuple(n for n in structure.families[node] if n not in states) for node in nodes
            ]
            return make_tree(scopes, structure.cards, MAX_JOINT, MERGED)

        return Tabled(self._trees.made(question, made), self._compiled.cut(nodes, states))

    def _taken_apart(
        self,
        asked: Sequence[int],
        observed: Collection[int],
        states: Mapping[int, int],
        *,
        stars: bool,
    ) -> Tabled:
        """Returns the tree of the tables in pieces."""
        structure, tables = self._compiled.structure, self._compiled.tables
        needed = (*asked, *observed)
        inputs, pieces = take_apart(structure, tables, states, needed, stars=stars)
        tree = make_tree(inputs.scopes, inputs.cards, MAX_JOINT, MERGED, conditional=False)
        return Tabled(tree, pieces, inputs.signed)


def _affordable(tabled: Tabled, asked: Sequence[int]) -> list[Sequence[int]]:
    """Returns the nodes asked for in groups, each of which memory allows to be answered at once.

    Raises:
        TooWideError: even a single one would need more.
    """
    tree = tabled.tree
    # of negative entries there may be need for extended precision, in which each takes 16 bytes
    size = 16 if tabled.signed else 8
    peak = size * tree.peak(tree.needed(asked))
    if peak <= 8 * MAX_PEAK:
        return [asked]
    if len(asked) < 2:
        raise TooWideError(
            f"exact inference here needs {peak:,} bytes of tables at once (induced width "
            f"{tree.width}), more than {8 * MAX_PEAK:,}; give the states of some variables that "
            "join many others",
            tree.width,
            tree.largest,
        )
    # neighbours in the tree need the same messages
    asked = sorted(asked, key=lambda node: (tree.home[node], node))
    middle = len(asked) // 2
    return _affordable(tabled, asked[:middle]) + _affordable(tabled, asked[middle:])


def _in_chunks(
    tabled: Tabled,
    groups: Sequence[Sequence[int]],
    likelihoods: Mapping[int, NDArray[np.float64]],
    states: Mapping[int, int],
) -> Marginals:
    """Answers for groups of nodes, on so many cases at a time as fit."""
    size = min(CHUNK_CASES, max(1, CHUNK_ENTRIES // max(1, 4 * tabled.tree.total)))
    return Marginals.joined(
        [
            Marginals.side_by_side([tabled.marginals(some, part, states) for some in groups])
            for i in range(0, cases_of(likelihoods), size)
            for part in [{n: v[i : i + size] for n, v in likelihoods.items()}]
        ]
    )
