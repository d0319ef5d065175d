"""The engine against brute force, and against itself by other roads."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import naive
import strategies
import twitchbayes as tb
from oracles import public_file
from twitchbayes.engine import Batch, Engine, code_likelihoods
from twitchbayes.engine.coded import Coded
from twitchbayes.engine.condensed import FACTOR
from twitchbayes.engine.laying_out import MOST_TABLES
from twitchbayes.engine.lookups import Lookups, Question
from twitchbayes.engine.order import elimination_order
from twitchbayes.evidence import likelihoods, read_findings


@given(st.data())
def test_posteriors_agree_with_brute_force(data: st.DataObject) -> None:
    network = data.draw(strategies.networks())
    names = [variable.name for variable in network.variables]
    targets = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    given_ = data.draw(strategies.evidence(network))
    model = tb.DiagnosticModel(network)
    expected, total = naive.posterior(network, targets, strategies.weights_of(network, given_))
    assume(total > 0)
    answer = model.marginal(targets, read_findings(network, given_))
    np.testing.assert_allclose(answer.probabilities[0], expected, rtol=0, atol=1e-12)
    assert answer.log_evidence[0] == pytest.approx(math.log(total), abs=1e-9)
    asked = model.query(targets, given_)
    assert list(asked.index.names) == targets
    np.testing.assert_allclose(asked.to_numpy(), expected.ravel(), rtol=0, atol=1e-12)


@given(st.data())
def test_tables_agree_with_their_definition(data: st.DataObject) -> None:
    network = data.draw(strategies.networks())
    for variable in network.variables:
        np.testing.assert_allclose(
            network.table(variable.name), naive.table(network, variable.name), rtol=0, atol=1e-12
        )


@given(st.data())
def test_impossible_evidence_is_found_and_its_conflict_is_smallest(data: st.DataObject) -> None:
    network = data.draw(strategies.networks())
    given_ = data.draw(strategies.evidence(network))
    weights = strategies.weights_of(network, given_)
    _, total = naive.posterior(network, [], weights)
    model = tb.DiagnosticModel(network)
    target = network.variables[0].name
    if total > 0:
        assert model.query(target, given_).sum() == pytest.approx(1)
        return
    with pytest.raises(tb.ImpossibleEvidenceError) as caught:
        model.query(target, given_)
    conflict = [name for name, _ in caught.value.conflict]
    assert naive.posterior(network, [], {n: weights[n] for n in conflict})[1] == 0
    for smaller in itertools.combinations(weights, len(conflict) - 1):
        assert naive.posterior(network, [], {n: weights[n] for n in smaller})[1] > 0


@given(st.data())
def test_a_batch_agrees_with_its_cases_one_by_one(data: st.DataObject) -> None:
    network = data.draw(strategies.networks())
    model = tb.DiagnosticModel(network)
    target = str(network.target)
    cases = data.draw(st.integers(1, 6))
    columns = {
        v.name: data.draw(
            st.lists(st.sampled_from([None, *v.states]), min_size=cases, max_size=cases)
        )
        for v in network.variables
        if v.name != target
    }
    frame = pd.DataFrame(columns, index=[f"case {i}" for i in range(cases)], dtype=object)
    rows = [dict(zip(frame.columns, row, strict=True)) for row in frame.to_numpy()]
    answers = []
    for row in rows:
        try:
            answers.append(model.diagnose(row).posterior.to_numpy())
        except tb.ImpossibleEvidenceError:
            with pytest.raises(tb.ImpossibleEvidenceError, match="case 'case"):
                model.diagnose_frame(frame)
            return
    together = model.diagnose_frame(frame)
    assert list(together.index) == list(frame.index)
    assert tuple(together.columns) == model.causes
    np.testing.assert_allclose(together.to_numpy(), answers, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(together.to_numpy(), model.posteriors(model.encode(frame)))


@given(st.data())
def test_the_order_of_elimination_does_not_matter(data: st.DataObject) -> None:
    """The same network declared in another order is planned in another order."""
    network = data.draw(strategies.networks())
    given_ = data.draw(strategies.evidence(network, but=str(network.target)))
    assume(naive.posterior(network, [], strategies.weights_of(network, given_))[1] > 0)
    shuffled = tb.Network(
        network.name,
        network.title,
        network.version,
        tuple(data.draw(st.permutations(network.variables))),
        target=network.target,
        sources=network.sources,
    )
    one = tb.DiagnosticModel(network).diagnose(given_)
    other = tb.DiagnosticModel(shuffled).diagnose(dict(reversed(given_.items())))
    np.testing.assert_allclose(one.posterior, other.posterior, rtol=0, atol=1e-12)
    assert one.log_evidence == pytest.approx(other.log_evidence, abs=1e-9)


def chain(length: int, forward: list[list[float]]) -> tb.Network:
    """v0 -> v1 -> ... with the same two-state table everywhere."""
    variables = [
        tb.Variable(
            "v0",
            ("a", "b"),
            tb.Table((tb.Row((), (("a", strategies.estimate(0.5)),)),)),
        )
    ]
    for i in range(1, length):
        rows = [
            tb.Row(
                ((f"v{i - 1}", (state,)),),
                tuple((s, strategies.estimate(p)) for s, p in zip("ab", row, strict=True)),
            )
            for state, row in zip("ab", forward, strict=True)
        ]
        variables.append(tb.Variable(f"v{i}", ("a", "b"), tb.Table(tuple(rows)), (f"v{i - 1}",)))
    return tb.Network("chain", "Chain", "0", tuple(variables), "v0", sources=(strategies.SOURCE,))


def test_thousands_of_nodes_and_findings_do_not_underflow_or_recurse() -> None:
    network = chain(3000, [[0.9, 0.1], [0.1, 0.9]])
    model = tb.DiagnosticModel(network)
    alternating = {f"v{i}": "ab"[i % 2] for i in range(1, 3000)}
    dx = model.diagnose(alternating)
    expected = math.log(0.5 * 0.1 + 0.5 * 0.9) + 2998 * math.log(0.1)
    assert dx.log_evidence == pytest.approx(expected, rel=1e-12)
    assert dx.posterior["a"] == pytest.approx(0.1, abs=1e-12)


def test_the_smallest_conflict_is_named_though_a_larger_one_is_met_first() -> None:
    """a and b and not c cannot be, as c follows from both; nor can d without c."""
    half = ({}, 0.5)
    sure = ({}, 0.0)
    network = tb.Network(
        "pair",
        "Pair",
        "0",
        (
            tb.Variable("a", ("no", "yes"), table(half)),
            tb.Variable("b", ("no", "yes"), table(half)),
            tb.Variable(
                "c", ("no", "yes"), table(half, ({"a": "yes", "b": "yes"}, 1.0)), ("a", "b")
            ),
            tb.Variable("d", ("no", "yes"), table(sure, ({"c": "yes"}, 0.5)), ("c",)),
        ),
        sources=(strategies.SOURCE,),
    )
    with pytest.raises(tb.ImpossibleEvidenceError) as caught:
        tb.DiagnosticModel(network).query("a", a="yes", b="yes", c="no", d="yes")
    assert caught.value.conflict == (("c", "no"), ("d", "yes"))


def test_a_conflict_is_found_among_a_thousand_findings() -> None:
    """Nothing ever changes along the chain, so a and b cannot both be found."""
    model = tb.DiagnosticModel(chain(3000, [[1.0, 0.0], [0.0, 1.0]]))
    found = {f"v{i}": "a" for i in range(1, 3000, 3)}
    with pytest.raises(tb.ImpossibleEvidenceError, match="cannot go together") as caught:
        model.diagnose(found | {"v2999": "b"})
    assert len(caught.value.conflict) == 2
    assert ("v2999", "b") in caught.value.conflict


def test_tiny_probabilities_do_not_come_out_as_zero_or_nan() -> None:
    """Two lines of evidence whose products leave the range of float64 on the way."""
    tiny = 1e-200
    effects = [
        tb.Variable(
            f"e{i}",
            ("no", "yes"),
            tb.Table(
                tuple(
                    tb.Row((("cause", (state,)),), (("yes", strategies.estimate(p)),))
                    for state, p in zip("abc", row, strict=True)
                )
            ),
            ("cause",),
        )
        for i, row in enumerate([(1.0, tiny, tiny), (1.0, tiny, 0.5 * tiny), (0.0, 1.0, 1.0)])
    ]
    cause = tb.Variable(
        "cause",
        ("a", "b", "c"),
        tb.Table(
            (
                tb.Row(
                    (),
                    tuple(
                        (s, strategies.estimate(p))
                        for s, p in zip("abc", (0.5, 0.25, 0.25), strict=True)
                    ),
                ),
            )
        ),
    )
    network = tb.Network(
        "tiny", "Tiny", "0", (cause, *effects), "cause", sources=(strategies.SOURCE,)
    )
    dx = tb.DiagnosticModel(network).diagnose(e0="yes", e1="yes", e2="yes")
    np.testing.assert_allclose(dx.posterior, [0, 2 / 3, 1 / 3], atol=1e-12)
    assert dx.log_evidence == pytest.approx(math.log(0.25 * 1.5) + 2 * math.log(tiny), rel=1e-12)


def test_a_noisy_or_of_many_parents_is_answered_without_its_full_table(tmp_path: Path) -> None:
    """Thirty parents: the full table would have 2^31 entries."""
    parents = [
        tb.Variable(
            f"p{i}", ("no", "yes"), tb.Table((tb.Row((), (("yes", strategies.estimate(0.1)),)),))
        )
        for i in range(30)
    ]
    links = tuple(
        tb.Row(((p.name, ("yes",)),), (("yes", strategies.estimate(0.5)),)) for p in parents
    )
    leak = tb.Row((), (("yes", strategies.estimate(0.01)),))
    child = tb.Variable(
        "child", ("no", "yes"), tb.NoisyMax(links, leak), tuple(p.name for p in parents)
    )
    network = tb.Network("wide", "Wide", "0", (*parents, child), "p0", sources=(strategies.SOURCE,))
    model = tb.DiagnosticModel(network)
    none_else = 0.99 * 0.95**29
    p_yes = 1 - none_else * 0.95
    assert model.query("child")["yes"] == pytest.approx(p_yes, abs=1e-12)
    with_p0 = 0.1 * (1 - none_else * 0.5)
    assert model.diagnose(child="yes").posterior["yes"] == pytest.approx(with_p0 / p_yes, abs=1e-12)
    with pytest.raises(
        tb.FormatError, match=r"child is a noisy-MAX of 30 parents.*2,147,483,648 entries"
    ):
        model.to_pgmpy()
    with pytest.raises(tb.FormatError, match="child is a noisy-MAX of 30 parents"):
        model.save(tmp_path / "wide.uai")
    with pytest.raises(tb.FormatError, match="child is a noisy-MAX of 30 parents"):
        network.table("child")
    model.save(tmp_path / "wide.toml")
    assert tb.load(tmp_path / "wide.toml").network == network


def test_a_network_too_wide_is_refused_with_its_width_named() -> None:
    """A grid of pairs: every root is joined with every other through an observed child."""
    roots = [
        tb.Variable(
            f"r{i}", ("no", "yes"), tb.Table((tb.Row((), (("yes", strategies.estimate(0.5)),)),))
        )
        for i in range(40)
    ]
    pairs = [
        tb.Variable(
            f"c{i}_{j}",
            ("no", "yes"),
            tb.Table(
                (
                    tb.Row((), (("yes", strategies.estimate(0.4)),)),
                    tb.Row(
                        ((f"r{i}", ("yes",)), (f"r{j}", ("yes",))),
                        (("yes", strategies.estimate(0.7)),),
                    ),
                )
            ),
            (f"r{i}", f"r{j}"),
        )
        for i, j in itertools.combinations(range(40), 2)
    ]
    network = tb.Network("grid", "Grid", "0", (*roots, *pairs), "r0", sources=(strategies.SOURCE,))
    model = tb.DiagnosticModel(network)
    with pytest.raises(tb.TooWideError, match=r"induced width at least 39") as caught:
        model.diagnose({pair.name: "yes" for pair in pairs})
    assert caught.value.width == 39
    assert caught.value.entries == 2**40
    assert model.diagnose(c0_1="yes").posterior["yes"] > 0.5


def table(*rows: tuple[dict[str, str], float]) -> tb.Table:
    """P(yes) per row, the conditions given as a mapping."""
    return tb.Table(
        tuple(
            tb.Row(
                tuple((parent, (state,)) for parent, state in when.items()),
                (("yes", strategies.estimate(p)),),
            )
            for when, p in rows
        )
    )


def long_odds() -> tb.Network:
    """Evidence for b that float64 cannot hold, then as much of it for a, less one."""
    for_b = table(({"cause": "a"}, 0.0099), ({"cause": "b"}, 0.99))
    for_a = table(({"cause": "a"}, 0.99), ({"cause": "b"}, 0.0099))
    effects = [
        tb.Variable(f"e{i}", ("no", "yes"), for_b if i < 162 else for_a, ("cause",))
        for i in range(323)
    ]
    cause = tb.Variable(
        "cause", ("a", "b"), tb.Table((tb.Row((), (("a", strategies.estimate(0.5)),)),))
    )
    return tb.Network("long", "Long", "0", (cause, *effects), "cause", sources=(strategies.SOURCE,))


def test_no_state_is_lost_where_the_ways_to_it_are_very_unlikely() -> None:
    model = tb.DiagnosticModel(long_odds())
    expected = 0.0099 / (0.0099 + 0.99)
    one = dict.fromkeys(model.variables[1:], "yes")
    assert model.diagnose(one).posterior["a"] == pytest.approx(expected, abs=1e-12)
    frame = pd.DataFrame([one, {}], columns=list(one))
    together = model.diagnose_frame(frame)
    assert together["a"].tolist() == pytest.approx([expected, 0.5], abs=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 5e-324, 1.0, 1e300])
def test_the_factor_of_soft_evidence_changes_nothing_but_the_evidence(
    asia: tb.DiagnosticModel, scale: float
) -> None:
    plain = asia.diagnose(xray={"no": 0.0, "yes": 1.0}, dysp={"no": 1.0, "yes": 1.0})
    scaled = asia.diagnose(xray={"no": 0.0, "yes": scale}, dysp={"no": scale, "yes": scale})
    np.testing.assert_allclose(scaled.posterior, plain.posterior, rtol=1e-12)
    assert scaled.log_evidence == pytest.approx(plain.log_evidence + 2 * math.log(scale), rel=1e-12)


@pytest.mark.parametrize("tiny", [1e-13, 1e-17])
def test_a_noisy_or_keeps_the_digits_of_tiny_numbers(tiny: float) -> None:
    roots = [
        tb.Variable(name, ("no", "yes"), table(({}, 0.5)), kind="other") for name in ("r", "s")
    ]
    links = tuple(
        tb.Row(((name, ("yes",)),), (("yes", strategies.estimate(p)),))
        for name, p in (("r", tiny), ("s", 2 * tiny))
    )
    leak = tb.Row((), (("yes", strategies.estimate(3 * tiny)),))
    child = tb.Variable("child", ("no", "yes"), tb.NoisyMax(links, leak), ("r", "s"))
    network = tb.Network("or", "Or", "0", (*roots, child), "r", sources=(strategies.SOURCE,))
    assert network.table("child")[..., 1].ravel().tolist() == pytest.approx(
        [3 * tiny, 5 * tiny, 4 * tiny, 6 * tiny], rel=1e-12
    )
    dx = tb.DiagnosticModel(network).diagnose(child="yes")
    assert dx.posterior["yes"] == pytest.approx(10 / 18, rel=1e-12)
    assert dx.log_evidence == pytest.approx(math.log(4.5 * tiny), rel=1e-12)


def grid(side: int) -> tb.Network:
    """Each variable depends on the one above it and the one to its left."""
    variables = []
    for i, j in itertools.product(range(side), repeat=2):
        parents = [f"g{a}_{b}" for a, b in ((i - 1, j), (i, j - 1)) if a >= 0 and b >= 0]
        rows: list[tuple[dict[str, str], float]] = [({}, 0.3)]
        rows += [({parent: "yes"}, 0.6) for parent in parents[:1]]
        if len(parents) == 2:
            rows += [({parents[1]: "yes"}, 0.8), (dict.fromkeys(parents, "yes"), 0.9)]
        variables.append(tb.Variable(f"g{i}_{j}", ("no", "yes"), table(*rows), tuple(parents)))
    return tb.Network("grid", "Grid", "0", tuple(variables), "g0_0", sources=(strategies.SOURCE,))


def test_what_is_certain_cuts_the_network_apart() -> None:
    """A grid too wide to ask about its far corner, until every second variable is known."""
    network = grid(30)
    model = tb.DiagnosticModel(network)
    with pytest.raises(tb.TooWideError):
        model.query("g29_29")
    known = {
        f"g{i}_{j}": "yes" if (i * j) % 3 else "no"
        for i, j in itertools.product(range(30), repeat=2)
        if (i + j) % 2
    }
    answers = {name: model.query(name, known) for name in ("g0_0", "g2_2", "g29_29")}
    # the far corner depends on its two parents alone, and both are known to be "yes"
    assert answers["g29_29"]["yes"] == pytest.approx(0.9, abs=1e-12)
    # and what is far away says nothing about the near corner, as brute force can tell
    small = grid(3)
    near = {name: value for name, value in known.items() if name in small.by_name}
    expected, _ = naive.posterior(small, ["g0_0"], strategies.weights_of(small, near))
    np.testing.assert_allclose(answers["g0_0"], expected, rtol=0, atol=1e-12)
    frame = pd.DataFrame([known, {**known, "g1_0": None}])
    assert model.diagnose_frame(frame).iloc[0]["yes"] == pytest.approx(answers["g0_0"]["yes"])


def test_a_batch_is_answered_wherever_its_cases_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each case is cut by what is known in it, though no variable is known in both."""
    model = tb.DiagnosticModel(grid(6))
    even = {n: "yes" for n in model.variables if (int(n[1]) + int(n[3])) % 2 == 0 and n != "g0_0"}
    odd = {n: "no" for n in model.variables if (int(n[1]) + int(n[3])) % 2}
    expected = [model.diagnose(case).posterior["yes"] for case in (even, odd)]
    monkeypatch.setattr("twitchbayes.engine.plan.MAX_ENTRIES", 2**4)
    model = tb.DiagnosticModel(model.network)
    together = model.diagnose_frame(pd.DataFrame([even, odd]))
    np.testing.assert_allclose(together["yes"], expected, rtol=0, atol=1e-12)


