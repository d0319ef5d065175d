"""One coded case of a large network: what is cut off is left out, and only asked if possible."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
import twitchbayes as tb
from naive import posterior
from oracles import public_file
from twitchbayes.engine import Batch, Engine, code_likelihoods
from twitchbayes.engine.cutting import Cutting
from twitchbayes.engine.relation import Relation
from twitchbayes.engine.structure import Compiled
from twitchbayes.engine.witness import Witnesses


def coded(network: tb.Network, states: dict[str, str]) -> np.ndarray:
    codes = np.full(len(network.variables), -1, dtype=np.int8)
    for name, state in states.items():
        place = network.position[name]
        codes[place] = network.variables[place].states.index(state)
    return codes


def asking(engine: Engine, tables: tuple[np.ndarray, ...]) -> Callable[[np.ndarray], bool | None]:
    """Returns what says whether codes are possible, with other tables in place of the engine's."""
    compiled = Compiled(engine.structure, tables)
    cutting = Cutting(compiled)
    witnesses = Witnesses(compiled, cutting)
    return lambda codes: witnesses.possible(cutting.case(codes), ())


@given(st.data())
def test_what_is_cut_off_changes_no_posterior(data: st.DataObject) -> None:
    """Any network, zeros and impossible findings among them; one or two variables asked for."""
    network = data.draw(strategies.networks())
    names = [variable.name for variable in network.variables]
    asked = data.draw(st.permutations(names).map(lambda some: some[:2]))
    seen = data.draw(st.sets(st.sampled_from(names)).map(lambda some: sorted(some - set(asked))))
    states = {
        name: data.draw(st.sampled_from(network.variables[network.position[name]].states))
        for name in seen
    }
    weights = {
        name: [float(s == state) for s in network.variables[network.position[name]].states]
        for name, state in states.items()
    }
    keep = [network.position[name] for name in asked]
    found = Engine(network).separated(keep, coded(network, states))
    expected, total = posterior(network, asked, weights)
    assert found is not None
    assert found[1] == (total > 0)
    expected = expected if total > 0 else np.zeros_like(expected)
    np.testing.assert_allclose(found[0], np.reshape(expected, found[0].shape), rtol=0, atol=1e-12)


@given(st.data())
def test_a_witness_is_found_where_there_is_one_and_only_there(data: st.DataObject) -> None:
    """Tables of zeros and ones by chance, every combination of findings of some nodes."""
    seed = data.draw(st.integers(0, 2**16))
    engine, tables = zeros_and_ones(seed)
    possible = asking(engine, tables)
    rng = np.random.default_rng(seed)
    observed = np.flatnonzero(rng.random(7) < 0.6)
    joint = np.ones((3,) * 7)
    for family, table in zip(engine.structure.families, tables, strict=True):
        shape = [3 if node in family else 1 for node in range(7)]
        joint = joint * table.transpose(np.argsort(family)).reshape(shape)
    for values in itertools.islice(itertools.product(range(3), repeat=len(observed)), 60):
        codes = np.full(7, -1)
        codes[observed] = values
        index = tuple(slice(None) if code < 0 else code for code in codes.tolist())
        assert possible(codes) == bool(joint[index].any())


def zeros_and_ones(seed: int) -> tuple[Engine, tuple[np.ndarray, ...]]:
    """Seven nodes of three states with up to two parents; many zeros, no row without an entry."""
    rng = np.random.default_rng(seed)
    variables, tables = [], []
    for node in range(7):
        parents = sorted(rng.choice(node, min(node, int(rng.integers(3))), replace=False).tolist())
        table = (rng.random((3,) * (len(parents) + 1)) < 0.4).astype(float)
        table[..., 0] += table.sum(axis=-1) == 0
        table /= table.sum(axis=-1, keepdims=True)
        tables.append(table)
        variables.append(strategies.dense(f"v{node}", tuple(variables[p] for p in parents), table))
    engine = Engine(strategies.made_of(*variables))
    return engine, engine.tables


def test_a_relation_names_what_goes_together_and_what_leaves_a_choice() -> None:
    equal = np.eye(3, dtype=bool)
    relation = Relation(equal)
    assert relation.narrowed((0b111, 0b010)) == ((0b010, 0b010), False)
    assert relation.narrowed((0b101, 0b010)).states == ()
    sums = np.zeros((2, 2, 3), dtype=bool)
    for one, other in itertools.product(range(2), repeat=2):
        sums[one, other, one + other] = True
    odd = (0b11, 0b11, 0b010)
    assert Relation(sums).narrowed(odd) == (odd, True)
    parent, first = Relation(sums).choice(odd)
    assert parent in (0, 1)
    assert first in (0b01, 0b10)


