"""Invariants: what holds is found to hold, what does not comes with a case that shows it."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
import twitchbayes as tb
from twitchbayes.invariant import BOUNDED
from twitchbayes.sampling import draw_cases

COLUMNS = ["invariant", "label", "holds", "tried", "worst", "counterexample"]


def invariant(when: dict[str, object], law: str, **more: object) -> tb.Invariant:
    def event(found: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
        pairs = dict(found)  # type: ignore[call-overload]
        return tuple((name, (s,) if isinstance(s, str) else tuple(s)) for name, s in pairs.items())

    more = {"name": "i", "label": "A law", "causes": ("yes",)} | more
    if "given" in more:
        more["given"] = event(more["given"])
    return tb.Invariant(when=event(when), law=law, **more)  # type: ignore[arg-type]


def checked(network: tb.Network, *invariants: tb.Invariant, **how: int) -> list[dict[str, object]]:
    model = tb.DiagnosticModel(dataclasses.replace(network, invariants=invariants))
    frame = model.check(**how)
    assert list(frame.columns) == COLUMNS
    return frame.to_dict("records")


def findings(words: str) -> dict[str, str]:
    return dict(word.split("=") for word in words.split(", "))


@pytest.mark.parametrize(
    ("when", "law"),
    [
        ({"smoke": "yes"}, "never_lowers"),
        ({"smoke": "no"}, "never_raises"),
        ({"either": "yes"}, "never_lowers"),
        ({"xray": "yes"}, "never_lowers"),
        ({"dysp": "yes"}, "never_lowers"),
        ({"xray": "no", "dysp": "no"}, "never_raises"),
    ],
)
def test_a_law_that_holds_is_not_broken_by_any_case(
    asia: tb.DiagnosticModel, when: dict[str, object], law: str
) -> None:
    (row,) = checked(asia.network, invariant(when, law))
    assert row["holds"]
    assert row["tried"] > 400
    assert row["worst"] < 1e-9
    assert row["counterexample"] == ""


@pytest.mark.parametrize(
    ("when", "law", "counterexample"),
    [
        ({"smoke": "yes"}, "never_raises", "smoke=yes"),
        ({"xray": "yes", "dysp": "yes"}, "never_raises", "xray=yes, dysp=yes"),
        ({"smoke": ["no", "yes"]}, "never_raises", "smoke=yes"),
        # bronchitis explains breathlessness away; by itself it speaks for smoking
        ({"bronc": "yes"}, "never_lowers", "dysp=yes, bronc=yes"),
    ],
)
def test_a_law_that_is_broken_comes_with_the_least_that_breaks_it(
    asia: tb.DiagnosticModel, when: dict[str, object], law: str, counterexample: str
) -> None:
    (row,) = checked(asia.network, invariant(when, law))
    assert not row["holds"]
    assert row["counterexample"] == counterexample
    found = findings(counterexample)
    rest = {name: state for name, state in found.items() if name not in when}
    moved = asia.diagnose(found).posterior["yes"] - asia.diagnose(rest).posterior["yes"]
    assert 1e-9 < (moved if law == "never_raises" else -moved) <= row["worst"]


def test_what_is_given_is_found_before_and_after(asia: tb.DiagnosticModel) -> None:
    """Where breathlessness is given, the finding of bronchitis speaks against cancer."""
    law = invariant({"bronc": "yes"}, "never_raises", given={"dysp": "yes", "smoke": ["no", "yes"]})
    (row,) = checked(asia.network, law)
    assert row["holds"]
    assert 500 < row["tried"] <= 1000
    (row,) = checked(asia.network, dataclasses.replace(law, law="never_lowers"))
    words = str(row["counterexample"])
    assert re.fullmatch("dysp=yes, smoke=(no|yes), bronc=yes", words)


@pytest.mark.parametrize(
    ("law", "bound", "holds", "worst"),
    [
        ("stays_above", 0.09, True, -0.01),
        ("stays_above", 0.11, False, 0.01),
        ("stays_below", 0.11, True, -0.01),
        ("stays_below", 0.05, False, 0.05),
    ],
)
def test_a_bound_is_about_the_finding_alone(
    asia: tb.DiagnosticModel, law: str, bound: float, holds: bool, worst: float
) -> None:
    """Of smokers 10% have lung cancer."""
    (row,) = checked(asia.network, invariant({"smoke": "yes"}, law, bound=bound))
    assert (row["holds"], row["tried"]) == (holds, 1)
    assert row["worst"] == pytest.approx(worst)
    assert row["counterexample"] == ("" if holds else "smoke=yes")


def test_causes_may_be_groups_and_each_cause_counts_once(leg_twitch: tb.DiagnosticModel) -> None:
    """`nerve_irritation` is a group and a cause of the same name."""
    prior = leg_twitch.diagnose(sex="male").posterior
    causes = ("tumour_or_infection", "brain_tumour", "nerve_irritation")
    law = invariant({"sex": "male"}, "stays_below", bound=0.5, causes=causes)
    (row,) = checked(leg_twitch.network, law)
    expected = prior[["brain_tumour", "cns_infection", "nerve_irritation"]].sum()
    assert row["worst"] == pytest.approx(expected - 0.5)


def test_defaults_are_assumed_as_in_diagnose(leg_twitch: tb.DiagnosticModel) -> None:
    law = invariant({"sex": "male"}, "stays_above", bound=0.5, causes=("benign",))
    (row,) = checked(leg_twitch.network, law)
    assert row["worst"] == pytest.approx(0.5 - leg_twitch.diagnose(sex="male").groups["benign"])
    law = invariant({"age_band": "60_plus"}, "never_raises", causes=("parkinsons_disease",))
    (row,) = checked(leg_twitch.network, law)
    assert "setting=primary_care" not in str(row["counterexample"])


def test_a_finding_that_cannot_be_is_named(asia: tb.DiagnosticModel) -> None:
    law = invariant({"either": "no"}, "never_raises", given={"tub": "yes"}, name="odd")
    with pytest.raises(
        tb.ImpossibleEvidenceError,
        match=r"invariants\.odd of asia is about findings that have probability zero: tub=yes, "
        "either=no cannot go together; mend the invariant, or the network",
    ) as caught:
        checked(asia.network, law)
    assert caught.value.conflict == (("tub", "yes"), ("either", "no"))


def test_the_same_seed_tries_the_same_cases_whatever_other_invariants_there_are(
    asia: tb.DiagnosticModel,
) -> None:
    law = invariant({"bronc": "yes"}, "never_lowers", name="one")
    other = invariant({"smoke": "yes"}, "never_lowers", name="other")
    alone = checked(asia.network, law, cases=20, seed=3)
    assert checked(asia.network, other, law, cases=20, seed=3)[1:] == alone
    assert checked(asia.network, law, cases=20, seed=4) != alone
    many = [dataclasses.replace(other, name=f"other {i}") for i in range(70)]
    assert checked(asia.network, *many, law, cases=20, seed=3)[-1:] == alone


def test_one_case_is_the_finding_alone(asia: tb.DiagnosticModel) -> None:
    (row,) = checked(asia.network, invariant({"bronc": "yes"}, "never_lowers"), cases=1)
    assert row["holds"]
    assert row["tried"] == 1


def test_an_invariant_about_all_there_is_can_be_checked() -> None:
    """Nothing else can be found."""
    half = tb.Table((tb.Row((), (("yes", strategies.estimate(0.5)),)),))
    variables = tuple(tb.Variable(name, ("no", "yes"), half) for name in ("a", "b"))
    law = invariant({"b": "yes"}, "never_lowers")
    network = tb.Network("n", "N", "1", variables, "a", sources=(strategies.SOURCE,))
    (row,) = checked(network, law, cases=3)
    assert (row["holds"], row["tried"], row["worst"]) == (True, 3, 0.0)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"cases": 0}, "cases is 0; give a whole number of at least 1"),
        ({"cases": 1.5}, "cases is 1.5; give a whole number of at least 1"),
        ({"cases": True}, "cases is True; give a whole number of at least 1"),
        ({"seed": -1}, "seed is -1; give a whole number of at least 0"),
    ],
)
def test_what_is_no_number_of_cases_is_refused(
    asia: tb.DiagnosticModel, how: dict[str, int], expected: str
) -> None:
    with pytest.raises(tb.QueryError) as caught:
        asia.check(**how)
    assert str(caught.value) == expected


def test_without_invariants_the_frame_is_empty_target_or_not(asia: tb.DiagnosticModel) -> None:
    model = tb.DiagnosticModel(dataclasses.replace(asia.network, target=None, groups=()))
    frame = model.check()
    assert frame.empty
    assert list(frame.columns) == COLUMNS


def test_another_target_takes_the_invariants_away() -> None:
    assert tb.load("leg_twitch").network.invariants
    assert tb.load("leg_twitch", target="fever").check().empty


def test_the_lists_of_an_invariant_are_bounded(asia: tb.DiagnosticModel) -> None:
    states = tuple(f"s{i}" for i in range(101))
    table = tb.Table((tb.Row((), tuple((s, strategies.estimate(1 / 101)) for s in states)),))
    many = tb.Variable("many", states, table)
    with pytest.raises(
        tb.NetworkError,
        match=r"invariants\.i: its lists make 101 combinations, at most 100; name fewer states",
    ):
        dataclasses.replace(
            asia.network,
            variables=(*asia.network.variables, many),
            sources=(*asia.network.sources, strategies.SOURCE),
            invariants=(invariant({"many": states}, "never_lowers"),),
        )


@given(st.data())
def test_drawn_cases_are_as_frequent_as_they_are_probable(data: st.DataObject) -> None:
    network = data.draw(strategies.networks())
    count = 2000
    cases = draw_cases(network, count, np.random.default_rng(data.draw(st.integers(0, 99))))
    model = tb.DiagnosticModel(network)
    for variable in network.variables:
        share = np.bincount(cases[:, network.position[variable.name]]) / count
        probability = model.query(variable.name).to_numpy()
        assert len(share) <= len(probability)
        share = np.pad(share, (0, len(probability) - len(share)))
        assert (share[probability == 0] == 0).all()
        spread = np.sqrt(probability * (1 - probability) / count)
        assert (np.abs(share - probability) <= 6 * spread + 1 / count).all()


def test_drawn_cases_keep_variables_together(asia: tb.DiagnosticModel) -> None:
    network = asia.network
    cases = draw_cases(network, 20_000, np.random.default_rng(0))
    lung, smoke, xray, either = (
        cases[:, network.position[name]] for name in ("lung", "smoke", "xray", "either")
    )
    assert lung[smoke == 1].mean() == pytest.approx(0.1, abs=0.01)
    assert xray[either == 1].mean() == pytest.approx(0.98, abs=0.02)
    assert (either >= lung).all()


INVARIANTS = tb.load("leg_twitch").network.invariants


def test_the_bundled_invariants_hold(leg_twitch: tb.DiagnosticModel) -> None:
    frame = leg_twitch.check()
    assert len(frame) == len(INVARIANTS)
    broken = frame[~frame["holds"]]
    assert broken.empty, broken[["label", "counterexample"]].to_string()


@pytest.mark.parametrize(
    "law", [law for law in INVARIANTS if law.law not in BOUNDED], ids=lambda law: law.name
)
@settings(max_examples=settings.default.max_examples // 4)  # for each of many laws
@given(data=st.data())
def test_nothing_else_that_is_found_breaks_a_bundled_invariant(
    leg_twitch: tb.DiagnosticModel, law: tb.Invariant, data: st.DataObject
) -> None:
    """States and sets of states, asked one by one."""
    named = {*dict(law.when), *dict(law.given), "cause"}
    free = [
        variable
        for variable in leg_twitch.network.variables
        if variable.name not in named and variable.kind != "mechanism"
    ]
    rest: dict[str, object] = {}
    for variable in data.draw(st.lists(st.sampled_from(free), max_size=8, unique=True)):
        state = st.sampled_from(variable.states)
        rest[variable.name] = data.draw(state | st.sets(state, min_size=1))
    rest |= {name: data.draw(st.sampled_from(states)) for name, states in law.given}
    when = {name: data.draw(st.sampled_from(states)) for name, states in law.when}
    groups = {group.name: group.states for group in leg_twitch.network.groups}
    causes = {
        cause
        for name in law.causes
        for cause in ([name] if name in leg_twitch.causes else groups[name])
    }
    try:
        after = leg_twitch.diagnose(rest, **when).posterior[sorted(causes)].sum()
        before = leg_twitch.diagnose(rest).posterior[sorted(causes)].sum()
    except tb.ImpossibleEvidenceError:
        return
    if law.law == "never_lowers":
        assert after >= before - 1e-9
    else:
        assert after <= before + 1e-9
