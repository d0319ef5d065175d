"""Networks in the formats of other programs, checked with those programs."""

from __future__ import annotations

import contextlib
import errno
import gzip
import itertools
import os
import time
from pathlib import Path

import numpy as np
import pyagrum as gum
import pytest

import strategies
import twitchbayes as tb
from oracles import agrum_network, public_file
from twitchbayes.io.bif import PROBABILITY, VARIABLE, check_bif
from twitchbayes.io.tables import from_tables

NAMES = [".bif", ".xmlbif", ".net", ".xdsl"]


def made(seed: int = 3) -> tb.Network:
    """A network in which a wrong order of parents or states cannot go unnoticed."""
    rng = np.random.default_rng(seed)
    states = {
        "a": ("no", "yes"),
        "b": ("u", "v", "x"),
        "c": ("low", "high"),
        "d": ("p", "q", "r", "s"),
    }
    parents = {"a": (), "b": ("a",), "c": ("b", "a"), "d": ("c", "a", "b")}
    variables = []
    for name, of in states.items():
        rows = []
        for combination in itertools.product(*(states[parent] for parent in parents[name])):
            values = rng.dirichlet(np.ones(len(of))).tolist()
            when = tuple((p, (s,)) for p, s in zip(parents[name], combination, strict=True))
            rows.append(
                tb.Row(
                    when,
                    tuple(
                        (s, strategies.estimate(v)) for s, v in zip(of[:-1], values, strict=False)
                    ),
                )
            )
        variables.append(tb.Variable(name, of, tb.Table(tuple(rows)), parents[name]))
    return tb.Network("made", "Made", "1", tuple(variables), "a", sources=(strategies.SOURCE,))


def assert_same_tables(one: tb.Network, other: tb.Network, atol: float = 1e-12) -> None:
    assert {v.name for v in one.variables} == {v.name for v in other.variables}
    for variable in one.variables:
        assert other.variable(variable.name).states == variable.states
        assert other.variable(variable.name).parents == variable.parents
        np.testing.assert_allclose(
            other.table(variable.name), one.table(variable.name), rtol=0, atol=atol
        )


@pytest.mark.parametrize("suffix", NAMES)
def test_what_is_saved_is_loaded_again(tmp_path: Path, suffix: str) -> None:
    network = made()
    path = tmp_path / f"made{suffix}"
    tb.DiagnosticModel(network).save(path)
    again = tb.load(path, target="a")
    decimals = 8 if suffix == ".net" else 12
    assert_same_tables(network, again.network, 10.0**-decimals)
    assert again.network.name == "made"
    assert again.diagnose(d="q").posterior.tolist() == pytest.approx(
        tb.DiagnosticModel(network).diagnose(d="q").posterior.tolist(), abs=10.0 ** (1 - decimals)
    )


@pytest.mark.parametrize(
    ("name", "suffix"),
    # not leg_twitch as NET, which pgmpy takes a quarter of a minute to read
    [
        *itertools.product(["asia"], NAMES),
        *itertools.product(["leg_twitch"], [".bif", ".xmlbif", ".xdsl"]),
    ],
)
def test_bundled_networks_can_be_exported(tmp_path: Path, name: str, suffix: str) -> None:
    model = tb.load(name)
    path = tmp_path / f"{name}{suffix}"
    model.save(path)
    assert_same_tables(model.network, tb.load(path).network)


@pytest.mark.parametrize(
    ("suffix", "load"), [(".bif", "loadBIF"), (".net", "loadNET"), (".xmlbif", "loadBIFXML")]
)
def test_pyagrum_reads_what_is_saved(tmp_path: Path, suffix: str, load: str) -> None:
    """Not XDSL: pyAgrum lets the first parent change fastest there, GeNIe and pgmpy the last."""
    network = made()
    path = tmp_path / f"made{suffix}"
    tb.DiagnosticModel(network).save(path)
    theirs = gum.BayesNet()
    getattr(theirs, load)(str(path))
    ours = agrum_network(network)
    for variable in network.variables:
        names = (*variable.parents, variable.name)
        for cell in itertools.product(*(network.variable(name).states for name in names)):
            states = dict(zip(names, cell, strict=True))
            assert theirs.cpt(variable.name)[states] == pytest.approx(
                ours.cpt(variable.name)[states], abs=1e-6
            )