def test_evidence_against_every_state_is_impossible_and_says_so_in_its_own_case_only(
    asia: tb.DiagnosticModel,
) -> None:
    place = asia.network.position
    weights = {place["xray"]: np.array([[0.0, 0.0], [0.0, 2.0]])}
    answer = asia.engine.marginal([place["lung"], place["xray"]], weights)
    assert np.isneginf(answer.log_evidence[0])
    assert not answer.probabilities[0].any()
    expected = asia.query(["lung", "xray"], xray=True)
    np.testing.assert_allclose(answer.probabilities[1].ravel(), expected, atol=1e-12)
    assert asia.engine.possible(weights).tolist() == [False, True]
    weights = {place["tub"]: np.array([[0.0, 1.0]]), place["either"]: np.array([[1.0, 0.0]])}
    answer = asia.engine.marginal([place["tub"]], weights)
    assert np.isneginf(answer.log_evidence[0])
    assert not answer.probabilities.any()


def test_an_answer_too_large_is_refused_though_all_of_it_is_known() -> None:
    roots = tuple(tb.Variable(f"x{i}", ("no", "yes"), table(({}, 0.5))) for i in range(40))
    sure = tb.Table((tb.Row((), (("only", strategies.estimate(1.0)),)),))
    single = tuple(tb.Variable(f"s{i}", ("only",), sure) for i in range(70))
    model = tb.DiagnosticModel(
        tb.Network("n", "N", "0", (*roots, *single), sources=(strategies.SOURCE,))
    )
    names = [root.name for root in roots]
    with pytest.raises(tb.TooWideError, match=r"joint of 40 variables has 1,099,511,627,776 ent"):
        model.query(names, dict.fromkeys(names, "no"))
    with pytest.raises(tb.TooWideError, match=r"joint of 70 variables .* and 60 variables are jo"):
        model.query([variable.name for variable in single])


