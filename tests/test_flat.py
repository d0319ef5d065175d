"""All marginals of one case from flat tables agree with both passes over the tree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from twitchbayes.engine import Engine
from twitchbayes.engine.flat import Flat
from twitchbayes.engine.tree import make_tree
from twitchbayes.engine.two_passes import Tabled


def flat_of(engine: Engine, merged: int) -> tuple[Flat, Tabled]:
    structure = engine.structure
    tree = make_tree(structure.families, structure.cards, 2**20, merged)
    tabled = Tabled(tree, engine.tables)
    return Flat(tabled), tabled


@given(st.data())
def test_flat_tables_give_what_the_tree_gives(data: st.DataObject) -> None:
    """Any network, any evidence; matrices and sums in two steps, small cliques and large."""
    network = data.draw(strategies.networks())
    engine = Engine(network)
    weights = strategies.weights_of(network, data.draw(strategies.evidence(network)))
    scale = data.draw(st.sampled_from([1.0, 1e-30, 7.0]))
    found = {network.position[n]: scale * np.array([w]) for n, w in weights.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "twitchbayes.engine.flat.MOST_MATRIX", data.draw(st.sampled_from([0, 8, 4096]))
        )
        flat, tabled = flat_of(engine, data.draw(st.sampled_from([1, 16, 256])))
    nodes = range(len(network.variables))
    answer = flat.marginals(nodes, found)
    assert answer is not None
    expected = tabled.marginals(nodes, found, {})
    np.testing.assert_allclose(answer.log_evidence, expected.log_evidence, rtol=1e-12, atol=1e-12)
    for node in nodes:
        np.testing.assert_allclose(
            answer.probabilities[node], expected.probabilities[node], rtol=0, atol=1e-12
        )


def test_findings_so_rare_that_a_product_would_underflow_are_left_to_the_tree() -> None:
    rare = np.array([[1 - 1e-200, 1e-200], [1 - 2e-200, 2e-200]])
    cause = strategies.dense("t", (), np.array([0.5, 0.5]))
    signs = [strategies.dense(f"f{i}", (cause,), rare) for i in range(2)]
    engine = Engine(strategies.made_of(cause, *signs))
    flat, _ = flat_of(engine, 1)
    found = {1: np.array([[0.0, 1.0]]), 2: np.array([[0.0, 1.0]])}
    assert flat.marginals([0], found) is None
    answer = engine.marginals([0], found)
    np.testing.assert_allclose(answer.probabilities[0], [[0.2, 0.8]], rtol=1e-12)


def test_tables_whose_product_underflows_are_not_laid_flat() -> None:
    tiny = np.array([1 - 1e-200, 1e-200])
    one = strategies.dense("a", (), tiny)
    other = strategies.dense("b", (one,), np.array([[0.5, 0.5], [1 - 1e-200, 1e-200]]))
    engine = Engine(strategies.made_of(one, other))
    with pytest.raises(FloatingPointError):
        flat_of(engine, 256)
    answer = engine.marginals([1], {0: np.array([[0.0, 1.0]])})
    np.testing.assert_allclose(answer.probabilities[1][0, 1], 1e-200, rtol=1e-12)


def test_a_tree_of_many_sums_is_not_laid_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    cause = strategies.dense("t", (), np.array([0.5, 0.5]))
    engine = Engine(strategies.made_of(cause))
    _, tabled = flat_of(engine, 1)
    assert Flat.fits(tabled.tree)
    monkeypatch.setattr("twitchbayes.engine.flat.MOST_SUMMED", 1)
    assert not Flat.fits(tabled.tree)
    np.testing.assert_allclose(engine.marginals([0], {}).probabilities[0], [[0.5, 0.5]])
