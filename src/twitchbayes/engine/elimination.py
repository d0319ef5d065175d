"""One network compiled: its plans, and what they give for likelihood vectors."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes.distribution import NoisyMax
from twitchbayes.engine.calibration import (
    CAREFUL,
    LOGARITHMS,
    PLAIN,
    Potentials,
    aligned,
    calibrate,
    potentials,
)
from twitchbayes.engine.cancellation import run_signed
from twitchbayes.engine.factoring import take_apart
from twitchbayes.engine.maximum import LogFactor, maximise, noisy_factors
from twitchbayes.engine.plan import MAX_JOINT, MAX_PEAK, Plan, make_plan, plan_inputs
from twitchbayes.engine.run import LOG_SUM_PRODUCT, POSSIBLE, SUM_PRODUCT, run
from twitchbayes.engine.structure import compile_network
from twitchbayes.engine.tree import MERGED, Tree, make_tree
from twitchbayes.errors import TooWideError
from twitchbayes.network import Network

__all__ = ["Engine", "Marginal", "Marginals", "MostProbable"]

CHUNK_ENTRIES = 2**22
"""Entries of all tables of a chunk of cases that are held at once: 32 MiB of float64."""

CHUNK_CASES = 256
"""Cases of a chunk of many marginals, at most: their messages stay in the processor's cache."""

FEW = 16
"""Cases that are answered in large cliques: with more, arithmetic takes more time than Python."""

PART_CASES = 64
"""Cases of a part on average, at least, where they are divided by what is certain in them."""

COSTLY = 2**20
"""Multiplications of a plan from which on it pays to look at the numbers of the tables."""

SAVING = 4
"""So many times fewer multiplications make it worth to take tables apart."""

MOST_PLANS = 512
"""Plans that an engine keeps; then it begins anew."""

GENERAL_ENTRIES = 2**17
"""A tree for any evidence is used where its tables have no more entries: planning anew for what is
observed would take longer than it saves."""

SAFE = 660.0
"""Positive numbers between exp(-SAFE) and exp(SAFE), about 1e-286 and 1e286, are far from the ends
of float64."""

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


@dataclass(frozen=True)
class Marginals:
    """The posteriors of many variables, each by itself, for every case.

    Attributes:
        probabilities: per variable, by position, shape (cases, states), summing to one for every
            case; zeros where the evidence is impossible.
        log_evidence: ln P(evidence), shape (cases,); minus infinity where it is impossible.
    """

    probabilities: Mapping[int, NDArray[np.float64]]
    log_evidence: NDArray[np.float64]


@dataclass(frozen=True)
class MostProbable:
    """The most probable states of all variables together, for every case.

    Attributes:
        states: number of each variable's state, shape (cases, variables); -1 where the evidence is
            impossible.
        log_probability: ln P(states | evidence), shape (cases,); minus infinity where the evidence
            is impossible.
    """

    states: NDArray[np.intp]
    log_probability: NDArray[np.float64]


@dataclass(frozen=True)
class _Calibrated:
    """A tree with its tables.

    Attributes:
        tree: the shapes.
        values: the tables.
        least: the logarithm of a number that no product of positive entries of different tables
            falls below.
        most: the logarithm of a number that no sum of such products exceeds.
    """

    tree: Tree
    values: Potentials
    least: float
    most: float


