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


@given(strategies.networks(), st.integers(0, 2**32 - 1))
def test_every_impossible_case_is_listed_with_findings_of_which_none_can_be_left_out(
    network: tb.Network, seed: int
) -> None:
    assert network.target is not None
    target = network.position[network.target]
    cards = [len(variable.states) for variable in network.variables]
    rng = np.random.default_rng(seed)
    codes = np.column_stack([rng.integers(-1, card, 30) for card in cards])
    codes[:, target] = -1
    joint = naive.joint(network)

    def possible(found: dict[int, int]) -> bool:
        return bool(joint[tuple(found.get(node, slice(None)) for node in range(len(cards)))].any())

    cases = [{node: code for node, code in enumerate(row) if code >= 0} for row in codes.tolist()]
    model = tb.DiagnosticModel(network)
    listed = model.impossible_cases(codes)["conflict"]
    assert listed.index.tolist() == [case for case in range(30) if not possible(cases[case])]
    for case, words in listed.items():
        findings = [finding.split("=") for finding in words.split(", ")]
        found = {
            network.position[name]: network.by_name[name].states.index(state)
            for name, state in findings
        }
        assert found.items() <= cases[case].items()
        assert not possible(found)
        for node in found:
            assert possible({other: found[other] for other in found if other != node})
    if listed.empty:
        assert not np.isnan(model.posteriors(codes, on_impossible="null")).any()
    else:
        with pytest.warns(tb.ImpossibleCasesWarning, match=f"{len(listed)} of 30 cases ha"):
            posterior = model.posteriors(codes, on_impossible="null")
        assert np.flatnonzero(np.isnan(posterior).any(axis=1)).tolist() == listed.index.tolist()
        rest = np.delete(codes, listed.index, axis=0)
        np.testing.assert_allclose(
            np.delete(posterior, listed.index, axis=0), model.posteriors(rest), atol=1e-12
        )


def test_states_that_a_row_leaves_out_share_as_in_the_baseline() -> None:
    yes = ("no", "yes")
    estimates = (("b", strategies.estimate(0.3)), ("c", strategies.estimate(0.2)))
    table = tb.Table(
        (
            tb.Row((), (*estimates, ("d", strategies.estimate(0.1)))),
            tb.Row((("cause", ("yes",)),), (("b", strategies.estimate(0.6)),)),
        )
    )
    one = tb.Table((tb.Row((), (("yes", strategies.estimate(0.5)),)),))
    network = tb.Network(
        "t",
        "T",
        "0",
        (tb.Variable("cause", yes, one), tb.Variable("x", tuple("abcd"), table, ("cause",))),
        "cause",
        sources=(strategies.SOURCE,),
    )
    # a : c : d stays 0.4 : 0.2 : 0.1
    np.testing.assert_allclose(network.table("x")[0], [0.4, 0.3, 0.2, 0.1])
    np.testing.assert_allclose(network.table("x")[1], [0.4 * 4 / 7, 0.6, 0.4 * 2 / 7, 0.4 / 7])
