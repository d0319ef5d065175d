"""Models: what can be asked of them, singly and in tables."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twitchbayes as tb
from twitchbayes import contradictions
from twitchbayes.values import is_missing, state_of


def test_bundled_networks_are_listed() -> None:
    frame = tb.networks()
    assert frame.index.tolist() == ["asia", "leg_twitch"]
    assert frame.loc["leg_twitch", "title"] == "Twitching in the leg"
    assert frame["version"].str.fullmatch(r"\d+\.\d+\.\d+").all()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "leg_twich",
            "no bundled network 'leg_twich', and no file of that name; did you mean 'leg_twitch'?",
        ),
        ("qqq", "bundled are asia, leg_twitch"),
        ("", "there is no bundled network ''"),
        ("nowhere/asia.bif", "there is no file or folder nowhere/asia.bif"),
        ("./asia", "there is no file or folder asia"),
        ("../asia", "there is no file or folder ../asia"),
    ],
)
def test_what_is_not_there_is_not_loaded(source: str, expected: str) -> None:
    with pytest.raises(tb.TwitchbayesError) as caught:
        tb.load(source)
    assert expected in str(caught.value)


@pytest.mark.parametrize("source", [None, b"asia", 3])
def test_what_is_no_path_is_not_loaded(source: object) -> None:
    with pytest.raises(tb.FormatError, match="load takes a name or a path, not "):
        tb.load(source)  # type: ignore[arg-type]
    with pytest.raises(tb.FormatError, match=r"from_pgmpy takes a pgmpy\.models\.Discrete"):
        tb.from_pgmpy(source)  # type: ignore[arg-type]


def test_a_path_may_begin_at_home(
    asia: tb.DiagnosticModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    asia.save(tmp_path / "mine.toml")
    assert tb.load("~/mine.toml").network == asia.network


def test_names_states_and_causes_come_in_the_order_declared(asia: tb.DiagnosticModel) -> None:
    assert asia.variables == ("asia", "smoke", "tub", "lung", "bronc", "either", "xray", "dysp")
    assert asia.causes == asia.states("lung") == ("no", "yes")
    with pytest.raises(tb.QueryError, match=r"asia has no variable 'lungs'; did you mean 'lung'\?"):
        asia.states("lungs")


def test_another_target_may_be_asked_for() -> None:
    model = tb.load("asia", target="bronc")
    assert model.diagnose(smoke=True).posterior["yes"] == pytest.approx(0.6)
    flags = {flag.name for flag in tb.load("leg_twitch", target="babinski").network.red_flags}
    assert "babinski" not in flags, "what is asked is never found"
    assert "wasting" in flags
    assert tb.load("leg_twitch", target="cause").network == tb.load("leg_twitch").network
    with pytest.raises(
        tb.NetworkError, match=r"network\.target: unknown variable 'bronx'; did you mean 'bronc'"
    ):
        tb.load("asia", target="bronx")


def test_without_a_target_one_can_query_but_not_diagnose(asia: tb.DiagnosticModel) -> None:
    model = tb.DiagnosticModel(dataclasses.replace(asia.network, target=None))
    assert model.query("tub", asia=True)["yes"] == pytest.approx(0.05)
    for ask in (model.diagnose, lambda: model.causes, lambda: model.diagnose_frame(pd.DataFrame())):
        with pytest.raises(tb.QueryError, match="asia names no target; load it with target="):
            ask()


def test_query_of_several_gives_their_joint(asia: tb.DiagnosticModel) -> None:
    joint = asia.query(["bronc", "lung"], {"smoke": "yes"}, dysp=True)
    assert joint.index.names == ["bronc", "lung"]
    assert joint.sum() == pytest.approx(1)
    assert joint["yes", "no"] == joint[("yes", "no")]
    for name in ("bronc", "lung"):
        alone = asia.query(name, smoke="yes", dysp=True)
        np.testing.assert_allclose(joint.groupby(level=name, sort=False).sum(), alone, atol=1e-12)
    one = asia.query(["lung"], dysp=True)
    assert one.index.names == ["lung"]


def test_query_of_an_observed_variable_is_certain_and_the_target_may_be_given(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    assert leg_twitch.query("babinski", babinski=True)["yes"] == 1
    with_mnd = leg_twitch.query("babinski", cause="motor_neuron_disease")["yes"]
    assert with_mnd > leg_twitch.query("babinski", cause="benign_idle")["yes"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("babinsky", "no variable 'babinsky'; did you mean 'babinski'?"),
        (["babinski", "qqq"], "no variable 'qqq'"),
        ([], "query asks about no variable"),
        (["babinski", "babinski"], "query names 'babinski' twice"),
        ([["babinski"]], "no variable ['babinski']"),
        (5, "query takes a name or a list of names, not 5"),
        ("age", "age is a number that sets age_band in leg_twitch; ask about age_band"),
    ],
)
def test_bad_queries_are_explained(
    leg_twitch: tb.DiagnosticModel, names: list[str], expected: str
) -> None:
    with pytest.raises(tb.QueryError) as caught:
        leg_twitch.query(names)
    assert expected in str(caught.value)


CASES = pd.DataFrame(
    {
        "age": [34, np.nan, 71.5],
        "timing": ["falling_asleep", None, "resting_awake"],
        "babinski": [None, True, False],
        "serum_magnesium": [0.9, np.nan, 0.58],
        "setting": ["self_query", None, "neurology_clinic"],
    },
    index=pd.Index(["a", "b", "c"], name="patient"),
)


def test_a_table_of_cases_is_diagnosed_row_by_row(leg_twitch: tb.DiagnosticModel) -> None:
    frame = leg_twitch.diagnose_frame(CASES)
    assert frame.index.equals(CASES.index)
    assert tuple(frame.columns) == leg_twitch.causes
    for label, row in CASES.iterrows():
        one = leg_twitch.diagnose(row.to_dict()).posterior
        np.testing.assert_allclose(frame.loc[label], one, atol=1e-12)


@pytest.mark.parametrize(
    "convert",
    [
        lambda frame: frame.astype({"timing": "category", "setting": "category"}),
        lambda frame: frame.astype(
            {"timing": "string", "setting": "string", "babinski": "boolean"}
        ),
        lambda frame: frame.astype(object),
        lambda frame: frame.convert_dtypes(),
        lambda frame: frame[frame.columns[::-1]],
        lambda frame: frame.assign(babinski=[None, "yes", "no"]),
    ],
)
def test_every_way_of_holding_cells_is_read_alike(
    leg_twitch: tb.DiagnosticModel, convert: object
) -> None:
    codes = leg_twitch.encode(convert(CASES.copy()))  # type: ignore[operator]
    np.testing.assert_array_equal(codes, leg_twitch.encode(CASES))


def test_codes_are_places_of_states_and_minus_one(leg_twitch: tb.DiagnosticModel) -> None:
    codes = leg_twitch.encode(CASES)
    place = leg_twitch.network.position
    assert codes.dtype == np.int8
    assert codes.shape == (3, len(leg_twitch.variables))
    assert codes[:, place["age_band"]].tolist() == [0, -1, 2]
    assert codes[:, place["babinski"]].tolist() == [-1, 1, 0]
    assert codes[:, place["serum_magnesium"]].tolist() == [0, -1, 1]
    assert codes[:, place["setting"]].tolist() == [0, 1, 2], "the default is filled in"
    assert (codes[:, place["cause"]] == -1).all()


def test_codes_alone_assume_nothing(leg_twitch: tb.DiagnosticModel) -> None:
    codes = np.full((1, len(leg_twitch.variables)), -1)
    open_setting = leg_twitch.diagnose(setting=set(leg_twitch.states("setting")))
    np.testing.assert_allclose(leg_twitch.posteriors(codes)[0], open_setting.posterior, atol=1e-12)


def test_cells_that_are_equal_and_differ_in_type_are_told_apart() -> None:
    half = tb.Estimate(0.5, "judged", interval=(0, 1), note="A coin.")
    table = tb.Table((tb.Row((), tuple((s, half) for s in ("1", "yes"))),))
    model = tb.DiagnosticModel(
        tb.Network("odd", "Odd", "1", (tb.Variable("a", ("1", "yes"), table),))
    )
    for cells, codes in (([True, 1, None], [1, 0, -1]), ([1, True, 1.0], [0, 1, 0])):
        frame = pd.DataFrame({"a": pd.Series(cells, dtype=object)})
        assert model.encode(frame)[:, 0].tolist() == codes


def test_a_column_of_the_target_may_be_there_if_it_is_empty(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    expected = leg_twitch.diagnose_frame(CASES)
    pd.testing.assert_frame_equal(leg_twitch.diagnose_frame(CASES.assign(cause=None)), expected)


@pytest.mark.parametrize("table", [[{"age": 34}], {"age": 34}, pd.Series({"age": 34})])
def test_what_is_no_table_is_explained(leg_twitch: tb.DiagnosticModel, table: object) -> None:
    with pytest.raises(tb.EvidenceError, match=r"DataFrame, a row per case, not .*to diagnose"):
        leg_twitch.diagnose_frame(table)  # type: ignore[arg-type]


def test_empty_tables_give_empty_answers(leg_twitch: tb.DiagnosticModel) -> None:
    assert leg_twitch.diagnose_frame(CASES.iloc[:0]).shape == (0, 13)
    nothing_asked = leg_twitch.diagnose_frame(pd.DataFrame(index=range(2)))
    np.testing.assert_allclose(nothing_asked.iloc[1], leg_twitch.diagnose().posterior, atol=1e-12)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (
            CASES.rename(columns={"timing": "timming"}),
            "no variable 'timming'; did you mean 'timing'?",
        ),
        (CASES.assign(patient_id=1), "no variable 'patient_id'"),
        (CASES.assign(timing=["never", None, None]), "case 'a': timing has no state 'never'"),
        (
            CASES.assign(age=[30, 40, 12]),
            "case 'c': age=12 is outside 18 to 110 years; this network is about adults",
        ),
        (
            CASES.assign(age=["thirty", None, None]),
            "case 'a': age takes a number (years), not 'thirty'",
        ),
        (
            CASES.assign(age_band="18_39"),
            "age_band is given twice, in the columns 'age' and 'age_band'",
        ),
        (CASES.assign(cause="benign_idle"), "cause is what is asked for, so it cannot be given"),
        (
            CASES.assign(timing=[{"any_time"}, None, None]),
            "the column 'timing' holds sets, lists or weights",
        ),
        (
            CASES.assign(timing=[("any_time", "falling_asleep"), None, None]),
            "the column 'timing' holds sets, lists or weights",
        ),
        (
            pd.concat([CASES, CASES[["age"]]], axis=1),
            "age_band is given twice, in the columns 'age' and 'age'",
        ),
    ],
)
def test_bad_tables_name_the_column_and_the_case(
    leg_twitch: tb.DiagnosticModel, frame: pd.DataFrame, expected: str
) -> None:
    with pytest.raises(tb.EvidenceError) as caught:
        leg_twitch.diagnose_frame(frame)
    assert expected in str(caught.value)


def test_all_that_is_wrong_with_a_table_is_said_at_once(leg_twitch: tb.DiagnosticModel) -> None:
    frame = pd.DataFrame(
        {
            "age": [*range(7), 40, 40],
            "timing": ["never", "any_time", "never", "never", "at noon", *[None] * 4],
            "babinsky": True,
            "pain": "none",
        }
    )
    with pytest.raises(tb.EvidenceError) as caught:
        leg_twitch.diagnose_frame(frame)
    first, *lines = str(caught.value).split("\n  ")
    assert first == "the table has 9 problems"
    assert lines[0].startswith("case 0: age=0 is outside 18 to 110 years")
    assert lines[5] == "age_band: and 2 more values like these"
    assert lines[6].startswith("case 0 and 2 more: timing has no state 'never'")
    assert lines[7].startswith("case 4: timing has no state 'at noon'")
    assert lines[8] == "leg_twitch has no variable 'babinsky'; did you mean 'babinski'?"


def cells_of(variable: tb.Variable, rng: np.random.Generator, cases: int) -> list[object]:
    """States, bools where they mean one, numbers where they are measured, and missing values."""
    cells: list[object] = [None, float("nan"), *variable.states]
    if set(variable.states) == {"no", "yes"}:
        cells += [True, False]
    return [cells[i] for i in rng.integers(len(cells), size=cases)]


@pytest.mark.parametrize("seed", range(3))
def test_every_way_to_hold_a_column_means_the_same(
    leg_twitch: tb.DiagnosticModel, seed: int
) -> None:
    """Objects, texts, categories in any order and with more than is used: as cell by cell."""
    rng = np.random.default_rng(seed)
    network = leg_twitch.network
    seen = [v for v in network.variables if v.name != network.target]
    frame = pd.DataFrame(
        {v.name: pd.Series(cells_of(v, rng, 40), dtype=object) for v in seen}, index=range(5, 45)
    )
    expected = np.full((40, len(network.variables)), -1)
    for place, variable in enumerate(network.variables):
        for row, cell in enumerate(frame.get(variable.name, [])):
            if not is_missing(cell):
                expected[row, place] = variable.states.index(state_of(variable, None, cell))
            elif variable.default is not None:
                expected[row, place] = variable.states.index(variable.default)
    np.testing.assert_array_equal(leg_twitch.encode(frame), expected)
    texts = frame.replace({True: "yes", False: "no"})
    for held in ("object", "string[python]", "category"):
        np.testing.assert_array_equal(leg_twitch.encode(texts.astype(held)), expected)
    as_pandas_holds_texts = pd.DataFrame(texts.to_dict("list"))
    np.testing.assert_array_equal(leg_twitch.encode(as_pandas_holds_texts), expected)
    shuffled = texts.apply(
        lambda column: column.astype(
            pd.CategoricalDtype(rng.permutation([*network.by_name[column.name].states, "unused"]))
        )
    )
    np.testing.assert_array_equal(leg_twitch.encode(shuffled), expected)


def test_measured_numbers_in_every_type_of_column(leg_twitch: tb.DiagnosticModel) -> None:
    """At the cuts, next to them, and at the ends of the range: as one number after the other."""
    for name in ("age", "serum_magnesium"):
        variable, measurement = leg_twitch.network.spoken[name]
        assert measurement is not None
        low, high = measurement.minimum, measurement.maximum
        around = [np.nextafter(cut, to) for cut in measurement.cuts for to in (-np.inf, np.inf)]
        numbers = np.array([low, *around, *measurement.cuts, high, np.nan])
        whole = np.unique(np.clip(np.round(numbers[:-1]), np.ceil(low), np.floor(high)))
        place = leg_twitch.network.position[variable.name]
        for column in (
            pd.Series(numbers),
            pd.Series(numbers, dtype="Float64"),
            pd.Series(numbers, dtype=object),
            pd.Series(numbers, dtype="category"),
            pd.Series(whole.astype(np.int64)),
            pd.Series(whole.astype(np.int8)),
            pd.Series(whole, dtype="Int64"),
        ):
            expected = [
                -1 if pd.isna(x) else variable.states.index(state_of(variable, measurement, x))
                for x in column
            ]
            codes = leg_twitch.encode(pd.DataFrame({name: column}))[:, place]
            assert codes.tolist() == expected, column.dtype


def test_true_and_one_are_not_the_same(asia: tb.DiagnosticModel) -> None:
    for cells in ([True, 1, None], [1, True, "yes"], [True, 1.0, False]):
        with pytest.raises(tb.EvidenceError, match="smoke has no state 1"):
            asia.encode(pd.DataFrame({"smoke": pd.Series(cells, dtype=object)}))
    cells = [True, None, np.False_, "yes"]
    codes = asia.encode(pd.DataFrame({"smoke": pd.Series(cells, dtype=object)}))
    assert codes[:, asia.network.position["smoke"]].tolist() == [1, -1, 0, 1]


def test_only_categories_that_are_used_can_be_wrong(leg_twitch: tb.DiagnosticModel) -> None:
    kind = pd.CategoricalDtype(["never", "any_time", "at noon"])
    frame = pd.DataFrame({"timing": pd.Categorical(["any_time", "at noon", None], dtype=kind)})
    with pytest.raises(tb.EvidenceError) as caught:
        leg_twitch.encode(frame)
    assert str(caught.value).startswith("case 1: timing has no state 'at noon'")


def test_a_column_of_the_target_may_be_empty(asia: tb.DiagnosticModel) -> None:
    frame = pd.DataFrame({"lung": [None, None], "xray": [True, False]})
    assert asia.diagnose_frame(frame).shape == (2, 2)
    for ask in (asia.diagnose_frame, asia.impossible_cases):
        with pytest.raises(tb.EvidenceError, match="lung is what is asked for"):
            ask(frame.assign(lung=[None, "yes"]))


def test_what_was_assumed_in_an_impossible_case_is_marked(asia: tb.DiagnosticModel) -> None:
    variables = tuple(
        dataclasses.replace(v, default="no" if v.name == "either" else None)
        for v in asia.network.variables
    )
    model = tb.DiagnosticModel(dataclasses.replace(asia.network, variables=variables))
    with pytest.raises(tb.ImpossibleEvidenceError, match=r"tub=yes, either=no \(assumed\) cannot"):
        model.diagnose_frame(pd.DataFrame({"tub": ["no", "yes"]}))


def test_an_impossible_case_of_a_table_is_named(asia: tb.DiagnosticModel) -> None:
    frame = pd.DataFrame(
        {"tub": [True, True, False], "either": [True, False, None]}, index=[7, 8, 9]
    )
    with pytest.raises(tb.ImpossibleEvidenceError) as caught:
        asia.diagnose_frame(frame)
    assert caught.value.case == 8
    assert caught.value.conflict == (("tub", "yes"), ("either", "no"))
    assert "case 8 has probability zero in asia" in str(caught.value)
    with pytest.raises(tb.ImpossibleEvidenceError, match="case 1 has"):
        asia.posteriors(asia.encode(frame))


SOME_IMPOSSIBLE = pd.DataFrame(
    {
        "tub": [True, True, False, None, True],
        "lung": None,
        "either": [True, False, None, False, False],
        "xray": [None, True, True, False, None],
        "bronc": [None, "yes", "no", None, "no"],
    },
    index=pd.Index(["a", "b", "c", "d", "e"], name="patient"),
)


def test_impossible_cases_of_a_table_can_be_left_missing(asia: tb.DiagnosticModel) -> None:
    with pytest.warns(tb.ImpossibleCasesWarning) as caught:
        posterior = asia.diagnose_frame(SOME_IMPOSSIBLE, on_impossible="null")
    (warning,) = caught
    assert warning.filename == __file__, "where the table was asked about"
    assert str(warning.message) == (
        "2 of 5 cases have probability zero in asia, and missing values for an answer: 'b', 'e'; "
        "in case 'b' tub=yes, either=no cannot go together; impossible_cases says why for each"
    )
    assert isinstance(warning.message, tb.ImpossibleCasesWarning)
    assert (warning.message.count, warning.message.cases) == (2, ("b", "e"))
    assert warning.message.conflict == (("tub", "yes"), ("either", "no"))
    assert posterior.isna().all(axis=1).tolist() == [False, True, False, False, True]
    rest = SOME_IMPOSSIBLE.drop(index=["b", "e"])
    pd.testing.assert_frame_equal(posterior.drop(index=["b", "e"]), asia.diagnose_frame(rest))
    codes = asia.encode(SOME_IMPOSSIBLE)
    with pytest.warns(tb.ImpossibleCasesWarning, match=r"an answer: 1, 4; in case 1 tub=yes") as of:
        of_codes = asia.posteriors(codes, on_impossible="null")
    assert of[0].filename == __file__
    np.testing.assert_array_equal(of_codes, posterior)


def test_nothing_is_warned_of_where_all_cases_are_possible(asia: tb.DiagnosticModel) -> None:
    frame = SOME_IMPOSSIBLE.drop(index=["b", "e"])
    expected = asia.diagnose_frame(frame)
    pd.testing.assert_frame_equal(asia.diagnose_frame(frame, on_impossible="null"), expected)
    assert asia.impossible_cases(frame).to_dict() == {"conflict": {}}
    assert asia.impossible_cases(frame.iloc[:0]).empty


def test_an_error_of_a_table_says_how_many_more_are_impossible(asia: tb.DiagnosticModel) -> None:
    with pytest.raises(tb.ImpossibleEvidenceError) as caught:
        asia.diagnose_frame(SOME_IMPOSSIBLE)
    assert str(caught.value) == (
        "case 'b' has probability zero in asia: tub=yes, either=no cannot go together; so has 1 "
        "more; check them (impossible_cases lists them), or let on_impossible='null' leave such "
        "rows missing"
    )


@pytest.mark.parametrize("given", ["raise", "NULL", None, True, ["null"]])
def test_what_to_do_with_impossible_cases_is_one_of_two(
    asia: tb.DiagnosticModel, given: object
) -> None:
    for ask in (
        lambda: asia.diagnose_frame(pd.DataFrame(), on_impossible=given),  # type: ignore[arg-type]
        lambda: asia.posteriors(np.full((1, 8), -1), on_impossible=given),  # type: ignore[arg-type]
    ):
        with pytest.raises(tb.QueryError, match=r"on_impossible is 'error' or 'null' .*, not "):
            ask()


def test_impossible_cases_are_listed_with_the_reason(asia: tb.DiagnosticModel) -> None:
    variables = tuple(
        dataclasses.replace(v, default="no" if v.name == "either" else None)
        for v in asia.network.variables
    )
    model = tb.DiagnosticModel(dataclasses.replace(asia.network, variables=variables))
    frame = SOME_IMPOSSIBLE.assign(either=[None, False, None, True, False])
    frame.loc["d", ["tub", "lung"]] = [False, None]
    listed = model.impossible_cases(frame)
    assert listed.index.name == "patient"
    assert listed["conflict"].to_dict() == {
        "a": "tub=yes, either=no (assumed)",
        "b": "tub=yes, either=no",
        "e": "tub=yes, either=no",
    }
    by_place = model.impossible_cases(model.encode(frame))["conflict"].to_dict()
    assert by_place == dict.fromkeys((0, 1, 4), "tub=yes, either=no")


def test_only_so_many_conflicts_are_looked_for(
    asia: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contradictions, "MOST_CONTRADICTIONS", 1)
    frame = pd.DataFrame({"tub": ["yes", "no", "yes"], "lung": "no", "either": ["no", "yes", "no"]})
    model = tb.DiagnosticModel(dataclasses.replace(asia.network, target="bronc"))
    listed = model.impossible_cases(frame)["conflict"]
    assert listed.isna().tolist() == [False, True, False]
    assert set(listed.dropna()) == {"tub=yes, either=no"}


def test_impossible_cases_are_the_same_from_many_threads(asia: tb.DiagnosticModel) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(asia.impossible_cases, [SOME_IMPOSSIBLE] * 24))
    for table in tables:
        pd.testing.assert_frame_equal(table, tables[0])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda codes: [[0], [0, 1]], "codes are rows of different lengths; give one array"),
        (lambda codes: codes[:, :-1], "expected (cases, 8), columns as in model.variables"),
        (lambda codes: codes[0], "codes have shape (8,)"),
        (lambda codes: codes.astype(float), "codes are float64, expected signed integers"),
        (lambda codes: codes.astype(np.uint8), "codes are uint8, expected signed integers"),
        (lambda codes: codes * 0 + 2, "codes[0, 0] is 2, but asia has the codes 0 to 1"),
        (lambda codes: codes - 5, "codes[0, 0] is -6"),
        (
            lambda codes: codes * 0,
            "codes give a state of lung, which is asked for; set column 3 to -1",
        ),
    ],
)
def test_bad_codes_are_explained(asia: tb.DiagnosticModel, change: object, expected: str) -> None:
    codes = np.full((2, 8), -1)
    with pytest.raises(tb.QueryError) as caught:
        asia.posteriors(change(codes))  # type: ignore[operator]
    assert expected in str(caught.value)


def test_many_states_need_wider_codes() -> None:
    even = tb.Estimate(1 / 200, "judged", interval=(0, 1), note="Even.")
    states = tuple(f"s{i}" for i in range(200))
    table = tb.Table((tb.Row((), tuple((s, even) for s in states)),))
    a = tb.Variable("a", states, table)
    b = tb.Variable("b", ("no", "yes"), tb.Table((tb.Row((), (("yes", even),)),)), ("a",))
    model = tb.DiagnosticModel(tb.Network("wide", "Wide", "1", (a, b), "b"))
    codes = model.encode(pd.DataFrame({"a": ["s199"]}))
    assert codes.dtype == np.int16
    assert codes[0, 0] == 199
    assert model.posteriors(codes).shape == (1, 2)


def test_estimates_list_every_number_with_its_provenance(leg_twitch: tb.DiagnosticModel) -> None:
    frame = leg_twitch.estimates()
    row = frame.query(
        "variable == 'babinski' and given.str.contains('motor_neuron_disease')"
    ).squeeze()
    assert row["state"] == "yes"
    assert (row["numerator"], row["denominator"]) == (64, 96)
    assert row["sources"] == "b_MN04"
    assert "64 of 130 (49%)" in row["note"]
    assert frame["value"].between(0, 1).all()
    assert set(frame["grade"]) == {"measured", "derived", "weak", "judged"}
    judged = frame.query("grade == 'judged'")
    assert judged[["low", "high"]].notna().all(axis=None)
    assert (judged["note"] != "").all()
    assert (frame.query("grade != 'judged'")["sources"] != "").all()


def test_estimates_of_a_noisy_or_say_what_each_number_is(asia: tb.DiagnosticModel) -> None:
    either = asia.estimates().query("variable == 'either'")
    assert either["given"].tolist() == [
        "tub = yes alone",
        "lung = yes alone",
        "none of the parents",
    ]
    assert either["value"].tolist() == [1.0, 1.0, 0.0]


def test_sources_are_the_bibliography(leg_twitch: tb.DiagnosticModel) -> None:
    frame = leg_twitch.sources()
    assert frame.loc["b_BL24", "title"].startswith("Accuracy of the Babinski sign")
    assert (frame["cited"] > 0).all(), "nothing is listed that nothing cites"
    assert set(frame["tier"]) == {"article", "web"}


def test_a_model_shows_itself(leg_twitch: tb.DiagnosticModel) -> None:
    for shown in (repr(leg_twitch), leg_twitch._repr_html_()):
        assert "leg_twitch 0.6.0" in shown
        assert "not a medical device" in shown
        for name in leg_twitch.variables:
            assert name in shown
    assert max(map(len, repr(leg_twitch).splitlines())) <= 79


def test_models_and_diagnoses_can_be_sent_elsewhere(leg_twitch: tb.DiagnosticModel) -> None:
    import pickle

    dx = leg_twitch.diagnose(age=34, babinski=True)
    again = pickle.loads(pickle.dumps(dx))
    np.testing.assert_array_equal(again.posterior, dx.posterior)
    np.testing.assert_array_equal(
        again.model.diagnose(babinski=True).posterior, leg_twitch.diagnose(babinski=True).posterior
    )


def test_many_threads_get_the_same_bits() -> None:
    from concurrent.futures import ThreadPoolExecutor

    model = tb.load("leg_twitch")
    rng = np.random.default_rng(3)
    cases = [
        {
            v.name: str(rng.choice(v.states))
            for v in model.network.variables[-40:]
            if rng.random() < 0.3
        }
        for _ in range(60)
    ]
    alone = [tb.load("leg_twitch").diagnose(case).posterior.to_numpy() for case in cases[:5]]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda case: model.diagnose(case).posterior.to_numpy(), cases))
    for one, other in zip(alone, together, strict=False):
        assert one.tobytes() == other.tobytes()
    again = [model.diagnose(case).posterior.to_numpy() for case in cases]
    for one, other in zip(again, together, strict=True):
        assert one.tobytes() == other.tobytes()


def test_models_share_nothing_that_can_be_changed(asia: tb.DiagnosticModel) -> None:
    table = asia.engine.tables[0]
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 0.5
    with pytest.raises(dataclasses.FrozenInstanceError):
        asia.network.name = "other"  # type: ignore[misc]
    dx = asia.diagnose(dysp=True)
    series = dx.posterior
    series["yes"] = 2.0
    assert dx.posterior["yes"] < 1