@pytest.mark.parametrize(("suffix", "save"), [(".bif", "saveBIF"), (".xmlbif", "saveBIFXML")])
def test_what_pyagrum_saves_is_read(tmp_path: Path, suffix: str, save: str) -> None:
    network = made()
    path = tmp_path / f"made{suffix}"
    getattr(agrum_network(network), save)(str(path))
    again = tb.load(path).network
    for variable in network.variables:
        axes = [again.variable(variable.name).parents.index(p) for p in variable.parents]
        table = again.table(variable.name).transpose(*axes, len(axes))
        np.testing.assert_allclose(table, network.table(variable.name), rtol=0, atol=1e-5)


def test_xdsl_has_the_last_parent_change_fastest(tmp_path: Path) -> None:
    path = tmp_path / "two.xdsl"
    path.write_text(
        '<?xml version="1.0"?><smile version="1.0" id="two"><nodes>'
        '<cpt id="a"><state id="n"/><state id="y"/><probabilities>0.5 0.5</probabilities></cpt>'
        '<cpt id="b"><state id="u"/><state id="v"/><state id="w"/>'
        "<probabilities>0.2 0.3 0.5</probabilities></cpt>"
        '<cpt id="c"><state id="n"/><state id="y"/><parents>a b</parents><probabilities>'
        "0.1 0.9 0.2 0.8 0.3 0.7 0.4 0.6 0.5 0.5 0.6 0.4</probabilities></cpt>"
        "</nodes></smile>"
    )
    table = tb.load(path).network.table("c")
    assert table[..., 0].tolist() == [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]


def test_xdsl_with_nodes_that_would_be_passed_over_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noisy.xdsl"
    path.write_text('<smile><nodes><cpt id="a"/><noisymax id="b"/></nodes></smile>')
    with pytest.raises(tb.FormatError, match="nodes of the kind noisymax; only chance nodes"):
        tb.load(path)


def test_uai_keeps_the_numbers_and_loses_the_names(tmp_path: Path) -> None:
    network = made()
    path = tmp_path / "made.uai"
    tb.DiagnosticModel(network).save(path)
    again = tb.load(path).network
    assert [v.name for v in again.variables] == ["x0", "x1", "x2", "x3"]
    for i, variable in enumerate(network.variables):
        np.testing.assert_array_equal(again.table(f"x{i}"), network.table(variable.name))


