"""Simulated cases: from the exact joint distribution, whatever the evidence."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import naive
import strategies
import twitchbayes as tb


@settings(max_examples=40)
@given(st.data())
def test_frequencies_converge_to_the_marginals(data: st.DataObject) -> None:
    """Every state of every variable, within five standard errors; findings of every form."""
    network = data.draw(strategies.networks())
    found = data.draw(strategies.evidence(network))
    assume(naive.posterior(network, [], strategies.weights_of(network, found))[1] > 0)
    model = tb.DiagnosticModel(network)
    cases = model.simulate(4000, found, seed=1)
    marginals = model.marginals(None, found)
    assert cases.columns.tolist() == list(model.variables)
    for name in model.variables:
        expected = marginals[name].to_numpy()
        share = cases[name].value_counts(normalize=True)[list(model.states(name))].to_numpy()
        error = np.sqrt(expected * (1 - expected) / len(cases))
        assert (np.abs(share - expected) <= 5 * error + 1e-12).all()


def test_cases_have_the_joint_distribution_given_the_evidence(asia: tb.DiagnosticModel) -> None:
    """Not each variable by itself: all combinations of four, two of them above the evidence."""
    names = ["smoke", "lung", "tub", "dysp"]
    expected = asia.query(names, xray="yes")
    cases = asia.simulate(20_000, {"xray": "yes"}, seed=3)
    share = cases.astype(str).value_counts(names, normalize=True).reindex(expected.index).fillna(0)
    error = np.sqrt(expected * (1 - expected) / len(cases))
    assert ((share - expected).abs() <= 5 * error + 1e-12).all()


def test_defaults_are_assumed_until_they_are_taken_back(leg_twitch: tb.DiagnosticModel) -> None:
    assert set(leg_twitch.simulate(200)["setting"]) == {"primary_care"}
    anywhere = leg_twitch.simulate(500, {"setting": set(leg_twitch.states("setting"))})
    assert len(set(anywhere["setting"])) > 1


def test_simulated_cases_can_be_diagnosed_and_are_the_same_for_a_seed(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    cases = leg_twitch.simulate(100, {"age": 62, "cause": "motor_neuron_disease"}, seed=4)
    pd.testing.assert_frame_equal(
        cases, leg_twitch.simulate(100, {"age": 62, "cause": "motor_neuron_disease"}, seed=4)
    )
    hidden = [v.name for v in leg_twitch.network.variables if v.kind in ("cause", "mechanism")]
    posterior = leg_twitch.diagnose_frame(cases.drop(columns=hidden))
    assert posterior["motor_neuron_disease"].mean() > 0.3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((-1,), "n is a whole number from 1 to 10,000,000, not -1"),
        ((2.5,), "n is a whole number from 1 on, not 2.5"),
        ((3, None, -1), "seed is a whole number from 0 to"),
    ],
)
def test_what_cannot_be_simulated_says_why(
    asia: tb.DiagnosticModel, arguments: tuple[object, ...], words: str
) -> None:
    with pytest.raises(tb.QueryError, match=words):
        asia.simulate(*arguments)


def test_impossible_evidence_is_not_simulated(asia: tb.DiagnosticModel) -> None:
    with pytest.raises(tb.ImpossibleEvidenceError, match="tub=yes, either=no"):
        asia.simulate(5, {"tub": "yes", "either": "no"})
    with pytest.raises(tb.EvidenceError, match="did you mean 'xray'"):
        asia.simulate(5, {"xrays": "yes"})


def test_a_network_without_a_target_is_simulated_too(asia: tb.DiagnosticModel) -> None:
    model = tb.DiagnosticModel(dataclasses.replace(asia.network, target=None, groups=()))
    assert set(model.simulate(20, {"xray": "yes"})["xray"]) == {"yes"}
    with pytest.raises(tb.QueryError, match="names no target"):
        model.intervals_frame(pd.DataFrame({"xray": ["yes"]}))
