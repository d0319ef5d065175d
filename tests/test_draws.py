"""Tables with a leading axis of draws, against a loop over networks with the drawn numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
import twitchbayes as tb
from twitchbayes.engine import Engine, draw_tables
from twitchbayes.evidence import likelihoods, read_findings


def drawn_rows(variable: tb.Variable, draws: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Draws for every row; a state is often impossible, as it is in networks."""
    rows = []
    for _ in variable.distribution.named_rows():
        values = rng.dirichlet(np.ones(len(variable.states)), size=draws)
        values[:, 1:] *= rng.random((draws, len(variable.states) - 1)) < 0.7
        rows.append(values / values.sum(axis=1, keepdims=True))
    return rows


def rebuilt(network: tb.Network, drawn: dict[str, list[np.ndarray]], draw: int) -> tb.Network:
    """The network with the numbers of one draw."""

    def row(old: tb.Row, values: np.ndarray, states: tuple[str, ...]) -> tb.Row:
        of_draw = values[draw].tolist()
        estimates = [(s, strategies.estimate(p)) for s, p in zip(states, of_draw, strict=True)]
        return tb.Row(old.when, tuple(estimates[1:]))

    variables = []
    for variable in network.variables:
        if variable.name in drawn:
            old = [one for _, one in variable.distribution.named_rows()]
            new = [
                row(one, values, variable.states)
                for one, values in zip(old, drawn[variable.name], strict=True)
            ]
            made = (
                tb.NoisyMax(tuple(new[:-1]), new[-1])
                if isinstance(variable.distribution, tb.NoisyMax)
                else tb.Table(tuple(new))
            )
            variable = dataclasses.replace(variable, distribution=made)
        variables.append(variable)
    sources = tuple({*network.sources, strategies.SOURCE})
    return dataclasses.replace(network, variables=tuple(variables), sources=sources)


@given(st.data(), st.integers(0, 2**32 - 1))
def test_draws_agree_with_networks_built_anew(data: st.DataObject, seed: int) -> None:
    network = data.draw(strategies.networks())
    rng = np.random.default_rng(seed)
    chosen = data.draw(st.lists(st.sampled_from(network.variables), unique=True, min_size=1))
    drawn = {variable.name: drawn_rows(variable, 4, rng) for variable in chosen}
    names = [variable.name for variable in network.variables]
    keep = data.draw(st.lists(st.sampled_from(range(len(names))), unique=True, max_size=2))
    observed = likelihoods(network, read_findings(network, data.draw(strategies.evidence(network))))
    engine = Engine(network)
    tables = draw_tables(network, engine.structure, drawn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "twitchbayes.engine.evaluation.CHUNK_ENTRIES", data.draw(st.sampled_from([1, 2**22]))
        )
        answer = engine.marginal(keep, observed, tables)
    assert len(answer.probabilities) == 4
    log_evidence = np.broadcast_to(answer.log_evidence, 4)
    for draw in range(4):
        alone = Engine(rebuilt(network, drawn, draw)).marginal(keep, observed)
        np.testing.assert_allclose(
            answer.probabilities[draw], alone.probabilities[0], rtol=0, atol=1e-12
        )
        if np.isneginf(alone.log_evidence[0]):
            assert np.isneginf(log_evidence[draw])
        else:
            assert log_evidence[draw] == pytest.approx(alone.log_evidence[0], abs=1e-9)


def test_draws_go_with_likelihoods_of_their_own(asia: tb.DiagnosticModel) -> None:
    """One finding per draw, as soft as the draw makes it."""
    place = asia.network.position
    rng = np.random.default_rng(0)
    drawn = {"smoke": drawn_rows(asia.network.variable("smoke"), 3, rng)}
    tables = draw_tables(asia.network, asia.engine.structure, drawn)
    observed = {place["dysp"]: rng.random((3, 2)), place["xray"]: np.array([[0.0, 1.0]])}
    answer = asia.engine.marginal([place["lung"]], observed, tables)
    for draw in range(3):
        one = {node: values[draw : draw + 1] for node, values in observed.items()}
        one[place["xray"]] = observed[place["xray"]]
        alone = Engine(rebuilt(asia.network, drawn, draw)).marginal([place["lung"]], one)
        np.testing.assert_allclose(answer.probabilities[draw], alone.probabilities[0], rtol=1e-12)


def test_draws_that_underflow_together_lose_no_digit() -> None:
    from test_engine import long_odds

    network = long_odds()
    engine = Engine(network)
    cause = network.position["cause"]
    values = np.array([[0.5, 0.5], [0.9, 0.1]])
    tables = draw_tables(network, engine.structure, {"cause": [values]})
    observed = {
        node: np.array([[0.0, 1.0]]) for node in range(len(network.variables)) if node != cause
    }
    answer = engine.marginal([cause], observed, tables)
    odds = np.array([1.0, 9.0]) * 0.01
    np.testing.assert_allclose(answer.probabilities[:, 0], odds / (1 + odds), rtol=1e-9)