def test_uai_has_the_child_last_and_the_last_variable_change_fastest(tmp_path: Path) -> None:
    """As the format is defined; pgmpy and pyAgrum both order it otherwise."""
    path = tmp_path / "two.uai"
    path.write_text(
        "BAYES\n3\n2 3 2\n3\n1 0\n1 1\n3 0 1 2\n\n2\n 0.5 0.5\n\n3\n 0.2 0.3 0.5\n\n12\n"
        " 0.1 0.9 0.2 0.8 0.3 0.7\n 0.4 0.6 0.5 0.5 0.6 0.4 # P(x2 | x0, x1)\n"
    )
    model = tb.load(path)
    assert model.network.variable("x2").parents == ("x0", "x1")
    assert model.query("x2", x0="0", x1="2").tolist() == pytest.approx([0.3, 0.7])
    assert model.query("x2", x0="1", x1="0").tolist() == pytest.approx([0.4, 0.6])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MARKOV\n1\n2\n1\n1 0\n2\n0.5 0.5", "does not begin with BAYES"),
        ("", "bad.uai is empty"),
        ("#", "does not begin with BAYES"),
        ("BAYES\n1\n2\n1\n1 0\n2\n0.5", "ends too early for the UAI format"),
        ("BAYES\n1\n2\n1\n1 3\n2\n0.5 0.5", "is not in the UAI format"),
        ("BAYES\nx", "is not in the UAI format"),
        (
            "BAYES\n1\n2\n1\n1 0\n3\n0.5 0.5 0",
            "not in the UAI format: the entries of the table of variable 0 must be 2, not 3",
        ),
        ("BAYES\n2\n2 2\n1\n1 0\n2\n0.5 0.5", "every variable needs one table"),
        ("BAYES\n1\n999999999999", "the states of variable 0 must lie from 1 to 1,000, not 999,9"),
        ("BAYES\n999999999999", "the number of variables must lie from 1 to 20,000, not 999,9"),
        ("BAYES\n1\n2\n999999999999", "the number of tables must lie from 0 to 20,000"),
        ("BAYES\n1\n2\n1\n99 0", "the variables of table 0 must lie from 1 to 31, not 99"),
        ("BAYES\n1\n0\n1\n1 0\n0\n", "the states of variable 0 must lie from 1 to 1,000, not 0"),
        ("BAYES\n0\n\n0\n", "the number of variables must lie from 1 to 20,000, not 0"),
        (
            "BAYES\n2\n2 2\n2\n1 0\n1 0\n2\n0.5 0.5\n2\n0.1 0.9",
            "variable 0 has two tables; every variable needs one table",
        ),
        (
            "BAYES\n1\n2\n1\n1 0\n2\n0.5 0.5 0.7",
            "'0.7' stands after the last table, where the file must end",
        ),
        ("BAYES\n1\n2\n1\n1 0\n2\nnan 0.5", "the table of variable 0 holds nan; give finite"),
        ("BAYES\n1\n2\n1\n1 0\n2\n1e999 0.5", "the table of variable 0 holds inf; give finite"),
        (
            "BAYES\n3\n999 999 999\n3\n1 0\n1 1\n3 0 1 2",
            "the table of variable 2 has 997,002,999 entries; at most 4,194,304 are read",
        ),
        (
            f"BAYES\n101\n{'999 ' * 101}\n101\n1 0\n"
            + "".join(f"2 0 {i}\n" for i in range(1, 101)),
            "the tables have 99,801,099 entries together; at most 33,554,432 are read",
        ),
    ],
)
def test_bad_uai_files_are_refused(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "bad.uai"
    path.write_text(text)
    with pytest.raises(tb.FormatError) as caught:
        tb.load(path)
    assert expected in str(caught.value)


def test_rows_that_miss_one_by_rounding_are_normalised_and_worse_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rounded.uai"
    path.write_text("BAYES\n1\n3\n1\n1 0\n3\n0.333 0.333 0.333\n")
    assert tb.load(path).query("x0").tolist() == pytest.approx([1 / 3] * 3, abs=1e-12)
    for row in ("0.3 0.3 0.3", "0.5 0.6 -0.1"):
        path.write_text(f"BAYES\n1\n3\n1\n1 0\n3\n{row}\n")
        with pytest.raises(
            tb.NetworkError, match=r"variables\.x0\.rows\[\]: sums to .*, expected 1"
        ):
            tb.load(path)


def test_imported_numbers_say_where_they_come_from(tmp_path: Path) -> None:
    """And survive the cited format."""
    model = tb.load(public_file("alarm"), target="HYPOVOLEMIA")
    assert model.network.name == "alarm"
    assert set(model.estimates()["grade"]) == {"weak"}
    assert model.sources().loc["imported", "title"] == "Imported from alarm.bif.gz"
    model.save(tmp_path / "alarm.toml")
    assert tb.load(tmp_path / "alarm.toml").network == model.network


def test_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "asia.bif"
    path.write_bytes(gzip.decompress(public_file("asia").read_bytes()).replace(b"\n", b"\r\n"))
    assert tb.load(path).network.variables == tb.load(public_file("asia")).network.variables


def test_pgmpy_models_go_there_and_back() -> None:
    network = made()
    model = tb.DiagnosticModel(network).to_pgmpy()
    assert model.check_model()
    again = tb.from_pgmpy(model, target="a", name="again")
    assert_same_tables(network, again.network)
    assert again.network.name == "again"


def test_pgmpy_models_of_numbers_for_names_are_read_as_text() -> None:
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.models import DiscreteBayesianNetwork

    model = DiscreteBayesianNetwork([(1, 2)])
    model.add_cpds(
        TabularCPD(1, 2, [[0.3], [0.7]]), TabularCPD(2, 2, [[0.1, 0.8], [0.9, 0.2]], [1], [2])
    )
    ours = tb.from_pgmpy(model, target="1")
    assert ours.diagnose({"2": 0}).posterior.tolist() == pytest.approx([0.03 / 0.59, 0.56 / 0.59])


def test_a_pgmpy_model_without_a_table_is_refused() -> None:
    from pgmpy.models import DiscreteBayesianNetwork

    model = DiscreteBayesianNetwork([("a", "b")])
    with pytest.raises(tb.NetworkError, match=r"variables\.a: has no table \(CPD\)"):
        tb.from_pgmpy(model)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "a.json",
            b"{}",
            "unknown format .json; use one of .toml, .bif, .xmlbif, .net, .xdsl, .uai",
        ),
        ("a", b"", "unknown format (no suffix)"),
        ("a.toml.gz", b"", "a.toml.gz: unknown format"),
        ("a.bif", b"\xff\xfe", "is not text"),
        ("a.bif.gz", b"no gzip", "is not text"),
        ("a.bif", b"network unknown {\n}\nvariable a {\n}\n", "cannot be read as BIF; pgmpy's r"),
        ("a.bif", b" \n", "a.bif is empty"),
        ("a.bif", b"network unknown {\n}\n", "a.bif has no variables; BIF has `variable` for each"),
        ("a.net", b"net\n{\n}\n", "a.net has no variables; NET has `node` for each"),
        ("a.xmlbif", b"<BIF><NETWORK></NETWORK></BIF>", "has no variables; XMLBIF has `<VARIABLE`"),
        ("a.xdsl", b"<smile><nodes></nodes></smile>", "has no variables; XDSL has `<cpt` for"),
        ("a.xdsl", b"<smile></smile>", "has no variables; XDSL has `<cpt` for"),
        ("a.xmlbif", b"<BIF><VARIABLE>", "a.xmlbif is not XML"),
        ("a.xdsl", b"<smile>", "is not XML"),
        ("a.net", b"node a { states = ", "cannot be read as NET; pgmpy's reader says: "),
        ("a.xmlbif", b'<!DOCTYPE BIF [<!ENTITY a "b">]><BIF>&a;</BIF>', "declares XML entities"),
    ],
)
def test_unreadable_files_are_refused(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(tb.TwitchbayesError) as caught:
        tb.load(path)
    assert expected in str(caught.value)


def test_large_files_are_refused_before_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchbayes.io.opening.MAX_BYTES", 1000)
    path = tmp_path / "bomb.bif.gz"
    path.write_bytes(gzip.compress(b" " * 10_000_000))
    with pytest.raises(tb.FormatError, match=r"at most 1,000 bytes, .* unpacked; no more are read"):
        tb.load(path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("asia.json", "unknown format .json"),
        ("asia.bif.gz", "cannot write asia.bif.gz: leave off .gz"),
        ("nowhere/asia.toml", "there is no folder"),
    ],
)
def test_what_cannot_be_saved_is_not(
    asia: tb.DiagnosticModel, tmp_path: Path, name: str, expected: str
) -> None:
    with pytest.raises(tb.FormatError) as caught:
        asia.save(tmp_path / name)
    assert expected in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_format_that_would_lose_a_name_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    half = strategies.estimate(0.5)
    variable = tb.Variable("a b", ("no, never", "yes"), tb.Table((tb.Row((), (("yes", half),)),)))
    network = tb.Network("odd", "Odd", "1", (variable,), sources=(strategies.SOURCE,))
    path = tmp_path / "odd.bif"
    path.write_text("precious")
    with pytest.raises(
        tb.FormatError, match=r"odd cannot be saved as \.bif: .*'a b', 'no, never'; use letters"
    ):
        tb.DiagnosticModel(network).save(path)
    assert path.read_text() == "precious"
    assert [file.name for file in tmp_path.iterdir()] == ["odd.bif"]
    tb.DiagnosticModel(network).save(tmp_path / "odd.toml")
    assert tb.load(tmp_path / "odd.toml").network == network


