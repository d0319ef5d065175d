"""Wide networks: tables taken apart, judged digits, large products, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyagrum as gum
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
import strategies
import twitchbayes as tb
from oracles import agrum_network, agrum_values, public_file
from twitchbayes.engine import Engine
from twitchbayes.engine.evaluation import run_signed
from twitchbayes.engine.factoring import take_apart
from twitchbayes.engine.plan import Inputs, Plan, plan_inputs
from twitchbayes.engine.run import SUM_PRODUCT, run
from twitchbayes.engine.two_passes import Tabled
from wide_networks import HARD, STATES, Shape, table, wide_network


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are taken apart whatever it saves."""
    monkeypatch.setattr("twitchbayes.engine.worth.COSTLY", -1)
    monkeypatch.setattr("twitchbayes.engine.worth.SAVING", 0)


def apart(
    network: tb.Network, keep: Sequence[int], states: dict[int, int], *, stars: bool
) -> tuple[Inputs, Plan, np.ndarray, float]:
    """The inputs, their plan, and the joint that it gives with its logarithmic scale."""
    engine = Engine(network)
    inputs, tables = take_apart(engine.structure, engine.tables, states, keep, stars=stars)
    plan = plan_inputs(inputs, keep, ())
    joint, log_scale = run(plan, tables, {}, SUM_PRODUCT)
    return inputs, plan, joint[0], float(log_scale[0])


@given(st.data())
def test_what_is_taken_apart_agrees_with_brute_force(data: st.DataObject) -> None:
    """Any network, hard findings: implied states, products and stars are the same joint."""
    network = data.draw(strategies.networks())
    places = st.sampled_from(range(len(network.variables)))
    keep = data.draw(st.lists(places, min_size=1, max_size=2, unique=True))
    states = {
        place: data.draw(st.integers(0, len(v.states) - 1))
        for place, v in enumerate(network.variables)
        if place not in keep and data.draw(st.booleans())
    }
    weights = {
        network.variables[place].name: [
            float(state == i) for i in range(len(network.variables[place].states))
        ]
        for place, state in states.items()
    }
    names = [network.variables[place].name for place in keep]
    expected, total = naive.posterior(network, names, weights)
    for stars in (False, True):
        _, _, joint, log_scale = apart(network, keep, states, stars=stars)
        np.testing.assert_allclose(
            joint * math.exp(log_scale), expected * total, rtol=0, atol=1e-12
        )


