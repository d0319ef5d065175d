"""Random networks and random evidence, for hypothesis."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from twitchbayes import Estimate, Network, NoisyMax, Row, Source, Table, Variable

SOURCE = Source("made", "Made up", "article")


def estimate(value: float) -> Estimate:
    return Estimate(value, "derived", sources=("made",), note="made up")


@st.composite
def distributions(draw: st.DrawFn, states: tuple[str, ...]) -> tuple[tuple[str, Estimate], ...]:
    """Estimates for one row: zeros are common, and sometimes one state is left out."""
    weights = draw(
        st.lists(
            st.sampled_from([0, 0, 1, 2, 5, 97]), min_size=len(states), max_size=len(states)
        ).filter(any)
    )
    total = sum(weights)
    pairs = [(s, estimate(w / total)) for s, w in zip(states, weights, strict=True)]
    if draw(st.booleans()):
        pairs.pop(draw(st.integers(0, len(pairs) - 1)))
    return tuple(pairs)


@st.composite
def tables(
    draw: st.DrawFn, states: tuple[str, ...], parents: list[tuple[str, tuple[str, ...]]]
) -> Table:
    """A baseline, then rows for ever fewer combinations inside the one before, then one cell."""
    rows = [Row((), draw(distributions(states)))]
    usual = dict(zip(states, rows[0].values(states), strict=True))
    inside = dict(parents)
    for parent, of_parent in parents:
        if len(of_parent) > 1 and draw(st.booleans()):
            chosen = draw(
                st.lists(
                    st.sampled_from(of_parent), min_size=1, max_size=len(of_parent) - 1, unique=True
                )
            )
            inside[parent] = tuple(chosen)
            when = tuple((p, s) for p, s in inside.items() if len(s) < len(dict(parents)[p]))
            named = draw(distributions(states))
            if draw(st.booleans()):
                named = draw(partly(named, usual))
            rows.append(Row(when, named))
    order = draw(st.permutations(rows))
    return Table(tuple(order))


@st.composite
def partly(
    draw: st.DrawFn, named: tuple[tuple[str, Estimate], ...], usual: dict[str, float]
) -> tuple[tuple[str, Estimate], ...]:
    """Only some of a row's numbers, where the baseline says how the other states share the rest."""
    some = tuple(draw(st.lists(st.sampled_from(named), min_size=1, unique=True)))
    given = {state for state, _ in some}
    left_over = 1 - math.fsum(estimate.value for _, estimate in some)
    if left_over > 1e-9 and not any(usual[state] for state in usual if state not in given):
        return named
    return some


@st.composite
def noisy_maxes(
    draw: st.DrawFn, states: tuple[str, ...], parents: list[tuple[str, tuple[str, ...]]]
) -> NoisyMax:
    links = [
        Row(((parent, (state,)),), draw(distributions(states)))
        for parent, of_parent in parents
        for state in of_parent[1:]
    ]
    return NoisyMax(tuple(links), Row((), draw(distributions(states))))


@st.composite
def networks(draw: st.DrawFn, most: int = 6, most_configurations: int = 4000) -> Network:
    """Any structure, 2 to 5 states, zeros in the tables; declared in any order."""
    variables: list[Variable] = []
    configurations = 1
    for i in range(draw(st.integers(1, most))):
        largest = min(5, most_configurations // configurations)
        if largest < 2:
            break
        states = tuple(f"s{k}" for k in range(draw(st.integers(2, largest))))
        configurations *= len(states)
        earlier = [(v.name, v.states) for v in variables]
        parents = (
            draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True)) if earlier else []
        )
        noisy = parents and draw(st.booleans())
        made = draw(noisy_maxes(states, parents) if noisy else tables(states, parents))
        variables.append(Variable(f"v{i}", states, made, tuple(name for name, _ in parents)))
    order = draw(st.permutations(variables))
    target = draw(st.sampled_from(variables)).name
    return Network("random", "Random", "0", tuple(order), target=target, sources=(SOURCE,))


@st.composite
def evidence(draw: st.DrawFn, network: Network, *, but: str | None = None) -> dict[str, object]:
    """Findings of every form for some of the variables."""
    given: dict[str, object] = {}
    for variable in network.variables:
        states = variable.states
        form = draw(st.sampled_from(["none", "none", "state", "set", "weights"]))
        if variable.name == but or form == "none":
            continue
        if form == "state":
            given[variable.name] = draw(st.sampled_from(states))
        elif form == "set":
            given[variable.name] = draw(st.sets(st.sampled_from(states), min_size=1))
        else:
            weights = draw(
                st.lists(
                    st.sampled_from([0.0, 0.25, 1.0, 3.5]),
                    min_size=len(states),
                    max_size=len(states),
                ).filter(any)
            )
            given[variable.name] = dict(zip(states, weights, strict=True))
    return given


def weights_of(network: Network, given: dict[str, object]) -> dict[str, list[float]]:
    """The same evidence as weights per state, read independently of the library."""
    read = {}
    for name, value in given.items():
        states = network.variable(name).states
        if isinstance(value, dict):
            read[name] = [float(value[state]) for state in states]
        elif isinstance(value, set):
            read[name] = [float(state in value) for state in states]
        else:
            read[name] = [float(state == value) for state in states]
    return read


def size(network: Network) -> int:
    return math.prod(len(variable.states) for variable in network.variables)


def dense(name: str, parents: tuple[Variable, ...], values: np.ndarray) -> Variable:
    """A variable with the states s0, s1, ... and a table of shape (parents..., states)."""
    states = tuple(f"s{place}" for place in range(values.shape[-1]))
    rows = []
    for cell in np.ndindex(values.shape[:-1]):
        places = zip(parents, cell, strict=True)
        when = tuple((parent.name, (parent.states[place],)) for parent, place in places)
        row = zip(states[1:], values[cell][1:].tolist(), strict=True)
        rows.append(Row(when, tuple((s, estimate(p)) for s, p in row)))
    return Variable(name, states, Table(tuple(rows)), tuple(p.name for p in parents))


def made_of(*variables: Variable) -> Network:
    """A network of these variables; the first is its target."""
    target = variables[0].name
    return Network("made", "Made", "0", variables, target, sources=(SOURCE,))