@pytest.mark.parametrize(
    ("suffix", "name", "state"),
    [
        (".net", "a b", "x"),
        (".net", "é", "x"),
        (".net", "a.b", "x"),
        (".bif", "a", "x,y"),
        (".xmlbif", "a", "<5"),
        (".xmlbif", "a", "é"),
    ],
)
def test_names_that_a_writer_mangles_are_named(
    tmp_path: Path, suffix: str, name: str, state: str
) -> None:
    half = strategies.estimate(0.5)
    variable = tb.Variable(name, (state, "yes"), tb.Table((tb.Row((), (("yes", half),)),)))
    model = tb.DiagnosticModel(
        tb.Network("odd", "Odd", "1", (variable,), sources=(strategies.SOURCE,))
    )
    with pytest.raises(tb.FormatError) as caught:
        model.save(tmp_path / f"odd{suffix}")
    odd = state if name == "a" else name
    assert str(caught.value) == (
        f"odd cannot be saved as {suffix}: pgmpy's writer does not keep its names, such as "
        f"{odd!r}; use letters, digits and _ alone, or save it as .toml"
    )


def test_the_place_is_looked_at_before_anything_is_written(
    leg_twitch: tb.DiagnosticModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchbayes.io.files.network_to_pgmpy", None)
    with pytest.raises(tb.FormatError, match="there is no folder"):
        leg_twitch.save(tmp_path / "nowhere" / "a.net")
    with pytest.raises(tb.FormatError, match=r"leave off \.gz"):
        leg_twitch.save(tmp_path / "a.net.gz")


def test_pyagrum_orders_the_parents_of_xdsl_otherwise(
    asia: tb.DiagnosticModel, tmp_path: Path
) -> None:
    import pyagrum

    path = tmp_path / "theirs.xdsl"
    pyagrum.saveBN(agrum_network(asia.network), str(path))
    with pytest.raises(tb.FormatError, match=r"by pyAgrum, .* save it as \.bif there"):
        tb.load(path)


def test_the_name_is_that_of_the_file(asia: tb.DiagnosticModel, tmp_path: Path) -> None:
    for file, name in ((".hidden.bif", ".hidden"), ("my.net.v2.BIF", "my.net.v2")):
        asia.save(tmp_path / file)
        assert tb.load(tmp_path / file).network.name == name


def test_a_large_table_is_written_in_full(tmp_path: Path) -> None:
    """A writer that prints arrays shortens them beyond a thousand entries."""
    half = strategies.estimate(0.5)
    roots = [
        tb.Variable(f"r{i}", ("no", "yes"), tb.Table((tb.Row((), (("yes", half),)),)))
        for i in range(10)
    ]
    rows = [
        tb.Row(
            tuple((r.name, (s,)) for r, s in zip(roots, states, strict=True)),
            (("yes", strategies.estimate(i / 2000)),),
        )
        for i, states in enumerate(itertools.product(("no", "yes"), repeat=10))
    ]
    child = tb.Variable("c", ("no", "yes"), tb.Table(tuple(rows)), tuple(r.name for r in roots))
    network = tb.Network("big", "Big", "1", (*roots, child), sources=(strategies.SOURCE,))
    tb.DiagnosticModel(network).save(tmp_path / "big.net")
    assert_same_tables(network, tb.load(tmp_path / "big.net").network)


def test_a_format_that_would_round_to_zero_is_refused(tmp_path: Path) -> None:
    """What is rare would become impossible."""
    rare = tb.Variable(
        "a", ("no", "yes"), tb.Table((tb.Row((), (("yes", strategies.estimate(1e-9)),)),))
    )
    model = tb.DiagnosticModel(
        tb.Network("rare", "Rare", "1", (rare,), sources=(strategies.SOURCE,))
    )
    with pytest.raises(
        tb.FormatError, match="table of a is not kept, a number was changed, or rounded to zero"
    ):
        model.save(tmp_path / "rare.net")
    model.save(tmp_path / "rare.bif")
    assert tb.load(tmp_path / "rare.bif").query("a")["yes"] == pytest.approx(1e-9)


def test_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"variable " * 1000)
    path = tmp_path / "a.bif.gz"
    flipped = bytes([whole[12] ^ 255])
    for data in (whole[:-20], whole[:12] + flipped + whole[13:], whole[:-8] + bytes(8)):
        path.write_bytes(data)
        with pytest.raises(tb.FormatError, match=r"a\.bif\.gz is not text: "):
            tb.load(path)


