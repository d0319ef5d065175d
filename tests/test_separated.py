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
from oracles import drawn, public_file
from twitchbayes.engine import Batch, Engine, code_likelihoods
from twitchbayes.engine.cutting import Cutting
from twitchbayes.engine.relation import Relation
from twitchbayes.engine.separated import Separated
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
    nothing = np.zeros(len(tables), dtype=bool)
    return lambda codes: witnesses.possible(cutting.case(codes), nothing)


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


@pytest.mark.parametrize("name", ["few_entries", "large", "factors"])
@given(st.data())
def test_no_bound_of_the_sums_changes_a_posterior(name: str, data: st.DataObject) -> None:
    """An order for every case; the smaller factors multiplied first; no more than three at once."""
    bounds = {
        "few_entries": ("FEW_ENTRIES", 0),
        "large": ("LARGE", 1),
        "factors": ("MOST_FACTORS", 3),
    }
    network = data.draw(strategies.networks())
    engine = Engine(network)
    cards = engine.structure.cards
    codes = np.array(
        [data.draw(st.integers(-1, cards[n] - 1)) for n in range(len(network.variables))]
    )
    keep = data.draw(st.permutations(range(len(codes))).map(lambda nodes: nodes[:2]))
    codes[keep] = -1
    expected = engine.separated(keep, codes)
    assert expected is not None
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(f"twitchbayes.engine.sums.{bounds[name][0]}", bounds[name][1])
        found = Engine(network).separated(keep, codes)
    assert found is not None
    assert found[1] == expected[1]
    np.testing.assert_allclose(found[0], expected[0], rtol=0, atol=1e-12)


@given(st.data())
def test_what_a_search_gives_up_is_summed_out(data: st.DataObject) -> None:
    """No choice may be taken back, or no table is looked at: possible is what it was before."""
    engine, tables = zeros_and_ones(data.draw(st.integers(0, 2**16)))
    codes = np.array([data.draw(st.integers(-1, 2)) for _ in range(7)])
    target = data.draw(st.integers(0, 6))
    codes[target] = -1
    careful = engine.marginal([target], code_likelihoods(codes[None], engine.structure.cards))
    bound = data.draw(st.sampled_from(["MOST_TAKEN_BACK", "MOST_ENTRIES"]))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(f"twitchbayes.engine.search.{bound}", 0)
        found = Separated(Compiled(engine.structure, tables)).posterior([target], codes)
    assert found is not None
    assert found[1] == np.isfinite(careful.log_evidence[0])
    np.testing.assert_allclose(found[0], careful.probabilities[0], rtol=0, atol=1e-12)


def test_numbers_tell_what_is_known_of_a_table_apart() -> None:
    """Each number stands for one table with the same states cut out, in any case."""
    engine, tables = zeros_and_ones(3)
    cutting = Cutting(Compiled(engine.structure, tables))
    meant = {}
    rng = np.random.default_rng(3)
    for codes in rng.integers(-1, 3, (300, 7)):
        case = cutting.case(codes)
        for node, factor in enumerate(cutting.factors(case, range(7))):
            family = engine.structure.families[node]
            known = node, *codes[list(family)].tolist()
            assert meant.setdefault(int(case.numbers[node]), known) == known
            index = tuple(slice(None) if codes[n] < 0 else codes[n] for n in family)
            free = [n for n in family if codes[n] < 0]
            axes = [free.index(n) for n in factor.scope]
            np.testing.assert_array_equal(factor.values, tables[node][index].transpose(axes))


def test_the_last_code_of_128_states_is_known_as_such() -> None:
    """One more than 127 is no number of eight bits."""
    engine, tables = zeros_and_ones(3)
    cutting = Cutting(Compiled(engine.structure, tables))
    assert (cutting.case(np.full(7, 127, dtype=np.int8)).known[:7] == 128).all()


def test_what_is_kept_changes_no_bit() -> None:
    network = tb.load(public_file("andes")).network
    codes = drawn(network, 40, np.random.default_rng(1))
    codes[:, 0] = -1
    engine = Engine(network)
    first = [engine.separated([0], row) for row in codes]
    for row, expected in zip(codes, first, strict=True):
        again, anew = engine.separated([0], row), Engine(network).separated([0], row)
        assert again is not None
        assert anew is not None
        assert expected is not None
        np.testing.assert_array_equal(again[0], expected[0])
        np.testing.assert_array_equal(anew[0], expected[0])