class Engine:
    """Exact inference on one network by variable elimination (Zhang and Poole 1994).

    Evidence is a likelihood vector per observed variable, so that hard, disjunctive and soft
    findings are one thing. Nothing that is asked changes the engine.
    """

    def __init__(self, network: Network) -> None:
        compiled = compile_network(network)
        self.variables = len(network.variables)
        self._network = network
        self.structure = compiled.structure
        self.tables = compiled.tables
        self._plans: dict[tuple[tuple[int, ...], frozenset[int], frozenset[int]], Plan] = {}
        self._maximum_trees: dict[tuple[tuple[int, ...], ...], Tree] = {}
        self._trees: dict[tuple[frozenset[int], frozenset[int]], Tree] = {}
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
        self,
        keep: Sequence[int],
        likelihoods: Mapping[int, NDArray[np.float64]],
        tables: Mapping[int, NDArray[np.float64]] | None = None,
    ) -> Marginal:
        """Returns the joint posterior of the variables `keep` for every case.

        Args:
            keep: positions of the variables asked for.
            likelihoods: per observed variable P(what was seen | state), shape (cases, states), up
                to a factor; ones for a case in which it was not observed.
            tables: of some nodes in place of the network's, shape (draws, parents..., states), as
                `draw_tables` makes them. The draws are the cases of the answer: of each likelihood
                there is one for all of them, or one per draw.

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
        drawn = tables or {}
        cases = max(_cases(likelihoods), _cases(drawn))
        states = _fixed_states(likelihoods)
        asked = [node for node in keep if node not in states]
        observed = likelihoods.keys() - states.keys()
        arrays: Sequence[NDArray[np.float64]]
        try:
            if drawn:
                plan = self.plan(asked, observed, states)
                arrays = [self._cut(node, states, drawn) for node in plan.tables]
            else:
                plan, arrays = self.ready(asked, observed, states)
        except TooWideError:
            if cases == 1 or drawn:
                raise
            # what is certain in one case cuts that case, though it does not cut all of them
            return _joined(
                [
                    self.marginal(keep, {node: v[i : i + 1] for node, v in likelihoods.items()})
                    for i in range(cases)
                ]
            )
        free = {node: likelihoods[node] for node in observed}
        try:
            answer = _in_chunks(plan, arrays, free)
        except TooWideError as cancelled:
            # the tables in one piece lose no digits, if they fit
            try:
                plan = self.plan(asked, observed, states)
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

    def marginals(
        self, nodes: Sequence[int], likelihoods: Mapping[int, NDArray[np.float64]]
    ) -> Marginals:
        """Returns the posterior of each of some variables, all from two passes.

        Args:
            nodes: positions of the variables asked for; what leads to no other is not computed.
            likelihoods: as for `marginal`.

        Raises:
            TooWideError: tables larger than memory allows would be needed.
        """
        cases = _cases(likelihoods)
        states = _fixed_states(likelihoods)
        free = {node: values for node, values in likelihoods.items() if node not in states}
        asked = tuple(node for node in dict.fromkeys(nodes) if node not in states)
        general = self._small_cliques if cases > FEW else self._large_cliques
        if cases > FEW:
            free = {node: values for node, values in free.items() if (values != 1).any()}
            parts = None if general is None else _divided(general.tree, free, states)
            if parts is not None:
                return self._part_by_part(nodes, likelihoods, parts)
        try:
            calibrated = general or self._special(asked, free, states)
        except TooWideError:
            if cases == 1:
                raise
            # what is certain in one case cuts that case, though it does not cut all of them
            return _together(
                [
                    self.marginals(nodes, {node: v[i : i + 1] for node, v in likelihoods.items()})
                    for i in range(cases)
                ]
            )
        small = calibrated is general
        asked_at_once = [asked] if small else _affordable(calibrated.tree, asked)
        # of a tree for any evidence the nodes in known states are nodes still
        fixed = states if small else {}
        arrays = calibrated.values.at(fixed)
        size = min(CHUNK_CASES, max(1, CHUNK_ENTRIES // max(1, 4 * calibrated.tree.total)))
        answer = _together(
            [
                _side_by_side(
                    [_marginals(calibrated, arrays, some, part, fixed) for some in asked_at_once]
                )
                for i in range(0, _cases(free), size)
                for part in [{n: v[i : i + size] for n, v in free.items()}]
            ]
        )
        log_evidence = np.broadcast_to(answer.log_evidence, cases)
        for node in states:
            weights = likelihoods[node][:, states[node]]
            if cases > 1 or weights[0] != 1:
                log_evidence = log_evidence + np.log(weights)
        probabilities = {}
        for node in nodes:
            if node in states:
                certain = np.zeros((cases, self.structure.cards[node]))
                certain[:, states[node]] = np.isfinite(log_evidence)
                probabilities[node] = certain
            elif len(values := answer.probabilities[node]) == cases:
                probabilities[node] = values
            else:
                shape = (cases, self.structure.cards[node])
                probabilities[node] = np.broadcast_to(values, shape)
        return Marginals(probabilities, log_evidence)

    def _part_by_part(
        self,
        nodes: Sequence[int],
        likelihoods: Mapping[int, NDArray[np.float64]],
        parts: NDArray[np.intp],
    ) -> Marginals:
        """Returns what `marginals` does, part of the cases by part; `parts` numbers them."""
        probabilities = {node: np.empty((len(parts), self.structure.cards[node])) for node in nodes}
        log_evidence = np.empty(len(parts))
        for part in np.unique(parts).tolist():
            places = np.flatnonzero(parts == part)
            answer = self.marginals(nodes, {n: v[places] for n, v in likelihoods.items()})
            log_evidence[places] = answer.log_evidence
            for node, values in answer.probabilities.items():
                probabilities[node][places] = values
        return Marginals(probabilities, log_evidence)

    @cached_property
    def _large_cliques(self) -> _Calibrated | None:
        """The tree of the whole network, for any evidence of few cases, where it is small."""
        return self._general(MERGED)

    @cached_property
    def _small_cliques(self) -> _Calibrated | None:
        """The same for many cases, which repay every multiplication that is left out."""
        return self._general(1)

    def _general(self, merged: int) -> _Calibrated | None:
        scopes = [(*parents, node) for node, parents in enumerate(self.structure.parents)]
        try:
            tree = make_tree(scopes, self.structure.cards, GENERAL_ENTRIES, merged)
        except TooWideError:
            return None
        return _calibrated(tree, self.tables) if tree.total <= GENERAL_ENTRIES else None

    def _special(
        self, asked: Sequence[int], observed: Collection[int], states: Mapping[int, int]
    ) -> _Calibrated:
        """Returns the tree of what matters, the nodes in known states cut out."""
        nodes = sorted(self.structure.ancestors((*asked, *observed, *states)))
        question = (frozenset(nodes), frozenset(states))
        tree = self._trees.get(question)
        if tree is None:
            if len(self._trees) >= MOST_PLANS:
                self._trees.clear()
            scopes = [
                tuple(n for n in (*self.structure.parents[node], node) if n not in states)
                for node in nodes
            ]
            tree = self._trees[question] = make_tree(
                scopes, self.structure.cards, MAX_JOINT, MERGED
            )
        return _calibrated(tree, [self._cut(node, states) for node in nodes])

    def most_probable(self, likelihoods: Mapping[int, NDArray[np.float64]]) -> MostProbable:
        """Returns the most probable states of all variables of the network together.

        Of equally probable ones always the same is given. Everything is done with logarithms, so
        that nothing underflows.

        Args:
            likelihoods: as for `marginal`.

        Raises:
            TooWideError: a table larger than memory allows would be needed. That may be so where
                `marginals` has an answer: a maximum cannot be taken before the sum over the hidden
                nodes of a noisy-MAX.
        """
        cases = _cases(likelihoods)
        known = _fixed_states(likelihoods)
        # a probability as such, so without the factor of soft evidence
        log_evidence = np.broadcast_to(self.marginal((), likelihoods).log_evidence, cases)
        try:
            tree, arrays = self._logarithms(known)
        except TooWideError:
            if cases == 1:
                raise
            parts = [
                self.most_probable({node: v[i : i + 1] for node, v in likelihoods.items()})
                for i in range(cases)
            ]
            return MostProbable(
                np.concatenate([part.states for part in parts]),
                np.concatenate([part.log_probability for part in parts]),
            )
        states = np.zeros((cases, len(self._network.variables)), dtype=np.intp)
        log_joint = np.zeros(cases)
        with np.errstate(divide="ignore"):
            logs = {n: np.log(v).T for n, v in likelihoods.items() if n not in known}
            for node, state in known.items():
                states[:, node] = state
                log_joint += np.log(likelihoods[node][:, state])
        size = max(1, CHUNK_ENTRIES // max(1, 2 * tree.total))
        for start in range(0, _cases(likelihoods), size):
            some = slice(start, start + size)
            best, log_best = maximise(tree, arrays, {n: v[:, some] for n, v in logs.items()})
            log_joint[some] += log_best
            for node, of_node in best.items():
                states[some, node] = of_node
        possible = np.isfinite(log_evidence)
        states[~possible] = -1
        log_probability = np.full(cases, -np.inf)
        np.subtract(log_joint, log_evidence, out=log_probability, where=possible)
        # rounding must not make it more than certain
        return MostProbable(states, np.minimum(log_probability, 0.0))

    def _logarithms(
        self, known: Mapping[int, int]
    ) -> tuple[Tree, Sequence[Sequence[NDArray[np.float64]]]]:
        """Returns the tree of the network's own variables, and what is added in its cliques."""
        factors: list[LogFactor] = []
        for node, variable in enumerate(self._network.variables):
            if isinstance(variable.distribution, NoisyMax):
                factors += noisy_factors(self._network, variable, variable.distribution, known)
            else:
                family = (*self.structure.parents[node], node)
                with np.errstate(divide="ignore"):
                    values = np.log(self._cut(node, known))
                factors.append((tuple(n for n in family if n not in known), values))
        scopes = tuple(scope for scope, _ in factors)
        tree = self._maximum_trees.get(scopes)
        if tree is None:
            if len(self._maximum_trees) >= MOST_PLANS:
                self._maximum_trees.clear()
            tree = make_tree(scopes, self.structure.cards, MAX_JOINT, MERGED)
            self._maximum_trees[scopes] = tree
        return tree, aligned(tree, [values for _, values in factors])

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
        return [self._cut(node, states) for node in plan.tables]

    def _cut(
        self,
        node: int,
        states: Mapping[int, int],
        drawn: Mapping[int, NDArray[np.float64]] = MappingProxyType({}),
    ) -> NDArray[np.float64]:
        table = drawn.get(node, self.tables[node])
        family = (*self.structure.parents[node], node)
        if states.keys().isdisjoint(family):
            return table
        return table[(..., *(states.get(member, slice(None)) for member in family))]


