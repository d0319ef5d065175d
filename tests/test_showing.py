"""Answers in words: the same numbers in text and HTML, of every question, on every network."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import naive
import strategies
import twitchbayes as tb
from twitchbayes.display.answer_html import answer_html
from twitchbayes.display.answer_rows import AnswerRow, AnswerRows, AnswerTable, Bar
from twitchbayes.display.answer_text import answer_text
from twitchbayes.questions.named import QUESTIONS
from twitchbayes.showing.shown import ROWS

CASE = {
    "age": 58,
    "objective_weakness": "focal",
    "babinski": True,
    "reflexes": "brisk",
    "pain": "none",
    "timing": "any_time",
}


@pytest.fixture(scope="module")
def dx(leg_twitch: tb.DiagnosticModel) -> tb.Diagnosis:
    return leg_twitch.diagnose(CASE)


def arguments(dx: tb.Diagnosis, question: str) -> dict[str, object]:
    if question == "compare":
        return {"other": dx.update(emg="normal", babinski=None)}
    return {"draws": 50} if question == "intervals" else {}


class Words(HTMLParser):
    """The words of some HTML, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words, self.tags, self.open = "", [], []
        self.feed(html)
        assert not self.open

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def of_bars(words: str) -> str:
    return " ".join(re.sub(r"[#|]", " ", words).split())


def test_every_question_can_be_shown() -> None:
    assert set(ROWS) == set(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS)
def test_text_and_html_say_the_same(dx: tb.Diagnosis, question: str) -> None:
    shown = dx.show(question, rows=4, **arguments(dx, question))
    html = Words(shown.html)
    # wrapped labels stand apart from their numbers in text, so words are compared as a bag
    assert sorted(of_bars(shown.text).split()) == sorted(of_bars(html.words).split())
    assert not {"script", "style", "link", "img"} & set(html.tags)
    assert shown.text.count("not a medical device") == 1
    assert f"leg_twitch {dx.model.network.version}" in shown.text
    assert "Assumed: Where the question is asked: primary care." in shown.text
    assert str(shown) == repr(shown) == shown.text
    assert shown._repr_html_() == shown.html
    assert max(map(len, shown.text.splitlines())) <= 79


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_without_findings_can_be_shown(
    leg_twitch: tb.DiagnosticModel, question: str
) -> None:
    dx = leg_twitch.diagnose()
    given_ = {"other": dx} if question == "compare" else arguments(dx, question)
    assert "Findings: none given." in dx.show(question, **given_).text


@settings(max_examples=25)
@given(st.data())
def test_every_question_is_shown_of_any_network(data: st.DataObject) -> None:
    network = data.draw(strategies.networks())
    found = data.draw(strategies.evidence(network, but=network.target))
    assume(naive.posterior(network, [], strategies.weights_of(network, found))[1] > 0)
    dx = tb.DiagnosticModel(network).diagnose(found)
    for question in QUESTIONS:
        given_ = {"other": dx.model.diagnose()} if question == "compare" else {}
        given_ |= {"draws": 5} if question == "intervals" else {}
        refused = ""
        try:
            shown = dx.show(question, **given_)
        except tb.QueryError as error:
            refused = str(error)
        assert not refused or "odds" in refused or "every draw" in refused
        if refused:
            continue
        assert "nan" not in shown.text.split()
        Words(shown.html)


def test_sentences_say_what_the_numbers_mean(dx: tb.Diagnosis) -> None:
    why = dx.explain()
    shown = " ".join(dx.show("explanation").text.split())
    factor = why.loc["babinski", "factor"]
    assert why.index[0] == "babinski"
    assert f"Babinski sign: yes raised them the most, to {factor:.3g} times what" in shown
    assert "against everything else were 1 to " in shown
    ask = dx.next_findings()
    shown = " ".join(dx.show("next").text.split())
    assert f"Shown: 10 of {len(ask)} rows (Finding)." in shown
    assert f"{ask['information'].iloc[0]:.3f} bits about which cause it is" in shown
    asked = dx.show("next", about="tumour_or_infection").text
    assert "bits about whether it is Brain tumour or infection" in " ".join(asked.split())


