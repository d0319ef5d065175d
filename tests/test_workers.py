"""Models at work elsewhere: what is sent, what comes back, and how much memory it takes."""

from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Callable

import dask
import numpy as np
import pandas as pd
import pytest

import twitchbayes as tb
from twitchbayes.engine.lookups import MOST_BYTES

MANY = 200_000


def codes_of(model: tb.DiagnosticModel, cases: int, seed: int = 0) -> np.ndarray:
    """Codes at random, half of what can be seen; the same thousand cases again and again."""
    rng = np.random.default_rng(seed)
    network = model.network
    cards = [len(variable.states) for variable in network.variables]
    codes = np.column_stack([rng.integers(card, size=1000) for card in cards]).astype(np.int8)
    codes[rng.random(codes.shape) < 0.5] = -1
    for place, variable in enumerate(network.variables):
        if variable.name == network.target or variable.kind == "mechanism":
            codes[:, place] = -1
    return np.tile(codes, (cases // 1000, 1))


def frame_of(model: tb.DiagnosticModel, codes: np.ndarray) -> pd.DataFrame:
    """The same as a table of categories."""
    columns = {
        variable.name: pd.Categorical.from_codes(codes[:, place], variable.states)
        for place, variable in enumerate(model.network.variables)
        if (codes[:, place] >= 0).any()
    }
    return pd.DataFrame(columns)


def test_what_is_sent_is_the_network_alone() -> None:
    """Nothing that was computed goes along: not the engine, its plans, nor what was looked up."""
    model = tb.load("leg_twitch")
    sent = pickle.dumps(model)
    codes = codes_of(model, 2000)
    model.posteriors(codes)
    model.diagnose(age=34, babinski=True)
    assert pickle.dumps(model) == sent
    again = pickle.loads(sent)
    assert vars(again).keys() == {"network"}
    assert vars(again.network).keys() == set(tb.Network.__dataclass_fields__)
    assert again.network == model.network
    assert again.posteriors(codes).tobytes() == model.posteriors(codes).tobytes()
    assert len(sent) < len(pickle.dumps(again.network)) + 200


def test_dask_workers_give_the_same_bits(leg_twitch: tb.DiagnosticModel) -> None:
    """Part by part, the parts large enough for tables of their own and not."""
    frame = frame_of(leg_twitch, codes_of(leg_twitch, 3000))
    frame.index = pd.RangeIndex(7, 3007)
    parts = [frame.iloc[:2000], frame.iloc[2000:2500], frame.iloc[2500:]]
    here = [leg_twitch.diagnose_frame(part) for part in parts]
    ask = dask.delayed(leg_twitch.diagnose_frame)
    (there,) = dask.compute([ask(part) for part in parts], scheduler="processes", num_workers=2)
    for one, other in zip(here, there, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    whole = leg_twitch.diagnose_frame(frame)
    np.testing.assert_allclose(pd.concat(there), whole, rtol=0, atol=1e-14)


def test_errors_come_back_from_dask_workers(asia: tb.DiagnosticModel) -> None:
    ask = dask.delayed(asia.diagnose_frame)(pd.DataFrame({"tub": ["yes"], "either": ["no"]}))
    with pytest.raises(tb.ImpossibleEvidenceError, match="tub=yes, either=no cannot go together"):
        dask.compute(ask, scheduler="processes", num_workers=1)


def peak_of(work: Callable[[], np.ndarray | pd.DataFrame]) -> int:
    """Bytes held at once above what there was and what comes back."""
    tracemalloc.start()
    try:
        answer = work()
        return tracemalloc.get_traced_memory()[1] - np.asarray(answer).nbytes
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("held", ["category", "object", "string[python]"])
def test_a_table_is_encoded_in_little_memory(leg_twitch: tb.DiagnosticModel, held: str) -> None:
    """A column at a time: 60 bytes a case above the codes, whatever the number of columns."""
    cases = 50_000
    frame = frame_of(leg_twitch, codes_of(leg_twitch, cases)).astype(held)
    assert frame.shape == (cases, 65)
    assert peak_of(lambda: leg_twitch.encode(frame)) < 60 * cases


def test_a_table_is_answered_in_little_memory(leg_twitch: tb.DiagnosticModel) -> None:
    """The tables that are kept, and less than 150 bytes a case of 65 columns, codes included."""
    frame = frame_of(leg_twitch, codes_of(leg_twitch, MANY))
    assert peak_of(lambda: leg_twitch.diagnose_frame(frame)) < MOST_BYTES + 150 * MANY


def test_a_million_coded_cases_take_little_memory(asia: tb.DiagnosticModel) -> None:
    codes = np.zeros((1_000_000, 8), np.int8)
    codes[:, asia.network.position["lung"]] = -1
    codes[::2, asia.network.position["xray"]] = 1
    assert peak_of(lambda: asia.posteriors(codes)) < 40_000_000
