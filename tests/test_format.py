"""The cited format: what is wrong with a file is found, all of it, and what is right survives."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import math
import os
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
import twitchbayes as tb
from twitchbayes.errors import did_you_mean
from twitchbayes.estimate import GRADES
from twitchbayes.invariant import BOUNDED, LAWS
from twitchbayes.io.toml_files import read_cited
from twitchbayes.io.writing import cited_text
from twitchbayes.rules.limits import ACTIONS, KINDS, MAX_COMBINATIONS
from twitchbayes.terminology import FITS

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


PAPER = tb.Source("paper", "A paper", "article")


def counted(numerator: float, denominator: float) -> tb.Table:
    counts = (numerator, denominator)
    estimate = tb.Estimate(numerator / denominator, "measured", counts, sources=("paper",))
    return tb.Table((tb.Row((), (("yes", estimate),)),))


SURE = counted(5, 10)


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


TEXTS = st.text(max_size=8)


@st.composite
def described(draw: st.DrawFn, variable: tb.Variable, place: int) -> tb.Variable:
    """A variable with everything that can be said about one."""
    states = variable.states
    named = draw(st.lists(st.sampled_from(states), unique=True))
    measurement = None
    if draw(st.booleans()):
        limits = draw(
            st.lists(
                st.integers(-9, 9) | st.floats(-1e9, 1e9, allow_subnormal=False),
                min_size=len(states) + 1,
                max_size=len(states) + 1,
                unique_by=float,
            ).map(sorted)
        )
        measurement = tb.Measurement(
            draw(st.sampled_from([variable.name, f"number {place}"])),
            draw(TEXTS.filter(str.strip)),
            tuple(limits[1:-1]),
            tuple(draw(st.permutations(states))),
            limits[0],
            limits[-1],
            draw(TEXTS),
        )
    return dataclasses.replace(
        variable,
        kind=draw(st.sampled_from(KINDS)),
        label=draw(TEXTS),
        state_labels=tuple((state, draw(TEXTS)) for state in named),
        default=draw(st.none() | st.sampled_from(states)),
        measurement=measurement,
        note=draw(TEXTS),
    )


@st.composite
def red_flags(draw: st.DrawFn, network: tb.Network) -> tuple[tb.RedFlag, ...]:
    names = [v.name for v in network.variables if v.name != network.target]
    flags = []
    for i in range(draw(st.integers(0, 2)) if names else 0):
        when = tuple(
            (name, tuple(draw(st.permutations(network.variable(name).states))[:-1]))
            for name in draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        )
        label = draw(TEXTS.filter(str.strip))
        action = draw(st.sampled_from(ACTIONS))
        flags.append(tb.RedFlag(f"f{i}", label, when, action, ("made",), draw(TEXTS)))
    return tuple(flags)


@st.composite
def events(
    draw: st.DrawFn, network: tb.Network, names: list[str], most_left_out: int = 0
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Some of the variables, each in some of its states; all but one state at most if so wished."""
    event = []
    for name in draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names else []:
        states = draw(st.permutations(network.variable(name).states))
        event.append((name, tuple(states[: draw(st.integers(1, len(states) - most_left_out))])))
    return tuple(event)


@st.composite
def figures(draw: st.DrawFn, network: tb.Network) -> tuple[tb.Figure, ...]:
    names = [variable.name for variable in network.variables]
    drawn = []
    for _ in range(draw(st.integers(0, 2))):
        found = draw(events(network, names, most_left_out=1))
        value = draw(st.floats(0, 1))
        counts, denominator = draw(st.sampled_from([(None, None), (None, 7), ((3, 4), None)]))
        drawn.append(
            tb.Figure(
                draw(TEXTS.filter(str.strip)),
                draw(TEXTS.filter(str.strip)),
                0.75 if counts else value,
                "made",
                found,
                draw(events(network, names)) if found else (),
                draw(st.none() | st.just((0.0, value))),
                counts,
                denominator,
                "" if found else "item: " + draw(TEXTS.filter(str.strip)),
                draw(TEXTS),
            )
        )
    return tuple(drawn)