def test_what_tells_next_to_nothing_is_never_said_to_tell_nothing(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    """Where the posterior is flat, what is left to ask tells less than a thousandth of a bit."""
    sure = leg_twitch.diagnose(
        CASE | {"age": 62, "cramps": True, "fever": False, "emg": "acute_denervation"}
        | {"muscle_wasting": True, "tongue_fasciculation": True, "sex": "male"}
        | {"objective_weakness": "progressive_spreading", "progression": True}
    )  # fmt: skip
    assert 0 < sure.next_findings()["information"].max() < 0.0005
    for words in (sure.show("next").text, sure.show("next").html.replace("&lt;", "<")):
        assert "0.000" not in words
        assert "for its cost: <0.001 bits about" in " ".join(words.split())
        assert "the full width is <0.001." in " ".join(words.split())


def test_a_finding_that_hardly_conflicts_is_never_said_not_to(dx: tb.Diagnosis) -> None:
    little = dx.update(weight_loss="no", fever=False, seizure=False, headache="usual")
    restores = little.conflict().findings["restores"]
    assert ((restores != 0) & (restores.abs() < 0.005)).any()
    assert not re.search(r"[-+]0\.00\b", little.show("conflict", rows=20).text)


def test_causes_and_groups_go_by_their_labels(dx: tb.Diagnosis) -> None:
    shown = dx.show("explanation", cause="benign", against="neurological_disease").text
    assert shown.startswith("Why Benign twitching?")
    assert "against MS, Parkinson's or motor" in shown
    pair = dx.show("explanation", cause=["benign_idle", "stress_related"]).text
    assert pair.startswith("Why Ordinary benign twitching or Stress or inner tension?")


@pytest.mark.parametrize("question", ["sensitivity", "sources"])
def test_one_cause_may_be_named_by_a_list_or_a_group_of_one(
    dx: tb.Diagnosis, question: str
) -> None:
    groups = [group for group in dx.model.network.groups if len(group.states) == 1]
    for group in groups:
        (cause,) = group.states
        expected = dx.show(question, cause=cause).text
        assert dx.show(question, cause=[cause]).text == expected
        assert dx.show(question, cause=group.name).text == expected
        assert dx.sensitivity([group.name]).attrs["cause"] == cause
    assert groups


def test_numbers_without_conditions_say_so_or_nothing(
    dx: tb.Diagnosis, asia: tb.DiagnosticModel
) -> None:
    assert "in all other cases" in dx.show("sensitivity", cause="nerve_irritation").text
    rooted = asia.diagnose().show("sensitivity", cause="yes").text
    assert "otherwise" not in dx.show("sensitivity").text + rooted
    assert re.search(r"^    0\.\S+ \([^)]*\)$", rooted, re.MULTILINE)


def test_sources_without_authors_begin_with_their_year(dx: tb.Diagnosis) -> None:
    details = re.findall(r"<small>([^<]*)</small></th>", dx.show("sources", rows=1000).html)
    assert any(re.match(r"\(\d{4}\) \[", detail) for detail in details)
    assert not any(detail.startswith(" ") for detail in details)


def test_a_line_holds_its_bar_and_the_mark() -> None:
    longest = 0
    for length in range(30, 45):
        row = AnswerRow(f"{'x' * 20} {'y' * length}", ("1",), Bar(0.0, 1.0, 0.5))
        table = AnswerTable("L", ("p",), (row,))
        text = answer_text(AnswerRows("n 1", "T?", (), (table,), ()))
        longest = max(longest, *map(len, text.splitlines()))
    assert longest == 79


def test_drawn_shares_are_shown_with_their_error(
    dx: tb.Diagnosis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchbayes.questions.shapley.MOST_EXACT", 2)
    assert "log10 +/-" in dx.show("explanation").text
    assert "512 orders were drawn (seed 0)" in " ".join(dx.show("explanation").text.split())
    assert "+/-" in dx.show("compare", other=dx.model.diagnose()).text


@pytest.mark.parametrize(
    ("question", "given_", "words"),
    [
        ("explain", {}, "no question 'explain'; did you mean 'explanation'?"),
        ("intervalls", {}, "did you mean 'intervals'?"),
        (3, {}, "there is no question 3; there are posterior, explanation"),
        ("why", {}, "there are posterior, explanation, conflict"),
        ("intervals", {"levle": 0.9}, "takes no 'levle'; did you mean 'level'?"),
        ("mechanisms", {"cause": "benign"}, "takes no 'cause'; it takes nothing"),
        ("compare", {}, "the question 'compare' needs other"),
        ("next", {"rows": 0}, "rows is a whole number from 1 to 10,000, not 0"),
        ("explanation", {"cause": "bening"}, "did you mean 'benign'"),
    ],
)
def test_what_cannot_be_shown_says_why(
    dx: tb.Diagnosis, question: str, given_: dict[str, object], words: str
) -> None:
    with pytest.raises(tb.QueryError, match=re.escape(words)):
        dx.show(question, **given_)


def test_hostile_labels_come_through_neither_in_text_nor_in_html(asia: tb.DiagnosticModel) -> None:
    hostile = "<script>alert(1)</script> \x1b[31m & red"
    variables = tuple(
        dataclasses.replace(v, label=hostile, state_labels=tuple((s, hostile) for s in v.states))
        for v in asia.network.variables
    )
    model = tb.DiagnosticModel(
        dataclasses.replace(asia.network, title=hostile, variables=variables)
    )
    dx = model.diagnose(xray="yes", smoke="yes")
    for question in QUESTIONS:
        given_ = {"other": dx.update(dysp="yes")} if question == "compare" else {}
        shown = dx.show(question, **given_)
        assert "<script>" not in shown.html
        assert "\x1b" not in shown.text + shown.html


def test_bars_show_what_stands_beside_them() -> None:
    row = AnswerRow("one", ("50.0%",), Bar(0.25, 0.5, 0.5), "more")
    rows = AnswerRows("n 1", "T?", ("S.",), (AnswerTable("L", ("p",), (row,)),), ("N.",))
    lines = answer_text(rows).splitlines()
    assert lines[4:7] == ["L        p", "one  50.0%      ####|", "    more"]
    html = answer_html(rows)
    assert '<rect x="30.0" y="2" width="30.0"' in html
    assert 'aria-hidden="true"' in html
    assert "currentColor" in html