def _cases(likelihoods: Mapping[int, NDArray[Any]]) -> int:
    return max((len(values) for values in likelihoods.values()), default=1)


def _fixed_states(likelihoods: Mapping[int, NDArray[np.float64]]) -> dict[int, int]:
    """Returns the nodes that are in one and the same certain state in every case."""
    states = {}
    for node, values in likelihoods.items():
        if np.count_nonzero(values) == len(values):
            state = int(values[0].argmax())
            if len(values) == 1 or (values[:, state] > 0).all():
                states[node] = state
    return states


def _joined(parts: Sequence[Marginal]) -> Marginal:
    if len(parts) == 1:
        return parts[0]
    return Marginal(
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.log_evidence for part in parts]),
    )


def _divided(
    tree: Tree, likelihoods: Mapping[int, NDArray[np.float64]], states: Mapping[int, int]
) -> NDArray[np.intp] | None:
    """Returns a division of the cases by the state of one variable, None if that saves little.

    What is certain and the same in all cases of a part makes the tables of that part smaller.

    Args:
        tree: for any evidence.
        likelihoods: per observed node, shape (cases, states).
        states: the nodes in known states, the same in all cases.
    """
    saved = dict.fromkeys(sorted(likelihoods), 0.0)
    total = 0
    for clique in tree.cliques:
        size = math.prod(tree.cards[node] for node in clique.scope if node not in states)
        total += size
        for node in clique.scope:
            if node in saved:
                saved[node] += size - size / tree.cards[node]
    cases = _cases(likelihoods)
    for node in sorted(saved, key=lambda n: -saved[n]):
        card = tree.cards[node]
        if saved[node] < total / 4 or cases < PART_CASES * (card + 1):
            break
        values = likelihoods[node]
        certain = np.count_nonzero(values, axis=1) == 1
        if certain.any():
            return np.where(certain, values.argmax(axis=1), card)
    return None