@st.composite
def invariants(draw: st.DrawFn, network: tb.Network) -> tuple[tb.Invariant, ...]:
    names = [v.name for v in network.variables if v.name != network.target]
    when = draw(events(network, names))
    rest = [name for name in names if name not in dict(when)]
    law = draw(st.sampled_from(LAWS))
    invariant = tb.Invariant(
        "i",
        draw(TEXTS.filter(str.strip)),
        when,
        network.by_name[str(network.target)].states[:1],
        law,
        draw(st.floats(0.01, 0.99)) if law in BOUNDED else None,
        draw(events(network, rest)),
        draw(st.sampled_from([(), ("made",)])),
        draw(TEXTS),
    )
    return (invariant,) if when and invariant.combinations <= MAX_COMBINATIONS else ()


@st.composite
def codes(draw: st.DrawFn, network: tb.Network) -> tuple[tb.Code, ...]:
    drawn = []
    for variable in network.variables:
        fit = draw(st.sampled_from(FITS))
        text = draw(TEXTS.filter(str.strip)) if fit != "none" else ""
        drawn.append(
            tb.Code(variable.name, variable.states[0], "S", fit, text, draw(TEXTS), draw(TEXTS))
        )
    return tuple(drawn)


@st.composite
def estimates(draw: st.DrawFn) -> tb.Estimate:
    numerator = draw(st.integers(0, 2**40))
    denominator = numerator + draw(st.integers(1, 2**40))
    value = numerator / denominator
    return tb.Estimate(
        value,
        draw(st.sampled_from(GRADES)),
        draw(st.none() | st.just((np.int64(numerator), denominator))),
        (draw(st.floats(0, value)), draw(st.floats(value, 1))),
        draw(st.sampled_from([("made",), ("made", "book")])),
        draw(TEXTS.filter(str.strip)),
    )


@given(st.data())
def test_load_of_save_is_the_network(data: st.DataObject) -> None:
    import tempfile

    network = data.draw(strategies.networks())
    text = data.draw(st.text(max_size=30))
    variables = [data.draw(described(v, i)) for i, v in enumerate(network.variables)]
    row = tb.Row((), (("yes", data.draw(estimates())),), data.draw(TEXTS))
    book = tb.Source("book", "A book", "article", text, np.int64(1999), doi=text, link=text)
    network = tb.Network(
        title=network.title,
        variables=(*variables, tb.Variable("more", ("no", "yes"), tb.Table((row,)))),
        target=network.target,
        sources=(*network.sources, book),
        name=data.draw(st.text(min_size=1, max_size=8).filter(str.strip)),
        version="1.2.3",
        description=text,
        date=data.draw(st.none() | st.dates(datetime.date(1900, 1, 1))),
        authors=tuple(data.draw(st.lists(st.text(max_size=5), max_size=2))),
        groups=(tb.Group("all", text, network.by_name[str(network.target)].states),),
        red_flags=data.draw(red_flags(network)),
        figures=data.draw(figures(network)),
        invariants=data.draw(invariants(network)),
        code_systems=(tb.CodeSystem("S", "A terminology", ("2025", "2026"), text),),
        codes=data.draw(codes(network)),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.toml"
        try:
            tb.DiagnosticModel(network).save(path)
        except tb.FormatError:
            return  # a lone surrogate cannot be written in UTF-8, in any format
        assert read_cited(path) == network


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("date", datetime.datetime(2026, 1, 31), "network.date: must be a date without a time"),
        (
            "red_flags",
            (tb.RedFlag("f", "F", (("b", ("yes",)), ("b", ("yes",))), "soon", ("paper",)),),
            "red_flags.f.when: 'b' is named twice; keep one",
        ),
        (
            "variables",
            (tb.Variable("b", ("no", "yes"), SURE, state_labels=(("no", "x"), ("no", "y"))),),
            "variables.b.state_labels: 'no' is named twice; keep one",
        ),
        (
            "code_systems",
            (tb.CodeSystem("S", "S", ("1",)), tb.CodeSystem("S", "T", ("1",))),
            "code_systems.S: is declared twice; keep one",
        ),
        (
            "figures",
            (tb.Figure("I", "P", 0.5, "paper", (("b", ("yes",)), ("b", ("yes",)))),),
            "figures[0].found: 'b' is named twice; keep one",
        ),
        (
            "variables",
            (tb.Variable("b", ("no", "yes"), counted(2.5, 5)),),
            "variables.b.rows[0].p.yes (otherwise): the counts [2.5, 5] must be whole numbers",
        ),
    ],
)
def test_what_could_not_be_read_again_is_refused(field: str, value: object, expected: str) -> None:
    known = {"variables": (tb.Variable("b", ("no", "yes"), SURE),)}
    with pytest.raises(tb.NetworkError) as caught:
        tb.Network("n", "N", "1", sources=(PAPER,), **{**known, field: value})
    assert caught.value.problems == (expected,)


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


