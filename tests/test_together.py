"""Many coded cases of a large network, summed out together: as each alone, to the last digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
import twitchbayes as tb
from oracles import drawn, public_file
from twitchbayes.engine import Batch, Engine, code_likelihoods
from twitchbayes.engine.separation import connected, connected_in_each
from twitchbayes.engine.together import Together

Answer = tuple[np.ndarray, np.ndarray, np.ndarray]


def some_cases(data: st.DataObject, network: tb.Network, keep: list[int], cases: int) -> np.ndarray:
    """Any codes, mostly a few that come again and again, so that cases have much in common."""
    seed = data.draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    cards = Engine(network).structure.cards
    codes = np.array([[rng.integers(-1, cards[n]) for n in range(len(network.variables))]] * cases)
    for row in codes[1:]:
        place = rng.integers(len(row))
        row[place] = rng.integers(-1, cards[place])
    codes[:, keep] = -1
    return codes


def cases_of_andes(cases: int, seed: int) -> tuple[Engine, np.ndarray]:
    """Simulated ones, in which the first variable is not observed."""
    network = tb.load(public_file("andes")).network
    codes = drawn(network, cases, np.random.default_rng(seed))
    codes[:, 0] = -1
    return Engine(network), codes


def assert_as_alone(engine: Engine, keep: list[int], codes: np.ndarray, answer: Answer) -> None:
    probabilities, possible, answered = answer
    for case in np.flatnonzero(answered).tolist():
        found = engine.separated(keep, codes[case])
        assert found is not None
        assert found[1] == possible[case]
        np.testing.assert_allclose(probabilities[case], found[0], rtol=0, atol=1e-12)


@given(st.data())
def test_cases_summed_out_together_are_answered_as_each_alone(data: st.DataObject) -> None:
    """Any network, zeros and impossible findings among them; one or two variables asked for."""
    network = data.draw(strategies.networks())
    keep = data.draw(st.permutations(range(len(network.variables))).map(lambda some: some[:2]))
    codes = some_cases(data, network, keep, 12)
    engine = Engine(network)
    answer = engine.separated_together(keep, codes)
    assert answer[2].all()
    assert_as_alone(engine, keep, codes, answer)


@pytest.mark.parametrize("name", ["andes", "munin1", "pigs"])
def test_batches_of_large_networks_are_answered_as_each_case_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated cases, and some with findings that were changed, which may be impossible."""
    network = tb.load(public_file(name)).network
    rng = np.random.default_rng(2)
    engine = Engine(network)
    codes = drawn(network, 120, rng)
    target = int(rng.choice(len(network.variables)))
    codes[:, target] = -1
    for changed, row in enumerate(codes):
        for place in rng.choice(np.flatnonzero(row >= 0), changed % 3, replace=False):
            row[place] = rng.integers(engine.structure.cards[place])
    monkeypatch.setattr("twitchbayes.engine.together.ENOUGH", 0.9)
    answer = engine.separated_together([target], codes)
    assert answer[2].mean() > 0.9
    assert_as_alone(engine, [target], codes, answer)
    probabilities, possible = Batch(engine).posteriors([target], codes)
    np.testing.assert_array_equal(possible[answer[2]], answer[1][answer[2]])
    np.testing.assert_array_equal(probabilities[answer[2]], answer[0][answer[2]])


def test_what_a_case_is_answered_beside_changes_no_bit() -> None:
    engine, codes = cases_of_andes(300, seed=3)
    every, _, answered = engine.separated_together([0], codes)
    assert answered.all()
    for some in (slice(7), slice(7, 40), slice(40, None, 3)):
        found, _, _ = engine.separated_together([0], codes[some])
        np.testing.assert_array_equal(found, every[some])


BOUNDS = {
    "gathering.MOST_ENTRIES": 4,
    "together.MOST_HELD": 300,
    "together.HELD_PER_CASE": 1,
    "together.FIRST_CASES": 1,
    "together.ENOUGH": 2.0,
    "gathering.BLOCK": 1,
    "gathering.LARGE": 1,
    "gathering.SMALL": 1,
    "together.MOST_NODES": 2,
    "together.MOST_ENTRIES": 1,
    "together.MOST_NUMBER": 1,
    "separated.BLOCK": 5,
}


