"""Which combinations of states are carried at all."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import twitchbayes as tb
from twitchbayes.engine import highest
from twitchbayes.engine.support import Support


@given(st.data())
def test_nothing_possible_is_left_out_and_nothing_that_one_table_rules_out_is_kept(
    data: st.DataObject,
) -> None:
    cards = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    nodes = st.integers(0, len(cards) - 1)
    scope = st.lists(nodes, min_size=1, max_size=3, unique=True).map(tuple)
    scopes = data.draw(st.lists(scope, max_size=4))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    tables = [
        rng.random([cards[n] for n in s]) * (rng.random([cards[n] for n in s]) < 0.6)
        for s in scopes
    ]
    support = Support(scopes, tables, cards)
    most = data.draw(st.sampled_from([1, 2**20]))
    asked = tuple(data.draw(st.lists(nodes, max_size=5, unique=True)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twitchbayes.engine.support.MOST_DENSE", most)
        domain = support.domain(asked)
    kept = {tuple(row) for row in domain.states.tolist()}
    assert domain.states.tolist() == sorted(domain.states.tolist()), "in lexicographic order"
    assert support.count(frozenset(asked)) == len(domain) == len(kept)
    inside = [(s, t) for s, t in zip(scopes, tables, strict=True) if set(s) <= set(asked)]
    for row in itertools.product(*(range(cards[node]) for node in asked)):
        states = dict(zip(asked, row, strict=True))
        ruled_out = any(table[tuple(states[n] for n in s)] == 0 for s, table in inside)
        assert not (ruled_out and row in kept)
    for full in itertools.product(*map(range, cards)):
        if all(t[tuple(full[n] for n in s)] > 0 for s, t in zip(scopes, tables, strict=True)):
            assert tuple(full[node] for node in asked) in kept


@given(st.data())
def test_combinations_are_found_in_narrower_domains(data: st.DataObject) -> None:
    cards = data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    order = tuple(data.draw(st.permutations(range(len(cards)))))
    wide = Support([], [], cards).domain(order)
    fewer = order[: data.draw(st.integers(0, len(order)))]
    narrow = Support([], [], cards).domain(tuple(data.draw(st.permutations(fewer))))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(narrow), max_size=len(narrow))))
    narrow = narrow.reduced(mask)
    for row, found in zip(wide.states.tolist(), wide.within(narrow).tolist(), strict=True):
        expected = [row[order.index(node)] for node in narrow.scope]
        rows = narrow.states.tolist()
        assert found == (rows.index(expected) if expected in rows else -1)
    head, starts = wide.projected(len(fewer))
    assert head.states.tolist() == wide.states[starts][:, : len(fewer)].tolist()
    assert len({tuple(row) for row in head.states.tolist()}) == len(head)


def test_an_infection_has_a_type_in_one_cause_alone(leg_twitch: tb.DiagnosticModel) -> None:
    engine, place = leg_twitch.engine, leg_twitch.network.position
    families = [(*p, node) for node, p in enumerate(engine.structure.parents)]
    support = Support(families, engine.tables, engine.structure.cards)
    together = frozenset((place["cause"], place["infection_type"]))
    assert support.count(together) == len(leg_twitch.causes) + 2


@given(st.integers(1, 200), st.integers(1, 5), st.booleans())
def test_the_highest_code_of_each_variable(cases: int, variables: int, transposed: bool) -> None:
    codes = np.random.default_rng(cases).integers(-1, 4, (cases, variables)).astype(np.int8)
    given_codes = np.asfortranarray(codes) if transposed else codes
    np.testing.assert_array_equal(highest(given_codes), codes.max(axis=0))