def test_of_every_part_that_goes_in_circles_one_cycle_is_named(tmp_path: Path) -> None:
    parents = {"b": "c", "c": "b", "d": "e", "e": "f", "f": "d", "g": "d", "h": "h", "i": "h"}
    text = SMALL + "".join(
        f'[variables.{name}]\nstates = ["no", "yes"]\nparents = ["{parent}"]\n'
        f"[[variables.{name}.rows]]\n"
        'p.yes = { value = 0.1, grade = "measured", sources = ["paper"] }\n'
        for name, parent in parents.items()
    )
    advice = "is a cycle; a cause cannot depend on its effect"
    assert problems_of(tmp_path, text) == [
        f"variables: b -> c -> b {advice}",
        f"variables: d -> f -> e -> d {advice}",
        f"variables: h -> h {advice}",
    ]


def test_the_report_on_the_format_page_is_what_comes_out(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "network-format.md").read_text(encoding="utf-8")
    report, example = re.findall(r"```(?:text|toml)\n(.*?)```", page, flags=re.DOTALL)
    assert tb.load(write(tmp_path, example)).network.name == "small"
    parents, interval = 'parents = ["cause"]\n\n[variables.age', ", interval = [0.05, 0.2]"
    assert example.count(parents) == example.count(interval) == 1
    example = example.replace(parents, parents.replace("cause", "causes")).replace(interval, "")
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(write(tmp_path, example))
    assert str(caught.value) == report.rstrip()


def problems_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(write(folder, text))
    return list(caught.value.problems)


