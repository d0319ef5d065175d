"""Tables for many cases are condensed, and cases share matrices; their answers stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import strategies
import twitchbayes as tb
from oracles import public_file
from twitchbayes.engine import sharing
from twitchbayes.engine.batch import Batch
from twitchbayes.engine.coded import Coded
from twitchbayes.engine.condensed import condense
from twitchbayes.engine.elimination import Engine
from twitchbayes.engine.sharing import shared_products
from twitchbayes.engine.tabulated import Lookup, Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Tables:
    """As much of the tables of a layout as is condensed, each with a place in one stage."""

    def __init__(self, *tables: NDArray[np.float64]) -> None:
        lookups = tuple(Lookup(table, None, (place,)) for place, table in enumerate(tables))
        self.stages = [Stage(0, lookups, (), None, tables[0].shape[1])]
        self.offsets = np.zeros(len(tables) + 1, dtype=np.intp)
        self.rows: NDArray[np.intp] | None = None

    def product(self, *numbers: int) -> NDArray[np.float64]:
        """The product of one row of each table, as it would be for a case."""
        places = np.add(numbers, self.offsets[:-1])[:, np.newaxis]
        if self.rows is not None:
            places = self.rows[places]
        rows = [lookup.table[lookup.row(places)[0]] for lookup in self.stages[0].lookups]
        return np.multiply.reduce(rows)


KINDS = np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0]])
OFTEN = np.concatenate([KINDS, 3 * KINDS, 1e-3 * KINDS[::-1], KINDS / 7])
RARE = np.array([[1.0, 2.0, 4.0], [3.0, 6.0, 12.0], [0.5, 1.0, 2.0], [1.0, 1.0, 1.0]])


def assert_proportional(found: NDArray[np.float64], expected: NDArray[np.float64]) -> None:
    assert found.any() == expected.any()
    scale = found.sum() / expected.sum() if expected.any() else 1.0
    np.testing.assert_allclose(found, scale * expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize(("most", "lengths"), [(1, [2, 3]), (2**19, [6])])
def test_rows_that_are_multiples_of_each_other_are_one(
    most: int, lengths: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Joined or not, every pair of rows gives what it gave, up to a factor."""
    monkeypatch.setattr("twitchbayes.engine.condensed.MOST_ENTRIES", most)
    tables = Tables(OFTEN, RARE)
    condense(tables)  # type: ignore[arg-type]
    assert [len(lookup.table) for lookup in tables.stages[0].lookups] == lengths
    for i, often in enumerate(OFTEN):
        for j, rare in enumerate(RARE):
            assert_proportional(tables.product(i, j), often * rare)


@pytest.mark.parametrize(
    ("often", "name", "value"),
    [
        (OFTEN, "WORTH", 10),  # too few would go
        (OFTEN, "FACTOR", 0),  # all rows have the same key
        (np.vstack([OFTEN, [3.0, 1e-308, 1.0]]), "WORTH", 0),  # a third of that loses digits
        (np.vstack([OFTEN, [1.0, 1e-322, 1.0]]), "WORTH", 0),  # has lost them, and is not zero
    ],
)
def test_tables_that_cannot_be_condensed_stay(
    often: NDArray[np.float64], name: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"twitchbayes.engine.condensed.{name}", value)
    tables = Tables(often, RARE)
    condense(tables)  # type: ignore[arg-type]
    assert tables.rows is None
    assert not tables.offsets.any()
    assert [lookup.table for lookup in tables.stages[0].lookups] == [often, RARE]


def test_rows_that_differ_by_more_than_rounding_stay_two() -> None:
    near = np.array([[1.0, 0.5], [2.0, 1.0 + 1e-15], [1.0, 0.5 + 1e-12], [4.0, 2.0], [8.0, 4.0]])
    tables = Tables(near)
    condense(tables)  # type: ignore[arg-type]
    assert len(tables.stages[0].lookups[0].table) == 2
    for number, row in enumerate(near):
        np.testing.assert_allclose(tables.product(number), row / row[0], rtol=1e-13)


