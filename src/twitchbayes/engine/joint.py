"""The joint posterior of some variables: which plan is run, and on what."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.answers import Marginal
from twitchbayes.engine.evaluation import chunks, in_chunks
from twitchbayes.engine.factoring import take_apart
from twitchbayes.engine.kept import Kept
from twitchbayes.engine.likelihoods import cases_of, fixed_states, one_by_one
from twitchbayes.engine.plan import MAX_JOINT, Plan, make_plan, plan_inputs
from twitchbayes.engine.run import POSSIBLE, run
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.worth import COSTLY, cheapest
from twitchbayes.errors import TooWideError

__all__ = ["Joints"]

MOST_PLANS = 512
"""Plans that are kept; then it begins anew."""

MOST_READY = 64
"""Plans that are kept with arrays of their own."""

MOST_AXES = 60
"""Variables of a joint: NumPy's arrays have 64 axes at most."""

Shapes = tuple[tuple[int, ...], frozenset[int], frozenset[int], frozenset[int]]
"""The nodes asked for, observed, fixed, and those whose tables are drawn."""

Ready = tuple[Plan, Sequence[NDArray[np.float64]]]
"""A plan and the arrays to run it on."""


class Joints:
    """Answers about variables together, and the plans for them."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._plans = Kept[Shapes, Plan](MOST_PLANS)
        self._ready = Kept[
            tuple[tuple[int, ...], frozenset[int], tuple[tuple[int, int], ...]], Ready
        ](MOST_READY)

    def plan(
        self,
        keep: Sequence[int],
        observed: Collection[int],
        fixed: Collection[int] = (),
        drawn: Collection[int] = (),
    ) -> Plan:
        """Returns the plan made from shapes alone, as `Engine.plan` does."""
        question = (tuple(keep), frozenset(observed), frozenset(fixed), frozenset(drawn))
        return self._plans.made(question, lambda: make_plan(self._compiled.structure, *question))

    def ready(
        self, keep: Sequence[int], observed: Collection[int], states: Mapping[int, int]
    ) -> Ready:
        """Returns the cheapest plan that is found, as `Engine.ready` does."""
        shapes = (tuple(keep), frozenset(observed), frozenset(states), frozenset[int]())
        kept = self._plans.get(shapes)
        if kept is not None and kept.multiplications <= COSTLY:
            return kept, self._compiled.cut(kept.tables, states)
        question = (tuple(keep), frozenset(observed), tuple(sorted(states.items())))
        best = self._ready.get(question)
        if best is None:
            best = cheapest(
                lambda: self._plain(keep, observed, states),
                lambda stars: self._apart(keep, observed, states, stars=stars),
                lambda way: way[0].multiplications,
            )
            if best[0].multiplications > COSTLY or best[0] is not self._plans.get(shapes):
                self._ready.put(question, best)
        return best

    def _plain(
        self, keep: Sequence[int], observed: Collection[int], states: Mapping[int, int]
    ) -> Ready:
        plan = self.plan(keep, observed, states)
        return plan, self._compiled.cut(plan.tables, states)

    def _apart(
        self,
        keep: Sequence[int],
        observed: Collection[int],
        states: Mapping[int, int],
        *,
        stars: bool,
    ) -> Ready:
        inputs, pieces = take_apart(
            self._compiled.structure,
            self._compiled.tables,
            states,
            (*keep, *observed),
            stars=stars,
        )
        return plan_inputs(inputs, keep, observed), pieces

    def marginal(
        self,
        keep: Sequence[int],
        likelihoods: Mapping[int, NDArray[np.float64]],
        drawn: Mapping[int, NDArray[np.float64]],
    ) -> Marginal:
        """Returns the joint posterior of the nodes `keep`, as `Engine.marginal` does."""
        shape = [self._compiled.structure.cards[node] for node in keep]
        if math.prod(shape) > MAX_JOINT or len(shape) > MOST_AXES:
            raise TooWideError(
                f"the joint of {len(shape)} variables has {math.prod(shape):,} entries; at most "
                f"{MAX_JOINT:,} and {MOST_AXES} variables are joined, ask about fewer at once",
                len(shape) - 1,
                math.prod(shape),
            )
        states = fixed_states(likelihoods)
        asked = [node for node in keep if node not in states]
        free = {node: values for node, values in likelihoods.items() if node not in states}
        cases = max(cases_of(likelihoods), cases_of(drawn))
        try:
            answer = self._of_free(asked, free, states, drawn)
        except TooWideError:
            if drawn:
                raise
            if cases > 1:
                return Marginal.joined(
                    [self.marginal(keep, of_case, drawn) for of_case in one_by_one(likelihoods)]
                )
            if not self.impossible(likelihoods):
                raise
            answer = Marginal(np.zeros(1), np.full(1, -np.inf))
        probabilities = np.zeros((cases, *shape))
        probabilities[(slice(None), *(states.get(n, slice(None)) for n in keep))] = (
            answer.probabilities
        )
        log_evidence = answer.log_evidence
        for node, state in states.items():
            log_evidence = log_evidence + np.log(likelihoods[node][:, state])
        return Marginal(probabilities, log_evidence)

    def _of_free(
        self,
        asked: Sequence[int],
        free: Mapping[int, NDArray[np.float64]],
        states: Mapping[int, int],
        drawn: Mapping[int, NDArray[np.float64]],
    ) -> Marginal:
        """Returns the joint of nodes that are in no known state."""
        if drawn:
            plan = self.plan(asked, free, states, drawn)
            return in_chunks(plan, self._compiled.with_drawn(drawn).cut(plan.tables, states), free)
        plan, tables = self.ready(asked, free, states)
        try:
            return in_chunks(plan, tables, free)
        except TooWideError as cancelled:
            # the tables in one piece lose no digits, if they fit
            try:
                plan, tables = self._plain(asked, free, states)
            except TooWideError:
                raise cancelled from None
            return in_chunks(plan, tables, free)

    def possible(self, likelihoods: Mapping[int, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Returns for every case whether its evidence is possible, as `Engine.possible` does."""
        states = fixed_states(likelihoods)
        patterns = {node: v > 0 for node, v in likelihoods.items() if node not in states}
        try:
            plan, tables = self._plain((), patterns, states)
        except TooWideError:
            inputs, pieces = take_apart(
                self._compiled.structure, self._patterns, states, tuple(patterns), stars=False
            )
            if not all(piece.any() for piece in pieces):
                return np.zeros(cases_of(likelihoods), dtype=np.bool_)
            plan, tables = plan_inputs(inputs, (), patterns), list(pieces)
        possible = [table > 0 for table in tables]
        return np.concatenate(
            [
                run(plan, possible, {n: v[part] for n, v in patterns.items()}, POSSIBLE)[0]
                for part in chunks(plan, cases_of(patterns))
            ]
        )

    @cached_property
    def _patterns(self) -> tuple[NDArray[np.float64], ...]:
        """Ones where the tables are above zero: more of them are products than of the tables."""
        return tuple((table > 0).astype(np.float64) for table in self._compiled.tables)

    def impossible(self, likelihoods: Mapping[int, NDArray[np.float64]]) -> bool:
        """Whether one case is seen to be impossible."""
        try:
            return not self.possible(likelihoods)[0]
        except TooWideError:
            return False
