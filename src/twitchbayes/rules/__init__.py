"""The rules that a network obeys. Every problem is found in one pass, each with its path."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from twitchbayes.errors import Problem, bounded
from twitchbayes.rules.codes import code_problems, code_system_problems
from twitchbayes.rules.figures import figure_problems
from twitchbayes.rules.hints import Hints
from twitchbayes.rules.invariants import invariant_problems
from twitchbayes.rules.limits import MAX_ENTRIES, MAX_VARIABLES, repeated
from twitchbayes.rules.references import (
    cycle_problems,
    group_problems,
    measurement_name_problems,
    red_flag_problems,
    source_problems,
)
from twitchbayes.rules.tables import stated_entries, table_problems
from twitchbayes.rules.variables import variable_problems

if TYPE_CHECKING:
    from twitchbayes.network import Network

__all__ = ["problems"]


def problems(network: Network) -> list[Problem]:
    """Returns everything that is wrong with a network."""
    return bounded(_problems(network))


def _problems(network: Network) -> Iterator[Problem]:
    if len(network.variables) > MAX_VARIABLES:
        count = len(network.variables)
        yield Problem(("variables",), f"{count} of them, at most {MAX_VARIABLES}")
        return
    known = {variable.name: variable for variable in network.variables}
    entries = sum(stated_entries(variable, known) for variable in network.variables)
    if entries > MAX_ENTRIES:
        yield Problem(
            ("variables",),
            f"their tables together would have {entries:,} entries, at most {MAX_ENTRIES:,}; use "
            "fewer parents or states",
        )
        return
    hints = Hints()
    yield from _header(network)
    yield from _named_twice(network)
    for variable in network.variables:
        yield from variable_problems(variable, known, hints)
        yield from table_problems(variable, known, hints)
    yield from cycle_problems(known)
    yield from measurement_name_problems(network)
    yield from group_problems(network, hints)
    yield from source_problems(network, hints)
    yield from red_flag_problems(network, known, hints)
    yield from figure_problems(network, known, hints)
    yield from invariant_problems(network, known, hints)
    yield from code_system_problems(network)
    yield from code_problems(network, known, hints)


def _header(network: Network) -> Iterator[Problem]:
    for field in ("name", "title", "version"):
        if not getattr(network, field).strip():
            yield Problem(("network", field), f"is empty; give the network a {field}")
    if network.date is not None and type(network.date) is not datetime.date:
        yield Problem(("network", "date"), "must be a date without a time")
    kinds = [variable.kind for variable in network.variables]
    for kind, cost in network.costs:
        price = ("network", "costs", kind)
        if kind not in kinds or kind in ("cause", "mechanism"):
            yield Problem(price, "no finding is of this kind; remove it", judged_by=(price,))
        if not 0 < cost < math.inf:
            yield Problem(price, f"is {cost:g}; a cost is a number above 0")
    if not network.variables:
        path = ("variables",)
        yield Problem(path, "there are none; a network needs at least one", judged_by=(path,))


def _named_twice(network: Network) -> Iterator[Problem]:
    for what, names in (
        ("variables", [variable.name for variable in network.variables]),
        ("groups", [group.name for group in network.groups]),
        ("sources", [source.id for source in network.sources]),
        ("red_flags", [flag.name for flag in network.red_flags]),
        ("invariants", [invariant.name for invariant in network.invariants]),
        ("code_systems", [system.name for system in network.code_systems]),
    ):
        for name in repeated(names):
            yield Problem((what, name), "is declared twice; keep one")