@pytest.mark.parametrize("name", BOUNDS)
@given(st.data())
def test_no_bound_of_what_is_summed_out_together_changes_a_posterior(
    name: str, data: st.DataObject
) -> None:
    """What is answered is so with any bound; what is not is left to be asked alone."""
    network = data.draw(strategies.networks())
    keep = data.draw(st.permutations(range(len(network.variables))).map(lambda some: some[:1]))
    codes = some_cases(data, network, keep, 12)
    expected, possible, every = Engine(network).separated_together(keep, codes)
    assert every.all()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(f"twitchbayes.engine.{name}", BOUNDS[name])
        found, fits, answered = Engine(network).separated_together(keep, codes)
    assert len(answered) == len(codes)
    np.testing.assert_allclose(found[answered], expected[answered], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(fits[answered], possible[answered])


def test_what_is_too_large_to_be_summed_out_together_is_answered_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, codes = cases_of_andes(100, seed=4)
    expected, _ = Batch(engine).posteriors([0], codes)
    monkeypatch.setattr("twitchbayes.engine.gathering.MOST_ENTRIES", 16)
    assert not engine.separated_together([0], codes)[2].any()
    monkeypatch.setattr("twitchbayes.engine.together.ENOUGH", 0.0)
    assert 0 < engine.separated_together([0], codes)[2].mean() < 1
    found, possible = Batch(engine).posteriors([0], codes)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert possible.all()
    monkeypatch.setattr("twitchbayes.engine.together.HELD_PER_CASE", 1)
    assert not engine.separated_together([0], codes)[2].any()
    found, _ = Batch(engine).posteriors([0], codes)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_cases_that_take_too_much_memory_are_answered_half_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, codes = cases_of_andes(64, seed=5)
    expected = engine.separated_together([0], codes)
    monkeypatch.setattr("twitchbayes.engine.together.FIRST_CASES", 2)
    monkeypatch.setattr("twitchbayes.engine.together.HELD_PER_CASE", 20_000)
    monkeypatch.setattr("twitchbayes.engine.together.MOST_HELD", 20_000)
    sizes = []

    def watched(self: Together, *given: Any) -> Any:
        found = summed_out(self, *given)
        sizes.append((given[-1].shape[1], found is not None))
        return found

    summed_out = Together._summed_out
    monkeypatch.setattr(Together, "_summed_out", watched)
    found = engine.separated_together([0], codes)
    assert sizes[:2] == [(2, True), (62, False)]
    assert sum(size for size, done in sizes if done) == 64
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_small_products_are_scaled_together_and_left_alone_where_that_is_no_help(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Findings of probability 1e-200 each, alike or opposed: their product is no number."""
    asked = strategies.dense("t", (), np.array([0.5, 0.5]))
    first, chain = asked, [asked]
    for i in range(6):
        rare = np.array([[1 - 1e-100, 1e-100], [1 - 3e-100, 3e-100]])
        link = strategies.dense(f"x{i}", (first,), np.eye(2))
        chain += [strategies.dense(f"f{i}", (first,), rare), link]
        first = link
    opposed = [np.array([[1.0, 1e-200], [0.5, 0.5]]), np.array([[0.5, 0.5], [1.0, 3e-200]])]
    others = [strategies.dense(f"g{i}", (asked,), table) for i, table in enumerate(opposed)]
    network = strategies.made_of(*chain, *others)
    engine = Engine(network)
    names = [variable.name for variable in network.variables]
    codes = np.array(
        [
            [1 if name[0] == "f" else -1 for name in names],
            [1 if name[0] == "g" else -1 for name in names],
        ]
    )
    monkeypatch.setattr("twitchbayes.engine.together.ENOUGH", 0.5)
    probabilities, possible, answered = engine.separated_together([names.index("t")], codes)
    assert answered.tolist() == [True, False]
    assert possible[0]
    odds = 3.0**6
    np.testing.assert_allclose(probabilities[0], [1 / (1 + odds), odds / (1 + odds)], rtol=1e-12)


@given(st.data())
def test_what_is_connected_is_found_in_all_cases_at_once(data: st.DataObject) -> None:
    network = data.draw(strategies.networks())
    keep = data.draw(st.permutations(range(len(network.variables))).map(lambda some: some[:2]))
    codes = some_cases(data, network, keep, data.draw(st.integers(1, 20)))
    structure = Engine(network).structure
    known = np.zeros((len(codes), len(structure.cards)), dtype=np.intp)
    known[:, : codes.shape[1]] = codes + 1
    found = connected_in_each(structure, keep, known)
    for tables, of_case in zip(found.T, known, strict=True):
        assert np.flatnonzero(tables).tolist() == connected(structure, keep, of_case)


def test_impossible_cases_of_a_batch_are_zeros_where_others_have_an_answer() -> None:
    network = tb.load(public_file("pigs")).network
    engine = Engine(network)
    codes = drawn(network, 80, np.random.default_rng(6))
    codes[:, 0] = -1
    rng = np.random.default_rng(7)
    for row in codes[::2]:
        places = rng.choice(np.flatnonzero(row >= 0), 12, replace=False)
        row[places] = rng.integers(3, size=12)
    found, possible = Batch(engine).posteriors([0], codes)
    expected = np.array(
        [
            np.isfinite(
                engine.marginal(
                    [0], code_likelihoods(row[None], engine.structure.cards)
                ).log_evidence[0]
            )
            for row in codes
        ]
    )
    np.testing.assert_array_equal(possible, expected)
    assert 0 < np.count_nonzero(~possible) <= 40
    np.testing.assert_array_equal(found[~possible], 0.0)
    np.testing.assert_allclose(found[possible].sum(axis=1), 1.0, rtol=1e-12)


def test_a_joint_too_large_is_left_to_other_roads() -> None:
    """Three nodes of 70 states have 343,000 combinations."""
    network = strategies.made_of(
        *[strategies.dense(name, (), np.full(70, 1 / 70)) for name in "abc"],
        strategies.dense("x", (), np.array([0.5, 0.5])),
    )
    codes = np.full((70, 4), -1)
    codes[:, 3] = 0
    _, _, answered = Engine(network).separated_together([0, 1, 2], codes)
    assert not answered.any()
