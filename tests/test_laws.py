"""Laws that hold on every network, whatever is found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import naive
import strategies
import twitchbayes as tb


@st.composite
def diagnoses(draw: st.DrawFn) -> tuple[tb.DiagnosticModel, dict[str, object]]:
    """A model and possible evidence that is not about the target."""
    network = draw(strategies.networks())
    given_ = draw(strategies.evidence(network, but=network.target))
    assume(naive.posterior(network, [], strategies.weights_of(network, given_))[1] > 0)
    return tb.DiagnosticModel(network), given_


@given(diagnoses())
def test_posteriors_are_probabilities_that_sum_to_one(
    case: tuple[tb.DiagnosticModel, dict[str, object]],
) -> None:
    model, given_ = case
    dx = model.diagnose(given_)
    assert dx.posterior.sum() == pytest.approx(1, abs=1e-12)
    assert dx.groups.sum() == pytest.approx(1, abs=1e-12)
    assert dx.posterior.between(0, 1 + 1e-12).all()
    assert tuple(dx.posterior.index) == model.causes


@given(diagnoses())
def test_asking_nothing_gives_the_prior(
    case: tuple[tb.DiagnosticModel, dict[str, object]],
) -> None:
    model, given_ = case
    dx = model.diagnose(given_)
    nothing = model.diagnose(dict.fromkeys(given_))
    assert nothing.log_evidence == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(nothing.posterior, dx.prior, atol=1e-12)
    expected, _ = naive.posterior(model.network, [model.target.name], {})
    np.testing.assert_allclose(nothing.posterior, expected, atol=1e-12)


@given(diagnoses())
def test_a_soft_finding_of_weight_zero_or_one_equals_the_hard_one(
    case: tuple[tb.DiagnosticModel, dict[str, object]],
) -> None:
    model, given_ = case
    as_weights: dict[str, object] = {}
    for name, value in given_.items():
        states = model.states(name)
        if isinstance(value, dict):
            as_weights[name] = value
        else:
            inside = value if isinstance(value, set) else {value}
            as_weights[name] = {state: float(state in inside) for state in states}
    one, other = model.diagnose(given_), model.diagnose(as_weights)
    np.testing.assert_array_equal(one.posterior, other.posterior)
    assert one.log_evidence == other.log_evidence
    assert one.evidence.equals(other.evidence)


@given(diagnoses(), st.floats(1e-6, 1e6))
def test_the_scale_of_weights_moves_the_evidence_and_not_the_posterior(
    case: tuple[tb.DiagnosticModel, dict[str, object]], factor: float
) -> None:
    model, given_ = case
    soft = {name: value for name, value in given_.items() if isinstance(value, dict)}
    scaled = given_ | {
        name: {state: weight * factor for state, weight in value.items()}
        for name, value in soft.items()
    }
    one, other = model.diagnose(given_), model.diagnose(scaled)
    np.testing.assert_allclose(one.posterior, other.posterior, atol=1e-9)
    assert other.log_evidence - one.log_evidence == pytest.approx(
        len(soft) * np.log(factor), abs=1e-6
    )


@given(diagnoses(), st.data())
def test_a_barren_variable_does_not_matter(
    case: tuple[tb.DiagnosticModel, dict[str, object]], data: st.DataObject
) -> None:
    model, given_ = case
    network = model.network
    parent = data.draw(st.sampled_from(network.variables))
    made = data.draw(strategies.tables(("s0", "s1"), [(parent.name, parent.states)]))
    barren = tb.Variable("barren", ("s0", "s1"), made, (parent.name,))
    larger = tb.Network(
        "larger",
        "Larger",
        "0",
        (barren, *network.variables),
        target=network.target,
        sources=network.sources,
    )
    one, other = model.diagnose(given_), tb.DiagnosticModel(larger).diagnose(given_)
    np.testing.assert_allclose(one.posterior, other.posterior, atol=1e-12)
    assert one.log_evidence == pytest.approx(other.log_evidence, abs=1e-9)


@given(diagnoses())
def test_updating_finding_by_finding_equals_giving_all_at_once(
    case: tuple[tb.DiagnosticModel, dict[str, object]],
) -> None:
    model, given_ = case
    dx = model.diagnose()
    for name, value in given_.items():
        dx = dx.update({name: value})
    np.testing.assert_array_equal(dx.posterior, model.diagnose(given_).posterior)
    for name in given_:
        dx = dx.update({name: None})
    np.testing.assert_array_equal(dx.posterior, model.diagnose().posterior)


@given(diagnoses())
def test_asking_changes_nothing(case: tuple[tb.DiagnosticModel, dict[str, object]]) -> None:
    model, given_ = case
    first = model.diagnose(given_).posterior.to_numpy().tobytes()
    model.query(model.variables[-1], given_)
    model.diagnose()
    assert model.diagnose(given_).posterior.to_numpy().tobytes() == first
