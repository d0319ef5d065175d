"""Published figures beside what the network implies."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
import twitchbayes as tb
from twitchbayes.wilson import wilson_interval

COLUMNS = ["found", "given", "item", "people", "figure", "low", "high", "interval", "implied"]
COLUMNS += ["inside", "close", "faithful", "source", "tier", "left_out", "note"]


def figure(found: object, given: object = (), value: float = 0.5, **more: object) -> tb.Figure:
    events = tuple(tuple(dict(event).items()) for event in (found, given))  # type: ignore[call-overload]
    return tb.Figure("Item", "People", value, more.pop("source", "made"), *events, **more)  # type: ignore[arg-type]


def with_figures(network: tb.Network, *figures: tb.Figure) -> tb.DiagnosticModel:
    sources = (*network.sources, tb.Source("page", "A page", "web"), strategies.SOURCE)
    kept = {source.id: source for source in sources}
    network = dataclasses.replace(network, figures=figures, sources=tuple(kept.values()))
    return tb.DiagnosticModel(network)


@st.composite
def events(draw: st.DrawFn, network: tb.Network, least: int) -> dict[str, tuple[str, ...]]:
    """Some variables, each in some but not all of its states."""
    chosen = draw(st.lists(st.sampled_from(network.variables), min_size=least, unique=True))
    return {
        variable.name: tuple(draw(st.permutations(variable.states)))[
            : draw(st.integers(1, len(variable.states) - 1))
        ]
        for variable in chosen
    }


@given(st.data())
def test_implied_equals_the_query_of_what_is_found_given_the_same_evidence(
    data: st.DataObject,
) -> None:
    """Also where found and given are about the same variable, and of several found together."""
    network = data.draw(strategies.networks())
    pairs = data.draw(
        st.lists(st.tuples(events(network, 1), events(network, 0)), min_size=1, max_size=4)
    )
    model = tb.DiagnosticModel(network)
    figures, expected = [], []
    for found, people in pairs:
        try:
            joint = model.query(list(found), {name: list(s) for name, s in people.items()})
        except tb.ImpossibleEvidenceError:
            continue
        for name, states in found.items():
            joint = joint[joint.index.get_level_values(name).isin(states)]
        figures.append(figure(found, people))
        expected.append(joint.sum())
    implied = with_figures(network, *figures).fidelity()["implied"]
    np.testing.assert_allclose(implied.astype(float), expected, rtol=0, atol=1e-9)


def test_nothing_is_assumed(leg_twitch: tb.DiagnosticModel) -> None:
    """The people are those of the study, not of the network's default setting."""
    model = with_figures(leg_twitch.network, figure({"cause": ("motor_neuron_disease",)}))
    anyone = {"setting": list(leg_twitch.states("setting"))}
    implied = model.fidelity()["implied"][0]
    assert implied == pytest.approx(leg_twitch.query("cause", anyone)["motor_neuron_disease"])
    assert implied > 1.1 * leg_twitch.query("cause")["motor_neuron_disease"]


def test_a_figure_is_faithful_inside_its_interval_or_close_to_the_value(
    asia: tb.DiagnosticModel,
) -> None:
    smokers = {"smoke": ("yes",)}  # of whom 10% have lung cancer
    model = with_figures(
        asia.network,
        figure({"lung": ("yes",)}, smokers, 0.3, interval=(0.09, 0.4)),
        figure({"lung": ("yes",)}, smokers, 0.3, interval=(0.2, 0.4)),
        figure({"lung": ("yes",)}, smokers, 0.14, interval=(0.12, 0.15)),
        figure({"lung": ("yes",)}, smokers, 0.3, counts=(3, 10)),
        figure({"lung": ("yes",)}, smokers, 0.3, denominator=1000),
        figure({"lung": ("yes",)}, smokers, 0.3, source="page"),
        figure({}, {}, 7.0, left_out="item: a ratio", note="seven"),
    )
    frame = model.fidelity()
    assert list(frame.columns) == COLUMNS
    assert frame["implied"][:6].tolist() == pytest.approx([0.1] * 6)
    assert pd.isna(frame["implied"][6])
    assert frame["interval"].tolist() == [*["published"] * 3, *["wilson"] * 2, "", ""]
    no = pd.NA
    expected = {
        "inside": [True, False, False, False, False, no, no],
        "close": [False, False, True, False, False, False, no],
        "faithful": [True, False, True, False, False, False, no],
    }
    for column, values in expected.items():
        assert frame[column].dtype == "boolean"
        pd.testing.assert_series_equal(
            frame[column], pd.Series(values, name=column, dtype="boolean")
        )
    assert frame["tier"].tolist() == [*["article"] * 5, "web", "article"]
    assert frame.loc[0, ["found", "given"]].tolist() == ["lung=yes", "smoke=yes"]
    assert frame.loc[6, ["found", "given", "left_out", "note"]].tolist() == [
        "",
        "",
        "item: a ratio",
        "seven",
    ]
    assert frame.loc[3, ["low", "high"]].tolist() == pytest.approx([0.1078, 0.6032], abs=1e-4)
    assert frame.loc[4, "high"] == pytest.approx(0.3291, abs=1e-4)


def test_without_figures_the_frame_is_empty_with_the_same_columns(
    asia: tb.DiagnosticModel,
) -> None:
    frame = asia.fidelity()
    assert frame.empty
    assert list(frame.columns) == COLUMNS
    assert frame["faithful"].dtype == "boolean"


def test_an_item_that_cannot_be_is_implied_by_nothing(asia: tb.DiagnosticModel) -> None:
    model = with_figures(asia.network, figure({"either": ("no",)}, {"tub": ("yes",)}, 0.0))
    assert model.fidelity()["implied"].tolist() == [0.0]


def test_people_who_cannot_be_are_named(asia: tb.DiagnosticModel) -> None:
    people = {"tub": ("yes",), "either": ("no",), "smoke": ("yes",)}
    good = figure({"lung": ("yes",)}, {"smoke": ("yes",)})
    model = with_figures(asia.network, good, figure({"xray": ("yes",)}, people))
    with pytest.raises(
        tb.ImpossibleEvidenceError,
        match=r"figures\[1\] of asia \(Item; People\) is about people who have probability zero: "
        "tub=yes, either=no cannot go together; mend what is given, or the network",
    ) as caught:
        model.fidelity()
    assert caught.value.conflict == (("tub", "yes"), ("either", "no"))


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_as_published(
    numerator: int, denominator: int, low: float, high: float
) -> None:
    interval = wilson_interval(numerator / denominator, denominator)
    assert interval == pytest.approx((low, high), abs=5e-5)
    mirrored = wilson_interval(1 - numerator / denominator, denominator)
    assert mirrored == pytest.approx((1 - interval[1], 1 - interval[0]), abs=1e-12)
