"""The network of Lauritzen and Spiegelhalter (1988) against what is published of it."""

from __future__ import annotations

import numpy as np
import pytest

import twitchbayes as tb
from oracles import public_file


def test_it_is_the_public_network_with_the_states_the_other_way_round(
    asia: tb.DiagnosticModel,
) -> None:
    public = tb.load(public_file("asia")).network
    for variable in asia.network.variables:
        other = public.variable(variable.name)
        assert other.states == ("yes", "no")
        axes = [other.parents.index(parent) for parent in variable.parents]
        table = np.flip(public.table(variable.name)).transpose(*axes, len(axes))
        np.testing.assert_allclose(asia.network.table(variable.name), table, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "probability"),
    [
        ("tub", 0.0104),
        ("lung", 0.055),
        ("bronc", 0.45),
        ("either", 0.064828),
        ("xray", 0.11029),
        ("dysp", 0.43597),
    ],
)
def test_prior_marginals_are_the_published_ones(
    asia: tb.DiagnosticModel, name: str, probability: float
) -> None:
    """By the arithmetic of the paper's tables: 0.05 x 0.01 + 0.01 x 0.99 for tuberculosis."""
    assert asia.query(name)["yes"] == pytest.approx(probability, abs=5e-6)