def test_the_suffix_may_be_in_capital_letters(tmp_path: Path, asia: tb.DiagnosticModel) -> None:
    path = tmp_path / "asia.BIF.GZ"
    path.write_bytes(public_file("asia").read_bytes())
    assert tb.load(path).network.variables == tb.load(public_file("asia")).network.variables
    with pytest.raises(tb.FormatError, match=r"cannot write asia\.BIF\.GZ: leave off \.gz"):
        asia.save(path)
    with pytest.raises(tb.FormatError, match=r"asia\.TOML\.GZ: unknown format"):
        asia.save(tmp_path / "asia.TOML.GZ")


@pytest.mark.parametrize("suffix", [".toml", ".bif", ".xmlbif", ".uai"])
def test_a_byte_order_mark_does_not_matter(
    tmp_path: Path, suffix: str, asia: tb.DiagnosticModel
) -> None:
    path = tmp_path / f"asia{suffix}"
    asia.save(path)
    network = tb.load(path).network
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert tb.load(path).network == network


@pytest.mark.parametrize("name", ["pipe.toml", "pipe.bif"])
def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    (tmp_path / f"zero{name}").symlink_to("/dev/zero")
    for path in (tmp_path / name, tmp_path / f"zero{name}"):
        with pytest.raises(tb.FormatError, match=f"{name} is not a regular file"):
            tb.load(path)


