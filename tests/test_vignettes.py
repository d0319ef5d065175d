"""Vignettes: patients as the network has them, a hidden answer, and a score that is fair."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

import twitchbayes as tb
from twitchbayes.distribution import Row, Table
from twitchbayes.estimate import Estimate


def test_the_same_seed_is_the_same_patient(leg_twitch: tb.DiagnosticModel) -> None:
    one, same, other = (leg_twitch.vignette(seed) for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(one.evidence, same.evidence)
    assert one._cause == same._cause
    assert not one.evidence.equals(other.evidence)


def test_it_tells_who_the_patient_is_and_as_many_findings_as_asked(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    evidence = leg_twitch.vignette(seed=2, findings=5).evidence
    assert evidence.index[evidence["assumed"]].tolist() == ["setting"]
    assert {"age_band", "sex"} <= set(evidence.index)
    assert len(evidence) == 3 + 5


def test_no_more_is_asked_where_nothing_tells_more(asia: tb.DiagnosticModel) -> None:
    evidence = asia.vignette(seed=0, findings=200).evidence
    assert set(evidence.index) <= {"asia", "smoke", "xray", "dysp"}


@pytest.mark.parametrize("causes", ["prior", "even"])
def test_nothing_shown_before_the_guess_depends_on_the_cause_itself(
    leg_twitch: tb.DiagnosticModel, causes: str
) -> None:
    """The same findings with another cause look the same."""
    vignette = leg_twitch.vignette(seed=7, causes=causes)
    for cause in leg_twitch.causes:
        other = type(vignette)(vignette.drawn, vignette._dx, cause)
        assert repr(other) == repr(vignette)
        assert other._repr_html_() == vignette._repr_html_()
        assert "true" not in repr(other).replace("the true cause", "")


def test_a_guess_does_not_name_the_cause_and_a_reveal_does(leg_twitch: tb.DiagnosticModel) -> None:
    guess = leg_twitch.vignette(seed=7).guess("cns_infection")
    label = leg_twitch.target.state_label(guess._cause)
    assert label not in repr(guess)
    assert label not in guess._repr_html_()
    reveal = guess.reveal()
    assert repr(reveal).startswith(f"It was: {label} (leg_twitch")
    assert f"It was: {label}" in reveal._repr_html_()
    assert f"{label} (true)" in " ".join(repr(reveal).split())
    assert reveal.cause == guess._cause


def test_text_and_html_say_the_same_words(leg_twitch: tb.DiagnosticModel) -> None:
    vignette = leg_twitch.vignette(seed=1)
    guess = vignette.guess({"benign_idle": 0.5})
    for answer in (vignette, guess, guess.reveal()):
        html = answer._repr_html_()
        for words in ("not a medical device", "leg_twitch"):
            assert repr(answer).count(words) == html.count(words) == 1
        assert "<script" not in html


@pytest.mark.parametrize("causes", ["prior", "even"])
def test_the_score_is_log2_of_what_the_true_cause_was_given(
    leg_twitch: tb.DiagnosticModel, causes: str
) -> None:
    vignette = leg_twitch.vignette(seed=3, causes=causes)
    guess = vignette.guess({vignette._cause: 0.25})
    assert guess.score == pytest.approx(-2)
    assert guess.even_score == pytest.approx(-math.log2(13))
    assert guess.network_score == pytest.approx(math.log2(guess.reveal().network[vignette._cause]))
    assert vignette.guess(vignette._cause).score == 0


def test_a_true_cause_that_was_given_nothing_scores_minus_infinity(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    vignette = leg_twitch.vignette(seed=3)
    wrong = next(cause for cause in leg_twitch.causes if cause != vignette._cause)
    guess = vignette.guess(wrong)
    assert guess.score == -math.inf
    assert "minus infinity" in repr(guess)
    assert "scores minus infinity bits: the true cause was given nothing" in " ".join(
        repr(guess.reveal()).split()
    )


def test_what_a_guess_leaves_is_shared_by_the_causes_it_does_not_name(
    leg_twitch: tb.DiagnosticModel,
) -> None:
    guess = leg_twitch.vignette().guess(
        {"benign_idle": 0.4, "brain_tumour": 0.0, "exertion_related": 0.1}
    )
    assert guess.probabilities.sum() == pytest.approx(1)
    assert guess.probabilities["brain_tumour"] == 0
    assert guess.probabilities["cns_infection"] == pytest.approx(0.05)


def test_the_network_scores_best_on_average_however_causes_are_drawn(
    asia: tb.DiagnosticModel,
) -> None:
    """Against guesses that never change and against the network's answer made bolder."""
    for causes in ("prior", "even"):
        network, fixed, bold = [], [], []
        for seed in range(300):
            vignette = asia.vignette(seed, findings=2, causes=causes)
            guess = vignette.guess({"yes": 0.5 if causes == "even" else 0.055})
            network.append(guess.network_score)
            fixed.append(guess.score)
            squared = guess.reveal().network ** 2
            bold.append(vignette.guess((squared / squared.sum()).to_dict()).score)
        assert np.mean(network) > np.mean(fixed)
        assert np.mean(network) > np.mean(bold)


