"""Exact inference: a plan made from shapes once, run on arrays as often as wanted."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.coded import Coded, Codes, Layout, code_likelihoods, lay_out
from twitchbayes.engine.plan import MAX_ENTRIES, Plan, make_plan
from twitchbayes.engine.run import LOG_SUM_PRODUCT, POSSIBLE, SUM_PRODUCT, run
from twitchbayes.engine.structure import compile_network
from twitchbayes.errors import TooWideError
from twitchbayes.network import Network

__all__ = ["Engine", "Marginal"]

CHUNK_ENTRIES = 2**22
"""Entries of all tables of a chunk of cases that are held at once: 32 MiB of float64."""

CHUNK_CASES = 4096
CODED_CASES = 2**16
"""Cases that are answered at once, as likelihoods (fewer where these are many) and as codes."""

MANY = 1024
"""So many cases are worth tables of their own."""

MOST_TRIES = 12
"""Orders that are tried for a table of cases, one for each `MANY` of them."""

MOST_PARTS = 64
"""Parts into which cases are divided, at most."""

MOST_PLANS = 512
"""Plans that an engine keeps; then it begins anew."""

MOST_AXES = 60
"""Variables of a joint: NumPy's arrays have 64 axes at most."""


@dataclass(frozen=True)
class Marginal:
    """The answer to one query, for every case.

    Attributes:
        probabilities: shape (cases, states of each variable asked for...), summing to one for
            every case; zeros where the evidence is impossible.
        log_evidence: ln P(evidence), shape (cases,); minus infinity where it is impossible.
    """

    probabilities: NDArray[np.float64]
    log_evidence: NDArray[np.float64]