def fan(effects: int, states: int) -> tb.Network:
    """Noisy-ORs of the same three causes."""
    even = strategies.estimate(1 / states)
    names = tuple(f"s{i}" for i in range(states))
    causes = tuple(
        tb.Variable(name, names, tb.Table((tb.Row((), tuple((s, even) for s in names)),)))
        for name in "abc"
    )
    links = tuple(
        tb.Row(((c.name, names[1:]),), (("yes", strategies.estimate(0.3)),)) for c in causes
    )
    leak = tb.Row((), (("yes", strategies.estimate(0.1)),))
    return tb.Network(
        "fan",
        "Fan",
        "0",
        (
            *causes,
            *(
                tb.Variable(f"e{i}", ("no", "yes"), tb.NoisyMax(links, leak), ("a", "b", "c"))
                for i in range(effects)
            ),
        ),
        sources=(strategies.SOURCE,),
    )


def test_a_plan_knows_how_much_it_holds_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large messages of one scope are multiplied as they come: forty need little more than ten."""
    plans = []
    for effects in (10, 40):
        model = tb.DiagnosticModel(fan(effects, 48))
        found = {f"e{i}": "yes" for i in range(effects)}
        plans.append(model.engine.plan([0], [], [model.network.position[name] for name in found]))
        assert plans[-1].largest >= 48**3
    assert plans[0].peak < plans[1].peak < 4 * plans[0].largest == 4 * plans[1].largest
    assert f"{8 * plans[1].peak:,} bytes" in str(plans[1])
    answer = model.query("a", found)
    fewer = tb.DiagnosticModel(fan(40, 3)).query("a", found)
    assert answer["s1"] / answer["s0"] == pytest.approx(answer["s2"] / answer["s0"], rel=1e-12), (
        "the states above the first are alike"
    )
    assert fewer.sum() == pytest.approx(1)
    monkeypatch.setattr("twitchbayes.engine.plan.MAX_PEAK", plans[1].peak - 1)
    cut = [model.network.position[name] for name in found]
    with pytest.raises(tb.TooWideError, match=r"bytes of tables at once \(induced width 3\)"):
        tb.DiagnosticModel(model.network).engine.plan([0], [], cut)


def test_weights_that_are_far_apart_do_not_rule_a_state_out() -> None:
    a = tb.Variable("a", ("no", "yes"), table(({}, 0.5)))
    b = tb.Variable("b", ("no", "yes"), table(({}, 0.5), ({"a": "yes"}, 0.0)), ("a",))
    network = tb.Network("w", "W", "0", (a, b), sources=(strategies.SOURCE,))
    asked = tb.DiagnosticModel(network).query("a", a={"no": 1e-200, "yes": 1e200}, b="yes")
    assert asked.tolist() == [1.0, 0.0]


def test_a_leak_and_a_link_too_small_to_multiply_are_not_impossible_together() -> None:
    root = tb.Variable("r", ("no", "yes"), table(({}, 0.5)))
    tiny = 1e-200
    link = tb.Row(
        (("r", ("yes",)),), (("no", strategies.estimate(tiny)), ("yes", strategies.estimate(1.0)))
    )
    leak = tb.Row((), (("no", strategies.estimate(tiny)), ("yes", strategies.estimate(1.0))))
    child = tb.Variable("c", ("no", "yes"), tb.NoisyMax((link,), leak), ("r",))
    network = tb.Network("t", "T", "0", (root, child), sources=(strategies.SOURCE,))
    model = tb.DiagnosticModel(network)
    answer = model.engine.marginal([0], {0: np.array([[0.0, 1.0]]), 1: np.array([[1.0, 0.0]])})
    assert answer.log_evidence[0] == pytest.approx(math.log(0.5) + 2 * math.log(tiny))


def test_barren_variables_are_left_out_of_the_plan(asia: tb.DiagnosticModel) -> None:
    place = asia.network.position
    plan = asia.engine.plan([place["lung"]], [])
    assert {asia.variables[node] for node in plan.tables} == {"smoke", "lung"}
    assert "width 1" in str(plan)
    assert asia.engine.plan([0, 1, 2], []).width == 2, "the answer is a table, too"
    assert "multiplications per case" in str(plan)


def test_plans_are_kept_and_the_same_question_gives_the_same_bits(asia: tb.DiagnosticModel) -> None:
    engine = Engine(asia.network)
    findings = likelihoods(
        asia.network, read_findings(asia.network, {"dysp": "yes", "asia": "yes"})
    )
    first = engine.marginal([3], findings)
    kept = engine.plan([3], [], findings)
    second = engine.marginal([3], findings)
    assert engine.plan([3], [], findings) is kept
    assert first.probabilities.tobytes() == second.probabilities.tobytes()
    assert first.log_evidence.tobytes() == second.log_evidence.tobytes()


def test_costly_orders_are_searched_for_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    network = grid(16)
    scopes = [
        (*(network.position[parent] for parent in v.parents), i)
        for i, v in enumerate(network.variables)
    ]
    found = elimination_order(scopes, [2] * 256, range(256))
    assert sorted(found.nodes) == list(range(256))
    assert elimination_order(scopes, [2] * 256, range(256)) == found
    monkeypatch.setattr("twitchbayes.engine.order.MOST_RESTARTS", 0)
    plain = elimination_order(scopes, [2] * 256, range(256))
    assert found.total < plain.total / 2


def test_parents_of_one_state_are_no_axes_of_the_tables() -> None:
    sure = tb.Table((tb.Row((), (("only", strategies.estimate(1.0)),)),))
    child = tb.Variable("child", ("no", "yes"), table(({}, 0.3), ({"r": "yes"}, 0.6)), ("one", "r"))
    network = tb.Network(
        "one",
        "One",
        "0",
        (
            tb.Variable("one", ("only",), sure),
            tb.Variable("r", ("no", "yes"), table(({}, 0.5))),
            child,
        ),
        sources=(strategies.SOURCE,),
    )
    model = tb.DiagnosticModel(network)
    assert model.engine.structure.parents == ((), (), (1,))
    assert model.query("child", one="only")["yes"] == pytest.approx(0.45)


@pytest.mark.parametrize("side", [6, 12])
def test_a_grid_is_eliminated_narrowly(side: int) -> None:
    network = grid(side)
    scopes = [
        (*(network.position[parent] for parent in v.parents), i)
        for i, v in enumerate(network.variables)
    ]
    order = elimination_order(scopes, [2] * side**2, range(side**2))
    assert sorted(order.nodes) == list(range(side**2))
    assert side <= order.width <= 1.5 * side, "the treewidth is at least the side"


def plainly_eliminated(
    scopes: list[tuple[int, ...]], cards: list[int], found: list[int], *, fill_first: bool
) -> list[int]:
    """The order, everything measured anew at every step.

    A node whose neighbours are all joined may go at any time, so the one found to is taken; once
    there is none, all are taken greedily.
    """
    neighbours = {
        node: {n for s in scopes if node in s for n in s} - {node} for node in range(len(cards))
    }
    left, order = set(neighbours), []

    def fill(node: int) -> int:
        pairs = itertools.combinations(sorted(neighbours[node]), 2)
        return sum(b not in neighbours[a] for a, b in pairs)

    def measure(node: int) -> tuple[int, ...]:
        weight = cards[node] * math.prod(cards[other] for other in neighbours[node])
        return (fill(node), weight, node) if fill_first else (weight, fill(node), node)

    begun = True
    while left:
        begun = begun and any(fill(node) == 0 for node in left)
        node = found[len(order)] if begun else min(left, key=measure)
        assert not begun or fill(node) == 0
        for other in neighbours[node]:
            neighbours[other] |= neighbours[node]
            neighbours[other] -= {node, other}
        left.remove(node)
        order.append(node)
    return order


@given(st.data())
def test_the_order_is_the_greedy_one(data: st.DataObject) -> None:
    cards = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=9))
    node = st.integers(0, len(cards) - 1)
    scopes = data.draw(
        st.lists(st.lists(node, min_size=1, max_size=4, unique=True).map(tuple), max_size=12)
    )
    order = list(elimination_order(scopes, cards, range(len(cards))).nodes)
    assert order in [
        plainly_eliminated(scopes, cards, order, fill_first=fill_first)
        for fill_first in (True, False)
    ]


def test_a_tree_is_eliminated_from_its_leaves() -> None:
    order = elimination_order([(0, 1), (0, 2), (0, 3)], [2, 2, 2, 2], [0, 1, 2, 3])
    assert order.width == 1
    assert order.largest == 4


def set_many(patch: pytest.MonkeyPatch, cases: int) -> None:
    """So many cases are worth tables of their own."""
    for module in ("batch", "division"):
        patch.setattr(f"twitchbayes.engine.{module}.MANY", cases)


@given(st.data())
def test_coded_cases_agree_with_brute_force(data: st.DataObject) -> None:
    """Large tables or small, divided or not, one case or many: the answer stays."""
    network = data.draw(strategies.networks())
    places = st.sampled_from(range(len(network.variables)))
    targets = data.draw(st.lists(places, max_size=2, unique=True))
    code = [
        st.just(-1) if place in targets else st.integers(-1, len(v.states) - 1)
        for place, v in enumerate(network.variables)
    ]
    codes = np.array(data.draw(st.lists(st.tuples(*code), min_size=1, max_size=12)))
    few = data.draw(st.frozensets(places.filter(lambda place: place not in targets)))
    with pytest.MonkeyPatch.context() as patch:
        for name, values in {
            "division.PART": [0.0, 1e9],
            "batch.FEW_ENTRIES": [1, 16, 2**14],
            "lookups.MOST_ENTRIES": [1, 2**20],
            "laying_out.WEIGHED": [-1e6, 30.0],
            "laying_out.PASSING": [1, 100],
            "groups.ADDITION": [-1e6, 8.0, 1e6],
            "groups.ADD": [-1e6, 0.25, 1e6],
            "groups.FEW_COLUMNS": [1, 3],
            "groups.MOST_PART": [1, 2, 256],
            "passing.FEW": [0, 2**13],
            "passing.LONG": [1, 8],
            "coded.CHUNK_CASES": [5, 2048],
            "coded.SHARED_CASES": [5, 2**14],
            "condensed.FACTOR": [0, FACTOR],
            "condensed.MOST_ENTRIES": [1, 2**19],
            "condensed.WORTH": [0, 2, 10**9],
            "sharing.BLOCK": [1, 3, 8],
            "sharing.SHARING": [0, 4, 10**9],
            "tabulated.SPARSE": [0.0, 1.5, 1e9],
        }.items():
            patch.setattr(f"twitchbayes.engine.{name}", data.draw(st.sampled_from(values)))
        set_many(patch, data.draw(st.sampled_from([1, 100])))
        batch = Batch(Engine(network))
        answers, possible = batch.posteriors(targets, codes, few)
        singly = [batch.posterior(targets, codes[i : i + 1], few) for i in range(len(codes))]
    names = [network.variables[target].name for target in targets]
    for row, answer, fits, single in zip(codes.tolist(), answers, possible, singly, strict=True):
        weights = {
            v.name: [float(place == code) for place in range(len(v.states))]
            for v, code in zip(network.variables, row, strict=True)
            if code >= 0
        }
        expected, total = naive.posterior(network, names, weights)
        assert fits == (total > 0)
        expected = expected if fits else 0 * expected
        np.testing.assert_allclose(answer, expected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(single.probabilities[0], expected, rtol=0, atol=1e-12)
        if fits:
            assert single.log_evidence[0] == pytest.approx(math.log(total), rel=1e-12, abs=1e-12)
        else:
            assert np.isneginf(single.log_evidence[0])


@pytest.mark.parametrize("name", ["leg_twitch", "alarm", "hepar2"])
def test_coded_cases_agree_with_the_careful_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tb.load(name if name == "leg_twitch" else public_file(name))
    rng = np.random.default_rng(7)
    variables = model.network.variables
    hidden = {i for i, v in enumerate(variables) if v.kind in ("cause", "mechanism")} or {0}
    codes = np.full((1500, len(variables)), -1, dtype=np.int8)
    for place, variable in enumerate(variables):
        if place not in hidden:
            seen = rng.random(1500) < 0.3
            codes[seen, place] = rng.integers(0, len(variable.states), seen.sum())
    keep = [min(hidden)]
    set_many(monkeypatch, 50)
    answers, possible = Batch(Engine(model.network)).posteriors(keep, codes)
    set_many(monkeypatch, 10**9)
    monkeypatch.setattr("twitchbayes.engine.batch.MOST_COST", -1)
    expected, fits = Batch(Engine(model.network)).posteriors(keep, codes)
    np.testing.assert_array_equal(possible, fits)
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-12)


def test_coded_cases_lose_no_state_to_underflow() -> None:
    network = long_odds()
    codes = np.zeros((3, len(network.variables)), dtype=np.int8)
    codes[0], codes[2] = 1, -1
    codes[:, network.position["cause"]] = -1
    with pytest.MonkeyPatch.context() as patch:
        set_many(patch, 1)
        batch = Batch(Engine(network))
        answers, _ = batch.posteriors([network.position["cause"]], codes)
        first = batch.posterior([network.position["cause"]], codes[:1])
    assert first.probabilities[0, 0] == pytest.approx(answers[0, 0], rel=1e-12)
    np.testing.assert_allclose(answers[[0, 2], 0], [0.0099 / 0.9999, 0.5], rtol=0, atol=1e-12)


def test_large_batches_are_cut_into_chunks_that_change_nothing(
    leg_twitch: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    states = [len(leg_twitch.states(name)) for name in leg_twitch.variables]
    codes = np.array([rng.integers(-1, k, 300) for k in states], dtype=np.int8).T
    hidden = [v.kind in ("cause", "mechanism") for v in leg_twitch.network.variables]
    codes[:, hidden] = -1
    whole = leg_twitch.posteriors(codes)
    monkeypatch.setattr("twitchbayes.engine.batch.CHUNK_ENTRIES", 2**14)
    monkeypatch.setattr("twitchbayes.engine.evaluation.CHUNK_ENTRIES", 2**14)
    monkeypatch.setattr("twitchbayes.engine.batch.CHUNK_CASES", 37)
    np.testing.assert_allclose(leg_twitch.posteriors(codes), whole, rtol=0, atol=1e-13)


def test_a_long_chain_of_rare_findings_needs_no_logarithms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Too rare to multiply sixteen of them, and not too rare to multiply each with a message."""
    monkeypatch.setattr("twitchbayes.engine.evaluation._by_logarithms", None)
    names, rare, length = ("no", "yes"), 1e-60, 40
    variables = []
    for i in range(length):
        before = (f"x{i - 1}",) if i else ()
        rows = [tb.Row((), (("yes", strategies.estimate(0.3)),))]
        if i:
            rows.append(tb.Row(((before[0], ("yes",)),), (("yes", strategies.estimate(0.6)),)))
        variables.append(tb.Variable(f"x{i}", names, tb.Table(tuple(rows)), before))
        emitted = tb.Row((), (("yes", strategies.estimate(rare)),))
        twice = tb.Row(((f"x{i}", ("yes",)),), (("yes", strategies.estimate(2 * rare)),))
        variables.append(tb.Variable(f"y{i}", names, tb.Table((emitted, twice)), (f"x{i}",)))
    network = tb.Network("c", "C", "0", tuple(variables), "x0", sources=(strategies.SOURCE,))
    found = {network.position[f"y{i}"]: np.array([[0.0, 1.0]]) for i in range(length)}
    answer = Engine(network).marginal([0], found)
    # backward by hand, the factor of each finding left out
    later = np.ones(2)
    for _ in range(length - 1):
        later = np.array([[0.7, 0.3], [0.4, 0.6]]) @ (np.array([1, 2]) * later)
    joint = np.array([0.7, 0.3]) * np.array([1, 2]) * later
    np.testing.assert_allclose(answer.probabilities[0], joint / joint.sum(), rtol=1e-12)
    expected = math.log(joint.sum()) + length * math.log(rare)
    assert answer.log_evidence[0] == pytest.approx(expected, rel=1e-12)