def test_a_link_to_a_regular_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "link.bif.gz").symlink_to(public_file("asia"))
    assert "dysp" in tb.load(tmp_path / "link.bif.gz").network.by_name


def test_paths_that_cannot_be_are_refused(tmp_path: Path, asia: tb.DiagnosticModel) -> None:
    (tmp_path / "round.toml").symlink_to("round.toml")
    for path, expected in (
        (f"{'x' * 5000}.toml", r"cannot open x+\.toml: File name too long"),
        ("a\0b.toml", r"cannot open 'a\\x00b\.toml': .*embedded null"),
        (str(tmp_path / "round.toml"), "cannot open .*: Too many levels of symbolic links"),
    ):
        with pytest.raises(tb.FormatError, match=expected):
            tb.load(path)
        with pytest.raises(tb.FormatError, match=expected):
            asia.save(path)
    with pytest.raises(tb.FormatError, match=r"cannot open x+: File name too long"):
        tb.load("x" * 5000)


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(self: Path, mode: str) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    for name in ("secret.toml", "secret.bif"):
        (tmp_path / name).write_text("format = 1")
    monkeypatch.setattr(Path, "open", closed)
    for name in ("secret.toml", "secret.bif"):
        with pytest.raises(tb.FormatError, match=f"cannot read .*{name}: Permission denied"):
            tb.load(tmp_path / name)


def test_a_folder_or_a_device_is_not_overwritten(tmp_path: Path, asia: tb.DiagnosticModel) -> None:
    (tmp_path / "asia.toml").mkdir()
    (tmp_path / "null.toml").symlink_to("/dev/null")
    for name in ("asia.toml", "null.toml"):
        with pytest.raises(tb.FormatError, match=f"cannot write .*{name}: it is a folder or a dev"):
            asia.save(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["asia.toml", "null.toml"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.EROFS])