def test_drawn_by_the_prior_the_network_s_answer_is_its_diagnosis(asia: tb.DiagnosticModel) -> None:
    reveal = asia.vignette(seed=5).guess("no").reveal()
    pd.testing.assert_series_equal(reveal.network, reveal.dx.posterior, check_names=False)


def test_drawn_evenly_the_prior_is_divided_out(asia: tb.DiagnosticModel) -> None:
    reveal = asia.vignette(seed=5, causes="even").guess("no").reveal()
    odds = reveal.dx.posterior["yes"] / reveal.dx.posterior["no"]
    prior = asia.diagnose().posterior
    assert reveal.network["yes"] / reveal.network["no"] == pytest.approx(
        odds * prior["no"] / prior["yes"]
    )


def test_evenly_drawn_causes_are_even(asia: tb.DiagnosticModel) -> None:
    drawn = [asia.vignette(seed, findings=1, causes="even")._cause for seed in range(200)]
    assert 80 < drawn.count("yes") < 120


def test_a_cause_that_cannot_be_is_never_drawn(asia: tb.DiagnosticModel) -> None:
    never = Estimate(
        0.0, "weak", sources=asia.network.variables[0].distribution.rows[0].estimates[0][1].sources
    )
    lung = asia.network.by_name["lung"]
    impossible = dataclasses.replace(
        lung, parents=(), distribution=Table((Row((), (("yes", never),)),))
    )
    variables = tuple(impossible if v.name == "lung" else v for v in asia.network.variables)
    model = tb.DiagnosticModel(dataclasses.replace(asia.network, variables=variables))
    for seed in range(10):
        assert model.vignette(seed, causes="even").guess("no").score == 0


def test_a_reveal_shows_where_odds_are_not_finite(asia: tb.DiagnosticModel) -> None:
    certain = asia.vignette(seed=0)
    sure = type(certain)("prior", asia.diagnose(either="no"), "no").guess("no").reveal()
    assert "It was: No lung cancer" in repr(sure)


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        ("benign_idel", "leg_twitch has no cause 'benign_idel'; did you mean 'benign_idle'?"),
        ({"zzz": 0.5}, "leg_twitch has no cause 'zzz'; there are benign_idle, stress_related"),
        ({"benign_idle": 70}, "benign_idle is given 70; a probability is between 0 and 1"),
        ({"benign_idle": "much"}, "benign_idle is given 'much'; a probability is between 0 and 1"),
        ({"benign_idle": 0.7, "brain_tumour": 0.6}, "the probabilities sum to 1.3; they sum to 1"),
        ({}, "a guess is a cause, or a mapping of causes to probabilities, not {}"),
        (0.5, "a guess is a cause, or a mapping of causes to probabilities, not 0.5"),
    ],
)
def test_a_guess_that_is_none_is_refused(
    leg_twitch: tb.DiagnosticModel, guess: object, words: str
) -> None:
    with pytest.raises(tb.QueryError) as refused:
        leg_twitch.vignette().guess(guess)  # type: ignore[arg-type]
    assert str(refused.value).startswith(words)


def test_a_guess_that_names_all_causes_sums_to_one(asia: tb.DiagnosticModel) -> None:
    with pytest.raises(tb.QueryError, match=r"the probabilities sum to 0\.8; they sum to 1"):
        asia.vignette().guess({"no": 0.5, "yes": 0.3})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"causes": "evenly"}, "causes are drawn by 'prior' or 'even', not by 'evenly'"),
        ({"findings": 0}, "findings is a whole number from 1 to 200, not 0"),
        ({"seed": 0.5}, "seed is a whole number from 0 on, not 0.5"),
    ],
)
def test_a_vignette_that_cannot_be_drawn_is_refused(
    asia: tb.DiagnosticModel, asked: dict[str, object], words: str
) -> None:
    with pytest.raises(tb.QueryError) as refused:
        asia.vignette(**asked)  # type: ignore[arg-type]
    assert str(refused.value) == words