def _affordable(tree: Tree, asked: Sequence[int]) -> list[Sequence[int]]:
    """Returns the nodes asked for in groups, each of which memory allows to be answered at once.

    Raises:
        TooWideError: even a single one would need more.
    """
    peak = tree.peak(tree.needed(asked))
    if peak <= MAX_PEAK:
        return [asked]
    if len(asked) < 2:
        raise TooWideError(
            f"exact inference here needs {8 * peak:,} bytes of tables at once (induced width "
            f"{tree.width}), more than {8 * MAX_PEAK:,}; give the states of some variables that "
            "join many others",
            tree.width,
            tree.largest,
        )
    # neighbours in the tree need the same messages
    asked = sorted(asked, key=lambda node: (tree.home[node], node))
    middle = len(asked) // 2
    return _affordable(tree, asked[:middle]) + _affordable(tree, asked[middle:])


def _side_by_side(parts: Sequence[Marginals]) -> Marginals:
    """Returns the answers about different nodes in the same cases as one."""
    probabilities: dict[int, NDArray[np.float64]] = {}
    for part in parts:
        probabilities |= part.probabilities
    return Marginals(probabilities, parts[0].log_evidence)


def _together(parts: Sequence[Marginals]) -> Marginals:
    if len(parts) == 1:
        return parts[0]
    return Marginals(
        {
            node: np.concatenate([part.probabilities[node] for part in parts])
            for node in parts[0].probabilities
        },
        np.concatenate([part.log_evidence for part in parts]),
    )


