"""The cited format: what is wrong with a file is found, all of it, and what is right survives."""

from __future__ import annotations

import datetime
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
import twitchbayes as tb
from twitchbayes.errors import did_you_mean
from twitchbayes.io.toml_files import read_cited
from twitchbayes.io.writing import cited_text

BAD = sorted((Path(__file__).parent / "bad_networks").glob("*.toml"))

SMALL = """\
format = 1

[network]
name = "small"
title = "Small"
version = "1"
target = "a"

[sources.paper]
tier = "article"
title = "A paper"

[variables.a]
states = ["no", "yes"]

[[variables.a.rows]]
p.yes = { value = 0.1, grade = "measured", sources = ["paper"] }
"""


def write(folder: Path, text: str, name: str = "small.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_one_bad_file_per_rule(path: Path) -> None:
    """Each file breaks one rule, is refused for it, and for nothing else."""
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = [line.removeprefix("# expect: ") for line in lines if line.startswith("# expect: ")]
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(path)
    assert len(caught.value.problems) == len(expected), caught.value
    for problem, words in zip(caught.value.problems, expected, strict=True):
        assert problem.startswith(words), caught.value


def test_all_problems_of_a_file_are_reported_together(tmp_path: Path) -> None:
    """Of form and of meaning, each with its path."""
    text = SMALL + (
        '[variables.b]\nstates = ["no", "yes"]\nparents = ["c"]\ncolour = "red"\n'
        '[[variables.b.rows]]\np.yes = { value = 1.5, grade = "measured", sources = ["paper"] }\n'
        '[variables.d]\nstates = ["x", "x"]\n'
        '[[variables.d.rows]]\np.x = { value = 0.5, grade = "judged" }\n'
        "[groups.g]\nstates = []\n"
    )
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(write(tmp_path, text))
    problems = "\n".join(caught.value.problems)
    for expected in (
        "variables.b.colour: unknown key",
        "variables.b.parents: unknown variable 'c'",
        "variables.b.rows[0].p.yes (otherwise): 1.5 is not a probability",
        "variables.d.states: 'x' is listed twice",
        "variables.d.rows[0] (otherwise): sums to 0.5",
        "variables.d.rows[0].p.x (otherwise): is judged; give the interval",
        "variables.d.rows[0].p.x (otherwise): is judged; say in a note",
        "groups.g: has no states",
        "groups: 'no' is in 0 groups",
    ):
        assert expected in problems
    assert str(caught.value).startswith(f"small has {len(caught.value.problems)} problems")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "states no format; this version of twitchbayes reads networks that begin with"),
        ("format = 2\n", "states another format; this version"),
        ("format = '1'\n", "states another format"),
        ("format = true\n", "states another format"),
        ("format = 1.0\n", "states another format"),
        (f"format = 0x{'f' * 9999}\n", "states another format"),
        ("format = \n", "is not TOML: Invalid value (at line 1"),
        ("a = " + "[" * 100_000, "is nested too deeply to be a network"),
        ("a = 1" + "0" * 5000, "is not TOML"),
    ],
)
def test_what_is_no_network_file_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(tb.FormatError) as caught:
        tb.load(write(tmp_path, text))
    assert expected in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_bytes(b"format = 1\nname = '\xff'\n")
    with pytest.raises(tb.FormatError, match="is not text: 'utf-8' codec"):
        tb.load(path)


def test_a_file_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchbayes.io.opening.MAX_BYTES", 20)
    with pytest.raises(tb.FormatError, match="at most 20 bytes, all its files together"):
        tb.load(write(tmp_path, SMALL))


def test_a_file_of_too_many_variables_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchbayes.rules.MAX_VARIABLES", 0)
    with pytest.raises(tb.NetworkError, match="variables: 1 of them, at most 0"):
        tb.load(write(tmp_path, SMALL))


def test_a_long_cycle_is_named_once(tmp_path: Path) -> None:
    variables = "".join(
        f'[variables.v{i}]\nstates = ["no", "yes"]\nparents = ["v{(i + 1) % 50}"]\n'
        f"[[variables.v{i}.rows]]\n"
        'p.yes = { value = 0.1, grade = "measured", sources = ["paper"] }\n'
        for i in range(50)
    )
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(write(tmp_path, SMALL + variables))
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].count("->") == 50


def test_more_specific_rows_win_whatever_their_order(tmp_path: Path) -> None:
    rows = [
        "[[variables.b.rows]]\np.yes = {{ value = 0.2, {} }}\n",
        '[[variables.b.rows]]\nwhen.a = "yes"\np.yes = {{ value = 0.3, {} }}\n',
        '[[variables.b.rows]]\nwhen.c = "yes"\np.yes = {{ value = 0.4, {} }}\n',
        '[[variables.b.rows]]\nwhen = {{ a = "yes", c = "yes" }}\np.yes = {{ value = 0.5, {} }}\n',
    ]
    provenance = 'grade = "measured", sources = ["paper"]'
    head = SMALL + SMALL.split('title = "A paper"\n')[1].replace("variables.a", "variables.c")
    head += '[variables.b]\nstates = ["no", "yes"]\nparents = ["a", "c"]\n'
    for order in (rows, rows[::-1], [rows[3], rows[0], rows[2], rows[1]]):
        text = head + "".join(order).format(*[provenance] * 4)
        table = tb.load(write(tmp_path, text)).network.table("b")
        assert table[..., 1].tolist() == [[0.2, 0.4], [0.3, 0.5]]