@pytest.mark.parametrize("block", [1, 3, 8])
def test_vectors_that_share_a_matrix_have_the_products_they_have_alone(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last bit the same in any company; a matrix may have one vector, many, or none."""
    monkeypatch.setattr("twitchbayes.engine.sharing.BLOCK", block)
    rng = np.random.default_rng(1)
    matrices = rng.random((6, 5, 3))
    vectors = rng.random((200, 5))
    which = rng.choice([0, 1, 3, 5], 200, p=[0.6, 0.3, 0.095, 0.005])
    found = shared_products(vectors, matrices, which)
    expected = np.einsum("ci,cij->cj", vectors, matrices[which])
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    order = rng.permutation(200)
    again = shared_products(vectors[order], matrices, which[order])
    np.testing.assert_array_equal(again, found[order])
    few = shared_products(vectors[:7], matrices, which[:7])
    np.testing.assert_array_equal(few, found[:7])


def coded_cases(model: tb.DiagnosticModel, cases: int) -> NDArray[np.int8]:
    rng = np.random.default_rng(3)
    columns = [rng.integers(-1, len(v.states), cases) for v in model.network.variables]
    return np.array(columns, dtype=np.int8).T


def test_cases_of_a_public_network_share_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which cases are answered together changes nothing, nor whether they share any."""
    model = tb.DiagnosticModel(tb.load(public_file("alarm")).network)
    codes = coded_cases(model, 5000)
    target = model.network.position["HYPOVOLEMIA"]
    codes[:, target] = -1
    shares = []
    products = sharing.shared_products

    def noted(*given: NDArray[np.float64]) -> NDArray[np.float64]:
        shares.append(len(given[0]))
        return products(*given)

    monkeypatch.setattr("twitchbayes.engine.coded.shared_products", noted)
    whole, possible = Batch(Engine(model.network)).posteriors([target], codes)
    assert sum(shares) >= 5000
    monkeypatch.setattr("twitchbayes.engine.coded.SHARED_CASES", 700)
    chunks, _ = Batch(Engine(model.network)).posteriors([target], codes)
    np.testing.assert_allclose(chunks, whole, rtol=0, atol=1e-15)
    monkeypatch.setattr("twitchbayes.engine.sharing.SHARING", 10**9)
    monkeypatch.setattr("twitchbayes.engine.condensed.WORTH", 10**9)
    shares.clear()
    plain, fits = Batch(Engine(model.network)).posteriors([target], codes)
    assert not shares
    np.testing.assert_array_equal(fits, possible)
    np.testing.assert_allclose(plain, whole, rtol=0, atol=1e-12)


def test_condensed_tables_are_a_fraction_of_what_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine(tb.load(public_file("alarm")).network)
    codes = np.full((3000, engine.variables), -1, dtype=np.int8)
    codes[:, 1:] = 0
    made: list[Coded] = []
    monkeypatch.setattr(
        "twitchbayes.engine.lookups.Coded", lambda *given: made.append(Coded(*given)) or made[-1]
    )
    monkeypatch.setattr("twitchbayes.engine.condensed.MOST_ENTRIES", 1)
    Batch(engine).posteriors([0], codes)
    monkeypatch.setattr("twitchbayes.engine.condensed.WORTH", 10**9)
    Batch(engine).posteriors([0], codes)
    short, long = (one.size for one in made)
    assert short < long / 2


def test_numbers_too_small_are_noticed_where_matrices_are_large() -> None:
    """A product in several threads of BLAS would not tell of them: such matrices are not shared."""
    rng = np.random.default_rng(0)
    states, rare = 256, 253
    table = rng.random((states, states)) + 0.5
    table /= table.sum(axis=1, keepdims=True)
    table[2:, rare] = 1e-200
    table[0, rare] = 0.0
    seen = np.tile([1.0, 1e-200], (states, 1))
    seen[0], seen[1] = [0.5, 0.5], [1.0, 0.0]
    only = np.tile([1.0, 0.0], (states, 1))
    only[rare] = [0.5, 0.5]
    a = strategies.dense("a", (), np.full(states, 1 / states))
    b = strategies.dense("b", (a,), table)
    found = [strategies.dense("f", (a,), seen), strategies.dense("h", (b,), only)]
    for number in range(12):
        rows = rng.random((states, 3)) + 0.1
        rows /= rows.sum(axis=1, keepdims=True)
        found.append(strategies.dense(f"x{number}", (a,), rows))
    network = strategies.made_of(b, a, *found)
    codes = rng.integers(-1, 3, (2000, len(network.variables))).astype(np.int16)
    codes[:, :2], codes[:, 2:4] = -1, 1
    answers, possible = Batch(Engine(network)).posteriors([0], codes)
    assert possible.all()
    assert np.isfinite(answers).all()