@pytest.mark.parametrize("links", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_small_wide_networks_agree_with_pyagrum(eager: None, seed: int, links: bool) -> None:
    network, findings = wide_network(Shape(12, 8, 3, 4, 1.0, links, seed))
    found = {network.position[name]: np.array([[0.0, 1.0]]) for name in findings}
    engine = Engine(network)
    inference = gum.LazyPropagation(agrum_network(network))
    inference.setEvidence(findings)
    inference.makeInference()
    for name in ("cause0", "cause5", "cause11"):
        plan, _ = engine.ready([network.position[name]], (), dict.fromkeys(found, 1))
        assert plan.signed
        answer = engine.marginal([network.position[name]], found)
        theirs = agrum_values(inference.posterior(name))
        np.testing.assert_allclose(answer.probabilities[0], theirs, rtol=0, atol=1e-10)
    assert answer.log_evidence[0] == pytest.approx(
        math.log(inference.evidenceProbability()), abs=1e-9
    )


def test_a_binarised_noisy_or_becomes_one_star() -> None:
    """Eight parents in a chain of tables that do not say what they are: width 8 becomes 1."""
    causes = [tb.Variable(f"c{i}", STATES, table(({}, 0.1))) for i in range(8)]
    variables = list(causes)
    so_far = ""
    for i, cause in enumerate(causes):
        rows: list[tuple[dict[str, str], float]] = [
            ({}, 1.0),
            ({so_far: "no", cause.name: "no"}, 0),
        ]
        rows.append(({so_far: "no", cause.name: "yes"}, 0.5))
        given_ = table(({}, 0.01), ({cause.name: "yes"}, 0.505)) if not so_far else table(*rows)
        parents = (so_far, cause.name) if so_far else (cause.name,)
        variables.append(tb.Variable(f"y{i}", STATES, given_, parents))
        so_far = f"y{i}"
    network = tb.Network("or", "Or", "0", tuple(variables), "c0", sources=(strategies.SOURCE,))
    last = network.position["y7"]
    inputs, plan, joint, log_scale = apart(network, [0], {last: 1}, stars=True)
    assert len(inputs.cards) - len(variables) == 1, "one bound for the whole chain"
    assert plan.width == 1
    none_else = 0.99 * 0.95**7
    np.testing.assert_allclose(
        joint * math.exp(log_scale),
        [0.9 * (1 - none_else), 0.1 * (1 - none_else * 0.5)],
        rtol=1e-13,
    )
    # a finding that is absent cuts all its parents apart without any hidden node
    inputs, plan, joint, log_scale = apart(network, [0], {last: 0}, stars=False)
    assert not inputs.signed
    assert plan.width == 0
    np.testing.assert_allclose(
        joint * math.exp(log_scale), [0.9 * none_else, 0.1 * none_else * 0.5], rtol=1e-13
    )


def test_tables_that_are_no_maximum_are_left_alone() -> None:
    parity = table(
        ({}, 0.1), ({"a": "yes"}, 0.9), ({"b": "yes"}, 0.9), ({"a": "yes", "b": "yes"}, 0.1)
    )
    near = table(
        ({}, 0.0), ({"a": "yes"}, 0.3), ({"b": "yes"}, 0.4), ({"a": "yes", "b": "yes"}, 0.58 + 1e-9)
    )
    exact = table(
        ({}, 0.0), ({"a": "yes"}, 0.3), ({"b": "yes"}, 0.4), ({"a": "yes", "b": "yes"}, 0.58)
    )
    both = table(({}, 0.0), ({"a": "yes", "b": "yes"}, 0.7))
    roots = tuple(tb.Variable(name, STATES, table(({}, 0.3))) for name in "ab")
    for of_child, is_maximum in ((parity, False), (near, False), (exact, True), (both, True)):
        child = tb.Variable("c", STATES, of_child, ("a", "b"))
        network = tb.Network("t", "T", "0", (*roots, child), sources=(strategies.SOURCE,))
        inputs, _, joint, log_scale = apart(network, [2], {}, stars=True)
        assert inputs.signed == is_maximum
        expected, _ = naive.posterior(network, ["c"], {})
        np.testing.assert_allclose(joint * math.exp(log_scale), expected, rtol=1e-13)


@pytest.mark.parametrize("parents", [25, 40])
def test_declared_findings_of_many_parents_are_answered(parents: int) -> None:
    """Three findings with the same parents: chains alone would join them all."""
    rng = np.random.default_rng(parents)
    priors = rng.uniform(0.01, 0.1, parents)
    causes = [tb.Variable(f"c{i}", STATES, table(({}, float(p)))) for i, p in enumerate(priors)]
    fails = rng.uniform(0.2, 0.9, (3, parents))
    found = []
    for k in range(3):
        links = tuple(
            tb.Row(((c.name, ("yes",)),), (("yes", strategies.estimate(1 - float(q))),))
            for c, q in zip(causes, fails[k], strict=True)
        )
        leak = tb.Row((), (("yes", strategies.estimate(0.01)),))
        names = [c.name for c in causes]
        order = rng.permutation(parents)
        found.append(
            tb.Variable(f"f{k}", STATES, tb.NoisyMax(links, leak), tuple(names[i] for i in order))
        )
    network = tb.Network("many", "Many", "0", (*causes, *found), "c0", sources=(strategies.SOURCE,))
    dx = tb.DiagnosticModel(network).diagnose(f0="yes", f1="yes", f2="yes")
    # inclusion and exclusion over the findings
    joint = np.zeros(2)
    for subset in np.ndindex(2, 2, 2):
        absent = np.prod(fails[np.array(subset, dtype=bool)], axis=0)
        others = np.prod(1 - priors[1:] + priors[1:] * absent[1:])
        sign = (-1) ** sum(subset) * 0.99 ** sum(subset)
        joint += sign * others * np.array([1 - priors[0], priors[0] * absent[0]])
    assert dx.posterior["yes"] == pytest.approx(joint[1] / joint.sum(), abs=1e-10)
    assert dx.log_evidence == pytest.approx(math.log(joint.sum()), abs=1e-9)


def test_hard_networks_are_answered_and_the_same_bits_come_again() -> None:
    network, findings = wide_network(HARD[6])
    found = {network.position[name]: np.array([[0.0, 1.0]]) for name in findings}
    engine = Engine(network)
    plan, _ = engine.ready([0], (), dict.fromkeys(found, 1))
    assert plan.signed
    assert plan.width <= 14
    assert engine.plan([0], (), found).width >= 20, "which is what it is in one piece"
    first = engine.marginal([0], found)
    again = Engine(wide_network(HARD[6])[0]).marginal([0], found)
    assert first.probabilities.tobytes() == again.probabilities.tobytes()
    assert first.log_evidence.tobytes() == again.log_evidence.tobytes()


def test_digits_that_cancel_are_not_given_out_as_an_answer(
    eager: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P(finding) is 1 less a number so near to 1 that single and double precision disagree."""
    tiny = 1e-13
    roots = tuple(tb.Variable(name, STATES, table(({}, 0.5))) for name in "abc")
    links = tuple(
        tb.Row(((root.name, ("yes",)),), (("yes", strategies.estimate(tiny)),)) for root in roots
    )
    leak = tb.Row((), (("yes", strategies.estimate(tiny)),))
    child = tb.Variable("f", STATES, tb.NoisyMax(links, leak), ("a", "b", "c"))
    network = tb.Network("t", "T", "0", (*roots, child), sources=(strategies.SOURCE,))
    engine = Engine(network)
    inputs, tables = take_apart(engine.structure, engine.tables, {3: 1}, [0], stars=True)
    assert inputs.signed
    with pytest.raises(tb.TooWideError, match=r"too few digits are left"):
        run_signed(plan_inputs(inputs, [0], ()), tables, {})
    # the tables in one piece fit, and answer in its place
    answer = engine.marginal([0], {3: np.array([[0.0, 1.0]])})
    assert answer.probabilities[0, 1] == pytest.approx(3 / 5, rel=1e-9)
    monkeypatch.setattr("twitchbayes.engine.plan.MAX_ENTRIES", 4)
    with pytest.raises(tb.TooWideError, match=r"too few digits are left"):
        Engine(network).marginal([0], {3: np.array([[0.0, 1.0]])})


def test_large_products_are_the_same_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    network, findings = wide_network(HARD[2])
    found = {network.position[name]: np.array([[0.0, 1.0]]) for name in findings}
    monkeypatch.setattr("twitchbayes.engine.worth.COSTLY", 2**62)
    whole = Engine(network).marginal([0, 1], found)
    monkeypatch.setattr("twitchbayes.engine.run.BLOCK", 2**5)
    in_blocks = Engine(network).marginal([0, 1], found)
    np.testing.assert_allclose(in_blocks.probabilities, whole.probabilities, rtol=1e-13)
    np.testing.assert_allclose(in_blocks.log_evidence, whole.log_evidence, rtol=1e-13)


@pytest.mark.parametrize("name", ["hailfinder", "win95pts", "andes", "pigs"])
def test_wide_public_networks_agree_with_pyagrum(name: str) -> None:
    model = tb.load(public_file(name))
    children = {p for v in model.network.variables for p in v.parents}
    leaves = [v.name for v in model.network.variables if v.name not in children]
    target = model.variables[0]
    inference = gum.LazyPropagation(agrum_network(model.network))
    given_ = {leaf: model.states(leaf)[0] for leaf in leaves[::2] if leaf != target}
    inference.setEvidence(given_)
    inference.addTarget(target)
    inference.makeInference()
    theirs = agrum_values(inference.posterior(target))
    np.testing.assert_allclose(model.query(target, given_), theirs, rtol=0, atol=1e-9)


def test_munin1_fits_though_its_largest_product_would_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every leaf observed: the plan holds far less than the largest product has entries."""
    engine = Engine(tb.load(public_file("munin1")).network)
    with_children = {p for parents in engine.structure.parents for p in parents}
    leaves = set(range(len(engine.structure.cards))) - with_children
    plan = engine.plan((), leaves)
    assert plan.peak < plan.largest
    monkeypatch.setattr("twitchbayes.engine.plan.MAX_ENTRIES", 2**22)
    engine = Engine(tb.load(public_file("munin1")).network)
    with pytest.raises(tb.TooWideError, match=r"induced width at least \d+") as caught:
        engine.plan((), leaves)
    assert caught.value.width >= 8
    assert caught.value.entries > 2**22


def noted_tables(monkeypatch: pytest.MonkeyPatch) -> list[Tabled]:
    """Every tree with tables that is made from now on."""
    made: list[Tabled] = []
    monkeypatch.setattr(
        "twitchbayes.engine.marginals.Tabled",
        lambda *given: made.append(Tabled(*given)) or made[-1],
    )
    return made


@pytest.mark.parametrize("links", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_all_marginals_of_small_wide_networks_agree_with_pyagrum(
    eager: None, monkeypatch: pytest.MonkeyPatch, seed: int, links: bool
) -> None:
    monkeypatch.setattr("twitchbayes.engine.marginals.GENERAL_ENTRIES", 0)
    network, findings = wide_network(Shape(12, 8, 3, 4, 1.0, links, seed))
    found = {network.position[name]: np.array([[0.0, 1.0]]) for name in findings}
    # a soft finding stays an axis
    soft = network.position["middle3"]
    found[soft] = np.array([[0.3, 0.6]])
    engine = Engine(network)
    inference = gum.LazyPropagation(agrum_network(network))
    inference.setEvidence({**findings, "middle3": [0.3, 0.6]})
    inference.makeInference()
    asked = [network.position[f"cause{i}"] for i in range(12)] + [soft]
    tabled = noted_tables(monkeypatch)
    answer = engine.marginals(asked, found)
    assert any(one.signed for one in tabled)
    for node in asked:
        theirs = agrum_values(inference.posterior(network.variables[node].name))
        np.testing.assert_allclose(answer.probabilities[node][0], theirs, rtol=0, atol=1e-10)
    assert answer.log_evidence[0] == pytest.approx(
        math.log(inference.evidenceProbability()), abs=1e-9
    )


@given(st.data())
def test_all_marginals_of_what_is_taken_apart_agree_with_brute_force(data: st.DataObject) -> None:
    """Any network, hard and soft findings; factors that are no conditional probabilities."""
    network = data.draw(strategies.networks())
    weights = strategies.weights_of(network, data.draw(strategies.evidence(network)))
    engine = Engine(network)
    found = {network.position[n]: np.array([w]) for n, w in weights.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twitchbayes.engine.worth.COSTLY", -1)
        patch.setattr("twitchbayes.engine.worth.SAVING", 0)
        patch.setattr("twitchbayes.engine.marginals.GENERAL_ENTRIES", 0)
        answer = engine.marginals(range(len(network.variables)), found)
    for node, variable in enumerate(network.variables):
        expected, total = naive.posterior(network, [variable.name], weights)
        np.testing.assert_allclose(
            answer.probabilities[node][0],
            expected if total > 0 else np.zeros_like(expected),
            rtol=0,
            atol=1e-9,
        )


def test_all_roots_of_a_hard_network_are_what_each_is_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, findings = wide_network(HARD[6])
    found = {network.position[name]: np.array([[0.0, 1.0]]) for name in findings}
    engine = Engine(network)
    roots = [i for i, v in enumerate(network.variables) if v.name.startswith("cause")]
    tabled = noted_tables(monkeypatch)
    answer = engine.marginals(roots, found)
    assert any(one.signed for one in tabled)
    for root in roots[::40]:
        alone = engine.marginal([root], found)
        np.testing.assert_allclose(
            answer.probabilities[root], alone.probabilities, rtol=0, atol=1e-10
        )
        assert answer.log_evidence[0] == pytest.approx(alone.log_evidence[0], abs=1e-9)


def test_impossible_findings_of_a_network_too_wide_are_impossible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the states of single variables rule out is seen though nothing fits."""
    network, findings = wide_network(HARD[2])
    links = tuple(
        tb.Row(((name, ("yes",)),), (("yes", strategies.estimate(0.5)),)) for name in findings
    )
    none = tb.Row((), (("yes", strategies.estimate(0.0)),))
    never = tb.Variable("either", STATES, tb.NoisyMax(links, none), tuple(findings))
    copy = tb.Variable("copy", STATES, table(({}, 0.0), ({"either": "yes"}, 1.0)), ("either",))
    network = tb.Network(
        "t", "T", "0", (*network.variables, never, copy), "cause0", sources=(strategies.SOURCE,)
    )
    monkeypatch.setattr("twitchbayes.engine.plan.MAX_ENTRIES", 2**4)
    monkeypatch.setattr("twitchbayes.engine.marginals.MAX_JOINT", 2**4)
    monkeypatch.setattr("twitchbayes.engine.marginals.GENERAL_ENTRIES", 0)
    model = tb.DiagnosticModel(network)
    given_ = {**findings, "either": "no", "copy": "yes"}
    with pytest.raises(tb.ImpossibleEvidenceError, match="either=no, copy=yes cannot go together"):
        model.query("cause1", given_)
    with pytest.raises(tb.ImpossibleEvidenceError, match="either=no, copy=yes cannot go together"):
        model.marginals(["cause1", "cause2"], given_)
    with pytest.raises(tb.TooWideError):
        model.marginals(["cause1", "cause2"], findings)
