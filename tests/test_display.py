"""The display: what fits, what is shown, and what cannot come through."""

from __future__ import annotations

import dataclasses

import twitchbayes as tb
from twitchbayes.display import html as as_html
from twitchbayes.display import text as as_text
from twitchbayes.display.answer_rows import AnswerRow, AnswerRows, AnswerTable
from twitchbayes.display.answer_text import answer_text
from twitchbayes.display.reports import check_text, fidelity_text
from twitchbayes.display.rows import (
    CauseRow,
    CheckRows,
    DiagnosisRows,
    FidelityRows,
    FigureRow,
    FlagRow,
    LawRow,
    ModelRows,
    NumberRow,
    VariableRow,
    VariableRows,
)
from twitchbayes.rendering import variable_rows

HOSTILE = "red \x1b[31m\x07\nURGENT\r\u202e\x9b\u2028\x00"
LONG = "words that go on " * 12


def full_case(model: tb.DiagnosticModel) -> tb.Diagnosis:
    findings: dict[str, object] = {
        variable.name: set(variable.states[:2]) if len(variable.states) > 2 else variable.states[-1]
        for variable in model.network.variables
        if variable.kind not in ("cause", "mechanism")
    }
    return model.diagnose(findings | {"reflexes": {"normal": 0.2, "reduced": 0.1, "brisk": 0.7}})


def too_long(text: str) -> list[str]:
    """The lines over 79 columns, but for those of a single word, such as a link."""
    return [line for line in text.splitlines() if len(line) > 79 and len(line.split()) > 1]


def of_words(words: str) -> list[str]:
    """Everything that is shown, with the same words for every text of it."""
    variable = VariableRow(words, words, words)
    diagnosis = DiagnosisRows(
        words,
        words,
        (FlagRow(words, words, words),),
        (CauseRow(words, 0.1, 0.2),),
        (CauseRow(words, 0.9, 0.8),),
        ((words, words), (words, words)),
        ((words, words),),
        -1.0,
    )
    model = ModelRows(words, words, ((words, words),), ((words, (variable,)),))
    number = NumberRow(words, words, 0.5, words, words)
    numbers = VariableRows(
        words, variable, words, words, (number,), ((words, words),), ((words, words),)
    )
    return [
        as_text.diagnosis_text(diagnosis),
        as_text.model_text(model),
        as_text.variable_text(numbers),
        fidelity_text(
            FidelityRows(
                words,
                words,
                ((words, words),),
                ((words, (FigureRow(words, "0.5", "0.4", words),)),),
            )
        ),
        check_text(CheckRows(words, words, (LawRow(False, words, words),), words)),
        as_html.diagnosis_html(diagnosis),
        as_html.model_html(model),
    ]


def test_a_model_and_a_full_case_fit_79_columns(leg_twitch: tb.DiagnosticModel) -> None:
    assert not too_long(repr(full_case(leg_twitch)))
    assert not too_long(repr(leg_twitch))


def test_every_variable_fits_79_columns(leg_twitch: tb.DiagnosticModel) -> None:
    for name in leg_twitch.variables:
        assert not too_long(as_text.variable_text(variable_rows(leg_twitch.network, name)))


def test_long_labels_are_wrapped(leg_twitch: tb.DiagnosticModel) -> None:
    cause = leg_twitch.target
    variables = tuple(
        dataclasses.replace(v, label=LONG, state_labels=tuple((s, LONG) for s in v.states))
        for v in leg_twitch.network.variables
    )
    groups = tuple(dataclasses.replace(g, label=LONG) for g in leg_twitch.network.groups)
    network = dataclasses.replace(
        leg_twitch.network, title=LONG, variables=variables, groups=groups
    )
    model = tb.DiagnosticModel(network)
    shown = [
        repr(model),
        repr(full_case(model)),
        as_text.variable_text(variable_rows(network, cause.name)),
    ]
    assert not [line for text in shown for line in too_long(text)]


def test_a_wrapped_cause_keeps_its_numbers_on_its_first_line() -> None:
    rows = DiagnosisRows(
        "n 1", "N", (), (CauseRow("one two three " * 4, 0.25, 0.5),), (), (), (), -1.0
    )
    lines = as_text.diagnosis_text(rows).splitlines()
    assert lines[2:5] == [
        "Cause                                 before      now",
        "one two three one two three one two    25.0%    50.0%  ##########",
        "  three one two three",
    ]


def test_numbers_stay_in_their_columns_after_a_label_read_from_right_to_left() -> None:
    rows = DiagnosisRows("n 1", "N", (), (CauseRow("\u05d0\u05d1", 0.25, 0.5),), (), (), (), -1.0)
    assert "\n\u05d0\u05d1\u200e       25.0%    50.0%  ##########\n" in as_text.diagnosis_text(rows)
    table = AnswerTable("L", ("p",), (AnswerRow("\u0627", ("50.0%",)),))
    answer = answer_text(AnswerRows("n 1", "T?", (), (table,), ()))
    assert "\n\u0627\u200e  50.0%\n" in answer


def test_every_finding_has_a_line_of_its_own(leg_twitch: tb.DiagnosticModel) -> None:
    shown = repr(leg_twitch.diagnose(age=34, pain="none"))
    assert "\nFindings: Age: 18 to 39 (34 years)\n          Pain: none\nAssumed: " in shown


def test_a_model_shows_what_its_names_mean(leg_twitch: tb.DiagnosticModel) -> None:
    shown = " ".join(repr(leg_twitch).split())
    assert "rls_risk Iron deficiency, pregnancy or kidney failure: no, yes" in shown


def test_a_variable_without_a_label_is_not_named_twice() -> None:
    rows = ModelRows("n 1", "N", (), (("Tests", (VariableRow("emg", "emg", "no, yes"),)),))
    assert "\n  emg  no, yes\n" in as_text.model_text(rows)


def test_no_control_character_is_shown() -> None:
    """Neither escapes nor line breaks nor marks that turn the direction of reading."""
    breaks = [shown.count("\n") for shown in of_words("red [31m URGENT")]
    for shown, expected in zip(of_words(HOSTILE), breaks, strict=True):
        assert all(c == "\n" or c.isprintable() for c in shown)
        assert "\nURGENT" not in shown
        assert shown.count("\n") == expected
        assert "\N{REPLACEMENT CHARACTER}[31m" in shown


def test_a_findings_own_words_are_shown_without_control_characters(
    asia: tb.DiagnosticModel,
) -> None:
    variables = tuple(
        dataclasses.replace(v, state_labels=(("yes", HOSTILE),)) for v in asia.network.variables
    )
    model = tb.DiagnosticModel(dataclasses.replace(asia.network, variables=variables))
    dx = model.diagnose(dysp=True)
    for shown in (repr(dx), dx._repr_html_()):
        assert all(c == "\n" or c.isprintable() for c in shown)
