"""Every form of evidence, and every way in which it can be wrong."""

from __future__ import annotations

import dataclasses
import enum
import math

import numpy as np
import pandas as pd
import pytest

import twitchbayes as tb


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("yes", "yes"),
        (True, "yes"),
        (np.True_, "yes"),
        (np.str_("yes"), "yes"),
        (False, "no"),
        ({"yes"}, "yes"),
        (["no", "yes"], "no or yes"),
        ((True,), "yes"),
        (frozenset({"no", "yes"}), "no or yes"),
        ({"no": 0.2, "yes": 0.8}, "no 0.2, yes 0.8"),
        ({"no": 0, "yes": 1}, "yes"),
        ({False: 0.5, True: 2}, "no 0.5, yes 2"),
        ({"no": 1, "yes": 1.0000000001}, "no 1, yes 1.0000000001"),
        (np.array(["no", "yes"]), "no or yes"),
        (pd.Series(["yes"]), "yes"),
        (pd.Series([0.2, 0.8], index=["no", "yes"]), "no 0.2, yes 0.8"),
        (enum.Enum("Answer", {"YES": "yes"}, type=str).YES, "yes"),
    ],
)
def test_forms_of_evidence(leg_twitch: tb.DiagnosticModel, given: object, text: str) -> None:
    dx = leg_twitch.diagnose(babinski=given)
    assert dx.evidence.loc["babinski", "finding"] == text


@pytest.mark.parametrize("nothing", [None, math.nan, np.nan, np.float32("nan"), pd.NA, pd.NaT])
def test_not_asked_is_not_absent(leg_twitch: tb.DiagnosticModel, nothing: object) -> None:
    dx = leg_twitch.diagnose(babinski=nothing, cause=None)
    assert "babinski" not in dx.evidence.index
    np.testing.assert_array_equal(dx.posterior, leg_twitch.diagnose().posterior)
    assert leg_twitch.diagnose(babinski=False).log_evidence < 0


@pytest.mark.parametrize(
    "evidence", [{"age": 34, "timing": "any_time"}, pd.Series({"age": 34, "timing": "any_time"})]
)
def test_a_case_may_be_a_mapping_or_a_row_of_a_table(
    leg_twitch: tb.DiagnosticModel, evidence: object
) -> None:
    dx = leg_twitch.diagnose(evidence, pain="none")  # type: ignore[arg-type]
    expected = leg_twitch.diagnose(age=34, timing="any_time", pain="none")
    np.testing.assert_array_equal(dx.posterior, expected.posterior)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (["babinski"], "findings are given by keyword, such as age=34, or as one mapping"),
        ("babinski=yes", "not as str"),
        (pd.DataFrame({"age": [34]}), "not as DataFrame; a table of cases goes to diagnose_frame"),
        ({"babinski": True}, "babinski is given twice; give it once"),
    ],
)
def test_what_is_no_case_is_explained(
    leg_twitch: tb.DiagnosticModel, evidence: object, expected: str
) -> None:
    dx = leg_twitch.diagnose()
    for ask in (leg_twitch.diagnose, dx.update, lambda *a, **k: leg_twitch.query("pain", *a, **k)):
        with pytest.raises(tb.EvidenceError) as caught:
            ask(evidence, babinski=True)  # type: ignore[operator]
        assert expected in str(caught.value)


