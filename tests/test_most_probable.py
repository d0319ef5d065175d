"""The most probable states of all variables: brute force, and pgmpy."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_engine import chain, fan, grid, long_odds, table
from test_oracles import random_evidence

import naive
import strategies
import twitchbayes as tb
from oracles import public_file
from twitchbayes.engine import Engine
from twitchbayes.io import import_pgmpy, network_to_pgmpy


def weighted_joint(network: tb.Network, weights: dict[str, list[float]]) -> np.ndarray:
    product = naive.joint(network)
    for axis, variable in enumerate(network.variables):
        shape = [1] * product.ndim
        shape[axis] = len(variable.states)
        product = product * np.array(weights.get(variable.name, [1.0] * shape[axis])).reshape(shape)
    return product


@given(st.data())
def test_most_probable_states_agree_with_brute_force(data: st.DataObject) -> None:
    """Noisy-MAX among them; every form of evidence; several cases; the narrowest bound."""
    network = data.draw(strategies.networks())
    cases = [data.draw(strategies.evidence(network)) for _ in range(data.draw(st.integers(1, 3)))]
    read = [strategies.weights_of(network, case) for case in cases]
    observed = {
        network.position[name]: np.array(
            [one.get(name, [1.0] * len(network.variable(name).states)) for one in read]
        )
        for name in {name for one in read for name in one}
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twitchbayes.engine.maximum.MERGED", data.draw(st.sampled_from([1, 2**8])))
        patch.setattr(
            "twitchbayes.engine.evaluation.CHUNK_ENTRIES", data.draw(st.sampled_from([1, 2**22]))
        )
        best = Engine(network).most_probable(observed)
    for case, one in enumerate(read):
        joint = weighted_joint(network, one)
        at = case if len(best.states) > 1 else 0
        if not joint.any():
            assert np.isneginf(best.log_probability[at])
            assert (best.states[at] == -1).all()
            continue
        assert joint[tuple(best.states[at])] == pytest.approx(joint.max(), rel=1e-12)
        assert best.log_probability[at] == pytest.approx(
            math.log(joint.max() / joint.sum()), abs=1e-9
        )


@pytest.mark.parametrize("name", ["asia", "cancer", "earthquake", "survey", "sachs"])
def test_most_probable_states_agree_with_pgmpy(name: str) -> None:
    model = tb.load(public_file(name))
    elimination = import_pgmpy("inference").VariableElimination(network_to_pgmpy(model.network))
    rng = np.random.default_rng(4)
    for _ in range(2):
        given_ = {
            name: state
            for name, state in random_evidence(model.network, rng).items()
            if isinstance(state, str)
        }
        best = model.most_probable(given_)
        asked = [name for name in model.variables if name not in given_]
        theirs = elimination.map_query(asked, evidence=given_, show_progress=False)
        assert best.states[list(given_)].to_dict() == given_
        assert log_joint(model, dict(best.states)) == pytest.approx(
            log_joint(model, theirs | given_), abs=1e-9
        )
        together = (
            log_joint(model, dict(best.states))
            - model.engine.marginal(
                (), {model.network.position[n]: eye(model, n, s) for n, s in given_.items()}
            ).log_evidence
        )
        assert best.log_probability == pytest.approx(together[0], abs=1e-9)


@pytest.mark.parametrize("name", ["alarm", "child", "insurance", "leg_twitch"])
def test_no_change_of_two_states_is_more_probable(name: str) -> None:
    """Where there are too many combinations to go through all: the neighbours of the best."""
    model = tb.load(name if name == "leg_twitch" else public_file(name))
    rng = np.random.default_rng(8)
    given_ = {
        name: state
        for name, state in random_evidence(model.network, rng).items()
        if isinstance(state, str)
    }
    best = model.most_probable(given_)
    tables = {v.name: model.network.table(v.name) for v in model.network.variables}
    states = {name: model.states(name).index(state) for name, state in best.states.items()}
    children = {
        name: {v.name for v in model.network.variables if name in (v.name, *v.parents)}
        for name in model.variables
    }

    def log_local(changed: dict[str, int], about: set[str]) -> float:
        now = states | changed
        cells = (
            tables[n][(*(now[p] for p in model.network.by_name[n].parents), now[n])] for n in about
        )
        return sum(math.log(cell) if cell else -math.inf for cell in cells)

    assumed = {v.name for v in model.network.variables if v.default is not None}
    free = [name for name in model.variables if name not in given_ and name not in assumed]
    for one, other in itertools.combinations(free, 2):
        about = children[one] | children[other]
        now = log_local({}, about)
        for i, j in itertools.product(
            range(len(model.states(one))), range(len(model.states(other)))
        ):
            assert log_local({one: i, other: j}, about) <= now + 1e-9


def eye(model: tb.DiagnosticModel, name: str, state: str) -> np.ndarray:
    return np.array([[float(state == other) for other in model.states(name)]])


def log_joint(model: tb.DiagnosticModel, states: dict[str, str]) -> float:
    total = 0.0
    for variable in model.network.variables:
        cell = [
            model.states(name).index(states[name]) for name in (*variable.parents, variable.name)
        ]
        total += math.log(model.network.table(variable.name)[tuple(cell)])
    return total


def test_the_ways_to_a_noisy_or_are_summed_before_the_maximum() -> None:
    """Every single way to "yes" is less probable than "no"; all of them together are not."""
    roots = tuple(tb.Variable(n, ("no", "yes"), table(({}, 1.0))) for n in "abc")
    links = tuple(
        tb.Row(((name, ("yes",)),), (("yes", strategies.estimate(0.25)),)) for name in "abc"
    )
    leak = tb.Row((), (("yes", strategies.estimate(0.0)),))
    child = tb.Variable("child", ("no", "yes"), tb.NoisyMax(links, leak), ("a", "b", "c"))
    network = tb.Network("n", "N", "0", (*roots, child), sources=(strategies.SOURCE,))
    best = tb.DiagnosticModel(network).most_probable()
    assert best.states["child"] == "yes"
    assert best.probability == pytest.approx(1 - 0.75**3, rel=1e-12)


def wide_or(parents: int) -> tb.Network:
    roots = tuple(
        tb.Variable(f"p{i}", ("no", "yes"), table(({}, 0.1 if i else 0.9))) for i in range(parents)
    )
    links = tuple(
        tb.Row(((root.name, ("yes",)),), (("yes", strategies.estimate(0.5)),)) for root in roots
    )
    leak = tb.Row((), (("yes", strategies.estimate(0.01)),))
    child = tb.Variable(
        "child", ("no", "yes"), tb.NoisyMax(links, leak), tuple(root.name for root in roots)
    )
    return tb.Network("wide", "Wide", "0", (*roots, child), "p0", sources=(strategies.SOURCE,))


def test_a_noisy_or_of_many_parents_needs_its_table_only_where_it_is_not_absent() -> None:
    model = tb.DiagnosticModel(wide_or(30))
    best = model.most_probable(child="no")
    assert best.states["p0"] == "yes", "0.9 * 0.5 is more than 0.1"
    assert (best.states.drop(["p0"]) == "no").all()
    expected = (0.45 / 0.55) * (0.9 / 0.95) ** 29
    assert best.probability == pytest.approx(expected, rel=1e-12)
    with pytest.raises(tb.TooWideError, match=r"full table of child, a noisy-MAX of 30 parents"):
        model.most_probable(child="yes")
    known = {f"p{i}": "no" for i in range(5, 30)}
    best = model.most_probable(known, child="yes")
    assert best.states[["p0", "p1", "child"]].tolist() == ["yes", "no", "yes"]
    few = tb.DiagnosticModel(wide_or(5)).most_probable(child="yes")
    assert best.probability == pytest.approx(few.probability, rel=1e-12)


def test_hundreds_of_findings_do_not_underflow_the_most_probable_states() -> None:
    model = tb.DiagnosticModel(chain(3000, [[0.9, 0.1], [0.1, 0.9]]))
    best = model.most_probable({f"v{i}": {"a": 1e-9, "b": 2e-9} for i in range(0, 3000, 2)})
    assert set(best.states) == {"b"}
    assert best.log_probability < -50
    assert "<0.1%" in repr(best)
    unasked = model.most_probable()
    assert unasked.log_probability == pytest.approx(math.log(0.5) + 2999 * math.log(0.9), rel=1e-12)
    long = tb.DiagnosticModel(long_odds())
    found = dict.fromkeys(long.variables[1:], "yes")
    assert long.most_probable(found).states["cause"] == "b"
    assert long.most_probable(found).probability == pytest.approx(1 / 1.01, rel=1e-9)


def test_tables_of_1e_300_are_told_apart() -> None:
    tiny = 1e-300
    a = tb.Variable("a", ("no", "yes"), table(({}, 0.5)))
    b = tb.Variable("b", ("no", "yes"), table(({}, tiny), ({"a": "yes"}, 2 * tiny)), ("a",))
    c = tb.Variable("c", ("no", "yes"), table(({}, tiny), ({"a": "yes"}, tiny)), ("a",))
    network = tb.Network("t", "T", "0", (a, b, c), sources=(strategies.SOURCE,))
    best = tb.DiagnosticModel(network).most_probable(b="yes", c="yes")
    assert best.states["a"] == "yes"
    assert best.probability == pytest.approx(2 / 3, rel=1e-9)


def test_the_same_of_equals_is_taken_each_time() -> None:
    even = table(({}, 0.5))
    network = tb.Network(
        "e",
        "E",
        "0",
        tuple(tb.Variable(name, ("no", "yes"), even) for name in "abc"),
        sources=(strategies.SOURCE,),
    )
    best = tb.DiagnosticModel(network).most_probable()
    assert best.states.tolist() == ["no", "no", "no"]
    assert best.probability == pytest.approx(0.125)


def test_most_probable_assumes_and_says_what_diagnose_does(
    leg_twitch: tb.DiagnosticModel, asia: tb.DiagnosticModel
) -> None:
    best = leg_twitch.most_probable(age=34, timing="falling_asleep", pain="none")
    assert best.states.index.tolist() == list(leg_twitch.variables)
    assert best.states["setting"] == "primary_care"
    assert best.states["timing"] == "falling_asleep"
    assert best.network == f"leg_twitch {leg_twitch.network.version}"
    assert "not a medical device" in repr(best)
    with pytest.raises(tb.ImpossibleEvidenceError, match="tub=yes, either=no cannot go together"):
        asia.most_probable(tub="yes", either="no")


def test_a_batch_too_wide_for_one_plan_is_answered_case_by_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine(grid(4))
    even = {i for i in range(16) if (i // 4 + i) % 2}
    hard = np.array([[0.0, 1.0]])
    whole = [
        engine.most_probable(dict.fromkeys(nodes, hard)) for nodes in (even, set(range(16)) - even)
    ]
    observed = {i: np.where(np.array([[i in even], [i not in even]]), hard, 1.0) for i in range(16)}
    monkeypatch.setattr("twitchbayes.engine.maximum.MAX_JOINT", 2**3)
    together = engine.most_probable(observed)
    for row, one in enumerate(whole):
        np.testing.assert_array_equal(together.states[row], one.states[0])
        assert together.log_probability[row] == pytest.approx(one.log_probability[0], rel=1e-12)


def test_one_effect_of_several_noisy_ors_agrees_with_all_combinations() -> None:
    network = fan(3, 3)
    model = tb.DiagnosticModel(network)
    found = {"e0": "yes", "e1": "yes", "e2": "no"}
    best = model.most_probable(found)
    joint = weighted_joint(network, strategies.weights_of(network, dict(found)))
    assert best.probability == pytest.approx(joint.max() / joint.sum(), rel=1e-12)
    states = [v.states.index(best.states[v.name]) for v in network.variables]
    assert joint[tuple(states)] == pytest.approx(joint.max(), rel=1e-12)
