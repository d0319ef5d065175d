"""Parts of a network that are CSV tables: what they say is read, what is wrong is found by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import twitchbayes as tb
from twitchbayes.event import event_words, read_event
from twitchbayes.io.csv_tables import TABLES

HEADER = """\
format = 1
[network]
name = "small"
title = "Small"
version = "1"
target = "a"
parts = [PARTS]
[variables.a]
states = ["no", "yes"]
[[variables.a.rows]]
p.yes = { value = 0.1, grade = "measured", sources = ["paper"] }
[variables.b]
states = ["none", "mild", "severe"]
[[variables.b.rows]]
p.mild = { value = 0.2, grade = "measured", sources = ["paper"] }
p.severe = { value = 0.1, grade = "measured", sources = ["paper"] }
[code_systems.S]
title = "A terminology"
release = ["2026"]
"""
SOURCES = "id,tier,authors,year,title,journal,doi,pmid,link\n"
PAPER = 'paper,article,"Doe, J",2020,"A ""paper""",,10.0000/x,,\n'
FIGURES = "item,people,found,given,value,low,high,numerator,denominator,source,left_out,note\n"
CODES = "variable,state,system,code,label,fit,note\n"


def folder(place: Path, **tables: str) -> Path:
    tables = {"sources": SOURCES + PAPER} | tables
    parts = ", ".join(f'"{name}.csv"' for name in tables)
    (place / "network.toml").write_text(HEADER.replace("PARTS", parts), encoding="utf-8")
    for name, text in tables.items():
        (place / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return place


def problems_of(place: Path, **tables: str) -> tuple[str, ...]:
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(folder(place, **tables))
    return caught.value.problems


def test_rows_are_sources_figures_and_codes(tmp_path: Path) -> None:
    figures = (
        FIGURES + "Cough,Adults,b=mild|severe & a=yes,,0.3,0.2,0.4,3,10,paper,,mapped\n"
        "\n"
        '"Cough,\nnight",Children,,,12,,,,,paper,people: children,\n'
        "Cough,Adults,b=severe,a=no,.1,,,,40,paper,,\n"
    )
    codes = f"{CODES}b,mild,S,S:1,Mild,close,\nb,severe,S,,,none,looked for\n"
    network = tb.load(folder(tmp_path, figures=figures, codes=codes)).network
    paper = tb.Source("paper", 'A "paper"', "article", "Doe, J", 2020, doi="10.0000/x")
    assert network.sources == (paper,)
    assert network.figures == (
        tb.Figure(
            "Cough",
            "Adults",
            0.3,
            "paper",
            (("b", ("mild", "severe")), ("a", ("yes",))),
            interval=(0.2, 0.4),
            counts=(3, 10),
            note="mapped",
        ),
        tb.Figure("Cough,\nnight", "Children", 12.0, "paper", left_out="people: children"),
        tb.Figure(
            "Cough",
            "Adults",
            0.1,
            "paper",
            (("b", ("severe",)),),
            (("a", ("no",)),),
            denominator=40,
        ),
    )
    assert network.codes == (
        tb.Code("b", "mild", "S", "close", "S:1", "Mild"),
        tb.Code("b", "severe", "S", "none", note="looked for"),
    )
    again = tmp_path / "again.toml"
    tb.DiagnosticModel(network).save(again)
    assert tb.load(again).network == network


def test_columns_may_stand_in_any_order_and_lines_end_in_any_way(tmp_path: Path) -> None:
    text = "title,id,tier,year,authors,journal,doi,pmid,link\r\nA paper,paper,article,,,,,,\r\n"
    network = tb.load(folder(tmp_path, sources="\ufeff" + text)).network
    assert network.sources == (tb.Source("paper", "A paper", "article"),)


@pytest.mark.parametrize(
    ("table", "text", "expected"),
    [
        ("sources", "", "sources.csv: is empty; its first line names the columns"),
        (
            "sources",
            "id,tier,author,authors,year,title,journal,doi,link\n",
            "sources.csv line 1: has no column 'pmid'; add it\n"
            "sources.csv line 1: unknown column 'author'; the columns are id, tier, authors, year, "
            "title, journal, doi, pmid, link",
        ),
        (
            "sources",
            SOURCES.replace("id,", "id,id,"),
            "sources.csv line 1: the column 'id' is there twice; keep one",
        ),
        (
            "sources",
            SOURCES + PAPER + "page,web,,,A page\n",
            "sources.csv line 3: has 5 cells, the first line 9; quote cells that hold commas",
        ),
        (
            "sources",
            SOURCES + PAPER + PAPER,
            "sources.csv line 2: sources.paper: is in sources.csv line 2 and in sources.csv line "
            "3; keep one",
        ),
        (
            "sources",
            SOURCES + PAPER + 'page,web,"A" page,,,,,,\n',
            "sources.csv line 3: is not CSV: ',' expected after '\"'",
        ),
        (
            "sources",
            SOURCES + PAPER + 'page,web,,,"A page,,,,\n',
            "sources.csv line 3: is not CSV: unexpected end of data",
        ),
        (
            "sources",
            SOURCES + PAPER + f"page,web,,,{'x' * 200_000},,,,\n",
            "sources.csv line 3: is not CSV: field larger than field limit (131072)",
        ),
        (
            "sources",
            SOURCES + PAPER.replace("2020", "in 2020"),
            "sources.csv line 2: year: 'in 2020' is not a whole number; write it as 25",
        ),
        (
            "sources",
            SOURCES + PAPER.replace("article", "blog"),
            "sources.csv line 2: tier: 'blog' is not one of article, web, file",
        ),
        (
            "figures",
            FIGURES + "Cough,Adults,b=mild,,half,,,,,paper,,\n",
            "figures.csv line 2: value: 'half' is not a number; write it as 0.25",
        ),
        (
            "figures",
            FIGURES + "Cough,Adults,b=mild,,,,,,,paper,,\n",
            "figures.csv line 2: has no key 'value'; add it",
        ),
        (
            "figures",
            FIGURES + '"Cough\nat night",Adults,b=mild,,0.2,0.1,,,,paper,,\n'
            "Cough,Adults,b=mild,,0.2,0.1,1_0,,,paper,,\n",
            "figures.csv line 2: low: stands without high; give both, or neither\n"
            "figures.csv line 4: high: '1_0' is not a number; write it as 0.25",
        ),
        (
            "figures",
            FIGURES + "Cough,Adults,b=mild,,0.2,,,4,,paper,,\n",
            "figures.csv line 2: numerator: stands without denominator; give both, or neither",
        ),
        (
            "figures",
            FIGURES + "Cough,Adults,b=mild,,0.2,,,4.0,20,paper,,\n"
            "Cough,Adults,b=mild,,0.2,,,,1e3,paper,,\n",
            "figures.csv line 2: numerator: '4.0' is not a whole number; write it as 25\n"
            "figures.csv line 3: denominator: '1e3' is not a whole number; write it as 25",
        ),
        (
            "figures",
            FIGURES + "Cough,Adults,b is mild,,0.2,,,,,paper,,\n"
            "Cough,Adults,b=mild & b=severe,,0.2,,,,,paper,,\n",
            "figures.csv line 2: found: 'b is mild' is no event; write variable=state, `|` between "
            "states and `&` between variables, each named once\n"
            "figures.csv line 3: found: 'b=mild & b=severe' is no event; write variable=state, `|` "
            "between states and `&` between variables, each named once",
        ),
        (
            "figures",
            FIGURES + "Cough,Adults,b=mild|moderate,a=yess,0.2,,,,,papers,,\n",
            "figures.csv line 2: source: unknown source 'papers'; did you mean 'paper'?\n"
            "figures.csv line 2: found.b: no state 'moderate'\n"
            "figures.csv line 2: given.a: no state 'yess'; did you mean 'yes'?",
        ),
        (
            "codes",
            f"{CODES}b,mild,S,S:1,Mild,close,\nb,mild,S,S:2,,,\n",
            "codes.csv line 3: has no key 'fit'; add it",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_found_by_line(
    tmp_path: Path, table: str, text: str, expected: str
) -> None:
    assert "\n".join(problems_of(tmp_path, **{table: text})) == expected


def test_problems_of_all_parts_are_reported_together(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        sources=SOURCES + PAPER.replace("2020", "x"),
        codes=f"{CODES}b,milder,S,S:1,Mild,close,\n",
    )
    assert [problem[:18] for problem in found] == ["sources.csv line 2", "codes.csv line 2: "]


def test_rows_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twitchbayes.io.csv_tables.MAX_ROWS", 2)
    page = "page,web,,,A page,,,,\n"
    text = SOURCES + PAPER + page + page.replace("page,", "leaf,", 1)
    assert problems_of(tmp_path, sources=text) == (
        "sources.csv line 4: is one too many; at most 2 rows are read",
    )


def test_a_table_that_is_not_listed_is_a_problem(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "figures.csv").write_text(FIGURES)
    (tmp_path / "other.csv").write_text("what others keep in the folder is theirs\n")
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(tmp_path)
    assert caught.value.problems == (
        "network.parts: does not list figures.csv; add it, or move the file away",
    )


def test_a_table_of_another_name_is_no_part(tmp_path: Path) -> None:
    folder(tmp_path, rows="a,b\n")
    with pytest.raises(
        tb.NetworkError,
        match=r"lists 'rows.csv'; a part's name ends in .toml, or is one of sources.csv, figures",
    ):
        tb.load(tmp_path)


def test_a_source_may_be_in_a_table_or_in_toml_but_not_in_both(tmp_path: Path) -> None:
    header = folder(tmp_path) / "network.toml"
    text = header.read_text() + '[sources.paper]\ntier = "web"\ntitle = "A page"\n'
    header.write_text(text)
    with pytest.raises(tb.NetworkError) as caught:
        tb.load(tmp_path)
    assert "sources.paper: is in network.toml and in sources.csv line 2; keep one" in str(
        caught.value
    )


@given(
    st.dictionaries(
        st.text("ab_0", min_size=1),
        st.lists(st.text("xyz_1", min_size=1), min_size=1).map(tuple),
        min_size=1,
    )
)
def test_events_in_words_are_read_back(event: dict[str, tuple[str, ...]]) -> None:
    pairs = tuple(event.items())
    assert read_event(event_words(pairs)) == pairs


def test_the_columns_are_the_keys_of_the_format() -> None:
    pairs = {"interval": ("low", "high"), "counts": ("numerator", "denominator")}
    for file, kind in (
        ("sources.csv", tb.Source),
        ("figures.csv", tb.Figure),
        ("codes.csv", tb.Code),
    ):
        keys = [column for key in kind.__dataclass_fields__ for column in pairs.get(key, (key,))]
        assert sorted(TABLES[file]) == sorted(set(keys))