def test_what_was_given_may_change_afterwards_and_the_diagnosis_does_not(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    states = ["focal"]
    dx = leg_twitch.diagnose(objective_weakness=states)
    states.append("none")
    again = dx.update()
    np.testing.assert_array_equal(dx.posterior, again.posterior)
    assert again.evidence.equals(dx.evidence)


def test_a_default_is_not_assumed_for_what_is_asked(leg_twitch: tb.DiagnosticModel) -> None:
    settings = leg_twitch.query("setting")
    assert settings.between(0.01, 0.99).all()
    joint = leg_twitch.query(["setting", "pain"])
    np.testing.assert_allclose(joint.groupby("setting", sort=False).sum(), settings, atol=1e-12)
    usual = leg_twitch.query("pain")
    np.testing.assert_allclose(joint["primary_care"] / settings["primary_care"], usual, atol=1e-12)


def test_a_target_with_a_default_is_still_asked(asia: tb.DiagnosticModel) -> None:
    variables = tuple(
        dataclasses.replace(v, default="no" if v.name in ("lung", "smoke") else None)
        for v in asia.network.variables
    )
    model = tb.DiagnosticModel(dataclasses.replace(asia.network, variables=variables))
    expected = asia.diagnose(xray=True, smoke=False).posterior
    np.testing.assert_array_equal(model.diagnose(xray=True).posterior, expected)
    frame = pd.DataFrame({"xray": [True], "lung": [None]})
    np.testing.assert_allclose(model.diagnose_frame(frame).iloc[0], expected, atol=1e-12)


def test_a_set_is_the_union_of_its_states(leg_twitch: tb.DiagnosticModel) -> None:
    """P(cause | a or b) is the mixture of both, by how likely each is."""
    one = leg_twitch.diagnose(objective_weakness="focal")
    other = leg_twitch.diagnose(objective_weakness="progressive_spreading")
    both = leg_twitch.diagnose(objective_weakness={"focal", "progressive_spreading"})
    shares = np.exp([one.log_evidence, other.log_evidence])
    assert math.exp(both.log_evidence) == pytest.approx(shares.sum())
    mixed = (shares[0] * one.posterior + shares[1] * other.posterior) / shares.sum()
    np.testing.assert_allclose(both.posterior, mixed, atol=1e-12)


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (18, "18_39"),
        (39.9, "18_39"),
        (40, "40_59"),
        (59, "40_59"),
        (60, "60_plus"),
        (110, "60_plus"),
        (np.int64(34), "18_39"),
        (np.float32(34), "18_39"),
    ],
)
def test_a_measurement_sets_its_band(leg_twitch: tb.DiagnosticModel, age: float, band: str) -> None:
    dx = leg_twitch.diagnose(age=age)
    assert dx.evidence.loc["age_band", "finding"] == f"{band} ({age:g} years)"
    np.testing.assert_array_equal(dx.posterior, leg_twitch.diagnose(age_band=band).posterior)