@pytest.mark.parametrize("name", ["andes", "munin1", "pigs"])
def test_large_networks_are_answered_as_the_careful_way(name: str) -> None:
    """Simulated cases, and some with findings that were changed, which may be impossible."""
    network = tb.load(public_file(name)).network
    rng = np.random.default_rng(0)
    engine = Engine(network)
    codes = drawn(network, 12, rng)
    for changed, row in enumerate(codes):
        for place in rng.choice(np.flatnonzero(row >= 0), changed % 3, replace=False):
            row[place] = rng.integers(engine.structure.cards[place])
        target = int(rng.choice(np.flatnonzero(row < 0)))
        found = engine.separated([target], row)
        careful = engine.marginal([target], code_likelihoods(row[None], engine.structure.cards))
        assert found is not None
        assert found[1] == np.isfinite(careful.log_evidence[0])
        np.testing.assert_allclose(found[0], careful.probabilities[0], rtol=0, atol=1e-12)


def drawn(network: tb.Network, cases: int, rng: np.random.Generator) -> np.ndarray:
    codes = np.full((cases, len(network.variables)), -1)
    left = list(network.variables)
    while left:
        variable = left.pop(0)
        places = [network.position[parent] for parent in variable.parents]
        if (codes[0, places] < 0).any():
            left.append(variable)
            continue
        rows = network.table(variable.name)[tuple(codes[:, places].T)]
        rows = np.broadcast_to(rows, (cases, len(variable.states)))
        states = [rng.choice(len(row), p=row / row.sum()) for row in rows]
        codes[:, network.position[variable.name]] = states
    codes[rng.random(codes.shape) < 0.5] = -1
    return codes


def test_what_is_too_large_for_this_road_is_left_to_the_careful_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = strategies.dense("t", (), np.array([0.5, 0.5]))
    middle = strategies.dense("x", (first,), np.array([[0.9, 0.1], [0.2, 0.8]]))
    last = strategies.dense("y", (middle,), np.array([[1.0, 0.0], [0.5, 0.5]]))
    engine = Engine(strategies.made_of(first, middle, last))
    seen = np.array([-1, -1, 1])
    assert engine.separated([0], seen) is not None
    monkeypatch.setattr("twitchbayes.engine.batch.Batch._looked_up", lambda *_: None)
    expected, _ = Batch(engine).posteriors([0], seen[None])
    monkeypatch.setattr("twitchbayes.engine.sums.MOST_ENTRIES", 1)
    assert engine.separated([0], seen) is None
    careful, _ = Batch(engine).posteriors([0], seen[None])
    np.testing.assert_allclose(careful, expected, rtol=0, atol=1e-12)
    possible = asking(engine, engine.tables)
    assert possible(seen) is True
    monkeypatch.setattr("twitchbayes.engine.witness.MOST_ENTRIES", 1)
    monkeypatch.setattr("twitchbayes.engine.search.MOST_ENTRIES", 1)
    possible = asking(engine, engine.tables)
    assert possible(seen) is None


def test_a_search_that_takes_back_too_many_choices_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sum of two bits is one, by three equal tables; and also that they are equal."""
    bits = [strategies.dense(f"b{i}", (), np.array([0.5, 0.5])) for i in range(2)]
    odd = np.array([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    network = strategies.made_of(
        *bits,
        strategies.dense("odd", tuple(bits), odd),
        strategies.dense("even", tuple(bits), odd[..., ::-1].copy()),
    )
    engine = Engine(network)
    possible = asking(engine, engine.tables)
    codes = np.array([-1, -1, 1, 1])
    assert possible(codes) is False
    assert possible(np.array([-1, -1, 1, 0])) is True
    monkeypatch.setattr("twitchbayes.engine.search.MOST_TAKEN_BACK", 0)
    assert possible(codes) is None


def test_messages_are_scaled_where_many_small_factors_meet() -> None:
    """A chain with 150 findings of probability 1e-3: their product is below any float."""
    first = strategies.dense("t", (), np.array([0.5, 0.5]))
    chain, before = [first], first
    for i in range(150):
        link = strategies.dense(f"x{i}", (before,), np.array([[0.9, 0.1], [0.2, 0.8]]))
        rare = np.array([[0.999, 0.001], [0.998, 0.002]])
        chain += [link, strategies.dense(f"f{i}", (link,), rare)]
        before = link
    network = strategies.made_of(*chain)
    engine = Engine(network)
    codes = coded(network, {f"f{i}": "s1" for i in range(150)})
    found = engine.separated([0], codes)
    careful = engine.marginal([0], code_likelihoods(codes[None], engine.structure.cards))
    assert found is not None
    np.testing.assert_allclose(found[0], careful.probabilities[0], rtol=0, atol=1e-12)