def test_what_goes_wrong_in_a_thread_is_raised(
    asia: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces are answered in threads; none is left unanswered in silence."""
    model = tb.DiagnosticModel(asia.network)
    codes = np.zeros((4000, len(model.variables)), dtype=np.int8)
    codes[:, model.network.position["lung"]] = -1
    codes[:, model.network.position["either"]] = -1
    monkeypatch.setattr("twitchbayes.engine.batch.CODED_CASES", 500)
    monkeypatch.setattr("twitchbayes.engine.threads._processors", lambda: 2)
    expected = model.posteriors(codes)
    np.testing.assert_allclose(expected.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    run, pieces = Coded.run, []

    def fails_at_last(self: Coded, codes: np.ndarray) -> np.ndarray:
        pieces.append(len(codes))
        if len(pieces) == 8:
            raise MemoryError("no more")
        return run(self, codes)

    monkeypatch.setattr(Coded, "run", fails_at_last)
    with pytest.raises(MemoryError, match="no more"):
        model.posteriors(codes)
    assert pieces == [500] * 8


def test_a_table_too_wide_to_be_answered_together_is_cut_case_by_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = tb.DiagnosticModel(grid(4))
    rng = np.random.default_rng(3)
    codes = rng.integers(-1, 2, (20, 16)).astype(np.int8)
    codes[:, 0] = -1
    cards = [2] * 16
    expected = [model.engine.marginal([0], code_likelihoods(r[np.newaxis], cards)) for r in codes]
    monkeypatch.setattr("twitchbayes.engine.laying_out.MOST_ENTRIES", 2)
    monkeypatch.setattr("twitchbayes.engine.batch.MOST_TOGETHER", 1)
    asked = []
    separated = Engine.separated

    def noted(self: Engine, keep: list[int], codes: np.ndarray) -> object:
        asked.append(codes.shape)
        return separated(self, keep, codes)

    monkeypatch.setattr(Engine, "separated", noted)
    answers, possible = Batch(Engine(model.network)).posteriors([0], codes)
    assert possible.all()
    np.testing.assert_allclose(answers, [one.probabilities[0] for one in expected], atol=1e-12)
    assert asked == [(16,)] * 20


def test_larger_tables_are_made_where_small_ones_do_not_pay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine(grid(3))
    codes = np.random.default_rng(4).integers(-1, 2, (5, 9)).astype(np.int8)
    codes[:, 4] = -1
    one_by_one = [engine.marginal([4], code_likelihoods(row[np.newaxis], [2] * 9)) for row in codes]
    expected = [answer.probabilities[0] for answer in one_by_one]
    monkeypatch.setattr("twitchbayes.engine.laying_out.MOST_ENTRIES", 2)
    monkeypatch.setattr("twitchbayes.engine.batch.FEW_ENTRIES", 1)
    few = Batch(engine)
    np.testing.assert_allclose(few.posteriors([4], codes)[0], expected, rtol=0, atol=1e-12)
    assert few._for_few((4,), frozenset()) is not None
    monkeypatch.setattr("twitchbayes.engine.batch.MOST_ENTRIES", 1)
    none = Batch(engine)
    np.testing.assert_allclose(none.posteriors([4], codes)[0], expected, rtol=0, atol=1e-12)
    assert none._for_few((4,), frozenset()) is None


def assert_as_the_careful_way(engine: Engine, keep: list[int], codes: np.ndarray) -> None:
    answers, possible = Batch(engine).posteriors(keep, codes)
    expected = engine.marginal(keep, code_likelihoods(codes, engine.structure.cards))
    np.testing.assert_allclose(answers, expected.probabilities, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(possible, np.isfinite(expected.log_evidence))


def test_int8_codes_of_as_many_states_as_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of 128 states has the highest code; one more, and it would be -128."""
    rng = np.random.default_rng(0)
    t = strategies.dense("t", (), rng.dirichlet(np.ones(3)))
    x = strategies.dense("x", (t,), rng.dirichlet(np.ones(128), 3))
    z = strategies.dense("z", (x, t), rng.dirichlet(np.ones(4), (128, 3)))
    y = strategies.dense("y", (z, x), rng.dirichlet(np.ones(2), (4, 128)))
    network = strategies.made_of(t, x, z, y)
    set_many(monkeypatch, 10)
    monkeypatch.setattr("twitchbayes.engine.division.PART", -1e9)
    codes = np.full((3000, 4), -1, dtype=np.int8)
    codes[:, 1] = rng.integers(-1, 128, 3000)
    codes[:, 3] = rng.integers(-1, 2, 3000)
    assert_as_the_careful_way(Engine(network), [0], codes)


def test_what_is_looked_up_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs of many causes, each with many findings: a row for all of these would be endless."""
    rng = np.random.default_rng(1)
    causes = [strategies.dense(f"c{i}", (), rng.dirichlet(np.ones(2))) for i in range(10)]
    pairs = [
        strategies.dense(f"p{i}_{j}", (a, b), rng.dirichlet(np.ones(2), (2, 2)))
        for (i, a), (j, b) in itertools.combinations(enumerate(causes), 2)
    ]
    findings = [
        strategies.dense(f"f{i}_{k}", (cause,), rng.dirichlet(np.ones(2), 2))
        for i, cause in enumerate(causes)
        for k in range(9)
    ]
    model = tb.DiagnosticModel(strategies.made_of(*causes, *pairs, *findings))
    codes = np.full((40, len(model.variables)), -1, dtype=np.int8)
    codes[:, 55:] = rng.integers(-1, 2, (40, 90))
    codes[:, 10:12] = 1
    made = []
    monkeypatch.setattr(
        "twitchbayes.engine.lookups.Coded", lambda *given: made.append(Coded(*given)) or made[-1]
    )
    answers, _ = Batch(model.engine).posteriors([0], codes)
    assert sum(one.size for one in made) <= 8 * MOST_TABLES
    expected = model.engine.marginal([0], code_likelihoods(codes, model.engine.structure.cards))
    np.testing.assert_allclose(answers, expected.probabilities, rtol=0, atol=1e-12)


def test_what_is_kept_of_a_product_counts_and_not_the_product() -> None:
    """Nodes of which only a few findings tell are summed out ahead, a little large though it is."""
    model = tb.load("leg_twitch")
    place = model.network.position
    hidden = [place[v.name] for v in model.network.variables if v.kind == "mechanism"]
    observed = tuple(i for i in range(len(model.variables)) if i not in (place["cause"], *hidden))
    question = Question.many((place["cause"],), observed, (), 200_000, 32)
    layout = Lookups(model.engine).layout(question)
    assert layout is not None
    scopes = {node for stage in layout.stages for node in stage.scope}
    assert not scopes & {place["temperature_exposure"], place["timing"]}


def test_a_state_of_probability_zero_is_answered_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """No combination of states is possible in the part of the cases that have it."""
    rng = np.random.default_rng(2)
    x = strategies.dense("x", (), np.array([0.7, 0.3, 0.0]))
    t = strategies.dense("t", (x,), rng.dirichlet(np.ones(3), 3))
    y = strategies.dense("y", (x, t), rng.dirichlet(np.ones(3), (3, 3)))
    network = strategies.made_of(t, x, y)
    set_many(monkeypatch, 10)
    monkeypatch.setattr("twitchbayes.engine.division.PART", -1e9)
    codes = np.column_stack([np.full(3000, -1), rng.integers(-1, 3, (3000, 2))]).astype(np.int8)
    assert (codes[:, 1] == 2).any()
    assert_as_the_careful_way(Engine(network), [0], codes)


def test_cases_are_looked_up(
    leg_twitch: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One case and many take the fast road; the careful one would give the same, slowly."""
    monkeypatch.setattr(Engine, "marginal", lambda *_: pytest.fail("the careful way was taken"))
    model = tb.DiagnosticModel(leg_twitch.network)
    codes = np.full((3000, len(model.variables)), -1, dtype=np.int8)
    codes[:, model.network.position["pain"]] = np.arange(3000) % 4
    assert model.posteriors(codes).shape == (3000, 13)
    assert model.posteriors(codes[:5]).shape == (5, 13)
    assert model.posteriors(codes[:1]).shape == (1, 13)
    assert model.diagnose(pain="none").top(1).shape[0] == 1


def test_many_rare_findings_are_still_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small rows are scaled, so that the product of a hundred of them does not underflow."""
    t = strategies.dense("t", (), np.array([0.5, 0.5]))
    rare = np.array([[1 - 1e-7, 1e-7], [1 - 3e-7, 3e-7]])
    network = strategies.made_of(t, *(strategies.dense(f"y{i}", (t,), rare) for i in range(60)))
    engine = Engine(network)
    codes = np.ones((1, 61), dtype=np.int8)
    codes[0, 0] = -1
    expected = engine.marginal([0], code_likelihoods(codes, engine.structure.cards))
    monkeypatch.setattr(Engine, "marginal", lambda *_: pytest.fail("the careful way was taken"))
    answer = Batch(engine).posterior([0], codes)
    np.testing.assert_allclose(answer.probabilities, expected.probabilities, rtol=1e-9)
    np.testing.assert_allclose(answer.log_evidence, expected.log_evidence, rtol=1e-12)
    together, _ = Batch(engine).posteriors([0], np.repeat(codes, 3, axis=0))
    np.testing.assert_allclose(together, np.repeat(expected.probabilities, 3, axis=0), rtol=1e-9)


def test_one_case_loses_no_state_to_underflow() -> None:
    network = long_odds()
    codes = np.ones((1, len(network.variables)), dtype=np.int8)
    codes[0, network.position["cause"]] = -1
    answer = Batch(Engine(network)).posterior([network.position["cause"]], codes)
    assert answer.probabilities[0, 0] == pytest.approx(0.0099 / 0.9999, rel=1e-9)
    expected = math.log(0.5) + 161 * (math.log(0.0099) + math.log(0.99)) + math.log(0.9999)
    assert answer.log_evidence[0] == pytest.approx(expected, rel=1e-12)