class Engine:
    """Exact inference on one network by variable elimination (Zhang and Poole 1994).

    Evidence is a likelihood vector per observed variable, so that hard, disjunctive and soft
    findings are one thing. Nothing that is asked changes the engine.
    """

    def __init__(self, network: Network) -> None:
        compiled = compile_network(network)
        self.structure = compiled.structure
        self.tables = compiled.tables
        self._plans: dict[tuple[tuple[int, ...], frozenset[int], frozenset[int]], Plan] = {}
        self._layouts: dict[
            tuple[tuple[int, ...], frozenset[int], frozenset[int], int], Layout
        ] = {}
        self._divisions: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[int, ...]] = {}

    def plan(
        self,
        keep: Sequence[int],
        observed: Collection[int],
        fixed: Collection[int] = (),
    ) -> Plan:
        """Returns the plan for the joint of the variables `keep`; print it to see its cost.

        Args:
            keep: positions of the variables asked for, in the order of the answer's axes.
            observed: positions of the variables that carry a likelihood per case.
            fixed: positions of the variables that are in one known state in every case.

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        question = (tuple(keep), frozenset(observed), frozenset(fixed))
        plan = self._plans.get(question)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            plan = self._plans[question] = make_plan(self.structure, *question)
        return plan

    def marginal(
        self, keep: Sequence[int], likelihoods: Mapping[int, NDArray[np.float64]]
    ) -> Marginal:
        """Returns the joint posterior of the variables `keep` for every case.

        Args:
            keep: positions of the variables asked for.
            likelihoods: per observed variable P(what was seen | state), shape (cases, states), up
                to a factor; ones for a case in which it was not observed.

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        shape = [self.structure.cards[node] for node in keep]
        if math.prod(shape) > MAX_ENTRIES or len(shape) > MOST_AXES:
            raise TooWideError(
                f"the joint of {len(shape)} variables has {math.prod(shape):,} entries; at most "
                f"{MAX_ENTRIES:,} and {MOST_AXES} variables are joined, ask about fewer at once",
                len(shape) - 1,
                math.prod(shape),
            )
        cases = _cases(likelihoods)
        states = _fixed_states(likelihoods)
        asked = [node for node in keep if node not in states]
        try:
            plan = self.plan(asked, likelihoods.keys() - states.keys(), states)
        except TooWideError:
            if cases == 1:
                raise
            # what is certain in one case cuts that case, though it does not cut all of them
            return _joined(
                [
                    self.marginal(keep, {node: v[i : i + 1] for node, v in likelihoods.items()})
                    for i in range(cases)
                ]
            )
        free = {node: values for node, values in likelihoods.items() if node not in states}
        tables = self._cut(plan, states)
        size = max(1, CHUNK_ENTRIES // plan.peak)
        answer = _joined(
            [
                _marginal(plan, tables, {n: v[start : start + size] for n, v in free.items()})
                for start in range(0, _cases(free), size)
            ]
        )
        probabilities = np.zeros((cases, *shape))
        probabilities[(slice(None), *(states.get(n, slice(None)) for n in keep))] = (
            answer.probabilities
        )
        log_evidence = answer.log_evidence
        for node, state in states.items():
            log_evidence = log_evidence + np.log(likelihoods[node][:, state])
        return Marginal(probabilities, log_evidence)

    def posteriors(
        self, keep: Sequence[int], codes: Codes
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Returns the joint posterior of some variables for many coded cases.

        The cases are divided by the codes of a few variables that cut the network apart, chosen by
        what they save; for each part, what depends on few findings is computed ahead.

        Args:
            keep: positions of the variables asked for, none of them observed in any case.
            codes: shape (cases, variables), the places of states, -1 for not observed.

        Returns:
            Shape (cases, states of each variable asked for...), each case summing to one, or zeros
            where its evidence is impossible; and whether it is possible, shape (cases,).

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        cards = self.structure.cards
        probabilities = np.empty((len(codes), *(cards[node] for node in keep)))
        possible = np.empty(len(codes), dtype=np.bool_)
        observed = np.flatnonzero((codes >= 0).any(axis=0)).tolist()
        pivots = self._pivots(tuple(keep), tuple(observed)) if len(codes) >= MANY else ()
        parts = np.zeros(len(codes), dtype=np.intp)
        for node in pivots:
            parts = parts * (cards[node] + 1) + codes[:, node] + 1
        for part in np.unique(parts).tolist():
            places = np.flatnonzero(parts == part)
            known = {e: int(codes[places[0], e]) for e in pivots if codes[places[0], e] >= 0}
            coded = self._coded(keep, observed, known, len(places)) if len(places) >= MANY else None
            size = CODED_CASES
            if coded is None:
                states = sum(cards[node] for node in observed)
                size = min(CHUNK_CASES, max(1, CHUNK_ENTRIES // max(1, states)))
            for start in range(0, len(places), size):
                some = places[start : start + size]
                probabilities[some], possible[some] = self._of_codes(keep, codes[some], coded)
        return probabilities, possible

    def _of_codes(
        self, keep: Sequence[int], codes: Codes, coded: Coded | None
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        if coded is not None:
            try:
                joint = coded.run(codes)
                total = joint.sum(axis=tuple(range(1, joint.ndim)), keepdims=True)
                with np.errstate(under="raise"):
                    return joint / np.where(total > 0, total, 1.0), total.reshape(-1) > 0
            except FloatingPointError:
                pass  # the careful way loses nothing
        answer = self.marginal(keep, code_likelihoods(codes, self.structure.cards))
        shape = (len(codes), *answer.probabilities.shape[1:])
        possible = np.broadcast_to(np.isfinite(answer.log_evidence), len(codes))
        return np.broadcast_to(answer.probabilities, shape), possible

    def _coded(
        self, keep: Sequence[int], observed: Sequence[int], known: Mapping[int, int], cases: int
    ) -> Coded | None:
        """Returns the tables for cases in which some variables are known, None if it cannot be."""
        try:
            rest = [e for e in observed if e not in known]
            layout = self._layout(keep, rest, known, min(MOST_TRIES, cases // MANY))
            return Coded(layout, self._cut(layout.plan, known), self.structure.cards)
        except (FloatingPointError, TooWideError):
            return None

    def _layout(
        self,
        keep: Sequence[int],
        observed: Collection[int],
        fixed: Collection[int],
        tries: int = 0,
    ) -> Layout:
        """Returns the cheapest layout of the best plan and of some with random orders."""
        question = (tuple(keep), frozenset(observed), frozenset(fixed), tries)
        layout = self._layouts.get(question)
        if layout is None:
            if len(self._layouts) >= MOST_PLANS:
                self._layouts.clear()
            cards = self.structure.cards
            layout = lay_out(self.plan(keep, observed, fixed), cards)
            for seed in range(tries):
                with contextlib.suppress(TooWideError):
                    plan = make_plan(self.structure, keep, observed, fixed, seed)
                    layout = min(layout, lay_out(plan, cards), key=lambda one: one.cost)
            self._layouts[question] = layout
        return layout

    def _pivots(self, keep: tuple[int, ...], observed: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the observed variables whose codes divide the cases, as each saves a quarter."""
        if (keep, observed) in self._divisions:
            return self._divisions[keep, observed]
        with_children = {parent for of_node in self.structure.parents for parent in of_node}
        candidates = [node for node in observed if node in with_children]
        pivots: list[int] = []
        cost = math.inf
        parts = 1
        while candidates:
            costs = {}
            for node in candidates:
                known = [*pivots, node]
                rest = [e for e in observed if e not in known]
                with contextlib.suppress(TooWideError):
                    costs[node] = self._layout(keep, rest, known).cost
            if not costs:
                break
            best = min(costs, key=costs.__getitem__)
            parts *= self.structure.cards[best] + 1
            if costs[best] > 0.75 * cost or parts > MOST_PARTS:
                break
            pivots.append(best)
            candidates.remove(best)
            cost = costs[best]
        self._divisions[keep, observed] = tuple(pivots)
        return tuple(pivots)

    def possible(self, likelihoods: Mapping[int, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Returns for every case whether its evidence has probability above zero; shape (cases,).

        No arithmetic is involved, so nothing can underflow.

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        states = _fixed_states(likelihoods)
        plan = self.plan((), likelihoods.keys() - states.keys(), states)
        tables = [table > 0 for table in self._cut(plan, states)]
        patterns = {node: v > 0 for node, v in likelihoods.items() if node not in states}
        size = max(1, CHUNK_ENTRIES // plan.peak)
        return np.concatenate(
            [
                run(plan, tables, {n: v[i : i + size] for n, v in patterns.items()}, POSSIBLE)[0]
                for i in range(0, _cases(patterns), size)
            ]
        )

    def _cut(self, plan: Plan, states: Mapping[int, int]) -> list[NDArray[np.float64]]:
        """Returns the tables of the plan at the states of the fixed nodes."""
        cut = []
        for node, scope in zip(plan.tables, plan.scopes, strict=False):
            table = self.tables[node]
            if len(scope) < table.ndim:
                family = (*self.structure.parents[node], node)
                table = table[tuple([states.get(member, slice(None)) for member in family])]
            cut.append(table)
        return cut


def _cases(likelihoods: Mapping[int, NDArray[Any]]) -> int:
    return max((len(values) for values in likelihoods.values()), default=1)


def _fixed_states(likelihoods: Mapping[int, NDArray[np.float64]]) -> dict[int, int]:
    """Returns the nodes that are in one and the same certain state in every case."""
    states = {}
    for node, values in likelihoods.items():
        state = int(values[0].argmax())
        count = np.count_nonzero(values)
        if count == len(values) and (count == 1 or (values[:, state] > 0).all()):
            states[node] = state
    return states


def _joined(parts: Sequence[Marginal]) -> Marginal:
    if len(parts) == 1:
        return parts[0]
    return Marginal(
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.log_evidence for part in parts]),
    )


def _marginal(
    plan: Plan,
    tables: Sequence[NDArray[np.float64]],
    likelihoods: Mapping[int, NDArray[np.float64]],
) -> Marginal:
    """Runs a plan with probabilities, or with their logarithms where digits would be lost."""
    # the factor of soft evidence is taken out first, as it may be of any size
    peaks = {node: _peak(values) for node, values in likelihoods.items()}
    log_peaks = sum((np.log(peak[:, 0]) for peak in peaks.values()), np.zeros(1))
    try:
        with np.errstate(under="raise"):
            scaled = {node: values / peaks[node] for node, values in likelihoods.items()}
            joint, log_scale = run(plan, tables, scaled, SUM_PRODUCT)
            total = joint.sum(axis=tuple(range(1, joint.ndim)), keepdims=True)
            probabilities = joint / np.where(total > 0, total, 1.0)
        with np.errstate(divide="ignore"):
            log_evidence = np.log(total.reshape(-1)) + log_scale
    except FloatingPointError:
        with np.errstate(divide="ignore"):
            logs = {n: np.log(values) - np.log(peaks[n]) for n, values in likelihoods.items()}
        probabilities, log_evidence = _by_logarithms(plan, tables, logs)
    return Marginal(probabilities, log_evidence + log_peaks)


def _by_logarithms(
    plan: Plan,
    tables: Sequence[NDArray[np.float64]],
    logs: Mapping[int, NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns posterior and log evidence, slowly; nothing is too small for this."""
    with np.errstate(divide="ignore", under="ignore"):
        log_joint, _ = run(plan, [np.log(table) for table in tables], logs, LOG_SUM_PRODUCT)
        flat = log_joint.reshape(len(log_joint), -1)
        log_evidence = np.logaddexp.reduce(flat, axis=1)
        finite = np.where(np.isfinite(log_evidence), log_evidence, 0.0)
        return np.exp(flat - finite[:, np.newaxis]).reshape(log_joint.shape), log_evidence


def _peak(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the largest likelihood of every case, shape (cases, 1); one where all are zero."""
    peak = values.max(axis=1, keepdims=True)
    return np.where(peak > 0, peak, 1.0)
