"""Diagnoses: the answer, red flags, updates, and how they show."""

from __future__ import annotations

import html.parser
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import twitchbayes as tb
from twitchbayes.display import html as as_html
from twitchbayes.display import text as as_text
from twitchbayes.display.rows import CauseRow, DiagnosisRows, FlagRow, percent


def test_the_answer_has_the_names_of_the_contract(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(timing="falling_asleep", pain="none", age=34)
    assert dx.posterior.index.name == "cause"
    assert dx.posterior.name == "posterior"
    assert dx.groups.index.tolist() == [group.name for group in leg_twitch.network.groups]
    for group in leg_twitch.network.groups:
        assert dx.groups[group.name] == pytest.approx(dx.posterior[list(group.states)].sum())
    assert isinstance(dx.log_evidence, float)
    assert dx.evidence.index.tolist() == ["setting", "age_band", "timing", "pain"]


def test_the_prior_knows_the_context_and_no_finding(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(age=70, sex="male", babinski=True)
    context = leg_twitch.diagnose(age=70, sex="male")
    np.testing.assert_allclose(dx.prior, context.posterior, atol=1e-12)
    assert dx.prior.name == "prior"


def test_top_orders_the_leaders(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(objective_weakness="progressive_spreading", babinski=True)
    top = dx.top(4)
    assert top.index[0] == "motor_neuron_disease"
    assert top["posterior"].is_monotonic_decreasing
    assert top["group"].iloc[0] == "neurological_disease"
    np.testing.assert_allclose(top["prior"], dx.prior[top.index])
    assert len(dx.top()) == 3
    assert len(dx.top(100)) == 13
    assert len(dx.top(0)) == 0


def test_log_evidence_is_the_logarithm_of_the_probability_of_the_findings(
    asia: tb.DiagnosticModel,
) -> None:
    joint = asia.query(["asia", "dysp"])
    dx = asia.diagnose(asia=True, dysp=True)
    assert dx.log_evidence == pytest.approx(math.log(joint["yes", "yes"]))


def test_update_adds_changes_and_takes_back(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(age=34, babinski=True)
    older = dx.update(age_band="60_plus")
    assert older.evidence.loc["age_band", "finding"] == "60_plus"
    assert "babinski" not in dx.update(babinski=None).evidence.index
    assert dx.evidence.loc["age_band", "finding"] == "18_39 (34 years)", "the first is as it was"
    with pytest.raises(tb.EvidenceError, match="did you mean 'clonus'"):
        dx.update(clonos=True)


def test_a_row_of_a_table_takes_nothing_back(leg_twitch: tb.DiagnosticModel) -> None:
    """What is missing in the second visit's row was not asked; None takes back."""
    dx = leg_twitch.diagnose(babinski=True)
    for row in (
        pd.Series({"babinski": math.nan, "clonus": "yes"}),
        pd.Series({"babinski": None, "clonus": "yes"}, dtype=object),
        {"babinski": math.nan, "clonus": "yes"},
        {"babinski": pd.NA, "clonus": "yes"},
    ):
        again = dx.update(row)
        assert again.evidence.loc[["babinski", "clonus"], "finding"].tolist() == ["yes", "yes"]
    assert "babinski" not in dx.update({"babinski": None}).evidence.index


def test_groups_of_a_network_without_groups_are_the_causes(asia: tb.DiagnosticModel) -> None:
    dx = asia.diagnose(dysp=True)
    assert dx.groups.to_dict() == dx.posterior.to_dict()
    assert dx.top(1)["group"].tolist() == ["no"]


FLAG = tb.RedFlag(
    "both", "Both at once", (("xray", ("yes",)), ("dysp", ("yes",))), "soon", note="Made up."
)
URGENT = tb.RedFlag("smoker", "Smokes", (("smoke", ("yes",)),), "emergency", note="Made up.")


@pytest.fixture(scope="module")
def flagged(asia: tb.DiagnosticModel) -> tb.DiagnosticModel:
    import dataclasses

    return tb.DiagnosticModel(dataclasses.replace(asia.network, red_flags=(FLAG, URGENT)))


@pytest.mark.parametrize(
    ("findings", "raised"),
    [
        ({}, []),
        ({"xray": True}, []),
        ({"xray": True, "dysp": True}, ["both"]),
        ({"xray": True, "dysp": True, "smoke": True}, ["smoker", "both"]),
        ({"xray": True, "dysp": False}, []),
        ({"xray": {"no", "yes"}, "dysp": True}, []),
        ({"xray": {"no": 0.4, "yes": 0.6}, "dysp": True}, ["both"]),
        ({"xray": {"no": 0.6, "yes": 0.4}, "dysp": True}, []),
        ({"xray": {"no": 0.5, "yes": 0.5}, "dysp": True}, []),
    ],
)
def test_red_flags_look_at_their_own_findings(
    flagged: tb.DiagnosticModel, findings: dict[str, object], raised: list[str]
) -> None:
    flags = flagged.diagnose(findings).red_flags
    assert flags.index.tolist() == raised, "the most urgent first"
    assert flags.columns.tolist() == ["label", "action", "findings", "sources", "note"]


def test_what_is_only_assumed_raises_no_flag(asia: tb.DiagnosticModel) -> None:
    import dataclasses

    variables = tuple(
        dataclasses.replace(v, default="yes" if v.name == "smoke" else None)
        for v in asia.network.variables
    )
    network = dataclasses.replace(asia.network, variables=variables, red_flags=(URGENT,))
    dx = tb.DiagnosticModel(network).diagnose()
    assert dx.evidence.loc["smoke", "assumed"]
    assert dx.red_flags.empty
    assert not dx.update(smoke=True).red_flags.empty
    assert "ln P(findings and assumed)" in repr(dx)
    assert "ln P(findings)" in repr(asia.diagnose())


def test_an_open_set_of_flagged_and_other_states_flags(leg_twitch: tb.DiagnosticModel) -> None:
    """What cannot be told apart is not waved through."""
    dx = leg_twitch.diagnose(
        objective_weakness={"focal", "progressive_spreading"}, muscle_wasting=True
    )
    assert "weakness_wasting" in dx.red_flags.index


@given(st.data())
def test_no_other_evidence_can_hide_a_red_flag(
    leg_twitch: tb.DiagnosticModel, data: st.DataObject
) -> None:
    """Whatever else is found, the diagnosis is made and the flag is raised and shown."""
    flag = data.draw(st.sampled_from(leg_twitch.network.red_flags))
    findings: dict[str, object] = {}
    for variable in leg_twitch.network.variables:
        if variable.kind not in ("cause", "mechanism") and data.draw(st.booleans()):
            findings[variable.name] = data.draw(st.sampled_from(variable.states))
    findings |= {name: data.draw(st.sampled_from(states)) for name, states in flag.when}
    dx = leg_twitch.diagnose(findings)
    assert dx.red_flags.loc[flag.name, "action"] == flag.action
    assert flag.label in " ".join(repr(dx).split())
    assert dx.posterior.sum() == pytest.approx(1)


def test_text_shows_the_answer_and_what_it_rests_on(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(
        age=58, objective_weakness="progressive_spreading", muscle_wasting=True
    )
    shown = repr(dx)
    assert shown.startswith("Twitching in the leg (leg_twitch 0.6.0)\n")
    assert "URGENT: Progressive weakness with wasting [b_MN26]" in shown
    assert "Age: 40 to 59 (58 years)" in shown
    assert "Assumed: Where the question is asked: primary care" in shown
    assert shown.count("not a medical device") == 1
    assert shown.index("Motor neuron disease") < shown.index("Ordinary benign twitching")
    assert max(map(len, shown.splitlines())) <= 79


def test_text_and_html_show_the_same_numbers(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(age=58, babinski=True)
    shown = dx._repr_html_()
    for probability in [*dx.posterior, *dx.prior, *dx.groups]:
        assert percent(probability) in repr(dx)
        assert percent(probability).replace("<", "&lt;").replace(">", "&gt;") in shown
    assert shown.count("not a medical device") == 1
    assert "<script" not in shown
    assert "http" not in shown


def test_a_diagnosis_shows_where_only_its_findings_make_it_possible(
    asia: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    dx = asia.diagnose(dysp=True, smoke=True)
    whole = asia.marginal

    def too_wide(names: list[str], found: list[object]) -> object:
        if len(found) < 2:
            raise tb.TooWideError("too wide", 99, 2**99)
        return whole(names, found)  # type: ignore[arg-type]

    monkeypatch.setattr(asia, "marginal", too_wide)
    for shown in (repr(dx), dx._repr_html_()):
        assert ">-<" in shown or " -  " in shown
        assert "Shortness of breath" in shown
    with pytest.raises(tb.TooWideError):
        _ = dx.prior
    assert dx.top(2)["prior"].isna().all()
    assert dx.top(2)["posterior"].tolist() == sorted(dx.posterior, reverse=True)
    shown = dx.show("posterior").text
    likely = percent(dx.posterior["no"])
    assert shown.splitlines()[2] == f"Most probable is No lung cancer: {likely}."
    assert "too wide for exact" in shown
    assert "nan" not in shown + dx.show("posterior").html


def test_no_probability_is_rounded_to_none_or_all() -> None:
    assert percent(1e-30) == "<0.1%"
    assert percent(1 - 1e-12) == ">99.9%"
    assert percent(0.0) == "0%"
    assert percent(1.0) == "100%"
    assert percent(0.9994) == ">99.9%"
    assert percent(0.0005) == "<0.1%"


class Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_escaped_and_well_formed() -> None:
    bad = "<script>alert('x')</script>&"
    rows = DiagnosisRows(
        bad,
        bad,
        (FlagRow(bad, bad, bad),),
        (CauseRow(bad, 0.1, 0.2),),
        (CauseRow(bad, 0, 1),),
        ((bad, bad),),
        ((bad, bad),),
        -1.0,
    )
    shown = as_html.diagnosis_html(rows)
    tags = Tags()
    tags.feed(shown)
    assert not tags.open
    assert "script" not in tags.seen
    assert bad in as_text.diagnosis_text(rows)


def test_a_model_of_hostile_names_shows_them_harmless(asia: tb.DiagnosticModel) -> None:
    import dataclasses

    bad = "<img src=x onerror=alert(1)>"
    hostile = dataclasses.replace(
        asia.network,
        name=bad,
        title=bad,
        description=bad,
        variables=tuple(
            dataclasses.replace(v, label=bad, kind="test") for v in asia.network.variables
        ),
    )
    model = tb.DiagnosticModel(hostile)
    for shown in (model._repr_html_(), model.diagnose(dysp=True)._repr_html_()):
        tags = Tags()
        tags.feed(shown)
        assert "img" not in tags.seen


def test_a_diagnosis_without_findings_says_so(asia: tb.DiagnosticModel) -> None:
    dx = asia.diagnose()
    assert "Findings: none given" in repr(dx)
    assert dx.log_evidence == pytest.approx(0, abs=1e-12)
    assert isinstance(dx.evidence, pd.DataFrame)
    assert dx.evidence.empty
    assert dx.red_flags.empty