def test_a_state_left_out_takes_the_remainder(tmp_path: Path) -> None:
    assert tb.load(write(tmp_path, SMALL)).query("a").tolist() == pytest.approx([0.9, 0.1])


@pytest.mark.parametrize("name", ["asia", "leg_twitch"])
def test_bundled_networks_survive_writing_and_reading(name: str, tmp_path: Path) -> None:
    model = tb.load(name)
    path = tmp_path / "again.toml"
    model.save(path)
    assert tb.load(path).network == model.network


@given(st.data())
def test_load_of_save_is_the_network(data: st.DataObject) -> None:
    import tempfile

    network = data.draw(strategies.networks())
    text = data.draw(st.text(max_size=30))
    network = tb.Network(
        **{field: getattr(network, field) for field in ("title", "variables", "target", "sources")},
        name=data.draw(st.text(min_size=1, max_size=8).filter(str.strip)),
        version="1.2.3",
        description=text,
        date=data.draw(st.none() | st.dates(datetime.date(1900, 1, 1))),
        authors=tuple(data.draw(st.lists(st.text(max_size=5), max_size=2))),
        groups=(tb.Group("all", text, network.by_name[str(network.target)].states),),
        red_flags=tuple(
            tb.RedFlag("f", f"Flag {text}", ((variable.name, ("s0",)),), "soon", ("made",))
            for variable in network.variables[:1]
            if variable.name != network.target
        ),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.toml"
        try:
            tb.DiagnosticModel(network).save(path)
        except tb.FormatError:
            return  # a lone surrogate cannot be written in UTF-8, in any format
        assert read_cited(path) == network


def test_numbers_are_written_to_the_last_bit(tmp_path: Path) -> None:
    value = 0.1 + 1e-17 + 2e-16
    network = tb.load(write(tmp_path, SMALL.replace("0.1", repr(value)))).network
    assert repr(value) in cited_text(network)


def test_a_measurement_survives(tmp_path: Path) -> None:
    text = SMALL + (
        '[variables.a.measurement]\nname = "age"\nunit = "years"\ncuts = [40.5]\n'
        'bands = ["yes", "no"]\nminimum = 18\nmaximum = 100\noutside = "adults only"\n'
    )
    network = tb.load(write(tmp_path, text)).network
    path = tmp_path / "again.toml"
    tb.DiagnosticModel(network).save(path)
    assert tb.load(path).network == network
    assert network.variables[0].measurement == tb.Measurement(
        "age", "years", (40.5,), ("yes", "no"), 18.0, 100.0, "adults only"
    )


def folder_network(folder: Path, parts: str = '["more.toml"]') -> Path:
    header, variables = SMALL.split("[variables.a]")
    write(folder, header.replace('target = "a"', f'target = "a"\nparts = {parts}'), "network.toml")
    write(folder, "[variables.a]" + variables, "more.toml")
    return folder


def test_a_folder_of_files_is_one_network(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    assert tb.load(folder_network(whole)).network == tb.load(write(tmp_path, SMALL)).network


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ("[]", "network.parts: does not list more.toml; add it, or move the file away"),
        ('["more.toml", "less.toml"]', "network.parts: lists 'less.toml'; there is no such file"),
        ('["more.toml", "../x.toml"]', "network.parts: lists '../x.toml'; a part is the name of a"),
        ("['more.toml', 'a\\b.toml']", "network.parts: lists 'a\\\\b.toml'; a part is the name"),
        ('["more.toml", ".."]', "network.parts: lists '..'; a part is the name of a file beside"),
        ('["more.toml", "network.toml"]', "lists 'network.toml'; a part is the name of a file be"),
        ('["more.toml", "more.txt"]', "lists 'more.txt'; a part's name ends in .toml"),
    ],
)
def test_the_parts_of_a_folder_are_all_listed(tmp_path: Path, parts: str, expected: str) -> None:
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(folder_network(tmp_path, parts))
    assert any(expected in problem for problem in caught.value.problems)


def test_a_name_in_two_parts_is_refused_and_problems_name_their_file(tmp_path: Path) -> None:
    folder_network(tmp_path, '["more.toml", "even.toml"]')
    part = (tmp_path / "more.toml").read_text() + "[variables.b]\nstates = []\nrows = []\n"
    write(tmp_path, part, "even.toml")
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(tmp_path)
    problems = caught.value.problems
    assert "more.toml: variables.a: is in more.toml and in even.toml; keep one" in problems
    assert any(p.startswith("even.toml: variables.b.states: there are none") for p in problems)


def test_a_folder_without_header_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(tb.FormatError, match=r"holds no network\.toml"):
        tb.load(tmp_path)