def test_what_cannot_be_written_is_said_and_nothing_is_lost(
    tmp_path: Path, asia: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fails(self: Path, target: Path) -> None:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "asia.toml"
    path.write_text("precious")
    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(tb.FormatError, match=f"cannot write .*toml: {os.strerror(number)}"):
        asia.save(path)
    assert path.read_text() == "precious"
    assert [file.name for file in tmp_path.iterdir()] == ["asia.toml"]


def test_a_text_that_is_none_is_not_written(tmp_path: Path) -> None:
    """Half of a surrogate pair has no bytes in UTF-8."""
    half = strategies.estimate(0.5)
    variable = tb.Variable("a", ("no", "yes"), tb.Table((tb.Row((), (("yes", half),)),)))
    network = tb.Network("odd", "\ud800", "1", (variable,), sources=(strategies.SOURCE,))
    with pytest.raises(tb.FormatError, match=r"cannot write .*odd\.toml: a text of the network"):
        tb.DiagnosticModel(network).save(tmp_path / "odd.toml")
    assert list(tmp_path.iterdir()) == []


def test_saving_through_a_link_keeps_the_link(tmp_path: Path, asia: tb.DiagnosticModel) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = tmp_path / "asia.toml"
    link.symlink_to(folder / "real.toml")
    for _ in range(2):  # the file is made, then replaced
        asia.save(link)
        assert link.is_symlink()
        assert tb.load(folder / "real.toml").network == asia.network
        assert [file.name for file in folder.iterdir()] == ["real.toml"]


BIF = """\
network unknown {
}
variable a {
  type discrete [ 2 ] { no, yes };
}
variable b {
  type discrete [ 2 ] { no, yes };
}
probability ( a ) {
  table 0.9, 0.1;
}
probability ( b | a ) {
  (no) 0.8, 0.2;
  (yes) 0.3, 0.7;
}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("variable b", "variable a", "variable 'a' has two variable blocks"),
        ("variable b", "variable A", "variable 'a' has two variable blocks, or two that differ in"),
        ("probability ( b | a )", "probability (a)", "variable 'a' has two probability blocks"),
        ("(yes) 0.3", "(no) 0.3", r"variable 'b' has two rows for \(no\); keep one"),
        ("(yes) 0.3", '("no" ) 0.3', r"variable 'b' has two rows for \(no\); keep one"),
        ("[ 2 ]", "[ 3 ]", r"variable 'a' announces \[3\] states and lists 2"),
        ("{ no, yes }", "{ no yes maybe }", r"variable 'a' announces \[2\] states and lists 3"),
    ],
)
def test_a_bif_that_contradicts_itself_is_refused(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    path = tmp_path / "a.bif"
    path.write_text(BIF)
    assert tb.load(path).query("b", a="yes")["yes"] == pytest.approx(0.7)
    path.write_text(BIF.replace(old, new, 1))
    with pytest.raises(tb.FormatError, match=expected):
        tb.load(path)


def test_comments_of_a_bif_are_no_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.bif"
    path.write_text(f"{BIF}// variable a\n/* {BIF} */\n")
    assert tb.load(path).query("b", a="yes")["yes"] == pytest.approx(0.7)


def test_the_last_block_of_a_bif_needs_no_line_end(tmp_path: Path) -> None:
    path = tmp_path / "a.bif"
    path.write_text(BIF.rstrip())
    assert tb.load(path).query("b", a="yes")["yes"] == pytest.approx(0.7)


@pytest.mark.parametrize(
    "text",
    ['"' + '\\"' * 400_000, "(" * 400_000, "/*" * 400_000, BIF + "//" * 400_000],
    ids=["quotes", "brackets", "comments", "lines"],
)
def test_a_bif_is_looked_at_in_time_that_grows_with_its_length(text: str) -> None:
    start = time.perf_counter()
    with contextlib.suppress(tb.FormatError):
        check_bif(text, Path("a.bif"))
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"no end', "a quoted text that does not end"),
        ("/* no end *", "a comment that does not end"),
    ],
)
def test_a_bif_ends_what_it_begins(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "a.bif"
    path.write_text(BIF + text)
    with pytest.raises(tb.FormatError, match=expected):
        tb.load(path)
    path.write_text(f'{BIF}// /* "\n/**/ /* " *** **/ /* \\ */')
    assert tb.load(path).query("b", a="yes")["yes"] == pytest.approx(0.7)


def test_the_entries_of_a_bif_are_counted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bif"
    path.write_text(BIF)
    monkeypatch.setattr("twitchbayes.io.bif.MAX_ENTRIES", 6)
    assert tb.load(path).query("b", a="yes")["yes"] == pytest.approx(0.7)
    monkeypatch.setattr("twitchbayes.io.bif.MAX_ENTRIES", 5)
    with pytest.raises(tb.FormatError, match=r"variable 'b' has 1 parents .* 5 of all variables"):
        tb.load(path)


@pytest.mark.parametrize(
    ("suffix", "old", "new", "expected"),
    [
        (".net", "node a", "node b", "variable 'b' has two of `node`; keep one"),
        (".net", "potential (b", "potential (a", "variable 'a' has two of `potential`; keep one"),
        (".xmlbif", "<NAME>b</NAME>", "<NAME>a</NAME>", "'a' has two of `VARIABLE`; keep one"),
        (".xmlbif", "<FOR>b</FOR>", "<FOR>a</FOR>", "'a' has two of `DEFINITION`; keep one"),
        (".xmlbif", "<TABLE>", "<TABLE>1</TABLE><TABLE>", "has two of `TABLE`; keep one"),
        (".xdsl", 'cpt id="b"', 'cpt id="a"', "variable 'a' has two of `cpt`; keep one"),
    ],
)
def test_a_file_that_says_a_thing_twice_is_refused(
    tmp_path: Path, suffix: str, old: str, new: str, expected: str
) -> None:
    (tmp_path / "a.bif").write_text(BIF)
    path = tmp_path / f"a{suffix}"
    model = tb.load(tmp_path / "a.bif")
    model.save(path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(tb.FormatError, match=expected):
        tb.load(path)


@pytest.mark.parametrize("mode", [0o600, 0o444, 0o664])
def test_a_file_that_is_saved_over_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "asia.toml"
    model = tb.load("asia")
    model.save(path)
    (tmp_path / "new").touch()
    assert path.stat().st_mode == (tmp_path / "new").stat().st_mode
    path.chmod(mode)
    model.save(path)
    assert path.stat().st_mode & 0o777 == mode
    assert tb.load(path).network == model.network


def test_no_temporary_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(
        tb.FormatError,
        match=r"cannot save asia as \.net: a temporary folder is needed, and No such file",
    ):
        tb.load("asia").save(tmp_path / "asia.net")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("total", "accepted"), [(1.005, True), (0.995, True), (1.02, False)])
def test_rows_of_tables_may_miss_one_by_a_hundredth(total: float, accepted: bool) -> None:
    tables = [("a", ["no", "yes"], [], np.array([total - 0.5, 0.5]))]
    if accepted:
        network = from_tables(tables, name="n", title="N")
        assert network.table("a").tolist() == pytest.approx([1 - 0.5 / total, 0.5 / total])
    else:
        with pytest.raises(tb.NetworkError, match=r"a\.rows\[\]: sums to 1\.02, expected 1"):
            from_tables(tables, name="n", title="N")


@pytest.mark.parametrize(("moved", "accepted"), [(5e-7, True), (2e-6, False)])
def test_what_is_written_is_compared_to_a_millionth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: float, accepted: bool
) -> None:
    (tmp_path / "a.bif").write_text(BIF)
    network = tb.load(tmp_path / "a.bif").network
    tables = [("a", ["no", "yes"], [], np.array([0.9 + moved, 0.1 - moved]))]
    rows = [("b", ["no", "yes"], [("a", ["no", "yes"])], network.table("b"))]
    other = from_tables([*tables, *rows], name="n", title="N")
    monkeypatch.setattr("twitchbayes.io.files.network_from_pgmpy", lambda *_, **__: other)
    model = tb.DiagnosticModel(network)
    if accepted:
        model.save(tmp_path / "b.bif")
    else:
        with pytest.raises(tb.FormatError, match="the table of a is not kept"):
            model.save(tmp_path / "b.bif")


def test_equal_estimates_of_a_table_are_one_object() -> None:
    tables = [("a", ["no", "yes"], [], np.array([0.5, 0.5]))]
    (variable,) = from_tables(tables, name="n", title="N").variables
    assert isinstance(variable.distribution, tb.Table)
    (no, yes) = variable.distribution.rows[0].estimates
    assert no[1] is yes[1]


def large_bif(parents: int, size: int) -> str:
    states = ", ".join(f"s{i}" for i in range(size))
    names = [f"v{i}" for i in range(parents + 1)]
    blocks = [f"variable {n} {{\n type discrete [ {size} ] {{ {states} }};\n}}\n" for n in names]
    return "".join(blocks) + f"probability ( v0 | {', '.join(names[1:])} ) {{\n}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (large_bif(31, 1), "variable 'v0' has 31 parents and a table of 1 entries; at most 30"),
        (large_bif(22, 2), "variable 'v0' has 22 parents and a table of 8,388,608 entries; at mo"),
        (large_bif(1, 1001), "variable 'v0' has 1,001 states; at most 1,000"),
        (large_bif(20_000, 1), "has 20,001 variables; at most 20,000"),
    ],
    ids=["parents", "table", "states", "variables"],
)
def test_a_bif_is_bounded_before_memory_is_taken(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "a.bif"
    path.write_text(text)
    with pytest.raises(tb.FormatError, match=expected):
        tb.load(path)


def test_public_bif_files_are_not_refused() -> None:
    """None that pgmpy ships; and the check sees every block of theirs."""
    for file in sorted(public_file("asia").parent.glob("*.bif.gz")):
        text = gzip.decompress(file.read_bytes()).decode()
        check_bif(text, file)
        assert len(VARIABLE.findall(text)) == text.count("\nvariable ")
        assert len(PROBABILITY.findall(text)) == text.count("\nprobability ")


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("MAX_TABLE", r"variables\.a: has 0 parents and a table of 2 entries; at most 30 parents"),
        ("MAX_ENTRIES", "variables: their tables together have 6 entries; at most 1 are taken"),
    ],
)
def test_tables_too_large_are_refused_before_they_become_rows(
    monkeypatch: pytest.MonkeyPatch, bound: str, expected: str
) -> None:
    monkeypatch.setattr(f"twitchbayes.io.tables.{bound}", 1)
    tables = [(name, ["no", "yes"], [], np.array([0.5, 0.5])) for name in "abc"]
    with pytest.raises(tb.NetworkError, match=expected):
        from_tables(tables, name="large", title="Large")
