"""The command line: what people type, and what comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import twitchbayes as tb
from twitchbayes.cli import main, parse_findings


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(words)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_diagnose_prints_the_differential(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("timing=falling_asleep", "pain=none", "age=34")
    status, out, err = run(capsys, "diagnose", "leg_twitch", *words)
    assert (status, err) == (0, "")
    dx = tb.load("leg_twitch").diagnose(timing="falling_asleep", pain="none", age=34)
    assert out == f"{dx}\n"


def test_diagnose_prints_json_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "diagnose", "leg_twitch", "--json", "age=62", "babinski=yes")
    data = json.loads(out)
    dx = tb.load("leg_twitch").diagnose(age=62, babinski=True)
    assert status == 0
    assert data["network"] == "leg_twitch"
    assert data["version"] == "0.1.0"
    assert data["posterior"] == dx.posterior.to_dict()
    assert data["groups"] == dx.groups.to_dict()
    assert data["prior"] == dx.prior.to_dict()
    assert data["log_evidence"] == dx.log_evidence
    assert data["red_flags"][0]["red_flag"] == "babinski"
    assert {
        "variable": "setting",
        "finding": "primary_care",
        "kind": "context",
        "assumed": True,
    } in data["evidence"]
    assert "not a medical device" in data["notice"]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("timing=falling_asleep", "falling_asleep"),
        ("babinski=yes", "yes"),
        ("babinski=true", True),
        ("babinski=False", False),
        ("age=34", 34.0),
        ("age=34.5", 34.5),
        ("serum_magnesium=0.58", 0.58),
        ("serum_magnesium=low", "low"),
        ("objective_weakness=focal,progressive_spreading", ["focal", "progressive_spreading"]),
        (
            "reflexes=normal:0.2,reduced:0.1,brisk:0.7",
            {"normal": 0.2, "reduced": 0.1, "brisk": 0.7},
        ),
    ],
)
def test_findings_are_written_as_name_and_value(
    leg_twitch: tb.DiagnosticModel, word: str, value: object
) -> None:
    findings = parse_findings(leg_twitch.network, [word])
    assert list(findings.values()) == [value]
    leg_twitch.diagnose(findings)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("diagnose", "leg_twitch", "babinski"), "'babinski' is no finding; write name=value"),
        (("diagnose", "leg_twitch", "babinski="), "'babinski=' is no finding"),
        (("diagnose", "leg_twitch", "babinsky=yes"), "did you mean 'babinski'?"),
        (("diagnose", "leg_twitch", "babinski=yess"), "did you mean 'yes'?"),
        (("diagnose", "leg_twitch", "age=12"), "this network is about adults"),
        (("diagnose", "leg_twitch", "age=old"), "age takes a number (years), not 'old'"),
        (("diagnose", "leg_twitch", "age=30", "age=31"), "age is given twice"),
        (("diagnose", "leg_twitch", "reflexes=brisk:much"), "'brisk:much' is no weight"),
        (("diagnose", "leg_twich"), "did you mean 'leg_twitch'?"),
        (("diagnose", "asia", "tub=yes", "either=no"), "tub=yes, either=no cannot go together"),
        (("diagnose", "asia", "--target", "lungs"), "did you mean 'lung'?"),
        (("describe", "leg_twitch", "babinsky"), "did you mean 'babinski'?"),
        (("describe", "nowhere.bif"), "there is no file or folder nowhere.bif"),
    ],
)
def test_what_cannot_be_used_is_explained_on_standard_error(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: str
) -> None:
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith("twitchbayes: error: ")
    assert expected in err
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [(), ("diagnose",), ("nonsense",), ("networks", "--yaml")])
def test_wrong_usage_shows_the_usage(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: twitchbayes" in capsys.readouterr().err


def test_help_and_version_succeed(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["diagnose", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 0
    assert tb.__version__ in capsys.readouterr().out


def test_networks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "networks")
    assert [line.split()[0] for line in out.splitlines()] == ["asia", "leg_twitch"]
    _, out, _ = run(capsys, "networks", "--json")
    assert [network["name"] for network in json.loads(out)] == ["asia", "leg_twitch"]


def test_describe_shows_a_network(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "describe", "leg_twitch")
    assert status == 0
    assert "(or age=number, years)" in out
    _, out, _ = run(capsys, "describe", "leg_twitch", "--json")
    data = json.loads(out)
    assert {variable["variable"] for variable in data["variables"]} == set(
        tb.load("leg_twitch").variables
    )


def test_describe_finds_the_row_for_babinski_in_motor_neuron_disease(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And says where its number comes from."""
    _, out, _ = run(capsys, "describe", "leg_twitch", "babinski")
    row = out.split("upper_motor_neuron_lesion = yes, cause = motor_neuron_disease\n")[1]
    assert row.startswith("  yes 0.6667: weak, 64 of 96 [b_MN04]\n")
    assert "[b_MN04] (2017). Relevance of pyramidal syndrome in amyotrophic lateral" in row
    _, out, _ = run(capsys, "describe", "leg_twitch", "babinski", "--json")
    numbers = json.loads(out)["numbers"]
    assert any(n["numerator"] == 64 and n["sources"] == "b_MN04" for n in numbers)


def test_files_can_be_asked_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tb.load("asia").save(tmp_path / "copy.bif")
    status, out, _ = run(
        capsys, "diagnose", str(tmp_path / "copy.bif"), "--target", "bronc", "dysp=yes"
    )
    assert status == 0
    assert "Imported from copy.bif (copy imported)" in out


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}


def test_the_module_runs_as_the_command_does() -> None:
    command = [sys.executable, "-m", "twitchbayes", "diagnose", "asia", "dysp=yes"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout == f"{tb.load('asia').diagnose(dysp=True)}\n"
    done = subprocess.run(
        [*command, "x=1"], capture_output=True, text=True, env=environment(), check=False
    )
    assert done.returncode == 2


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"{sys.executable} -m twitchbayes describe leg_twitch | head -n 1"
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, env=environment(), check=False
    )
    assert done.stdout.startswith("Twitching in the leg")
    assert done.stderr == ""
