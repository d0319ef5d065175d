"""Sums of groups of entries, in an order in which they are fast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchbayes.engine.groups import Groups


@given(st.data())
def test_sums_of_groups_are_those_of_their_entries(data: st.DataObject) -> None:
    """However they are cut into parts, with columns of zeros or without."""
    sizes = np.array(data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=30)))
    spare = data.draw(st.sampled_from([None, 0.0, 0.5, 1e6]))
    cases = data.draw(st.integers(1, 300))
    with pytest.MonkeyPatch.context() as patch:
        for name, values in {
            "ADDITION": [-1e6, 8.0, 1e6],
            "FEW_COLUMNS": [1, 3],
            "MOST_PART": [1, 5, 256],
            "ONE_THREAD": [1, 100, 2**13],
        }.items():
            patch.setattr(f"twitchbayes.engine.groups.{name}", data.draw(st.sampled_from(values)))
        groups = Groups.of(sizes, spare)
        entries = np.random.default_rng(cases).random((cases, sizes.sum()))
        columns = np.where(groups.order >= 0, entries[:, groups.order], 0.0)
        before = columns.copy()
        found = groups.many(columns)
        one = groups.one(columns[0])
    expected = np.add.reduceat(entries, np.cumsum(sizes) - sizes, axis=1)
    np.testing.assert_allclose(found[:, groups.ranks], expected, rtol=1e-13)
    np.testing.assert_allclose(one[groups.ranks], expected[0], rtol=1e-13)
    np.testing.assert_allclose(columns @ groups.matrix, found, rtol=1e-13)
    assert (columns == before).all()
    assert sorted(groups.order[groups.order >= 0]) == list(range(sizes.sum()))
    assert spare is not None or (groups.order >= 0).all()


def test_groups_of_one_entry_each_are_left_alone() -> None:
    groups = Groups.of(np.ones(5, dtype=np.intp), None)
    values = np.ones((3, 5))
    assert groups.nothing
    assert groups.many(values) is values


def test_columns_of_zeros_are_added_only_where_they_pay() -> None:
    sizes = np.array([12] * 30 + [11])
    assert len(Groups.of(sizes, 0.5).order) == 372
    assert len(Groups.of(sizes, 1e9).order) == 371