def test_impossible_findings_are_found_far_from_what_is_asked() -> None:
    """A long chain of copies, its ends seen in different states, cut off by a finding."""
    asked = strategies.dense("t", (), np.array([0.5, 0.5]))
    cut = strategies.dense("cut", (asked,), np.array([[0.5, 0.5], [0.1, 0.9]]))
    chain = [strategies.dense("x0", (cut,), np.full((2, 3), 1 / 3))]
    for i in range(1, 40):
        chain.append(strategies.dense(f"x{i}", (chain[-1],), np.eye(3)))
    network = strategies.made_of(asked, cut, *chain)
    engine = Engine(network)
    same = engine.separated([0], coded(network, {"cut": "s1", "x0": "s2", "x39": "s2"}))
    other = engine.separated([0], coded(network, {"cut": "s1", "x0": "s2", "x39": "s1"}))
    assert same is not None
    assert other is not None
    assert same[1]
    assert not other[1]
    np.testing.assert_allclose(same[0], np.array([5 / 14, 9 / 14]), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(other[0], np.zeros(2))


@pytest.mark.parametrize("states", [61, 62, 63, 70])
def test_nodes_of_many_states_have_possible_and_impossible_findings(states: int) -> None:
    """More states than a whole number of NumPy has bits: the sum of two is what is seen."""
    some = np.full(states, 1 / states)
    asked = strategies.dense("t", (), np.array([0.5, 0.5]))
    cause = strategies.dense("x", (), some)
    copy = strategies.dense("y", (cause,), np.eye(states))
    last = np.zeros((states, 2))
    last[:, 0] = 1.0
    last[-1] = 0, 1
    seen = strategies.dense("z", (copy,), last)
    network = strategies.made_of(asked, cause, copy, seen)
    engine = Engine(network)
    for state, possible in ((states - 1, True), (states - 2, False)):
        found = engine.separated([0], coded(network, {"x": f"s{state}", "z": "s1"}))
        assert found is not None
        assert found[1] == possible


def test_products_of_small_numbers_lose_no_digits() -> None:
    """Findings of probability 1e-200 each: scaled, where their product is no number.

    Where one factor says 1e-200 of the first state and another one of the second, scaling does not
    help, and the careful way is gone.
    """
    asked = strategies.dense("t", (), np.array([0.5, 0.5]))
    rare = np.array([[1 - 1e-200, 1e-200], [1 - 3e-200, 3e-200]])
    opposed = [np.array([[1.0, 1e-200], [0.5, 0.5]]), np.array([[0.5, 0.5], [1.0, 3e-200]])]
    for tables, expected, scaled in (([rare] * 4, 1 / 82, True), (opposed, 1 / 4, False)):
        findings = [strategies.dense(f"f{i}", (asked,), table) for i, table in enumerate(tables)]
        engine = Engine(strategies.made_of(asked, *findings))
        codes = np.array([-1] + [1] * len(tables))
        found = engine.separated([0], codes)
        assert (found is not None) == scaled
        if found is not None:
            np.testing.assert_allclose(found[0], [expected, 1 - expected], rtol=0, atol=1e-12)
        posterior, possible = Batch(engine).posteriors([0], np.array([codes, codes]))
        np.testing.assert_allclose(posterior, [[expected, 1 - expected]] * 2, rtol=0, atol=1e-12)
        assert possible.all()


def test_a_product_of_many_factors_is_formed_some_at_a_time() -> None:
    """A hundred findings of one cause are more than `einsum` takes."""
    asked = strategies.dense("t", (), np.array([0.5, 0.5]))
    table = np.array([[0.6, 0.4], [0.5, 0.5]])
    findings = [strategies.dense(f"f{i}", (asked,), table) for i in range(100)]
    network = strategies.made_of(asked, *findings)
    codes = coded(network, {f"f{i}": f"s{i % 2}" for i in range(100)})
    found = Engine(network).separated([0], codes)
    odds = (0.6 * 0.4 / 0.25) ** 50
    assert found is not None
    np.testing.assert_allclose(found[0], [odds / (1 + odds), 1 / (1 + odds)], rtol=1e-12)
