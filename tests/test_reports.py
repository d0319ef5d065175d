"""The commands `fidelity` and `check`, and the codes that `describe` shows."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import twitchbayes as tb
from twitchbayes.cli import main
from twitchbayes.commands import BROKEN

PAPER = tb.Source("paper", "A paper", "article")
PAGE = tb.Source("page", "A page", "web")
SMOKERS = (("smoke", ("yes",)),)
LUNG = (("lung", ("yes",)),)
FIGURES = (
    tb.Figure("Lung cancer", "Smokers", 0.1, "paper", LUNG, SMOKERS, counts=(10, 100)),
    tb.Figure("Lung cancer", "Smokers", 0.3, "paper", LUNG, SMOKERS, (0.2, 0.4), note="selected"),
    tb.Figure("Lung cancer", "Anyone", 0.2, "page", LUNG),
    tb.Figure("Odds ratio", "Smokers", 9.0, "page", left_out="item: a ratio"),
    tb.Figure("Lung cancer", "Children", 0.0, "paper", left_out="people: children"),
)
INVARIANTS = (
    tb.Invariant("smoke", "Smoking never lowers lung cancer", SMOKERS, ("yes",), "never_lowers"),
    tb.Invariant("odd", "Smokers are safe", SMOKERS, ("yes",), "stays_below", 0.05),
)


@pytest.fixture
def file(asia: tb.DiagnosticModel, tmp_path: Path) -> str:
    network = dataclasses.replace(
        asia.network,
        sources=(*asia.network.sources, PAPER, PAGE),
        figures=FIGURES,
        invariants=INVARIANTS,
    )
    path = tmp_path / "mine.toml"
    tb.DiagnosticModel(network).save(path)
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(words)
    captured = capsys.readouterr()
    assert captured.err == ""
    return status, captured.out


def test_fidelity_prints_a_summary_and_what_is_missed(
    capsys: pytest.CaptureFixture[str], file: str
) -> None:
    assert run(capsys, "fidelity", file) == (
        0,
        """\
Shortness of breath after a visit to Asia (asia 1.0.0)

Figures: 5, of which 3 can be used
Of tier article: 1 of 2 (50.0%) lie inside their interval or within 0.05 of the
                 figure
Of tier web: 0 of 1 (0%) lie inside their interval or within 0.05 of the figure
Left out: 2, by reason: 1 item, 1 people

Not faithful
  lung=yes given smoke=yes
    0.3 (0.2 to 0.4), implied 0.1 [paper] selected
  lung=yes
    0.2, implied 0.055 [page]

For research and education; not a medical device.
""",
    )


def test_fidelity_prints_all_figures_if_asked(
    capsys: pytest.CaptureFixture[str], file: str
) -> None:
    _, out = run(capsys, "fidelity", file, "--all")
    assert (
        """\
Faithful
  lung=yes given smoke=yes
    0.1 (0.0552 to 0.174), implied 0.1 [paper]

Left out
  Odds ratio; Smokers
    9 [page] item: a ratio
  Lung cancer; Children
    0 [paper] people: children
"""
        in out
    )


def test_fidelity_prints_every_row_as_json(capsys: pytest.CaptureFixture[str], file: str) -> None:
    _, out = run(capsys, "fidelity", file, "--json")
    data = json.loads(out)
    assert data["network"] == "asia"
    first, *_, last = data["figures"]
    assert first["implied"] == pytest.approx(0.1)
    assert (first["interval"], first["inside"], first["faithful"]) == ("wilson", True, True)
    assert (last["implied"], last["inside"], last["low"]) == (None, None, None)
    assert len(data["figures"]) == 5


def test_a_network_without_figures_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    status, out = run(capsys, "fidelity", "asia")
    assert status == 0
    assert "\nFigures: none are stated\n" in out


def test_check_prints_a_line_per_invariant_and_its_status_says_whether_all_hold(
    capsys: pytest.CaptureFixture[str], file: str
) -> None:
    assert run(capsys, "check", file) == (
        BROKEN,
        """\
Shortness of breath after a visit to Asia (asia 1.0.0)

holds   Smoking never lowers lung cancer
BROKEN  Smokers are safe
        by 0.05, as with smoke=yes

1 of 2 invariants hold.
For research and education; not a medical device.
""",
    )
    status, out = run(capsys, "check", "leg_twitch")
    assert status == 0
    assert "BROKEN" not in out
    status, out = run(capsys, "check", "asia")
    assert (status, "It has no invariants." in out) == (0, True)


def test_check_prints_json_with_the_same_status(
    capsys: pytest.CaptureFixture[str], file: str
) -> None:
    status, out = run(capsys, "check", file, "--json", "--cases", "20")
    assert status == BROKEN == 3
    holds, broken = json.loads(out)["invariants"]
    assert (holds["holds"], holds["tried"], holds["counterexample"]) == (True, 20, "")
    assert (broken["holds"], broken["counterexample"]) == (False, "smoke=yes")


def test_check_refuses_what_is_no_number_of_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "asia", "--cases", "0"]) == 2
    assert "cases is 0; give a whole number of at least 1" in capsys.readouterr().err


def test_describe_shows_codes(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = run(capsys, "describe", "leg_twitch", "babinski")
    assert "\nCodes\n  yes: HPO HP:0003487 Babinski sign (exact)\n" in out
    _, out = run(capsys, "describe", "leg_twitch", "timing")
    assert "\n  any_time: HPO no code; no term for" in out
    _, out = run(capsys, "describe", "leg_twitch", "babinski", "--json")
    (code,) = json.loads(out)["codes"]
    assert (code["code"], code["release"]) == ("HP:0003487", "2025-01-16; 2025-11-24")


def test_codes_of_leg_twitch_cover_every_cause_in_every_terminology_of_diseases(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    codes = leg_twitch.codes()
    for system in ("MONDO", "ICD-10", "ICD-10-CM"):
        coded = codes[(codes["variable"] == "cause") & (codes["system"] == system)]["state"]
        assert set(coded) == set(leg_twitch.causes)
    findings = codes.query("system == 'HPO'")
    assert findings["variable"].nunique() > 40
    assert findings.query("fit != 'none'")["code"].str.fullmatch(r"HP:\d{7}").all()


def test_sources_count_who_cites_them(file: str) -> None:
    cited = tb.load(file).sources()["cited"]
    assert (cited["paper"], cited["page"]) == (3, 2)
