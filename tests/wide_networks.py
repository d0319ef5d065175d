"""Networks as large diagnostic ones are: causes, two layers of noisy-OR, a few findings present.

Every noisy-OR is written as files of other programs often have it, binarised: a chain of tables
over three binary variables, whose links may be nodes of their own. Nothing in it says that it is
one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from strategies import SOURCE, estimate
from twitchbayes import Network, Row, Table, Variable

STATES = ("no", "yes")


@dataclass(frozen=True)
class Shape:
    """What a network is made of, before it is binarised.

    Attributes:
        causes: roots.
        middle: noisy-ORs of causes.
        findings: noisy-ORs of both, each of them present.
        parents: of a noisy-OR, at most; at least half as many.
        near: how far along its layer a noisy-OR looks for parents, as a part of the layer: less
            makes narrower networks.
        links: whether a link is a node of its own.
        seed: of everything drawn.
    """

    causes: int
    middle: int
    findings: int
    parents: int
    near: float
    links: bool
    seed: int


HARD = (
    Shape(40, 30, 3, 6, 0.3, False, 1),
    Shape(60, 50, 4, 6, 0.3, True, 2),
    Shape(60, 60, 6, 6, 0.4, False, 3),
    Shape(80, 60, 5, 7, 0.35, False, 4),
    Shape(150, 100, 10, 7, 0.2, False, 9),
    Shape(100, 70, 8, 7, 0.4, False, 13),
    Shape(120, 90, 8, 7, 0.25, False, 7),
    Shape(120, 90, 8, 8, 0.25, True, 8),
    Shape(160, 120, 13, 8, 0.15, False, 11),
    Shape(160, 120, 13, 8, 0.2, False, 10),
)
"""Of growing hardness."""


def wide_network(shape: Shape) -> tuple[Network, dict[str, str]]:
    """The network, and the findings that are present."""
    source = random.Random(shape.seed)
    variables = [
        Variable(f"cause{i}", STATES, table(({}, 10 ** source.uniform(-3, -1))))
        for i in range(shape.causes)
    ]
    causes = [variable.name for variable in variables]
    middle = [f"middle{i}" for i in range(shape.middle)]
    for i, name in enumerate(middle):
        parents = near(source, causes, i / shape.middle, shape)
        variables += noisy_or(source, name, parents, links=shape.links)
    findings = [f"finding{i}" for i in range(shape.findings)]
    for i, name in enumerate(findings):
        place = i / shape.findings
        parents = near(source, middle, place, shape) + near(source, causes, place, shape)[:2]
        variables += noisy_or(source, name, parents, links=shape.links)
    network = Network(
        f"wide{shape.seed}", "Wide", "0", tuple(variables), causes[0], sources=(SOURCE,)
    )
    return network, dict.fromkeys(findings, "yes")


def near(source: random.Random, layer: list[str], place: float, shape: Shape) -> list[str]:
    """Some of a layer, not far from a place in it."""
    reach = min(len(layer), max(shape.parents, round(shape.near * len(layer))))
    start = round(place * len(layer))
    around = [layer[(start + i) % len(layer)] for i in range(reach)]
    count = source.randint(shape.parents // 2, shape.parents)
    return source.sample(around, min(count, reach))


def noisy_or(
    source: random.Random, name: str, parents: list[str], *, links: bool
) -> list[Variable]:
    """A chain: so far no, and this parent did not either, or else yes."""
    made: list[Variable] = []
    leak = round(10 ** source.uniform(-4, -2), 6)
    so_far = ""
    for i, parent in enumerate(parents):
        fails = round(source.uniform(0.1, 0.9), 4)
        if links:
            link = Variable(
                f"{name}_by_{parent}",
                STATES,
                table(({}, 0.0), ({parent: "yes"}, 1 - fails)),
                (parent,),
            )
            made.append(link)
            parent, fails = link.name, 0.0
        here = name if i == len(parents) - 1 else f"{name}_{i}"
        if so_far:
            given = table(
                ({}, 1.0),
                ({so_far: "no", parent: "no"}, 0.0),
                ({so_far: "no", parent: "yes"}, 1 - fails),
            )
            made.append(Variable(here, STATES, given, (so_far, parent)))
        else:
            given = table(({}, leak), ({parent: "yes"}, 1 - (1 - leak) * fails))
            made.append(Variable(here, STATES, given, (parent,)))
        so_far = here
    return made


def table(*rows: tuple[dict[str, str], float]) -> Table:
    """P(yes) per row, the conditions given as a mapping."""
    return Table(
        tuple(
            Row(
                tuple((parent, (state,)) for parent, state in when.items()), (("yes", estimate(p)),)
            )
            for when, p in rows
        )
    )
