"""The command line: what people type, and what comes back."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import twitchbayes as tb
from twitchbayes.cli import main
from twitchbayes.typed import parse_findings

ASIA = (Path(__file__).parents[1] / "networks" / "asia.toml").read_text(encoding="utf-8")


def test_true_and_false_are_states_in_lists_and_weights_too() -> None:
    network = tb.load("asia").network
    words = ["xray=TRUE,false", "dysp=true:0.3,False:0.7", "smoke=true"]
    assert parse_findings(network, words) == {
        "xray": [True, False],
        "dysp": {True: 0.3, False: 0.7},
        "smoke": True,
    }


def test_options_may_stand_anywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "leg_twitch", "--json", "babinski"]) == 0
    assert json.loads(capsys.readouterr().out)["variable"] == "babinski"


def test_a_network_without_a_target_asks_for_the_option(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tb.load("asia").save(tmp_path / "a.bif")
    assert main(["diagnose", str(tmp_path / "a.bif"), "xray=yes"]) == 2
    assert "a names no target; give --target" in capsys.readouterr().err
    assert main(["diagnose", str(tmp_path / "a.bif"), "xray=yes", "--target", "lung"]) == 0


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
    assert data["version"] == "0.6.0"
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
        ("age=+3.4e1", 34.0),
        ("serum_magnesium=.58", 0.58),
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
        (("diagnose", "leg_twitch", "age=nan"), "age takes a number (years), not 'nan'"),
        (("diagnose", "leg_twitch", "age=inf"), "age takes a number (years), not 'inf'"),
        (("diagnose", "leg_twitch", "age=3_4"), "age takes a number (years), not '3_4'"),
        (("diagnose", "leg_twitch", "age= 34"), "age takes a number (years), not ' 34'"),
        (("diagnose", "leg_twitch", "age=1e400"), "is outside 18 to 110 years"),
        (("diagnose", "leg_twitch", "age_band=nan"), "age_band has no state 'nan'"),
        (("diagnose", "leg_twitch", "reflexes=brisk:much"), "'brisk:much' is no weight"),
        (("diagnose", "leg_twitch", "reflexes=brisk:nan"), "'brisk:nan' is no weight"),
        (
            ("diagnose", "leg_twitch", "reflexes=brisk:0.5,brisk:0.5"),
            "reflexes: brisk is given twice; give it one weight",
        ),
        (("diagnose", "leg_twich"), "did you mean 'leg_twitch'?"),
        (("diagnose", "asia", "tub=yes", "either=no"), "tub=yes, either=no cannot go together"),
        (("diagnose", "asia", "--target", "lungs"), "did you mean 'lung'?"),
        (("describe", "leg_twitch", "babinsky"), "did you mean 'babinski'?"),
        (("describe", "leg_twitch", "nosuch"), "leg_twitch has no variable 'nosuch'"),
        (("describe", "leg_twich", "babinski"), "did you mean 'leg_twitch'?"),
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
    assert len(err.splitlines()) == (2 if "1 problem" in err else 1)


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
    assert "[b_MN04] Alvarez N; Diez L; Avellaneda C; Serra M; Rubio MA (2018). Relevance" in row
    _, out, _ = run(capsys, "describe", "leg_twitch", "babinski", "--json")
    numbers = json.loads(out)["numbers"]
    assert any(n["numerator"] == 64 and n["sources"] == "b_MN04" for n in numbers)


def test_json_rounds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """What Python reads back is the number itself, to the last bit; what is missing is null."""
    model = tb.load("leg_twitch")
    _, out, _ = run(capsys, "diagnose", "leg_twitch", "--json", "age=34", "pain=none")
    dx = model.diagnose(age=34, pain="none")
    assert json.loads(out)["posterior"] == dx.posterior.to_dict()
    _, out, _ = run(capsys, "describe", "asia", "smoke", "--json")
    assert json.loads(out)["numbers"][0]["numerator"] is None
    _, out, _ = run(capsys, "describe", "leg_twitch", "cause", "--json")
    numbers = json.loads(out)["numbers"]
    expected = model.estimates().query("variable == 'cause'")
    for column in ("value", "low", "high"):
        assert [number[column] for number in numbers] == expected[column].tolist()


def test_json_keeps_every_digit_of_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "thirds.toml"
    path.write_text(ASIA.replace("value = 0.05,", f"value = {1 / 3!r},"), encoding="utf-8")
    _, out, _ = run(capsys, "describe", str(path), "tub", "--json")
    assert [number["value"] for number in json.loads(out)["numbers"]] == [0.01, 1 / 3]


@pytest.mark.parametrize(
    "words", [("networks",), ("describe", "asia", "lung"), ("diagnose", "asia", "dysp=yes")]
)
def test_json_may_be_asked_before_the_command_or_after(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    before, after = run(capsys, "--json", *words), run(capsys, *words, "--json")
    assert before == after
    json.loads(before[1])


def test_json_describes_what_can_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "describe", "leg_twitch", "--json")
    network = json.loads(out)
    assert network["target"] == "cause"
    assert network["source_count"] == len(tb.load("leg_twitch").sources())
    assert network["groups"][1] == {
        "group": "restless_legs",
        "label": "Restless legs syndrome",
        "states": ["restless_legs_syndrome"],
    }
    by_name = {variable["variable"]: variable for variable in network["variables"]}
    age = by_name["age_band"]
    assert (age["label"], age["kind"]) == ("Age", "context")
    assert age["state_labels"]["60_plus"] == "60 or over"
    assert age["measurement"] == {
        "name": "age",
        "unit": "years",
        "cuts": [40.0, 60.0],
        "bands": ["18_39", "40_59", "60_plus"],
        "minimum": 18.0,
        "maximum": 110.0,
        "outside": "this network is about adults",
    }
    assert by_name["babinski"]["measurement"] is None
    _, out, _ = run(capsys, "describe", "leg_twitch", "age_band", "--json")
    assert age.items() <= json.loads(out).items(), "one shape for a variable, alone or in the list"


def test_a_variable_is_described_by_the_name_of_its_measurement_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(capsys, "describe", "leg_twitch", "age") == run(
        capsys, "describe", "leg_twitch", "age_band"
    )


def test_files_can_be_asked_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tb.load("asia").save(tmp_path / "copy.bif")
    status, out, _ = run(
        capsys, "diagnose", str(tmp_path / "copy.bif"), "--target", "bronc", "dysp=yes"
    )
    assert status == 0
    assert "Imported from copy.bif (copy imported)" in out


def test_a_file_that_cannot_be_read_is_explained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(source: str, target: str | None = None) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", source)

    monkeypatch.setattr(tb, "load", closed)
    assert run(capsys, "describe", "mine.bif") == (
        2,
        "",
        "twitchbayes: error: [Errno 13] Permission denied: 'mine.bif'\n",
    )


def test_an_interruption_ends_quietly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(source: str, target: str | None = None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tb, "load", interrupted)
    assert run(capsys, "diagnose", "asia") == (130, "", "")


def test_help_says_what_each_exit_status_means(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["diagnose", "--help"], ["check", "--help"]):
        with pytest.raises(SystemExit):
            main(words)
        shown = " ".join(capsys.readouterr().out.split())
        for status in ("0 when it worked", "2 when what was given cannot be used"):
            assert status in shown
        for status in ("1 when the output could not be written", "130 when it was interrupted"):
            assert status in shown
        assert "3 when check finds a broken invariant" in shown


@pytest.mark.parametrize(
    "words", [("describe",), ("describe", "lung"), ("diagnose", "dysp=yes"), ("check",)]
)
@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_a_file_cannot_control_the_terminal(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    words: tuple[str, ...],
    json_too: tuple[str, ...],
) -> None:
    """Of titles, labels and notes no escape, bell or line break comes through."""
    hostile = ASIA
    for field in ("title", "label", "note"):
        hostile = hostile.replace(f'{field} = "', rf'{field} = "red\u001b[31m\nURGENT\u202e\u0007')
    path = tmp_path / "hostile.toml"
    path.write_text(hostile, encoding="utf-8")
    command, *rest = words
    status, out, err = run(capsys, command, str(path), *rest, *json_too)
    assert (status, err) == (0, "")
    assert "[31m" in out
    assert all(c == "\n" or c.isprintable() for c in out)
    assert not any(line.startswith("URGENT") for line in out.splitlines())


def test_an_error_cannot_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, "describe", "\x1b[31m.bif")
    assert (
        err == "twitchbayes: error: there is no file or folder \N{REPLACEMENT CHARACTER}[31m.bif\n"
    )


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


@pytest.mark.parametrize(
    ("ending", "status", "complaint"),
    [
        ("networks >&-", 1, "the output cannot be written: standard output is closed"),
        ("networks > /dev/full", 1, "the output cannot be written: No space left on device"),
        ("--help > /dev/full", 1, "the output cannot be written: No space left on device"),
        ("networks > /dev/full 2> /dev/full", 1, ""),
        ("networks >&- 2>&-", 1, ""),
        ("diagnose asia nosuch=1 2>&-", 2, ""),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_goes_nowhere_is_no_traceback(ending: str, status: int, complaint: str) -> None:
    done = subprocess.run(
        f"{sys.executable} -m twitchbayes {ending}",
        shell=True,
        capture_output=True,
        text=True,
        env=environment() | {"PYTHONUNBUFFERED": ""},
        check=False,
    )
    assert done.returncode == status
    assert done.stderr == (f"twitchbayes: error: {complaint}\n" if complaint else "")


def test_an_ascii_terminal_shows_what_it_can(tmp_path: Path) -> None:
    path = tmp_path / "accents.toml"
    path.write_text(ASIA.replace("Shortness of breath", "Ménière"), encoding="utf-8")
    command = [sys.executable, "-m", "twitchbayes", "diagnose", str(path)]
    env = environment() | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("M?ni?re after a visit to Asia (asia 1.0.0)\n")
    command.append("--json")
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert json.loads(done.stdout)["title"] == "Ménière after a visit to Asia"


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"{sys.executable} -m twitchbayes describe leg_twitch | head -n 1"
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, env=environment(), check=False
    )
    assert done.stdout.startswith("Twitching in the leg")
    assert done.stderr == ""


QUESTIONS = ["posterior", "explanation", "conflict", "intervals", "next", "settled", "sensitivity"]
QUESTIONS += ["sources", "mechanisms"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_ask_prints_what_the_diagnosis_shows(
    capsys: pytest.CaptureFixture[str], question: str
) -> None:
    words = ("ask", question, "asia", "xray=yes", "smoke=yes", "--rows", "3")
    shown = tb.load("asia").diagnose(xray="yes", smoke="yes").show(question, rows=3)
    assert run(capsys, *words) == (0, f"{shown.text}\n", "")
    assert run(capsys, *words, "--html")[1] == f"{shown.html}\n"
    status, out, _ = run(capsys, *words, "--json")
    data = json.loads(out)
    assert (status, data["question"], data["network"]) == (0, question, "asia")
    assert "not a medical device" in data["notice"]


def test_ask_hands_its_options_to_the_question(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("ask", "explanation", "leg_twitch", "babinski=yes", "--json")
    causes = ("--cause", "benign_idle", "--cause", "exertion_related", "--against", "restless_legs")
    data = json.loads(run(capsys, *words, *causes)[1])
    why = tb.load("leg_twitch").diagnose(babinski=True)
    expected = why.explain(["benign_idle", "exertion_related"], "restless_legs")
    assert data["cause"] == ["benign_idle", "exertion_related"]
    assert data["rows"][0]["weight"] == expected.loc["babinski", "weight"]
    compared = json.loads(
        run(capsys, "ask", "compare", "asia", "xray=yes", "--with", "dysp=yes", "--json")[1]
    )
    assert [row["finding"] for row in compared["rows"]] == ["dysp"]
    less = run(capsys, "ask", "compare", "asia", "xray=yes", "--without", "xray", "--json")[1]
    assert json.loads(less)["rows"][0]["after"] == "not asked"
    asked = json.loads(run(capsys, "ask", "next", "asia", "--about", "yes", "--json")[1])
    assert asked["rows"][0]["results"][0].keys() == {"state", "probability", "posterior"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ask", "explain", "asia"), "no question 'explain'; did you mean 'explanation'?"),
        (("ask", "intervals", "asia", "--cause", "yes"), "takes no 'cause'; it takes level, draws"),
        (("ask", "intervals", "asia", "--level", "2"), "level is a probability between 0 and 1"),
        (("ask", "compare", "asia", "xray=yes"), "compare needs --with name=value, what is"),
        (("ask", "next", "asia", "xrays=yes"), "did you mean 'xray'?"),
        (("ask", "next", "asia", "--rows", "0"), "rows is a whole number from 1 to"),
    ],
)
def test_what_cannot_be_asked_says_what_to_do(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: str
) -> None:
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert expected in err
