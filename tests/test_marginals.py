"""All marginals from two passes, against brute force, one query at a time, and pyAgrum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyagrum as gum
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_engine import chain, grid, long_odds, table
from test_oracles import random_evidence, weights

import naive
import strategies
import twitchbayes as tb
from oracles import agrum_network, agrum_values, public_file
from twitchbayes.engine import Engine, code_likelihoods
from twitchbayes.engine.tree import make_tree

ROADS = st.sampled_from(
    ["general", "special", "careful", "logarithms", "nothing held", "careful special"]
)


def take(road: str, patch: pytest.MonkeyPatch) -> None:
    """Sends every network down one of the roads that sizes and numbers choose between."""
    if "special" in road:
        patch.setattr("twitchbayes.engine.marginals.GENERAL_ENTRIES", 0)
    if "careful" in road or road == "logarithms":
        patch.setattr("twitchbayes.engine.two_passes.SAFE", 0.0)
    if road == "logarithms":
        patch.setattr("twitchbayes.engine.two_passes.CAREFUL", Lost())
    if road == "nothing held":
        patch.setattr("twitchbayes.engine.calibration.HELD", 0)


class Lost:
    """An arithmetic that loses digits at once."""

    def __getattr__(self, name: str) -> Any:
        raise FloatingPointError


@given(st.data(), ROADS, st.sampled_from([1, 2**8]))
def test_all_marginals_agree_with_brute_force(data: st.DataObject, road: str, merged: int) -> None:
    """Every form of evidence, several cases at once, any set of variables asked for."""
    network = data.draw(strategies.networks())
    cases = [data.draw(strategies.evidence(network)) for _ in range(data.draw(st.integers(1, 3)))]
    read = [strategies.weights_of(network, case) for case in cases]
    place = network.position
    observed = {
        place[name]: np.array(
            [one.get(name, [1.0] * len(network.variable(name).states)) for one in read]
        )
        for name in {name for one in read for name in one}
    }
    names = data.draw(st.lists(st.sampled_from(list(place)), unique=True))
    with pytest.MonkeyPatch.context() as patch:
        take(road, patch)
        patch.setattr("twitchbayes.engine.marginals.MERGED", merged)
        patch.setattr("twitchbayes.engine.marginals.FEW", data.draw(st.sampled_from([0, 16])))
        patch.setattr("twitchbayes.engine.parting.CLIQUE", data.draw(st.sampled_from([0.0, 1e4])))
        if data.draw(st.booleans()):
            # whatever stands in one table is one node
            patch.setattr("twitchbayes.engine.compounds.SPARSE", 1.0)
            patch.setattr("twitchbayes.engine.compounds.SAVING", math.inf)
        answer = Engine(network).marginals([place[name] for name in names], observed)
    assert set(answer.probabilities) == {place[name] for name in names}
    for case, one in enumerate(read):
        _, total = naive.posterior(network, [], one)
        at = case if len(answer.log_evidence) > 1 else 0
        assert answer.log_evidence[at] == pytest.approx(
            math.log(total) if total else -math.inf, abs=1e-9
        )
        for name in names:
            expected, _ = naive.posterior(network, [name], one)
            np.testing.assert_allclose(
                answer.probabilities[place[name]][at], expected, rtol=0, atol=1e-12
            )


@pytest.mark.parametrize(
    "name",
    ["leg_twitch", "asia", "alarm", "child", "hepar2", "insurance", "win95pts", "barley", "water"],
)
def test_all_marginals_of_public_networks_agree_with_pyagrum(name: str) -> None:
    model = tb.load(name if name in ("leg_twitch", "asia") else public_file(name))
    network = model.network
    inference = gum.LazyPropagation(agrum_network(network))
    rng = np.random.default_rng(11)
    for _ in range(3):
        given_ = random_evidence(network, rng)
        assumed = {v.name: v.default for v in network.variables if v.default is not None}
        inference.setEvidence(weights(network, assumed | given_))
        inference.makeInference()
        ours = model.marginals(None, given_)
        assert list(ours.index.names) == ["variable", "state"]
        for variable in network.variables:
            of_this = ours[variable.name]
            assert tuple(of_this.index) == variable.states
            theirs = agrum_values(inference.posterior(variable.name))
            np.testing.assert_allclose(of_this, theirs, rtol=0, atol=1e-9)


def test_marginals_assume_and_include_what_query_does(leg_twitch: tb.DiagnosticModel) -> None:
    found = {"age": 34, "timing": ["falling_asleep", "any_time"], "pain": "none"}
    all_at_once = leg_twitch.marginals(None, found)
    assert all_at_once["setting", "primary_care"] == 1.0, "the default, assumed"
    assert all_at_once["timing"].loc[["falling_asleep", "any_time"]].sum() == pytest.approx(1)
    for name in ("cause", "sex", "timing", "emg"):
        asked = leg_twitch.query(name, found)
        np.testing.assert_allclose(all_at_once[name], asked, rtol=0, atol=1e-12)
    by_keyword = leg_twitch.marginals(**found)
    assert by_keyword.equals(all_at_once)


def test_marginals_of_impossible_evidence_name_the_conflict(asia: tb.DiagnosticModel) -> None:
    with pytest.raises(tb.ImpossibleEvidenceError, match="cannot go together"):
        asia.marginals(tub="yes", either="no")


def test_impossible_evidence_is_told_in_its_own_case_only(asia: tb.DiagnosticModel) -> None:
    place = asia.network.position
    observed = {
        place["tub"]: np.array([[0.0, 1.0], [0.0, 1.0]]),
        place["either"]: np.array([[1.0, 0.0], [0.0, 1.0]]),
    }
    answer = asia.engine.marginals(range(8), observed)
    assert np.isneginf(answer.log_evidence[0])
    assert not any(values[0].any() for values in answer.probabilities.values())
    expected = asia.marginals(tub="yes", either="yes")
    for node, name in enumerate(asia.variables):
        np.testing.assert_allclose(answer.probabilities[node][1], expected[name], atol=1e-12)


@pytest.mark.parametrize("length", [500, 3000])
def test_hundreds_of_findings_do_not_underflow_any_marginal(length: int) -> None:
    model = tb.DiagnosticModel(chain(length, [[0.9, 0.1], [0.2, 0.8]]))
    found = {f"v{i}": {"a": 1e-3, "b": 1e-5} for i in range(length)}
    everything = model.marginals(None, found)
    asked = [f"v{i}" for i in (0, 1, length // 2, length - 1)]
    for name in asked:
        np.testing.assert_allclose(everything[name], model.query(name, found), atol=1e-12)


def test_no_marginal_is_lost_where_the_ways_to_it_are_very_unlikely() -> None:
    network = long_odds()
    model = tb.DiagnosticModel(network)
    found = dict.fromkeys(model.variables[1:322], "yes")
    everything = model.marginals(None, found)
    assert everything["cause", "a"] == pytest.approx(model.query("cause", found)["a"], rel=1e-10)
    last = model.query("e322", found)
    np.testing.assert_allclose(everything["e322"], last, rtol=1e-10)


def test_tables_of_1e_300_keep_their_digits() -> None:
    """Two of them are beyond float64 together, and the answer is not."""
    tiny = 1e-300
    causes = (
        tb.Variable("a", ("no", "yes"), table(({}, tiny))),
        tb.Variable("b", ("no", "yes"), table(({}, 3 * tiny))),
    )
    both = tb.Variable(
        "c", ("no", "yes"), table(({}, 0.0), ({"a": "yes", "b": "yes"}, 0.5)), ("a", "b")
    )
    d = tb.Variable("d", ("no", "yes"), table(({}, 0.25), ({"c": "yes"}, tiny)), ("c",))
    network = tb.Network("t", "T", "0", (*causes, both, d), sources=(strategies.SOURCE,))
    answer = Engine(network).marginals(
        range(4), {2: np.array([[0.0, 1.0]]), 3: np.array([[0.25, 1.0]])}
    )
    assert answer.log_evidence[0] == pytest.approx(
        math.log(3 * 0.5 * 0.25) + 2 * math.log(tiny), rel=1e-12
    )
    assert answer.probabilities[0][0].tolist() == [0.0, 1.0]
    assert answer.probabilities[3][0, 1] == pytest.approx(4 * tiny, rel=1e-12)


def test_many_cases_are_cut_into_chunks_that_change_nothing(
    leg_twitch: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    codes = np.array([rng.integers(-1, c, 70) for c in leg_twitch.engine.structure.cards[:75]]).T
    codes[rng.random(codes.shape) < 0.8] = -1
    observed = code_likelihoods(codes, leg_twitch.engine.structure.cards)
    nodes = range(len(leg_twitch.variables))
    whole = leg_twitch.engine.marginals(nodes, observed)
    monkeypatch.setattr("twitchbayes.engine.piecewise.PIECE_CASES", 7)
    chunks = leg_twitch.engine.marginals(nodes, observed)
    np.testing.assert_allclose(chunks.log_evidence, whole.log_evidence, rtol=1e-12)
    for node in nodes:
        np.testing.assert_allclose(
            chunks.probabilities[node], whole.probabilities[node], rtol=0, atol=1e-12
        )
        alone = leg_twitch.engine.marginal([node], {n: v[5:6] for n, v in observed.items()})
        np.testing.assert_allclose(
            whole.probabilities[node][5], alone.probabilities[0], rtol=0, atol=1e-12
        )


def test_what_memory_does_not_allow_at_once_is_answered_in_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine(grid(8))
    monkeypatch.setattr("twitchbayes.engine.marginals.GENERAL_ENTRIES", 0)
    findings = {63: np.array([[0.3, 0.7]])}
    trees = []
    monkeypatch.setattr(
        "twitchbayes.engine.marginals.make_tree",
        lambda *given, **named: trees.append(make_tree(*given, **named)) or trees[-1],
    )
    expected = engine.marginals(range(64), findings)
    tree = trees[-1]
    peaks = [tree.peak(tree.needed([node])) for node in range(64)]
    everything = tree.peak(tree.needed(range(64)))
    assert min(peaks) < max(peaks) < everything, "only needed messages are held"
    monkeypatch.setattr("twitchbayes.engine.marginals.MAX_PEAK", max(peaks))
    in_groups = engine.marginals(range(64), findings)
    np.testing.assert_allclose(in_groups.log_evidence, expected.log_evidence, rtol=1e-12)
    for node in range(64):
        np.testing.assert_allclose(
            in_groups.probabilities[node], expected.probabilities[node], rtol=0, atol=1e-12
        )
    monkeypatch.setattr("twitchbayes.engine.marginals.MAX_PEAK", max(peaks) - 1)
    with pytest.raises(tb.TooWideError, match=r"bytes of tables at once \(induced width"):
        engine.marginals(range(64), findings)


def test_a_batch_too_wide_for_one_tree_is_answered_case_by_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = grid(6)
    monkeypatch.setattr("twitchbayes.engine.marginals.GENERAL_ENTRIES", 0)
    codes = np.full((2, 36), -1)
    codes[0, [i for i in range(36) if (i // 6 + i) % 2]] = 1
    codes[1, [i for i in range(36) if not (i // 6 + i) % 2]] = 0
    observed = code_likelihoods(codes, [2] * 36)
    expected = Engine(network).marginals(range(36), observed)
    monkeypatch.setattr("twitchbayes.engine.marginals.MAX_JOINT", 2**4)
    answer = Engine(network).marginals(range(36), observed)
    for node in range(36):
        np.testing.assert_allclose(
            answer.probabilities[node], expected.probabilities[node], rtol=0, atol=1e-12
        )