MORE = """\
[variables.q]
states = ["no", "yes"]
parents = ["a"]
[[variables.q.rows]]
p.yes = { value = 0.2, grade = "measured", sources = ["paper"] }
[[variables.q.rows]]
when.a = "yes"
p.no = { value = 0.4, grade = "measured", sources = ["paper"] }
p.yes = { value = 0.6, grade = "measured", sources = ["paper"] }
"""


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        (
            [('version = "1"', 'version = "1"\ndate = 3'), ('target = "a"', 'target = "b"')],
            [
                "network.date: must be a date such as 2026-01-31, not a number",
                "network.target: unknown variable 'b'",
            ],
        ),
        (
            [('name = "small"\n', ""), ('"Small"', '""'), ('target = "a"', 'target = "b"')],
            [
                "network: has no name; add a table [network] with name, title, version",
                "network.title: is empty; give the network a title",
                "network.target: unknown variable 'b'",
            ],
        ),
        (
            [('parents = ["a"]', 'parents = "a"'), ("0.6", "0.3")],
            [
                "variables.q.parents: must be an array of texts",
                "variables.q.rows[1] (a = yes): sums to 0.7, expected 1",
            ],
        ),
        (
            [('when.a = "yes"', 'when.a = "yes"\nnote = 3'), ("0.6", "0.3")],
            [
                "variables.q.rows[1].note: must be a text, not a number",
                "variables.q.rows[1] (a = yes): sums to 0.7, expected 1",
            ],
        ),
        (
            [('"A paper"', '""\nyear = "x"'), ('"article"', '"blog"')],
            [
                "sources.paper.year: must be a whole number, not a text",
                "sources.paper.title: is empty; give the title",
                "sources.paper.tier: 'blog' is not one of article, web, file",
            ],
        ),
        (
            [
                ("[variables.q]", '[variables."a.b"]\ncolour = 1'),
                ("variables.q", 'variables."a.b"'),
                ('variables.a]\nstates = ["no", "yes"]', 'variables.a]\nstates = ["no", 1]'),
                ("0.6", "0.3"),
            ],
            [
                "variables.a.states: must be an array of texts",
                "variables.a.b.colour: unknown key",
                "variables.a.b.rows[1] (a = yes): sums to 0.7, expected 1",
            ],
        ),
        (
            [("variables.q", 'variables."x.when"'), ('when.a = "yes"\n', ""), ("0.2, ", "2, ")],
            [
                "variables.x.when.rows[0].p.yes (otherwise): 2 is not a probability; it must lie "
                "in [0, 1]",
                "variables.x.when.rows[0] and rows[1]: both hold for a combination of (otherwise) "
                "and (otherwise), neither is more specific; add a row for what they share",
            ],
        ),
        (
            [
                ("variables.q]\n", "variables.q]\nlabel = 1\n"),
                ('when.a = "yes"', "when.a = 1"),
                ("0.6", "0.3"),
                ("0.2, ", '0.2, note = 3, grade = "derived", '),
                ('"derived", grade = "measured"', '"derived"'),
            ],
            [
                "variables.q.rows[0].p.yes.note: must be a text, not a number",
                "variables.q.rows[1].when.a: must be an array of texts",
                "variables.q.label: must be a text, not a number",
                "variables.q.rows[1] (a = ): sums to 0.7, expected 1",
            ],
        ),
        (
            [('when.a = "yes"', "when = 3"), ("0.6", "0.3")],
            [
                "variables.q.rows[1].when: must be a table, not a number",
                "variables.q.rows[1] (otherwise): sums to 0.7, expected 1",
            ],
        ),
        (
            [('tier = "article"', "tier = 1"), ("0.6", "0.3")],
            [
                "sources.paper.tier: must be a text, not a number",
                "variables.q.rows[1] (a = yes): sums to 0.7, expected 1",
            ],
        ),
        (
            [("[sources.paper]", "[sources]\npaper = 1\n[sources.book]"), ("0.6", "0.3")],
            [
                "sources.paper: must be a table, not a number",
                "variables.q.rows[1] (a = yes): sums to 0.7, expected 1",
            ],
        ),
        (
            [('parents = ["a"]', 'parents = ["aa"]'), ("0.6", "0.3")],
            [
                "variables.q.parents: unknown variable 'aa'; did you mean 'a'?",
                "variables.q.rows[1] (a = yes): sums to 0.7, expected 1",
            ],
        ),
        (
            [('when.a = "yes"', 'when.b = "yes"'), ('parents = ["a"]', 'parents = ["a", "zebra"]')],
            [
                "variables.q.parents: unknown variable 'zebra'",
                "variables.q.rows[1].when: 'b' is not a parent",
            ],
        ),
    ],
    ids=lambda value: None,
)
def test_only_what_rests_on_a_guess_is_left_out(
    tmp_path: Path, edits: list[tuple[str, str]], expected: list[str]
) -> None:
    text = SMALL + MORE
    for old, new in edits:
        text = text.replace(old, new)
    assert problems_of(tmp_path, text) == expected


@pytest.mark.parametrize(("total", "accepted"), [(1 - 1e-7, False), (1 - 1e-10, True)])
def test_a_row_sums_to_one_but_for_rounding(tmp_path: Path, total: float, accepted: bool) -> None:
    rest = f'{{ value = {total - 0.1!r}, grade = "measured", sources = ["paper"] }}'
    text = SMALL.replace("p.yes", f"p.no = {rest}\np.yes")
    if accepted:
        assert tb.load(write(tmp_path, text)).query("a").sum() == pytest.approx(1, abs=1e-15)
    else:
        assert problems_of(tmp_path, text) == [
            "variables.a.rows[0] (otherwise): sums to 0.9999999, expected 1"
        ]


def test_a_remainder_of_rounding_alone_is_nothing() -> None:
    states = tuple("abcdefg")
    given_values = (0.039, 0.566, 0.235, 0.031, 0.029, 0.1)
    assert 0 < 1 - math.fsum(given_values) < 1e-15
    row = tb.Row((), tuple(zip(states, map(strategies.estimate, given_values), strict=False)))
    assert row.values(states).tolist() == [*given_values, 0.0]
    rare = tb.Row((), (("a", strategies.estimate(1 - 1e-12)),))
    assert rare.values(("a", "b"))[1] == pytest.approx(1e-12, rel=1e-3)


