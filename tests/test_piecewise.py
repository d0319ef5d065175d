"""All marginals of many cases: parts, pieces, and nodes that zeros bind taken as one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_engine import table

import naive
import strategies
import twitchbayes as tb
from twitchbayes.engine import Engine, code_likelihoods
from twitchbayes.engine.compounds import Compounds, bound
from twitchbayes.engine.likelihoods import columns_of
from twitchbayes.engine.parting import parts
from twitchbayes.engine.piecewise import with_compounds
from twitchbayes.engine.structure import Compiled, compile_network
from twitchbayes.engine.threads import all_done
from twitchbayes.engine.tree import Tree, make_tree
from twitchbayes.engine.two_passes import Tabled


def whole_tree(compiled: Compiled) -> Tree:
    structure = compiled.structure
    return make_tree(structure.families, structure.cards, 2**20, 1)


def compounds_of(model: tb.DiagnosticModel) -> Compounds | None:
    compiled = compile_network(model.network)
    return bound(whole_tree(compiled), compiled.structure.families, compiled.tables)


def some_codes(model: tb.DiagnosticModel, cases: int, missing: float) -> np.ndarray:
    rng = np.random.default_rng(3)
    cards = [len(variable.states) for variable in model.network.variables]
    codes = np.array([rng.integers(0, card, cases) for card in cards]).T
    codes[rng.random(codes.shape) < missing] = -1
    return codes


def test_messages_down_are_not_written_over(asia: tb.DiagnosticModel) -> None:
    """One finding in all cases and another in every second: as each case by itself."""
    cards = asia.engine.structure.cards
    nodes = range(len(cards))
    for same, mixed in itertools.permutations(nodes, 2):
        for states in itertools.product(range(cards[same]), range(cards[mixed])):
            codes = np.full((20, len(cards)), -1)
            codes[:, same], codes[::2, mixed] = states
            together = asia.engine.marginals(nodes, code_likelihoods(codes, cards))
            for case in (0, 1):
                likelihoods = code_likelihoods(codes[case : case + 1], cards)
                alone = asia.engine.marginals(nodes, likelihoods)
                for found, expected in zip(
                    together.probabilities.values(), alone.probabilities.values(), strict=True
                ):
                    np.testing.assert_allclose(found[case], expected[0], rtol=0, atol=1e-12)


@given(st.data())
def test_a_batch_agrees_with_brute_force_however_it_is_divided(data: st.DataObject) -> None:
    """Any pattern of missing values, impossible cases among others, zeros taken out or not."""
    network = data.draw(strategies.networks(most=5))
    cards = [len(variable.states) for variable in network.variables]
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    codes = np.array([rng.integers(0, card, 24) for card in cards]).T
    codes[rng.random(codes.shape) < rng.choice([0.2, 0.5, 0.9])] = -1
    # some are in the same state in all cases, and some are not observed in any
    for node, kind in enumerate(rng.choice(["mixed", "same", "silent"], len(cards))):
        if kind != "mixed":
            codes[:, node] = codes[0, node] if kind == "same" else -1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twitchbayes.engine.parting.CLIQUE", data.draw(st.sampled_from([0.0, 1e4])))
        patch.setattr("twitchbayes.engine.piecewise.PIECE_CASES", data.draw(st.integers(2, 30)))
        patch.setattr("twitchbayes.engine.calibration.HELD", data.draw(st.sampled_from([0, 2**22])))
        if data.draw(st.booleans()):
            patch.setattr("twitchbayes.engine.compounds.SPARSE", 1.0)
            patch.setattr("twitchbayes.engine.compounds.SAVING", math.inf)
        engine = Engine(network)
        answer = engine.marginals(range(len(cards)), code_likelihoods(codes, cards))
        alone = engine.marginals(range(len(cards)), code_likelihoods(codes[:1], cards))
    joint = naive.joint(network)
    for case, row in enumerate(codes):
        # the states that are seen are all that is left
        index = tuple(slice(c, c + 1) if c >= 0 else slice(None) for c in row.tolist())
        left = np.zeros_like(joint)
        left[index] = joint[index]
        total = left.sum()
        ours = case if len(answer.log_evidence) > 1 else 0
        assert answer.log_evidence[ours] == pytest.approx(
            math.log(total) if total else -math.inf, abs=1e-9
        )
        for node in range(len(cards)):
            expected = left.sum(axis=tuple(n for n in range(len(cards)) if n != node))
            expected = expected / total if total else expected
            found = answer.probabilities[node][ours]
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
            if not case:
                of_one = alone.probabilities[node][0]
                np.testing.assert_allclose(found, of_one, rtol=0, atol=1e-12)


def test_what_an_infection_is_and_the_cause_are_one_node(leg_twitch: tb.DiagnosticModel) -> None:
    compiled = compile_network(leg_twitch.network)
    tree = whole_tree(compiled)
    plain = Tabled(tree, compiled.tables)
    tabled = with_compounds(plain, compiled)
    (members,) = tabled.compounds.members.values()
    place = leg_twitch.network.position
    assert {place["cause"], place["infection_type"]} <= set(members)
    (states,) = tabled.compounds.states.values()
    assert len(states) < 20, "of 52 combinations of cause and type, few are possible"
    assert tabled.tree.total < 0.7 * tree.total
    roots = {i for i, clique in enumerate(tabled.tree.cliques) if clique.parent < 0}
    assert roots <= tabled.tree.closed, "the sum of everything is one"
    observed = code_likelihoods(
        some_codes(leg_twitch, 30, 0.8), [len(v.states) for v in leg_twitch.network.variables]
    )
    nodes = range(len(leg_twitch.variables))
    apart, together = (some.marginals(nodes, observed, {}) for some in (plain, tabled))
    np.testing.assert_allclose(together.log_evidence, apart.log_evidence, rtol=1e-12)
    for node in nodes:
        np.testing.assert_allclose(
            together.probabilities[node], apart.probabilities[node], rtol=0, atol=1e-12
        )


def test_a_network_without_zeros_has_no_compounds() -> None:
    a = tb.Variable("a", ("no", "yes"), table(({}, 0.25)))
    b = tb.Variable("b", ("no", "yes"), table(({}, 0.5), ({"a": "yes"}, 0.75)), ("a",))
    network = tb.Network("t", "T", "0", (a, b), sources=(strategies.SOURCE,))
    assert compounds_of(tb.DiagnosticModel(network)) is None


def table_of(*rows: dict[str, float] | tuple[dict[str, str], dict[str, float]]) -> tb.Table:
    """Probabilities per row, the conditions before them given as a mapping."""
    read = [row if isinstance(row, tuple) else ({}, row) for row in rows]
    return tb.Table(
        tuple(
            tb.Row(
                tuple((parent, (state,)) for parent, state in when.items()),
                tuple((state, strategies.estimate(p)) for state, p in of_states.items()),
            )
            for when, of_states in read
        )
    )


def kinds() -> tuple[tb.Network, Compounds]:
    """An illness of three states, each with kinds of its own: three combinations of nine."""
    illness = tb.Variable("illness", ("a", "b", "c"), table_of({"a": 0.5, "b": 0.3, "c": 0.2}))
    rows = [
        ({"illness": state}, {f"kind_{kind}": float(kind == state) for kind in "abc"})
        for state in "abc"
    ]
    kind = tb.Variable("kind", ("kind_a", "kind_b", "kind_c"), table_of(*rows), ("illness",))
    sign = tb.Variable(
        "sign", ("no", "yes"), table(({}, 0.25), ({"kind": "kind_b"}, 0.75)), ("kind", "illness")
    )
    network = tb.Network("t", "T", "0", (illness, kind, sign), sources=(strategies.SOURCE,))
    compounds = compounds_of(tb.DiagnosticModel(network))
    assert compounds is not None
    return network, compounds


def test_soft_findings_of_both_members_of_a_compound_do_not_underflow() -> None:
    network, compounds = kinds()
    assert list(compounds.members.values()) == [(0, 1)]
    soft = np.array([1.0, 1e-200, 0.0])
    observed = {0: np.tile(soft, (20, 1)), 1: np.tile(soft[[2, 1, 0]], (20, 1))}
    observed[0][1] = [1.0, 0.5, 0.0]
    answer = Engine(network).marginals(range(3), observed)
    for case, weight in ((0, 1e-200), (1, 0.5)):
        assert answer.log_evidence[case] == pytest.approx(
            math.log(0.3) + math.log(weight) + math.log(1e-200), rel=1e-12
        )
        assert answer.probabilities[0][case].tolist() == [0.0, 1.0, 0.0]
        np.testing.assert_allclose(answer.probabilities[2][case], [0.25, 0.75], atol=1e-12)


@pytest.mark.parametrize("divided", [False, True])
def test_members_of_a_compound_that_contradict_each_other_are_impossible(
    monkeypatch: pytest.MonkeyPatch, divided: bool
) -> None:
    network, _ = kinds()
    monkeypatch.setattr("twitchbayes.engine.parting.CLIQUE", 0.0 if divided else 1e9)
    codes = np.tile([0, 1, -1], (40, 1))
    codes[::2] = [0, 0, -1]
    answer = Engine(network).marginals(range(3), code_likelihoods(codes, (3, 3, 2)))
    assert np.isneginf(answer.log_evidence[1::2]).all()
    np.testing.assert_allclose(answer.log_evidence[::2], math.log(0.5))
    for node, expected in enumerate(([1, 0, 0], [1, 0, 0], [0.75, 0.25])):
        assert not answer.probabilities[node][1::2].any()
        np.testing.assert_allclose(answer.probabilities[node][::2], [expected] * 20)


def test_parts_hold_every_case_once_and_what_is_certain_in_them(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    tabled = leg_twitch.engine._many._small_cliques
    assert tabled is not None
    cards = leg_twitch.engine.structure.cards
    codes = some_codes(leg_twitch, 5000, 0.5)
    observed = code_likelihoods(codes, cards)
    found = list(parts(tabled.tree, tabled.compounds, observed, {}))
    assert len(found) > 3, "that pays"
    every = np.concatenate([part.places for part in found])
    assert sorted(every.tolist()) == list(range(5000))
    for part in found:
        for node, state in part.states.items():
            assert (codes[part.places, node] == state).all()
    few = {node: values[:20] for node, values in observed.items()}
    assert len(list(parts(tabled.tree, tabled.compounds, few, {}))) == 1, "that does not pay"


def test_threads_change_no_bit_of_a_batch(
    leg_twitch: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = leg_twitch.engine
    observed = code_likelihoods(some_codes(leg_twitch, 1500, 0.6), engine.structure.cards)
    nodes = range(len(leg_twitch.variables))
    used: list[int] = []

    def noted(do: Callable[[object], None], work: Iterable[object]) -> None:
        pieces = list(work)
        used.append(len(pieces))
        all_done(do, iter(pieces))

    monkeypatch.setattr("twitchbayes.engine.piecewise.all_done", noted)
    answers = []
    for processors in (1, 4):
        monkeypatch.setattr("twitchbayes.engine.threads._processors", lambda n=processors: n)
        answers.append(engine.marginals(nodes, observed))
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(engine.marginals, nodes, observed) for _ in range(4)]
        answers += [answer.result() for answer in asked]
    assert min(used) > 2
    for answer in answers[1:]:
        assert np.array_equal(answer.log_evidence, answers[0].log_evidence)
        for node in nodes:
            assert np.array_equal(answer.probabilities[node], answers[0].probabilities[node])


def test_columns_leave_out_what_says_nothing_and_take_out_the_largest() -> None:
    columns = columns_of(
        {
            0: np.array([[1.0, 1.0], [1.0, 1.0]]),
            1: np.array([[0.0, 1.0], [1.0, 1.0]]),
            2: np.array([[0.5, 2.0], [0.0, 0.0]]),
        }
    )
    assert columns.cases == 2
    assert sorted(columns.values) == [1, 2]
    assert columns.values[1].tolist() == [[0.0, 1.0], [1.0, 1.0]]
    assert columns.values[2].tolist() == [[0.25, 0.0], [1.0, 0.0]]
    np.testing.assert_allclose(columns.log_peaks, [math.log(2), 0.0])
    assert columns.least == pytest.approx(math.log(0.25))
    assert all(values.flags.c_contiguous for values in columns.values.values())
