"""Hypothesis profiles, and the models that many tests ask."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

import twitchbayes as tb

settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "deep", parent=settings.get_profile("ci"), max_examples=3000, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def asia() -> tb.DiagnosticModel:
    return tb.load("asia")


@pytest.fixture(scope="session")
def leg_twitch() -> tb.DiagnosticModel:
    return tb.load("leg_twitch")