@pytest.mark.parametrize(
    ("value", "counts", "accepted"),
    [
        (0.5, [5099, 10000], True),
        (0.5, [5101, 10000], False),
        (0.1, [1049, 10000], True),
        (0.1, [1051, 10000], False),
        (0.005, [549, 100000], True),
        (0.005, [551, 100000], False),
        (0.01, [1, 100000], False),
        (0.0, [4, 10000], True),
        (0.0, [6, 10000], False),
    ],
)
def test_counts_make_the_value(
    tmp_path: Path, value: float, counts: list[int], accepted: bool
) -> None:
    text = SMALL.replace("value = 0.1", f"value = {value}, counts = {counts}")
    if accepted:
        assert tb.load(write(tmp_path, text)).query("a")["yes"] == value
    else:
        (problem,) = problems_of(tmp_path, text)
        assert f"the counts {counts[0]}/{counts[1]} make" in problem


def test_a_table_of_rows_has_at_most_thirty_parents(tmp_path: Path) -> None:
    def text(count: int) -> str:
        numbers = 'p.yes = { value = 0.1, grade = "measured", sources = ["paper"] }\n'
        certain = 'p.no = { value = 1, grade = "measured", sources = ["paper"] }\n'
        names = [f"p{i}" for i in range(count)]
        parents = "".join(
            f'[variables.{name}]\nstates = ["no"]\n[[variables.{name}.rows]]\n{certain}'
            for name in names
        )
        child = f'[variables.b]\nstates = ["no", "yes"]\nparents = {names}\n'
        return f"{SMALL}{parents}{child}[[variables.b.rows]]\n{numbers}"

    assert tb.load(write(tmp_path, text(30))).query("b")["yes"] == pytest.approx(0.1)
    assert problems_of(tmp_path, text(31)) == [
        "variables.b: has 31 parents, a table of rows at most 30; use a noisy-MAX (links and leak)"
    ]


def test_what_children_say_of_a_parent_without_states_is_left_out(tmp_path: Path) -> None:
    text = (SMALL + MORE).replace('s.a]\nstates = ["no", "yes"]', 's.a]\nstates = [0, "yes"]')
    assert problems_of(tmp_path, text) == ["variables.a.states: must be an array of texts"]


def test_a_misspelt_parent_is_not_recommended(tmp_path: Path) -> None:
    text = (
        (SMALL + MORE).replace("variables.a", "variables.cause").replace('t = "a"', 't = "cause"')
    )
    text = text.replace("when.a", "when.cause").replace('["a"]', '["causes"]')
    assert problems_of(tmp_path, text) == [
        "variables.q.parents: unknown variable 'causes'; did you mean 'cause'?"
    ]


def test_a_part_that_is_missing_is_the_only_problem(tmp_path: Path) -> None:
    folder_network(tmp_path, '["less.toml"]')
    (tmp_path / "more.toml").unlink()
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(tmp_path)
    assert caught.value.problems == (
        "network.parts: lists 'less.toml'; there is no such file in the folder",
    )


def child(parents: dict[str, tuple[str, ...]], rows: list[dict[str, tuple[str, ...]]]) -> None:
    """Makes a network of uniform parents and one child, with the same number in every row."""
    variables = [
        tb.Variable(
            name,
            states,
            tb.Table(
                (tb.Row((), tuple((s, strategies.estimate(1 / len(states))) for s in states)),)
            ),
        )
        for name, states in parents.items()
    ]
    numbers = (("yes", strategies.estimate(0.5)),)
    table = tb.Table(tuple(tb.Row(tuple(when.items()), numbers) for when in rows))
    variables.append(tb.Variable("child", ("no", "yes"), table, tuple(parents)))
    tb.Network("n", "N", "1", tuple(variables), sources=(strategies.SOURCE,))


@pytest.mark.parametrize("kind", ["many states", "many parents"])
def test_rows_that_overlap_in_many_ways_are_found_in_seconds(kind: str) -> None:
    if kind == "many states":
        states = tuple(f"s{i}" for i in range(400))
        parents = {"a": states, "b": states}
        rows = [{name: (state,)} for name in parents for state in states]
    else:
        parents = {f"p{i}": ("no", "yes") for i in range(20)}
        rows = [{name: (state,)} for name, states in parents.items() for state in states]
    start = time.perf_counter()
    with pytest.raises(tb.NetworkError) as caught:
        child(parents, rows)
    assert time.perf_counter() - start < 5
    assert len(caught.value.problems) == 9
    assert " and rows[" in caught.value.problems[0]
    assert caught.value.problems[-1] == "variables.child.rows: more rows than these overlap"


