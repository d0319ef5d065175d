"""One network compiled: its plans, and what they give for likelihood vectors."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.cancellation import run_signed
from twitchbayes.engine.factoring import take_apart
from twitchbayes.engine.plan import MAX_JOINT, Plan, make_plan, plan_inputs
from twitchbayes.engine.run import LOG_SUM_PRODUCT, POSSIBLE, SUM_PRODUCT, run
from twitchbayes.engine.structure import compile_network
from twitchbayes.errors import TooWideError
from twitchbayes.network import Network

__all__ = ["Engine", "Marginal"]

CHUNK_ENTRIES = 2**22
"""Entries of all tables of a chunk of cases that are held at once: 32 MiB of float64."""

COSTLY = 2**20
"""Multiplications of a plan from which on it pays to look at the numbers of the tables."""

SAVING = 4
"""So many times fewer multiplications make it worth to take tables apart."""

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
        self._apart: dict[
            tuple[tuple[int, ...], frozenset[int], tuple[tuple[int, int], ...]],
            tuple[Plan, Sequence[NDArray[np.float64]]],
        ] = {}

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
        if math.prod(shape) > MAX_JOINT or len(shape) > MOST_AXES:
            raise TooWideError(
                f"the joint of {len(shape)} variables has {math.prod(shape):,} entries; at most "
                f"{MAX_JOINT:,} and {MOST_AXES} variables are joined, ask about fewer at once",
                len(shape) - 1,
                math.prod(shape),
            )
        cases = _cases(likelihoods)
        states = _fixed_states(likelihoods)
        asked = [node for node in keep if node not in states]
        try:
            plan, tables = self.ready(asked, likelihoods.keys() - states.keys(), states)
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
        try:
            answer = _in_chunks(plan, tables, free)
        except TooWideError as cancelled:
            # the tables in one piece lose no digits, if they fit
            try:
                plan = self.plan(asked, free, states)
            except TooWideError:
                raise cancelled from None
            answer = _in_chunks(plan, self.cut(plan, states), free)
        probabilities = np.zeros((cases, *shape))
        probabilities[(slice(None), *(states.get(n, slice(None)) for n in keep))] = (
            answer.probabilities
        )
        log_evidence = answer.log_evidence
        for node, state in states.items():
            log_evidence = log_evidence + np.log(likelihoods[node][:, state])
        return Marginal(probabilities, log_evidence)

    def possible(self, likelihoods: Mapping[int, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Returns for every case whether its evidence has probability above zero; shape (cases,).

        No arithmetic is involved, so nothing can underflow.

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        states = _fixed_states(likelihoods)
        plan = self.plan((), likelihoods.keys() - states.keys(), states)
        tables = [table > 0 for table in self.cut(plan, states)]
        patterns = {node: v > 0 for node, v in likelihoods.items() if node not in states}
        size = max(1, CHUNK_ENTRIES // plan.peak)
        return np.concatenate(
            [
                run(plan, tables, {n: v[i : i + size] for n, v in patterns.items()}, POSSIBLE)[0]
                for i in range(0, _cases(patterns), size)
            ]
        )

    def ready(
        self, keep: Sequence[int], observed: Collection[int], states: Mapping[int, int]
    ) -> tuple[Plan, Sequence[NDArray[np.float64]]]:
        """Returns a plan and the arrays to run it on.

        Where the plan made from shapes alone is costly or too wide, the tables are taken apart:
        first into factors without negative entries, then, if that does not make the plan cheap,
        into all that can be found. Each is taken if it saves most of the work.

        Args:
            keep: positions of the variables asked for.
            observed: positions of the variables that carry a likelihood per case.
            states: the states of the variables that are certain.

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        question = (tuple(keep), frozenset(observed), tuple(sorted(states.items())))
        best = self._apart.get(question)
        if best is not None:
            return best
        wide: TooWideError | None = None
        plan: Plan | None = None
        try:
            plan = self.plan(keep, observed, states)
            best = plan, self.cut(plan, states)
        except TooWideError as error:
            wide = error
        for stars in (False, True):
            if best is not None and best[0].multiplications <= COSTLY:
                break
            try:
                other = self._taken_apart(keep, observed, states, stars=stars)
            except TooWideError as error:
                wide = error if wide is None or error.width < wide.width else wide
                continue
            if best is None or SAVING * other[0].multiplications < best[0].multiplications:
                best = other
        if best is None:
            assert wide is not None
            raise wide
        if best[0] is not plan or best[0].multiplications > COSTLY:
            if len(self._apart) >= MOST_PLANS:
                self._apart.clear()
            self._apart[question] = best
        return best

    def _taken_apart(
        self,
        keep: Sequence[int],
        observed: Collection[int],
        states: Mapping[int, int],
        *,
        stars: bool,
    ) -> tuple[Plan, Sequence[NDArray[np.float64]]]:
        needed = (*keep, *observed)
        inputs, pieces = take_apart(self.structure, self.tables, states, needed, stars=stars)
        return plan_inputs(inputs, keep, observed), pieces

    def cut(self, plan: Plan, states: Mapping[int, int]) -> list[NDArray[np.float64]]:
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


def _in_chunks(
    plan: Plan,
    tables: Sequence[NDArray[np.float64]],
    likelihoods: Mapping[int, NDArray[np.float64]],
) -> Marginal:
    """Runs a plan on so many cases at a time as fit."""
    size = max(1, CHUNK_ENTRIES // plan.peak)
    return _joined(
        [
            _marginal(plan, tables, {n: v[i : i + size] for n, v in likelihoods.items()})
            for i in range(0, _cases(likelihoods), size)
        ]
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
    if plan.signed:
        scaled = {node: values / peaks[node] for node, values in likelihoods.items()}
        probabilities, log_evidence = run_signed(plan, tables, scaled)
        return Marginal(probabilities, log_evidence + log_peaks)
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