def test_networks_built_in_python_obey_the_same_rules() -> None:
    variable = tb.Variable(
        "a", ("no", "yes"), tb.Table((tb.Row((), (("yes", tb.Estimate(2.0, "judged")),)),))
    )
    with pytest.raises(tb.NetworkError, match="2 is not a probability"):
        tb.Network("small", "Small", "1", (variable, variable))
    with pytest.raises(tb.NetworkError, match=r"variables\.a: is declared twice"):
        tb.Network("small", "Small", "1", (variable, variable))


@pytest.mark.parametrize("name", ["more.toml", "network.toml"])
def test_what_is_read_of_a_folder_is_in_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "whole"
    folder.mkdir()
    file = folder_network(folder) / name
    outside = file.replace(tmp_path / name)
    file.symlink_to(outside)
    with pytest.raises(tb.FormatError, match=f"{name} is a link that leads out of the folder"):
        tb.load(folder)
    file.unlink()
    inside = outside.replace(folder / "real")
    file.symlink_to(inside)
    assert tb.load(folder).network.name == "small"


@pytest.mark.parametrize("name", ["more.toml", "network.toml"])
def test_a_folder_is_made_of_regular_files(tmp_path: Path, name: str) -> None:
    file = folder_network(tmp_path) / name
    for make in (os.mkfifo, os.mkdir):
        file.unlink()
        make(file)
        with pytest.raises(tb.FormatError, match=f"{name} is not a regular file"):
            tb.load(tmp_path)
        file.rmdir() if file.is_dir() else file.unlink()
        file.touch()


def test_a_folder_reached_by_a_link_is_read(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    (tmp_path / "link").symlink_to(folder_network(whole))
    assert tb.load(tmp_path / "link").network == tb.load(whole).network


def test_the_files_of_a_folder_are_bounded_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_network(tmp_path)
    sizes = [(tmp_path / name).stat().st_size for name in ("network.toml", "more.toml")]
    monkeypatch.setattr("twitchbayes.io.opening.MAX_BYTES", sum(sizes))
    assert tb.load(tmp_path).network.name == "small"
    monkeypatch.setattr("twitchbayes.io.opening.MAX_BYTES", sum(sizes) - 1)
    with pytest.raises(tb.FormatError, match=r"more\.toml is too large: a network has at most"):
        tb.load(tmp_path)


def test_problems_of_form_name_their_file(tmp_path: Path) -> None:
    folder_network(tmp_path, '["more.toml", "even.toml"]\ncolour = "red"')
    write(tmp_path, "groups = 1\n[variable.b]\nstates = []\n", "even.toml")
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(tmp_path)
    assert caught.value.problems == (
        "network.toml: network.colour: unknown key",
        "even.toml: variable: unknown key; did you mean 'variables'?",
        "even.toml: groups: must be a table, not a number",
    )


def test_tables_are_bounded_before_memory_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchbayes.rules.MAX_ENTRIES", 3)
    path = write(tmp_path, SMALL + SMALL[SMALL.index("[variables.a]") :].replace("s.a", "s.b"))
    monkeypatch.setattr("twitchbayes.rules.tables._coverage", None)
    with pytest.raises(
        tb.NetworkError, match="variables: their tables together would have 4 entries, at most 3"
    ):
        tb.load(path)


def test_the_tables_of_a_noisy_max_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = 'p.yes = { value = 0.1, grade = "measured", sources = ["paper"] }\n'
    path = write(
        tmp_path,
        f'{SMALL}[variables.b]\nstates = ["no", "yes"]\nparents = ["a"]\n'
        f'[[variables.b.links]]\nwhen.a = "yes"\n{numbers}[variables.b.leak]\n{numbers}',
    )
    monkeypatch.setattr("twitchbayes.rules.tables.MAX_TABLE", 7)
    with pytest.raises(
        tb.NetworkError, match=r"b\.links: the table of a would have 8 entries, at most 7; use fe"
    ):
        tb.load(path)


def test_thousands_of_unknown_names_are_all_reported_in_seconds() -> None:
    estimate = tb.Estimate(0.5, "weak", sources=("paper",))
    variables = tuple(
        tb.Variable(
            f"variable_{i}",
            ("no", "yes"),
            tb.Table((tb.Row((), (("yes", estimate),)),)),
            (f"wariable_{i}", f"variable_{i}_"),
        )
        for i in range(5_000)
    )
    start = time.perf_counter()
    with pytest.raises(tb.NetworkError) as caught:
        tb.Network("large", "Large", "1", variables, sources=(tb.Source("paper", "P", "web"),))
    assert time.perf_counter() - start < 30
    problems = caught.value.problems
    assert len(problems) == 10_000
    assert "did you mean 'variable_0'" in problems[0]
    assert "did you mean 'variable_0'" in problems[1]
    assert not any("did you mean" in problem for problem in problems[40:])
    lines = str(caught.value).splitlines()
    assert lines[0] == "large has 10000 problems"
    assert lines[-1].strip() == "... and 9800 more"
    assert len(lines) == 202


def test_what_is_too_long_for_a_name_is_not_compared_at_length() -> None:
    start = time.perf_counter()
    assert did_you_mean("ab" * 10**6, ["ab" * 10**6, "ab"]) == ""
    assert time.perf_counter() - start < 5