@given(st.data())
def test_rows_are_in_order_if_in_each_combination_one_refines_all_others(
    data: st.DataObject,
) -> None:
    sizes = data.draw(st.lists(st.integers(1, 4), max_size=3))
    parents = {f"p{k}": tuple(f"s{i}" for i in range(size)) for k, size in enumerate(sizes)}
    rows: list[dict[str, tuple[str, ...]]] = data.draw(
        st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    name: st.lists(st.sampled_from(states), min_size=1, unique=True).map(tuple)
                    for name, states in parents.items()
                },
            ),
            min_size=1,
            max_size=6,
        )
    )
    cells = list(itertools.product(*parents.values()))
    about = [
        {
            cell
            for cell in cells
            if all(s in row.get(p, (s,)) for p, s in zip(parents, cell, strict=True))
        }
        for row in rows
    ]
    doubts, held = set(), set()
    for cell in cells:
        here = [i for i in range(len(rows)) if cell in about[i]]
        smallest = max((i for i in here), key=lambda i: (-len(about[i]), i), default=-1)
        held.add(smallest)
        doubts |= {tuple(sorted((i, smallest))) for i in here if not about[smallest] < about[i]} - {
            (smallest, smallest)
        }
    expected = [f"variables.child.rows[{i}] and rows[{j}]: both hold" for i, j in sorted(doubts)]
    if -1 in held:
        expected.append("variables.child.rows: no row for ")
    if not doubts:
        expected += [f"variables.child.rows[{i}] (" for i in range(len(rows)) if i not in held]
    try:
        child(parents, rows)
        problems: tuple[str, ...] = ()
    except tb.NetworkError as error:
        problems = error.problems
    if len(doubts) <= 8:
        assert len(problems) == len(expected)
        assert all(map(str.startswith, problems, expected))


def test_messages_stay_short_and_few(tmp_path: Path) -> None:
    states = tuple(f"s{i}" for i in range(1000))
    row = tb.Row((("a", states),), (("s0", strategies.estimate(0.5)),))
    many = tb.Variable("a", states, tb.Table((row,)))
    with pytest.raises(tb.NetworkError) as caught:
        tb.Network("n", "N", "1", (many,), sources=(strategies.SOURCE,))
    assert (
        "variables.a.rows[0] (a = s0 or s1 or s2 or s3 or s4 or s5 or s6 or s7 or 992 more): no "
        "number for s1, s2, s3, s4, s5, s6, s7, s8 and 991 more; at most one state may be left "
        "out, or in a row with `when` several, which share what is left as in the row without"
    ) in caught.value.problems
    flags = tuple(tb.RedFlag(f"f{i}", "", (), "soon", ("made",)) for i in range(6000))
    one = tb.Variable("a", ("no", "yes"), SURE)
    with pytest.raises(tb.NetworkError) as caught:
        tb.Network("n", "N", "1", (one,), sources=(PAPER,), red_flags=flags)
    assert len(caught.value.problems) == 10_001
    assert caught.value.problems[-1] == (
        "there are more problems than these 10,000; mend some and look again"
    )
    assert (
        len(
            problems_of(
                tmp_path, SMALL + "x.y = 1\n" + "".join(f"k{i} = 1\n" for i in range(10_001))
            )
        )
        == 10_001
    )


def test_keys_of_many_parts_are_refused_and_texts_of_many_points_are_not(tmp_path: Path) -> None:
    for key in ("a." * 30_000 + "a", '"a" . ' * 30 + "a"):
        with pytest.raises(tb.FormatError, match="is nested too deeply to be a network"):
            tb.load(write(tmp_path, f"{SMALL}\n{key} = 1\n"))
    text = "a." * 50
    texts = f'note = "{text}"\ndescription = \'{text}\' # {text}\npopulation = """\n{text}"""\n'
    network = tb.load(write(tmp_path, SMALL.replace("[network]\n", f"[network]\n{texts}"))).network
    assert network.note == network.description == network.population == text
