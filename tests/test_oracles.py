"""The library against pgmpy's variable elimination and pyAgrum, handed the same tables."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pyagrum as gum
import pytest

import twitchbayes as tb
from oracles import agrum_network, agrum_values, public_file
from twitchbayes.evidence import read_findings, with_defaults
from twitchbayes.verification import pgmpy_posterior

PUBLIC = ["asia", "alarm", "hepar2"]


@pytest.fixture(scope="module", params=["leg_twitch", "bundled asia", *PUBLIC])
def model(request: pytest.FixtureRequest) -> tb.DiagnosticModel:
    if request.param in PUBLIC:
        return tb.load(public_file(request.param))
    return tb.load(request.param.split()[-1])


def random_evidence(network: tb.Network, rng: np.random.Generator) -> dict[str, Any]:
    """Possible evidence: states of a simulated case for some variables, uncertain for a few."""
    case: dict[str, int] = {}
    waiting = list(network.variables)
    while waiting:
        variable = waiting.pop(0)
        if not all(parent in case for parent in variable.parents):
            waiting.append(variable)
            continue
        row = network.table(variable.name)[tuple(case[parent] for parent in variable.parents)]
        case[variable.name] = int(rng.choice(len(row), p=row))
    given: dict[str, Any] = {}
    for variable in network.variables:
        if rng.random() < 0.3:
            given[variable.name] = variable.states[case[variable.name]]
        elif rng.random() < 0.1:
            weights = rng.random(len(variable.states)).round(3) + 0.01
            given[variable.name] = dict(zip(variable.states, weights.tolist(), strict=True))
    return given


def weights(network: tb.Network, given: dict[str, Any]) -> dict[str, list[float]]:
    read = {}
    for name, value in given.items():
        states = network.variable(name).states
        read[name] = [
            value[state] if isinstance(value, dict) else float(state == value) for state in states
        ]
    return read


def test_all_marginals_agree_with_pyagrum(model: tb.DiagnosticModel) -> None:
    network = model.network
    net = agrum_network(network)
    rng = np.random.default_rng(1)
    for _ in range(6):
        given = random_evidence(network, rng)
        assumed = {v.name: v.default for v in network.variables if v.default is not None}
        inference = gum.LazyPropagation(net)
        inference.setEvidence(weights(network, assumed | given))
        inference.makeInference()
        for name in model.variables:
            if name in assumed or (name in given and not isinstance(given[name], dict)):
                continue
            ours = model.query(name, given).to_numpy()
            theirs = agrum_values(inference.posterior(name))
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_random_posteriors_agree_with_pgmpy(model: tb.DiagnosticModel) -> None:
    network = model.network
    rng = np.random.default_rng(2)
    for _ in range(3):
        given = random_evidence(network, rng)
        findings = with_defaults(network, read_findings(network, given), ())
        asked = [v.name for v in network.variables if v.name not in {f.variable for f in findings}]
        target = str(rng.choice(asked))
        theirs = pgmpy_posterior(network, target, findings)
        np.testing.assert_allclose(model.query(target, given), theirs, rtol=0, atol=1e-9)


def test_verify_repeats_a_diagnosis_in_pgmpy(leg_twitch: tb.DiagnosticModel) -> None:
    dx = leg_twitch.diagnose(
        age=64,
        timing=["resting_awake", "any_time"],
        reflexes={"normal": 0.1, "reduced": 0.2, "brisk": 0.7},
        babinski=True,
    )
    check = dx.verify()
    assert check.largest_difference < 1e-9
    assert check.posterior.index.equals(dx.posterior.index)
    np.testing.assert_allclose(check.posterior, dx.posterior, rtol=0, atol=1e-9)


def test_verify_takes_weights_of_any_size(asia: tb.DiagnosticModel) -> None:
    for scale in (1e-300, 1.7e308):
        dx = asia.diagnose(xray={"no": 0.3 * scale, "yes": scale})
        assert dx.verify().largest_difference < 1e-9


def test_verify_would_notice_a_wrong_posterior(
    asia: tb.DiagnosticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    dx = asia.diagnose(dysp="yes")
    monkeypatch.setitem(dx.__dict__, "_posterior", np.array([0.5, 0.5]))
    assert dx.verify().largest_difference > 0.1


def test_public_bif_files_are_read_as_pgmpy_reads_them() -> None:
    from pgmpy.readwrite import BIFReader

    path = public_file("child")
    theirs = BIFReader(string=gzip.decompress(path.read_bytes()).decode()).get_model()
    ours = tb.load(path).network
    assert {v.name for v in ours.variables} == set(theirs.nodes())
    for variable in ours.variables:
        table = theirs.get_cpds(variable.name)
        assert tuple(table.variables[1:]) == variable.parents
        values = np.moveaxis(table.values, 0, -1)
        np.testing.assert_allclose(ours.table(variable.name), values, rtol=0, atol=1e-9)