def _calibrated(tree: Tree, tables: Sequence[NDArray[np.float64]]) -> _Calibrated:
    least = sum(math.log(min(1.0, _least(table))) for table in tables)
    most = sum(math.log(tree.cards[node]) for node in tree.home)
    return _Calibrated(tree, potentials(tree, tables), least, most)


def _least(values: NDArray[np.float64]) -> float:
    """Returns the smallest positive entry; one if there is none."""
    return float(np.min(values, where=values > 0, initial=1.0))


def _marginals(
    calibrated: _Calibrated,
    arrays: Sequence[Sequence[NDArray[np.float64]]],
    asked: Sequence[int],
    likelihoods: Mapping[int, NDArray[np.float64]],
    fixed: Collection[int],
) -> Marginals:
    """Runs both passes, as simply as is certain to lose no digit."""
    tree = calibrated.tree
    peaks = {node: _peak(values) for node, values in likelihoods.items()}
    log_peaks = sum((np.log(peak[:, 0]) for peak in peaks.values()), np.zeros(1))
    cases = _cases(likelihoods)
    starts = np.cumsum([0, *(tree.cards[node] for node in asked[:-1])])
    repeats = [tree.cards[node] for node in asked]

    def normalised(found: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Returns one array of shape (states of all nodes, cases), each node summing to one."""
        if not asked:
            return np.zeros((0, cases))
        if cases > 1:
            found = [np.broadcast_to(values, (len(values), cases)) for values in found]
        flat = np.concatenate(found)
        total = np.add.reduceat(flat, starts)
        normal: NDArray[np.float64] = flat / np.repeat(
            np.where(total > 0, total, 1.0), repeats, axis=0
        )
        return normal

    try:
        with np.errstate(under="raise"):
            scaled = {n: (values / peaks[n]).T for n, values in likelihoods.items()}
            least = calibrated.least + sum(math.log(_least(values)) for values in scaled.values())
            plain = least > -SAFE and calibrated.most < SAFE
            arithmetic = PLAIN if plain else CAREFUL
            found, log_evidence = calibrate(tree, arrays, scaled, asked, arithmetic, fixed)
            flat = normalised(found)
    except FloatingPointError:
        with np.errstate(divide="ignore", under="ignore"):
            logs = {n: (np.log(v) - np.log(peaks[n])).T for n, v in likelihoods.items()}
            log_arrays = [[np.log(array) for array in of_clique] for of_clique in arrays]
            found, log_evidence = calibrate(tree, log_arrays, logs, asked, LOGARITHMS, fixed)
            highest = [values.max(axis=0) for values in found]
            found = [
                np.exp(values - np.where(np.isfinite(peak), peak, 0.0))
                for values, peak in zip(found, highest, strict=True)
            ]
            flat = normalised(found)
    possible = np.isfinite(log_evidence)
    if not possible.all():
        flat = np.where(possible, flat, 0.0)
    probabilities = {
        node: flat[start : start + states].T
        for node, start, states in zip(asked, starts.tolist(), repeats, strict=False)
    }
    return Marginals(probabilities, log_evidence + log_peaks)


def _in_chunks(
    plan: Plan,
    tables: Sequence[NDArray[np.float64]],
    likelihoods: Mapping[int, NDArray[np.float64]],
) -> Marginal:
    """Runs a plan on so many cases at a time as fit; what there is one of is for all of them."""
    per_case = [
        table.ndim > len(scope) and len(table) > 1
        for table, scope in zip(tables, plan.scopes, strict=False)
    ]
    drawn = max((len(t) for t, moves in zip(tables, per_case, strict=True) if moves), default=1)
    # what is formed block by block for one case is not for several
    size = max(1, CHUNK_ENTRIES // max(plan.peak, plan.largest))
    return _joined(
        [
            _marginal(
                plan,
                [t[part] if moves else t for t, moves in zip(tables, per_case, strict=True)],
                {n: v[part] if len(v) > 1 else v for n, v in likelihoods.items()},
            )
            for start in range(0, max(drawn, _cases(likelihoods)), size)
            for part in [slice(start, start + size)]
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