def test_a_number_of_fewer_bits_is_the_decimal_it_stands_for(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    """0.7 is the cut; as float32 it is a little less, and not because anyone measured that."""
    given = np.float32(0.7)
    assert float(given) < 0.7
    finding = leg_twitch.diagnose(serum_magnesium=given).evidence.loc["serum_magnesium", "finding"]
    assert finding == "normal (0.7 mmol/l)"
    frame = pd.DataFrame({"serum_magnesium": np.array([0.7, 0.5], dtype=np.float32)})
    place = leg_twitch.network.position["serum_magnesium"]
    assert leg_twitch.encode(frame)[:, place].tolist() == [0, 1]
    assert leg_twitch.encode(frame.astype("Float32"))[:, place].tolist() == [0, 1]


def test_a_measurement_may_have_the_name_of_its_variable(leg_twitch: tb.DiagnosticModel) -> None:
    """Low numbers are the later state here: bands need not follow the order of the states."""
    assert (
        "low"
        in leg_twitch.diagnose(serum_magnesium=0.58).evidence.loc["serum_magnesium", "finding"]
    )
    assert (
        "normal"
        in leg_twitch.diagnose(serum_magnesium=0.7).evidence.loc["serum_magnesium", "finding"]
    )
    for states in ("low", {"low"}, {"low": 1.0, "normal": 0.0}):
        assert (
            leg_twitch.diagnose(serum_magnesium=states).evidence.loc["serum_magnesium", "finding"]
            == "low"
        )


def test_defaults_are_assumed_and_marked(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(age=34, setting=None)
    assert dx.evidence.loc["setting"].to_dict() == {
        "finding": "primary_care",
        "kind": "context",
        "assumed": True,
    }
    assert not dx.evidence.loc["age_band", "assumed"]
    given = leg_twitch.diagnose(age=34, setting="primary_care")
    assert not given.evidence.loc["setting", "assumed"]
    np.testing.assert_array_equal(dx.posterior, given.posterior)


def test_a_default_can_be_left_open_on_purpose(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(setting=set(leg_twitch.states("setting")))
    assert dx.log_evidence == pytest.approx(0, abs=1e-12)
    assert not dx.evidence.loc["setting", "assumed"]


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ({"babinsky": True}, "leg_twitch has no variable 'babinsky'; did you mean 'babinski'?"),
        ({"Babinski": True}, "did you mean 'babinski'?"),
        (
            {"qqqq": True},
            "leg_twitch has no variable 'qqqq'; model.variables, or `twitchbayes describe`, lists",
        ),
        ({3: True}, "leg_twitch has no variable 3; model.variables"),
        ({"babinsky": None}, "did you mean 'babinski'?"),
        (
            {"timing": "faling_asleep"},
            "timing has no state 'faling_asleep'; did you mean 'falling_asleep'?",
        ),
        (
            {"timing": "x"},
            "timing has no state 'x'; it takes one of any_time, falling_asleep, resting",
        ),
        (
            {"timing": True},
            "timing takes one of any_time, falling_asleep, resting_awake, after_exertion, not True",
        ),
        ({"timing": 3}, "timing has no state 3; it takes one of"),
        ({"timing": object}, "timing has no state <class 'object'>"),
        ({"timing": []}, "timing is given no state; leave it out if it was not asked"),
        ({"timing": {"any_time", "never"}}, "timing has no state 'never'"),
        ({"cause": "benign_idle"}, "cause is what is asked for, so it cannot be given"),
        (
            {"babinski": {"no": -1, "yes": 1}},
            "babinski: the weight of no is -1; a weight is P(what was seen | state)",
        ),
        ({"babinski": {"no": math.inf, "yes": 1}}, "babinski: the weight of no is inf"),
        ({"babinski": {"no": math.nan, "yes": 1}}, "babinski: the weight of no is nan"),
        ({"babinski": {"no": "0.5", "yes": 1}}, "babinski: the weight of no is '0.5'"),
        ({"babinski": {"no": True, "yes": 1}}, "babinski: the weight of no is True"),
        (
            {"babinski": {"no": 0, "yes": 0}},
            "babinski: all weights are 0, which rules out every state",
        ),
        (
            {"babinski": {"yes": 0.8}},
            "babinski: no weight for no; soft evidence weighs every state",
        ),
        ({"babinski": {"no": 0.5, "maybe": 1}}, "babinski has no state 'maybe'"),
        ({"age": 12}, "age=12 is outside 18 to 110 years; this network is about adults"),
        ({"age": 111}, "age=111 is outside 18 to 110 years; this network is about adults"),
        ({"age": math.inf}, "age=inf is outside 18 to 110 years"),
        ({"age": 10**400}, "age=inf is outside 18 to 110 years"),
        ({"age": 110.0000001}, "age=110.0000001 is outside 18 to 110 years"),
        ({"babinski": {"no": 10**400, "yes": 1}}, "babinski: the weight of no is 1000"),
        (
            {"babinski": pd.Series([0.2, 0.8, 0.1], index=["no", "yes", "yes"])},
            "babinski: yes is given two weights; give one",
        ),
        (
            {"babinski": {"no": 0.5, "yes": 1, True: 0.5}},
            "babinski: yes is given two weights; give one",
        ),
        ({"age": "old"}, "age takes a number (years), not 'old'"),
        ({"age": True}, "age takes a number (years), not True"),
        ({"age": {"18_39"}}, "age takes a number (years), not {'18_39'}"),
        ({"age_band": 34}, "age_band has no state 34; give the number as age=34"),
        (
            {"age": 34, "age_band": "18_39"},
            "age_band is given twice, as age and as age_band; give one",
        ),
        (
            {"serum_magnesium": 80},
            "serum_magnesium=80 is outside 0.1 to 3 mmol/l; serum magnesium is given in mmol/l",
        ),
        ({"serum_magnesium": "lwo"}, "serum_magnesium has no state 'lwo'; did you mean 'low'?"),
        (
            {"serum_magnesium": "0.58"},
            "one of normal, low, or a number as serum_magnesium=... (a number, not a text)",
        ),
        ({"age": "34"}, "a column of texts with pandas.to_numeric"),
        ({"age": "old"}, "age takes a number (years), not 'old'; states are given as age_band=..."),
        ({"age": {"18_39"}}, "states are given as age_band=..."),
        ({"babinski": 1}, "one of no, yes, or True and False (a column of 0 and 1: astype("),
        ({"babinski": "None"}, "one of no, yes; what was not asked is None, or left out"),
        ({"babinski": [0.3, 0.7]}, "weights are given as a mapping of every state to its weight"),
    ],
)
def test_bad_findings_get_an_error_that_says_what_to_do(
    leg_twitch: tb.DiagnosticModel, findings: dict[object, object], expected: str
) -> None:
    with pytest.raises(tb.EvidenceError) as caught:
        leg_twitch.diagnose(findings)  # type: ignore[arg-type]
    assert expected in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert caught.value.variable is not None


def test_impossible_evidence_names_a_smallest_conflict(asia: tb.DiagnosticModel) -> None:
    """Tuberculosis, and yet neither it nor cancer: smoking and the X-ray have no part in it."""
    findings = {
        "smoke": True,
        "xray": True,
        "either": False,
        "tub": True,
        "dysp": {"no": 0.1, "yes": 1},
    }
    with pytest.raises(tb.ImpossibleEvidenceError) as caught:
        asia.diagnose(findings)
    assert caught.value.conflict == (("tub", "yes"), ("either", "no"))
    assert str(caught.value) == (
        "the findings have probability zero in asia: tub=yes, either=no cannot go together; check "
        "them, or give one as soft evidence (a weight per state)"
    )


def test_a_finding_that_is_impossible_alone_is_named_alone() -> None:
    certain = tb.Estimate(1.0, "judged", interval=(1, 1), note="By definition.")
    variable = tb.Variable("sky", ("blue", "green"), tb.Table((tb.Row((), (("blue", certain),)),)))
    model = tb.DiagnosticModel(tb.Network("sky", "Sky", "1", (variable,)))
    with pytest.raises(tb.ImpossibleEvidenceError, match=r"sky=green cannot be; check"):
        model.query("sky", sky="green")


def test_an_assumed_default_in_a_conflict_is_marked() -> None:
    certain = tb.Estimate(1.0, "judged", interval=(1, 1), note="By definition.")
    half = tb.Estimate(0.5, "judged", interval=(0, 1), note="A coin.")
    season = tb.Variable(
        "season",
        ("summer", "winter"),
        tb.Table((tb.Row((), (("summer", half),)),)),
        default="summer",
    )
    snow = tb.Variable(
        "snow",
        ("no", "yes"),
        tb.Table(
            (tb.Row((), (("yes", half),)), tb.Row((("season", ("summer",)),), (("no", certain),)))
        ),
        ("season",),
    )
    model = tb.DiagnosticModel(tb.Network("weather", "Weather", "1", (season, snow)))
    with pytest.raises(tb.ImpossibleEvidenceError, match=r"season=summer \(assumed\), snow=yes"):
        model.query("snow", snow=True)


def test_states_that_look_like_numbers_or_truth_values_can_be_given_as_such() -> None:
    half = tb.Estimate(0.5, "judged", interval=(0, 1), note="A coin.")
    table = tb.Table((tb.Row((), (("0", half),)),))
    other = tb.Table((tb.Row((), (("TRUE", half),)),))
    network = tb.Network(
        "coin",
        "Coin",
        "1",
        (tb.Variable("a", ("0", "1"), table), tb.Variable("b", ("TRUE", "FALSE"), other)),
    )
    model = tb.DiagnosticModel(network)
    assert model.query("b", a=1, b=False).tolist() == [0.0, 1.0]
    gaps = pd.DataFrame({"a": [1, None, 0]})
    assert model.encode(gaps)[:, 0].tolist() == [1, -1, 0], "whole numbers that pandas made floats"


def test_errors_survive_pickling(asia: tb.DiagnosticModel, leg_twitch: tb.DiagnosticModel) -> None:
    import pickle

    errors: list[Exception] = [tb.NetworkError("n", ["a", "b"]), tb.TooWideError("wide", 3, 8)]
    for model, findings in ((asia, {"tub": True, "either": False}), (leg_twitch, {"age": 3})):
        with pytest.raises(tb.TwitchbayesError) as caught:
            model.diagnose(findings)
        errors.append(caught.value)
    with pytest.warns(tb.ImpossibleCasesWarning) as warned:
        asia.diagnose_frame(
            pd.DataFrame({"tub": ["yes"], "either": "no"}, index=["a"]), on_impossible="null"
        )
    assert isinstance(warned[0].message, tb.ImpossibleCasesWarning)
    errors.append(warned[0].message)
    for error in errors:
        again = pickle.loads(pickle.dumps(error))
        assert str(again) == str(error)
        assert again.__dict__ == error.__dict__
