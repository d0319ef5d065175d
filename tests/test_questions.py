"""Questions about a diagnosis: every law, against brute force and other programs."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyagrum as gum
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import naive
import oracles
import strategies
import twitchbayes as tb
from twitchbayes.questions import many_intervals
from twitchbayes.questions import shapley as shapley_module
from twitchbayes.questions.dirichlet import draw_row, plausible
from twitchbayes.questions.sensitivity import moved, sensitivity_lines
from twitchbayes.questions.uncertainty import drawn_posteriors

TEN = {
    "age": 58,
    "objective_weakness": "focal",
    "muscle_wasting": True,
    "cramps": True,
    "reflexes": "brisk",
    "babinski": True,
    "fatigue": True,
    "pain": "none",
    "numbness": "none",
    "duration": "over_3_months",
    "timing": "any_time",
}


@pytest.fixture(scope="module")
def dx(leg_twitch: tb.DiagnosticModel) -> tb.Diagnosis:
    return leg_twitch.diagnose(TEN)


def kinded(network: tb.Network, data: st.DataObject) -> tb.Network:
    """A random network whose variables are of several kinds."""
    kinds = ["history", "test", "context", "mechanism"]
    variables = tuple(
        dataclasses.replace(
            v, kind="cause" if v.name == network.target else data.draw(st.sampled_from(kinds))
        )
        for v in network.variables
    )
    return dataclasses.replace(network, variables=variables)


def drawn_case(data: st.DataObject) -> tuple[tb.DiagnosticModel, dict[str, object]]:
    network = kinded(data.draw(strategies.networks()), data)
    found = data.draw(strategies.evidence(network, but=network.target))
    assume(naive.posterior(network, [], strategies.weights_of(network, found))[1] > 0)
    return tb.DiagnosticModel(network), found


def log_odds(model: tb.DiagnosticModel, found: dict[str, object], cause: str) -> float:
    weights = strategies.weights_of(model.network, found)
    values, _ = naive.posterior(model.network, [model.target.name], weights)
    place = model.causes.index(cause)
    return math.log10(values[place]) - math.log10(np.delete(values, place).sum())


# why


@settings(max_examples=60)
@given(st.data())
def test_an_explanation_is_the_average_over_all_orders(data: st.DataObject) -> None:
    model, found = drawn_case(data)
    kinds = {v.name: v.kind for v in model.network.variables}
    players = [name for name in found if kinds[name] != "context"]
    context = {name: value for name, value in found.items() if name not in players}
    assume(len(players) <= 4)
    cause = data.draw(st.sampled_from(model.causes))
    subsets = [
        {**context, **{n: found[n] for n in some}}
        for size in range(len(players) + 1)
        for some in itertools.combinations(players, size)
    ]
    for some in subsets:
        weights = strategies.weights_of(model.network, some)
        values, _ = naive.posterior(model.network, [model.target.name], weights)
        assume(1e-9 < values[model.causes.index(cause)] < 1 - 1e-9)
    expected = dict.fromkeys(players, 0.0)
    for order in itertools.permutations(players):
        so_far = dict(context)
        for name in order:
            before = log_odds(model, so_far, cause)
            so_far[name] = found[name]
            gain = log_odds(model, so_far, cause) - before
            expected[name] += gain / math.factorial(len(players))
    why = model.diagnose(found).explain(cause)
    for name in players:
        assert why.loc[name, "weight"] == pytest.approx(expected[name], abs=1e-8)
        alone = log_odds(model, {**context, name: found[name]}, cause)
        ratio = 10 ** (alone - log_odds(model, context, cause))
        assert why.loc[name, "likelihood_ratio"] == pytest.approx(ratio, rel=1e-7)
    assert sorted(why.index) == sorted(players)


@pytest.mark.parametrize("cause", [None, "nerve_irritation", "neurological_disease"])
@pytest.mark.parametrize("against", [None, "benign_idle", ["benign", "restless_legs"]])
def test_weights_sum_to_the_change_from_prior_to_posterior_log_odds(
    dx: tb.Diagnosis, cause: str | None, against: str | list[str] | None
) -> None:
    why = dx.explain(cause, against)
    sides = []
    for series in (dx.prior, dx.posterior):
        up = series[why.attrs["cause"]].sum()
        down = series[why.attrs["against"]].sum()
        sides.append(math.log10(up / down))
    assert why["weight"].sum() == pytest.approx(sides[1] - sides[0], abs=1e-9)
    assert why.attrs["log10_odds_before"] == pytest.approx(sides[0], abs=1e-9)
    assert why.attrs["log10_odds_after"] == pytest.approx(sides[1], abs=1e-9)
    assert len(why) == 10
    assert why["weight"].abs().is_monotonic_decreasing
    assert (why["standard_error"] == 0).all()
    np.testing.assert_allclose(why["factor"], 10 ** why["weight"])


def test_a_weight_of_independent_findings_is_the_log_likelihood_ratio() -> None:
    yes = ("no", "yes")
    rows = {"a": (0.9, 0.2), "b": (0.3, 0.6), "c": (0.5, 0.5)}
    cause = tb.Variable("cause", yes, table(({}, 0.1)), kind="cause")
    findings = [
        tb.Variable(
            name, yes, table(({}, without), ({"cause": "yes"}, with_it)), ("cause",), kind="history"
        )
        for name, (with_it, without) in rows.items()
    ]
    network = tb.Network("t", "T", "0", (cause, *findings), "cause", sources=(strategies.SOURCE,))
    found = {"a": "yes", "b": "no", "c": "yes"}
    why = tb.DiagnosticModel(network).diagnose(found).explain("yes", against="no")
    for name, (with_it, without) in rows.items():
        ratio = with_it / without if found[name] == "yes" else (1 - with_it) / (1 - without)
        assert why.loc[name, "weight"] == pytest.approx(math.log10(ratio), abs=1e-12)
        assert why.loc[name, "likelihood_ratio"] == pytest.approx(ratio)


def table(*rows: tuple[dict[str, str], float]) -> tb.Table:
    return tb.Table(
        tuple(
            tb.Row(
                tuple((parent, (state,)) for parent, state in when.items()),
                (("yes", strategies.estimate(value)),),
            )
            for when, value in rows
        )
    )


def test_many_findings_are_explained_by_sampled_orders_with_an_error(
    dx: tb.Diagnosis, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = dx.explain()
    monkeypatch.setattr(shapley_module, "MOST_EXACT", 3)
    drawn = dx.explain(orders=2000, seed=1).loc[exact.index]
    assert (drawn["standard_error"] > 0).any()
    off = (drawn["weight"] - exact["weight"]).abs()
    assert (off <= 4.5 * drawn["standard_error"] + 1e-9).all()
    assert off.max() < 0.05
    assert drawn["weight"].sum() == pytest.approx(exact["weight"].sum(), abs=1e-9)
    pd.testing.assert_frame_equal(drawn, dx.explain(orders=2000, seed=1).loc[exact.index])


def test_a_diagnosis_without_findings_has_an_empty_explanation(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    why = leg_twitch.diagnose(age=40).explain()
    assert why.empty
    assert why.columns.tolist() == [
        "state",
        "assumed",
        "weight",
        "factor",
        "likelihood_ratio",
        "standard_error",
    ]


def test_an_assumed_default_has_its_share_and_is_marked(asia: tb.DiagnosticModel) -> None:
    """Else the weights would not sum to the change from prior to posterior."""
    variables = tuple(
        dataclasses.replace(v, default="no") if v.name == "dysp" else v
        for v in asia.network.variables
    )
    dx = tb.DiagnosticModel(dataclasses.replace(asia.network, variables=variables)).diagnose(
        xray="yes"
    )
    why = dx.explain("yes")
    assert why["assumed"].to_dict() == {"xray": False, "dysp": True}
    odds = [math.log10(p["yes"] / p["no"]) for p in (dx.prior, dx.posterior)]
    assert why["weight"].sum() == pytest.approx(odds[1] - odds[0], abs=1e-12)
    assert dx.conflict(patients=5).findings["assumed"].to_dict() == {"xray": False, "dysp": True}
    assert "dysp" not in dx.next_findings().index
    with pytest.raises(tb.QueryError, match="'dysp' is assumed already; update the diagnosis with"):
        dx.next_findings(costs={"dysp": 2})


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda dx: dx.explain("bening"), "has no cause 'bening'; did you mean 'benign'"),
        (lambda dx: dx.explain("benign", "benign_idle"), "have some in common"),
        (lambda dx: dx.explain(list(dx.model.causes)), "of all causes together nothing is open"),
        (lambda dx: dx.explain(3), "causes takes a name or a list of names, not 3"),
        (lambda dx: dx.explain([]), r"causes takes a name or a list of names, not \[\]"),
        (lambda dx: dx.explain(orders=3), "orders is a whole number from 4 to 100,000, not 3"),
        (lambda dx: dx.explain(seed=-1), "seed is a whole number from 0 to"),
        (lambda dx: dx.compare(dx, orders=1), "orders is a whole number from 4"),
        (lambda dx: dx.compare(3), "compare takes another diagnosis, not int"),
        (lambda dx: dx.conflict(patients=0), "patients is a whole number from 1 to"),
        (lambda dx: dx.conflict(patients=2.5), "patients is a whole number from 1 on, not 2.5"),
        (lambda dx: dx.conflict(seed="x"), "seed is a whole number from 0 on, not 'x'"),
        (lambda dx: dx.intervals(level=1.0), "level is a probability between 0 and 1"),
        (lambda dx: dx.intervals(level="a"), "such as 0.95, not 'a'"),
        (lambda dx: dx.intervals(draws=0), "from 1 to 1,000,000, not 0"),
        (lambda dx: dx.intervals(draws=10**9), "not 1,000,000,000"),
        (lambda dx: dx.intervals(seed=None), "seed is a whole number from 0 on, not None"),
        (lambda dx: dx.next_findings(about="lupus"), "has no cause 'lupus'"),
        (lambda dx: dx.next_findings(kinds="tests"), "of kind 'tests'; did you mean 'test'"),
        (lambda dx: dx.next_findings(kinds=[]), r"kinds takes a name or a list of names, not"),
        (lambda dx: dx.next_findings(costs=3), "costs is a mapping of findings or kinds"),
        (lambda dx: dx.next_findings(costs={"emg": -1}), "that of emg is -1"),
        (lambda dx: dx.next_findings(costs={"emg": "x"}), "that of emg is 'x'"),
        (lambda dx: dx.next_findings(costs={"age": 1}), "'age' is known already"),
        (lambda dx: dx.next_findings(costs={"cause": 1}), "'cause' cannot be asked"),
        (lambda dx: dx.next_findings(costs={"parkinsonism": 1}), "'parkinsonism' cannot be asked"),
        (lambda dx: dx.next_findings(costs={"emgg": 1}), "no finding and no kind; did you mean"),
        (lambda dx: dx.next_findings(costs={"babinski": 2}), "'babinski' is known already"),
        (lambda dx: dx.settled(0), "threshold is a probability"),
        (lambda dx: dx.settled("a"), "threshold is a probability"),
        (lambda dx: dx.sensitivity("benign"), "one cause, not about several: 'benign'"),
        (lambda dx: dx.sensitivity("lupus"), "has no cause 'lupus'"),
        (lambda dx: dx.compare(tb.load("asia").diagnose()), "two diagnoses by one network"),
    ],
)
def test_what_cannot_be_asked_says_why(
    dx: tb.Diagnosis, ask: Callable[[tb.Diagnosis], object], words: str
) -> None:
    with pytest.raises(tb.QueryError, match=words):
        ask(dx)


def test_odds_that_are_no_finite_number_are_refused(asia: tb.DiagnosticModel) -> None:
    with pytest.raises(tb.QueryError, match="certain or impossible"):
        asia.diagnose(either="no").explain("yes")


def test_every_answer_says_by_which_network_it_is(dx: tb.Diagnosis) -> None:
    answers = [
        dx.explain(),
        dx.intervals(draws=5),
        dx.next_findings(),
        dx.sensitivity(),
        dx.sources(),
        dx.compare(dx.update(emg="normal")),
        dx.mechanisms(),
    ]
    network = dx.model.network
    for answer in answers:
        assert answer.attrs["network"] == f"{network.name} {network.version}"


# does it fit


@settings(max_examples=40)
@given(st.data())
def test_the_conflict_is_the_log_ratio_of_apart_to_together(data: st.DataObject) -> None:
    model, found = drawn_case(data)
    kinds = {v.name: v.kind for v in model.network.variables}
    players = [name for name in found if kinds[name] != "context"]
    context = {name: value for name, value in found.items() if name not in players}

    def chance(names: list[str]) -> float:
        given_ = {**context, **{name: found[name] for name in names}}
        return naive.posterior(model.network, [], strategies.weights_of(model.network, given_))[1]

    def bits(names: list[str]) -> float:
        apart = sum(math.log2(chance([name]) / chance([])) for name in names)
        return apart - math.log2(chance(names) / chance([]))

    fit = model.diagnose(found).conflict(patients=10)
    assert fit.measure == pytest.approx(bits(players), abs=1e-8)
    for name in players:
        rest = [other for other in players if other != name]
        assert fit.findings.loc[name, "without"] == pytest.approx(bits(rest), abs=1e-8)
    assert fit.findings["restores"].is_monotonic_decreasing


def test_the_conflict_of_independent_findings_is_zero() -> None:
    yes = ("no", "yes")
    variables = (
        tb.Variable("cause", yes, table(({}, 0.1)), kind="cause"),
        *(tb.Variable(name, yes, table(({}, 0.3)), kind="history") for name in "ab"),
    )
    network = tb.Network("t", "T", "0", variables, "cause", sources=(strategies.SOURCE,))
    fit = tb.DiagnosticModel(network).diagnose(a="yes", b="no").conflict()
    assert fit.measure == pytest.approx(0, abs=1e-12)
    assert fit.kind == "none"
    assert fit.explained_by == ()


def test_a_rare_cause_is_told_from_a_conflict(asia: tb.DiagnosticModel) -> None:
    rare = asia.diagnose(xray="yes", dysp="no", smoke="no").conflict()
    assert (rare.kind, rare.explained_by) == ("rare cause", ("yes",))
    # nothing in the network makes these two go together
    odd = asia.diagnose(bronc="yes", dysp="no").conflict()
    assert odd.measure > 0
    assert odd.kind == "conflict"


def test_unusual_findings_are_those_that_few_simulated_patients_have(
    asia: tb.DiagnosticModel,
) -> None:
    """Against all eight combinations of three findings, one by one."""
    names = ["xray", "dysp", "bronc"]
    joint = asia.query(names, smoke="yes")
    for combination in [("no", "no", "no"), ("yes", "no", "yes"), ("no", "yes", "yes")]:
        found = dict(zip(names, combination, strict=True))
        fit = asia.diagnose(found, smoke="yes").conflict(patients=20_000, seed=3)
        expected = joint[joint <= joint[combination] + 1e-12].sum()
        assert fit.unusual == pytest.approx(expected, abs=0.015)


def test_conflict_and_settled_read_as_sentences(asia: tb.DiagnosticModel) -> None:
    fit = repr(asia.diagnose(xray="yes", dysp="no", smoke="no").conflict(patients=50))
    assert fit.startswith("Do the findings fit together? (asia 1.0.0)\n")
    assert "Conflict +0.28 bits: they fit, if it is yes." in fit
    assert "xray=yes: alone 6.9%, leaving it out restores +0.28 bits" in fit
    still = repr(asia.diagnose(smoke="yes").settled(0.5))
    assert still.splitlines()[2:4] == [
        "no now 90.0%, wanted 50.0%",
        "One finding could change it: xray=yes would leave 35.4%",
    ]
    assert "no findings" in repr(asia.diagnose().conflict(patients=5))
    for words in (fit, still):
        assert words.count("not a medical device") == 1


# how sure


def test_intervals_are_the_same_for_a_seed_and_hold_the_median(dx: tb.Diagnosis) -> None:
    sure = dx.intervals(0.9, draws=300, seed=5)
    pd.testing.assert_frame_equal(sure, dx.intervals(0.9, draws=300, seed=5))
    assert (sure["low"] <= sure["median"]).all()
    assert (sure["median"] <= sure["high"]).all()
    np.testing.assert_allclose(sure.loc["cause", "posterior"], dx.posterior)
    np.testing.assert_allclose(sure.loc["group", "posterior"], dx.groups)
    assert sure.loc["cause", "first"].sum() == pytest.approx(1)
    assert sure.loc["group", "first"].sum() == pytest.approx(1)
    wider = dx.intervals(0.99, draws=300, seed=5)
    assert (wider["high"] >= sure["high"]).all()


def with_counts(network: tb.Network, scale: int) -> tb.Network:
    """The same network, every number counted in as many people."""

    def counted(row: tb.Row) -> tb.Row:
        return dataclasses.replace(
            row,
            estimates=tuple(
                (s, dataclasses.replace(e, counts=(round(e.value * scale), scale)))
                for s, e in row.estimates
            ),
        )

    variables = tuple(
        dataclasses.replace(v, distribution=tb.Table(tuple(map(counted, v.distribution.rows))))
        if isinstance(v.distribution, tb.Table)
        else v
        for v in network.variables
    )
    return dataclasses.replace(network, variables=variables)


def test_as_the_counts_grow_the_interval_closes_on_the_posterior(
    asia: tb.DiagnosticModel,
) -> None:
    widths = []
    for scale in (10**2, 10**4, 10**6, 10**8):
        model = tb.DiagnosticModel(with_counts(asia.network, scale))
        sure = model.diagnose(dysp="yes").intervals(draws=400).loc[("cause", "yes")]
        widths.append(sure["high"] - sure["low"])
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 1e-3
    assert sure["median"] == pytest.approx(sure["posterior"], abs=1e-4)


def test_ninety_percent_intervals_cover_ninety_percent(asia: tb.DiagnosticModel) -> None:
    """Of networks drawn from the Dirichlets; each drawn number by number and built anew."""
    network = with_counts(asia.network, 100)
    dx = tb.DiagnosticModel(network).diagnose(dysp="yes", xray="yes")
    sure = dx.intervals(0.9, draws=4000, seed=0).loc[("cause", "yes")]
    random = np.random.default_rng(7)
    inside = 0
    for _ in range(400):
        inside += sure["low"] <= drawn_by_hand(network, random) <= sure["high"]
    assert 0.86 <= inside / 400 <= 0.94


COUNTS = {"c": 3, "m": 2, "a": 3, "b": 2}
"""States of the variables of a small network: m hangs on c, a on m and c, b on m."""


def counted_network(random: np.random.Generator) -> tuple[tb.Network, dict[str, np.ndarray]]:
    """A random network whose every row was counted, and the counts, shape (parents..., states)."""
    parents = {"c": (), "m": ("c",), "a": ("c", "m"), "b": ("m",)}
    counts = {
        name: random.integers(2, 25, size=[*(COUNTS[p] for p in parents[name]), COUNTS[name]])
        for name in COUNTS
    }
    variables = []
    for name, of in counts.items():
        rows = []
        for place in np.ndindex(of.shape[:-1]):
            total = int(of[place].sum())
            when = tuple((p, (f"s{k}",)) for p, k in zip(parents[name], place, strict=True))
            numbers = tuple((f"s{k}", counted(int(n), total)) for k, n in enumerate(of[place][:-1]))
            rows.append(tb.Row(when, numbers))
        states = tuple(f"s{k}" for k in range(COUNTS[name]))
        kind = "cause" if name == "c" else "history"
        variables.append(tb.Variable(name, states, tb.Table(tuple(rows)), parents[name], kind=kind))
    network = tb.Network("t", "T", "0", tuple(variables), "c", sources=(strategies.SOURCE,))
    return network, counts


@pytest.mark.parametrize("number", range(6))
def test_ninety_percent_intervals_cover_networks_drawn_from_the_dirichlets(number: int) -> None:
    """Random networks of several rows and causes; each drawn anew by NumPy, answered by hand."""
    random = np.random.default_rng(number)
    network, counts = counted_network(random)
    sure = tb.DiagnosticModel(network).diagnose(a="s2", b="s1").intervals(0.9, draws=6000)
    c, m, a, b = (
        np.stack(
            [random.dirichlet(row, 6000) for row in counts[name].reshape(-1, COUNTS[name])], axis=1
        ).reshape(6000, *counts[name].shape)
        for name in "cmab"
    )
    joint = np.einsum("nc,ncm,ncm,nm->nc", c[:, :], m, a[..., 2], b[..., 1])
    posterior = joint / joint.sum(axis=1, keepdims=True)
    for place, cause in enumerate(network.by_name["c"].states):
        low, high = sure.loc[("cause", cause), ["low", "high"]]
        inside = ((low <= posterior[:, place]) & (posterior[:, place] <= high)).mean()
        assert 0.87 <= inside <= 0.93


def drawn_by_hand(network: tb.Network, random: np.random.Generator) -> float:
    """The posterior of lung cancer in a network whose every row is one beta variate."""
    variables = []
    for variable in network.variables:
        if isinstance(variable.distribution, tb.NoisyMax):
            variables.append(variable)  # either is certain
            continue
        rows = []
        for row in variable.distribution.rows:
            (state, estimate), *_ = row.estimates
            mean = estimate.value
            value = mean if mean in (0, 1) else random.beta(100 * mean, 100 * (1 - mean))
            rows.append(dataclasses.replace(row, estimates=((state, strategies.estimate(value)),)))
        variables.append(dataclasses.replace(variable, distribution=tb.Table(tuple(rows))))
    drawn = dataclasses.replace(
        network,
        variables=tuple(variables),
        sources=(*network.sources, strategies.SOURCE),
    )
    yes = strategies.weights_of(drawn, {"dysp": "yes", "xray": "yes"})
    return float(naive.posterior(drawn, ["lung"], yes)[0][1])


@settings(max_examples=30)
@given(st.data())
def test_draws_are_what_networks_built_from_them_give(data: st.DataObject) -> None:
    """Noisy-MAX, soft findings, zeros: each draw answered by itself, row by row."""
    model, found = drawn_case(data)
    dx = model.diagnose(found)
    drawn = drawn_posteriors(dx._case, 3, seed=2)
    assert drawn.shape[1] == len(model.causes)
    assert np.isfinite(drawn).all()
    np.testing.assert_allclose(drawn.sum(axis=1), 1, atol=1e-9)


def drawn(*numbers: tuple[str, tb.Estimate], states: str = "abc") -> np.ndarray:
    row = tb.Row((), numbers)
    return draw_row(
        row, tuple(states), row.values(tuple(states)), 100_000, np.random.default_rng(0)
    )


def counted(numerator: int, denominator: int) -> tb.Estimate:
    value = numerator / denominator
    return tb.Estimate(value, "measured", counts=(numerator, denominator), sources=("made",))


def judged(value: float, low: float, high: float) -> tb.Estimate:
    return tb.Estimate(value, "judged", interval=(low, high), note="made up")


def test_numbers_counted_in_the_same_people_have_their_dirichlet() -> None:
    values = drawn(("b", counted(30, 100)), ("c", counted(10, 100)))
    mean = np.array([0.6, 0.3, 0.1])
    np.testing.assert_allclose(values.mean(axis=0), mean, atol=2e-3)
    np.testing.assert_allclose(values.var(axis=0), mean * (1 - mean) / 101, rtol=0.03)
    np.testing.assert_allclose(np.cov(values.T)[0, 1], -0.18 / 101, rtol=0.05)


def test_a_number_is_drawn_as_well_as_it_is_known_itself() -> None:
    """A rare cause beside one that is known badly keeps its own interval."""
    values = drawn(("b", judged(0.3, 0.05, 0.6)), ("c", judged(0.001, 0.0005, 0.002)))
    low, median, high = np.quantile(values[:, 2], [0.025, 0.5, 0.975])
    assert 0.0003 < low < 0.0007
    assert median == pytest.approx(0.001, rel=0.15)
    assert 0.0014 < high < 0.003


def test_what_was_never_seen_may_be_more_than_nothing() -> None:
    assert np.quantile(drawn(("b", counted(0, 20)))[:, 1], 0.975) == pytest.approx(0.12, abs=0.03)
    assert np.quantile(drawn(("b", judged(0, 0, 0.2)))[:, 1], 0.975) == pytest.approx(0.2, abs=0.04)
    assert np.quantile(drawn(("b", counted(20, 20)), states="ab")[:, 0], 0.975) > 0.05
    defined = tb.Estimate(0.0, "derived", sources=("made",), note="by definition")
    assert (drawn(("b", defined))[:, 1] == 0).all()


def test_small_numbers_do_not_vanish_when_drawn() -> None:
    values = drawn(("b", judged(1e-6, 0, 1e-3)), states="ab")
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values.sum(axis=1), 1)


def test_a_rare_cause_that_leads_is_first_in_most_draws(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(
        age=30,
        sex="female",
        objective_weakness="progressive_spreading",
        muscle_wasting=True,
        babinski=True,
    )
    sure = dx.intervals(draws=500).loc[("cause", "motor_neuron_disease")]
    assert sure["posterior"] > 0.5
    assert sure["median"] == pytest.approx(sure["posterior"], abs=0.2)
    assert sure["first"] > 0.6


def test_draws_that_make_the_findings_impossible_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    yes = ("no", "yes")
    cause = tb.Variable("c", yes, table(({}, 0.2)), kind="cause")
    finding = tb.Variable(
        "f", yes, tb.Table((tb.Row((), (("yes", judged(1e-4, 0, 0.9)),)),)), kind="history"
    )
    network = tb.Network("t", "T", "0", (cause, finding), "c", sources=(strategies.SOURCE,))
    dx = tb.DiagnosticModel(network).diagnose(f="yes")
    posteriors = drawn_posteriors(dx._case, 300, seed=0)
    np.testing.assert_allclose(posteriors.sum(axis=1), 1)
    monkeypatch.setattr(
        "twitchbayes.questions.drawing.draw_row",
        lambda row, states, mean, draws, random: np.tile([1.0, 0.0], (draws, 1)),
    )
    with pytest.raises(tb.QueryError, match="makes the findings impossible"):
        dx.intervals()


FRAME = pd.DataFrame(
    {
        "babinski": ["yes", None, "no", "yes", None],
        "objective_weakness": ["focal", "none", None, "progressive_spreading", None],
        "age": [58, 30, np.nan, 71, np.nan],
        "timing": [None, "falling_asleep", "any_time", None, None],
    },
    index=list("abcde"),
)


@pytest.mark.parametrize("few", [0, 1000])
def test_a_row_of_intervals_frame_is_the_intervals_of_its_case(
    leg_twitch: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """On both roads: case by case, and draw by draw; in parts, too."""
    monkeypatch.setattr(many_intervals, "FEW_CASES", few)
    monkeypatch.setattr(many_intervals, "MOST_ENTRIES", 13 * 40 * 2)
    frame = leg_twitch.intervals_frame(FRAME, 0.9, draws=40, seed=3)
    assert frame.index.equals(FRAME.index)
    assert frame.columns.names == ["of", "name", "value"]
    for name, case in FRAME.iterrows():
        alone = leg_twitch.diagnose(case).intervals(0.9, draws=40, seed=3)
        row = frame.loc[name].unstack("value")
        np.testing.assert_allclose(row.loc[alone.index, alone.columns], alone, rtol=0, atol=1e-12)
    posteriors = leg_twitch.diagnose_frame(FRAME)
    np.testing.assert_allclose(
        frame["cause"].xs("posterior", axis=1, level="value")[list(posteriors)], posteriors
    )


@settings(max_examples=25)
@given(st.data())
def test_intervals_of_a_table_are_those_of_its_cases_on_any_network(data: st.DataObject) -> None:
    model, found = drawn_case(data)
    hard = {name: value for name, value in found.items() if isinstance(value, str)}
    frame = pd.DataFrame([dict.fromkeys(hard), hard], dtype=object)
    for few in (0, 1000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(many_intervals, "FEW_CASES", few)
            answer = model.intervals_frame(frame, draws=5)
        for place, case in enumerate(({}, hard)):
            alone = model.diagnose(case).intervals(draws=5)
            row = answer.iloc[place].unstack("value").loc[alone.index, alone.columns]
            np.testing.assert_allclose(row, alone, rtol=0, atol=1e-12)


def test_impossible_cases_have_no_intervals(asia: tb.DiagnosticModel) -> None:
    frame = pd.DataFrame({"tub": [False, True], "either": False}, index=["a", "b"])
    with pytest.raises(tb.ImpossibleEvidenceError, match="case 'b'"):
        asia.intervals_frame(frame)
    with pytest.warns(tb.ImpossibleCasesWarning):
        sure = asia.intervals_frame(frame, draws=5, on_impossible="null")
    assert sure.loc["b"].isna().all()
    assert sure.loc["a"].notna().all()
    assert asia.intervals_frame(frame.iloc[:0]).shape == (0, 10)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"level": 1}, "level is a probability between 0 and 1"),
        ({"draws": 0}, "draws is a whole number from 1 to"),
        ({"seed": -1}, "seed is a whole number from 0 to"),
        ({"on_impossible": "skip"}, "on_impossible is 'error' or 'null'"),
    ],
)
def test_intervals_of_a_table_that_cannot_be_asked_say_why(
    asia: tb.DiagnosticModel, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(tb.QueryError, match=words):
        asia.intervals_frame(pd.DataFrame({"xray": ["yes"]}), **arguments)


def test_a_case_that_every_draw_makes_impossible_is_named(
    asia: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "twitchbayes.questions.drawing.draw_row",
        lambda row, states, mean, draws, random: np.tile([1.0, 0.0], (draws, 1)),
    )
    frame = pd.DataFrame({"xray": ["no", "yes"]}, index=["a", "b"])
    with pytest.raises(tb.QueryError, match="case 'b': every draw of the network's numbers"):
        asia.intervals_frame(frame, draws=3)


# what next


def test_information_is_the_mutual_information_of_another_program(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    found = {"setting": "primary_care", "babinski": "yes", "fatigue": "yes"}
    ask = leg_twitch.diagnose(found).next_findings()
    net = oracles.agrum_network(leg_twitch.network)
    for name in ask.index[::6]:
        engine = gum.LazyPropagation(net)  # it forgets its other targets
        engine.setEvidence(found)
        other = gum.InformationTheory(engine, ["cause"], [name]).mutualInformationXY()
        assert ask.loc[name, "information"] == pytest.approx(other, abs=1e-9)
    assert (ask["information"] >= 0).all()
    assert "babinski" not in ask.index
    assert "cause" not in ask.index
    assert not {"upper_motor_neuron_lesion", "parkinsonism"} & set(ask.index)


@settings(max_examples=40)
@given(st.data())
def test_results_are_what_diagnosing_with_them_gives(data: st.DataObject) -> None:
    model, found = drawn_case(data)
    dx = model.diagnose(found)
    leader = dx.posterior.idxmax()
    for name, row in dx.next_findings().iterrows():
        assert row["information"] >= 0
        assert sum(result.probability for result in row["results"]) == pytest.approx(1)
        for result in row["results"]:
            assert result.probability == pytest.approx(model.query(name, found)[result.state])
            after = dx.update({name: result.state}).posterior[leader]
            assert result.posterior == pytest.approx(after, abs=1e-9)


@settings(max_examples=40)
@given(st.data())
def test_information_is_never_negative(data: st.DataObject) -> None:
    model, found = drawn_case(data)
    about = data.draw(st.sampled_from([None, *model.causes[:1]]))
    ask = model.diagnose(found).next_findings(about)
    assert (ask["information"] >= 0).all()
    assert (ask["information"] <= math.log2(len(model.causes)) + 1e-9).all()


def test_ruling_one_group_out_asks_about_that_group(dx: tb.Diagnosis) -> None:
    every = dx.next_findings()
    one = dx.next_findings(about="tumour_or_infection")
    assert (one["information"] <= every.loc[one.index, "information"] + 1e-12).all()
    assert one.index[0] in ("mri_brain", "papilloedema", "seizure", "headache")


def test_costs_and_kinds_choose_what_to_ask(dx: tb.Diagnosis) -> None:
    tests = dx.next_findings(kinds="test")
    assert set(tests["kind"]) == {"test"}
    priced = dx.next_findings(costs={"test": 100.0, "emg": 0.001})
    assert priced.index[0] == "emg"
    assert priced.loc["csf", "cost"] == 100
    np.testing.assert_allclose(priced["per_cost"], priced["information"] / priced["cost"])


def test_the_best_first_questions_are_known_before_any_finding(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    first = leg_twitch.diagnose().next_findings(kinds="history")
    assert first["information"].iloc[0] > 0.1


@settings(max_examples=25)
@given(st.data())
def test_settled_is_what_trying_everything_finds(data: st.DataObject) -> None:
    model, found = drawn_case(data)
    dx = model.diagnose(found)
    threshold = data.draw(st.sampled_from([0.2, 0.5, 0.9]))
    leader = dx.posterior.idxmax()
    still = dx.settled(threshold)
    states = [(n, s) for n in dx.next_findings().index for s in model.states(n)]
    now = dx.posterior[leader]
    after: list[pd.Series] = []
    for size, lowest, could in (
        (1, still.lowest_by_one, still.one_could_change_it),
        (2, still.lowest_by_two, still.two_could_change_it),
    ):
        for some in itertools.combinations(states, size):
            if len({name for name, _ in some}) == size:
                try:
                    after.append(dx.update(dict(some)).posterior)
                except tb.ImpossibleEvidenceError:
                    continue
        assert lowest == pytest.approx(min([now, *(p[leader] for p in after)]), abs=1e-9)
        margins = [p.max() - p[leader] for p in after]
        margins += [threshold - p[leader] if now >= threshold else -1 for p in after]
        if all(abs(margin) > 1e-9 or margin == 0 for margin in margins):
            assert could == any(margin > 0 for margin in margins)


# which number


@settings(max_examples=40)
@given(st.data())
def test_sensitivity_is_what_a_network_rebuilt_with_the_number_gives(data: st.DataObject) -> None:
    model, found = drawn_case(data)
    cause = data.draw(st.sampled_from(model.causes))
    numbers = model.diagnose(found).sensitivity(cause)
    assume(len(numbers))
    number = numbers.iloc[data.draw(st.integers(0, len(numbers) - 1))]
    for t, expected in (
        (number["low"], (number["posterior_low"], number["posterior_high"])),
        (number["high"], (number["posterior_low"], number["posterior_high"])),
    ):
        rebuilt = with_number(model.network, number, t)
        weights = strategies.weights_of(rebuilt, found)
        values, total = naive.posterior(rebuilt, [model.target.name], weights)
        if total == 0:  # the limit
            inside = with_number(model.network, number, t + (1e-9 if t == 0 else -1e-9))
            values, _ = naive.posterior(inside, [model.target.name], weights)
        value = values[model.causes.index(cause)]
        assert min(abs(value - end) for end in expected) < (1e-9 if total else 1e-6)


@settings(max_examples=40)
@given(st.data())
def test_a_sensitivity_function_is_the_network_rebuilt_at_random_t(data: st.DataObject) -> None:
    """All causes at once, anywhere between 0 and 1."""
    model, found = drawn_case(data)
    lines = sensitivity_lines(model.diagnose(found)._case)
    assume(lines)
    line = data.draw(st.sampled_from(lines))
    t = data.draw(st.floats(0.01, 0.99))
    number = pd.Series({"variable": line.variable, "given": line.given, "state": line.state})
    rebuilt = with_number(model.network, number, t)
    weights = strategies.weights_of(rebuilt, found)
    values, total = naive.posterior(rebuilt, [model.target.name], weights)
    assume(total > 0)
    np.testing.assert_allclose(line.posterior(t), values, rtol=0, atol=1e-9)


def with_number(network: tb.Network, number: pd.Series, t: float) -> tb.Network:
    """The network with one number moved and the others of its row in proportion."""
    from twitchbayes.listing import stated

    variable = network.variable(number["variable"])
    wanted = next(
        row
        for words, row, state, _ in stated(variable)
        if (words, state) == (number["given"], number["state"])
    )
    means = variable.distribution.distributions(variable.states)
    rows = [row for _, row in variable.distribution.named_rows()]
    mean = next(m for m, row in zip(means, rows, strict=True) if row is wanted)
    values = moved(mean, variable.states.index(number["state"]), t)
    estimates = tuple(
        (s, strategies.estimate(v)) for s, v in zip(variable.states, values, strict=True)
    )
    new = dataclasses.replace(wanted, estimates=estimates)

    # what shares its rest as the baseline does keeps its shares when the baseline moves
    written = [
        new
        if row is wanted
        else dataclasses.replace(
            row,
            estimates=tuple(
                (s, strategies.estimate(v)) for s, v in zip(variable.states, m, strict=True)
            ),
        )
        for row, m in zip(rows, means, strict=True)
    ]
    made: tb.Table | tb.NoisyMax
    if isinstance(variable.distribution, tb.Table):
        made = tb.Table(tuple(written))
    else:
        made = tb.NoisyMax(tuple(written[:-1]), written[-1])
    variables = tuple(
        dataclasses.replace(v, distribution=made) if v.name == variable.name else v
        for v in network.variables
    )
    sources = tuple(dict.fromkeys((*network.sources, strategies.SOURCE)))
    return dataclasses.replace(network, variables=variables, sources=sources)


def test_where_the_leader_changes_two_causes_are_level(dx: tb.Diagnosis) -> None:
    numbers = dx.sensitivity()
    changing = numbers.dropna(subset=["changes_at"])
    assert len(changing)
    leader = dx.posterior.idxmax()
    for _, number in changing.head(5).iterrows():
        model = tb.DiagnosticModel(with_number(dx.model.network, number, number["changes_at"]))
        posterior = model.diagnose(TEN).posterior
        assert posterior[leader] == pytest.approx(posterior[number["changes_to"]], abs=1e-9)
        assert number["changes_to"] != leader


def test_a_slope_is_the_derivative(dx: tb.Diagnosis) -> None:
    leader = dx.posterior.idxmax()
    for _, number in dx.sensitivity().head(6).iterrows():
        step = 1e-6
        sides = [
            tb.DiagnosticModel(with_number(dx.model.network, number, number["value"] + d))
            .diagnose(TEN)
            .posterior[leader]
            for d in (-step, step)
        ]
        assert number["slope"] == pytest.approx(
            (sides[1] - sides[0]) / (2 * step), rel=1e-4, abs=1e-6
        )


def test_sources_are_ranked_by_the_influence_of_their_numbers(dx: tb.Diagnosis) -> None:
    papers = dx.sources()
    numbers = dx.sensitivity()
    assert papers["influence"].is_monotonic_decreasing
    first = papers.index[0]
    citing = numbers[numbers["sources"].str.contains(first, regex=False)]
    assert papers["influence"].iloc[0] == pytest.approx(citing["range"].max())
    assert papers["title"].str.len().gt(0).all()


def test_the_interval_of_a_number_is_its_own_or_that_of_its_counts() -> None:
    own = tb.Estimate(0.2, "judged", interval=(0.1, 0.4), note="made up")
    assert plausible(own) == (0.1, 0.4)
    counted = tb.Estimate(0.1, "measured", counts=(1, 10), sources=("made",))
    # Brown, Cai and DasGupta 2001, table of Wilson intervals
    assert plausible(counted) == pytest.approx((0.0179, 0.4042), abs=1e-4)


def test_a_number_that_decides_only_whether_the_findings_are_possible_does_not_matter() -> None:
    yes = ("no", "yes")
    cause = tb.Variable("c", yes, table(({}, 0.2)), kind="cause")
    row = tb.Row((), (("yes", judged(0.05, 0, 0.1)),))
    variables = (
        cause,
        tb.Variable("x", yes, tb.Table((row,)), kind="history"),
        tb.Variable("f", yes, table(({}, 0.2), ({"c": "yes"}, 0.6)), ("c",), kind="history"),
    )
    network = tb.Network("t", "T", "0", variables, "c", sources=(strategies.SOURCE,))
    numbers = tb.DiagnosticModel(network).diagnose(x="yes", f="yes").sensitivity()
    assert "x" not in set(numbers["variable"])


def test_a_name_that_is_a_cause_and_a_group_is_the_cause() -> None:
    states = ("a", "b", "z")
    row = tb.Row((), (("a", strategies.estimate(0.2)), ("b", strategies.estimate(0.5))))
    finding = tb.Table(
        (
            tb.Row((), (("yes", strategies.estimate(0.2)),)),
            tb.Row((("c", ("b",)),), (("yes", strategies.estimate(0.6)),)),
        )
    )
    network = tb.Network(
        "t",
        "T",
        "0",
        (
            tb.Variable("c", states, tb.Table((row,)), kind="cause"),
            tb.Variable("f", ("no", "yes"), finding, ("c",), kind="history"),
        ),
        "c",
        groups=(tb.Group("a", "A", ("a",)), tb.Group("b", "B", ("b", "z"))),
        sources=(strategies.SOURCE,),
    )
    dx = tb.DiagnosticModel(network).diagnose(f="yes")
    assert dx.explain().attrs["cause"] == ["b"]
    assert dx.explain("b", "z").loc["f", "factor"] == pytest.approx(3)
    assert len(dx.sensitivity())


def test_what_is_already_below_the_threshold_does_not_fall_below_it(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    yes = ("no", "yes")
    variables = (
        tb.Variable("c", yes, table(({}, 0.4)), kind="cause"),
        tb.Variable("f", yes, table(({}, 0.2)), kind="history"),
    )
    network = tb.Network("t", "T", "0", variables, "c", sources=(strategies.SOURCE,))
    still = tb.DiagnosticModel(network).diagnose().settled(0.9)
    assert not still.one_could_change_it
    assert not still.two_could_change_it
    assert still.by_one == ()


def test_questions_about_a_group_tell_of_that_group(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(babinski=True)
    ask = dx.next_findings(about="brain_tumour")
    for result in ask.loc["mri_brain", "results"]:
        after = dx.update(mri_brain=result.state).posterior["brain_tumour"]
        assert result.posterior == pytest.approx(after, abs=1e-9)


def test_independent_findings_are_no_conflict_whatever_the_rounding() -> None:
    yes = ("no", "yes")
    chances = [0.607, 0.252, 0.557, 0.769, 0.287]
    variables = (
        tb.Variable("c", yes, table(({}, 0.1)), kind="cause"),
        *(tb.Variable(f"f{i}", yes, table(({}, p)), kind="test") for i, p in enumerate(chances)),
    )
    network = tb.Network("t", "T", "0", variables, "c", sources=(strategies.SOURCE,))
    found = {f"f{i}": "yes" for i in range(5)}
    fit = tb.DiagnosticModel(network).diagnose(found).conflict(patients=10)
    assert (fit.measure, fit.kind) == (0.0, "none")


# what if


@settings(max_examples=60)
@given(st.data())
def test_what_the_findings_moved_sums_to_the_change(data: st.DataObject) -> None:
    """Whatever the two patients have, also where nobody could have some of each."""
    model, found = drawn_case(data)
    other = data.draw(strategies.evidence(model.network, but=model.network.target))
    assume(naive.posterior(model.network, [], strategies.weights_of(model.network, other))[1] > 0)
    before, after = model.diagnose(found), model.diagnose(other)
    moved_ = before.compare(after)
    np.testing.assert_allclose(
        moved_[list(model.causes)].sum(), after.posterior - before.posterior, atol=1e-9
    )


@settings(max_examples=40)
@given(st.data())
def test_the_other_way_round_moves_the_same_with_the_opposite_sign(data: st.DataObject) -> None:
    model, found = drawn_case(data)
    other = data.draw(strategies.evidence(model.network, but=model.network.target))
    assume(naive.posterior(model.network, [], strategies.weights_of(model.network, other))[1] > 0)
    before, after = model.diagnose(found), model.diagnose(other)
    there, back = before.compare(after), after.compare(before)
    assert there.index.tolist() == back.index.tolist()
    causes = list(model.causes)
    np.testing.assert_allclose(there[causes], -back[causes].to_numpy(), atol=1e-9)


def test_what_was_added_moves_its_share_of_all_orders(dx: tb.Diagnosis) -> None:
    """Against the average over both orders, each diagnosed by itself."""
    more = {"emg": "normal", "clonus": "yes"}
    moved_ = dx.compare(dx.update(more))
    causes = list(dx.model.causes)
    for name, other in (("emg", "clonus"), ("clonus", "emg")):
        first = dx.update({name: more[name]}).posterior - dx.posterior
        last = dx.update(more).posterior - dx.update({other: more[other]}).posterior
        np.testing.assert_allclose(moved_.loc[name, causes].astype(float), (first + last) / 2)
    assert (moved_["standard_error"] == 0).all()


def test_patients_who_rule_each_other_out_are_compared(asia: tb.DiagnosticModel) -> None:
    one, other = asia.diagnose(either="yes", tub="yes"), asia.diagnose(either="no")
    moved_ = one.compare(other)
    assert moved_.loc["tub", "after"] == "not asked"
    np.testing.assert_allclose(
        moved_[["no", "yes"]].sum(), other.posterior - one.posterior, atol=1e-12
    )


def test_many_findings_that_differ_are_compared_with_a_standard_error(
    dx: tb.Diagnosis, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = dx.model.diagnose(age=30)
    exact = bare.compare(dx)
    monkeypatch.setattr(shapley_module, "MOST_EXACT", 3)
    drawn_ = bare.compare(dx, orders=2000, seed=1)
    causes = list(dx.model.causes)
    assert (drawn_["standard_error"] > 0).any()
    np.testing.assert_allclose(drawn_[causes].sum(), exact[causes].sum(), atol=1e-9)
    off = (drawn_[causes] - exact[causes]).abs().max(axis=1)
    assert (off <= 4.5 * drawn_["standard_error"] + 1e-9).all()


def test_a_comparison_names_what_differs(dx: tb.Diagnosis) -> None:
    moved_ = dx.compare(dx.update(babinski=None, emg="normal"))
    assert moved_[["before", "after"]].to_dict("index") == {
        "babinski": {"before": "yes", "after": "not asked"},
        "emg": {"before": "not asked", "after": "normal"},
    }
    assert dx.compare(dx).empty


def test_mechanisms_are_their_queries(dx: tb.Diagnosis) -> None:
    now = dx.mechanisms()
    expected = dx.model.query("upper_motor_neuron_lesion", TEN)
    np.testing.assert_allclose(now.loc["upper_motor_neuron_lesion", "posterior"], expected)
    before = dx.model.query("parkinsonism", age=58)
    np.testing.assert_allclose(now.loc["parkinsonism", "prior"], before)
