"""The rules that a network obeys. Every problem is found in one pass, each with its path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from twitchbayes.rules.hints import Hints
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


def problems(network: Network) -> list[str]:
    """Returns everything that is wrong with a network, a line per problem, `path: ...`."""
    if len(network.variables) > MAX_VARIABLES:
        return [f"variables: {len(network.variables)} of them, at most {MAX_VARIABLES}"]
    known = {variable.name: variable for variable in network.variables}
    entries = sum(stated_entries(variable, known) for variable in network.variables)
    if entries > MAX_ENTRIES:
        return [
            f"variables: their tables together would have {entries:,} entries, at most "
            f"{MAX_ENTRIES:,}; use fewer parents or states"
        ]
    hints = Hints()
    found = [*_header(network), *_named_twice(network)]
    for variable in network.variables:
        path = f"variables.{variable.name}"
        own = list(variable_problems(variable, path, known, hints))
        found += own
        found += table_problems(variable, path, known, hints, sound=not own)
    found += cycle_problems(known)
    found += measurement_name_problems(network)
    found += group_problems(network, hints)
    found += source_problems(network, hints)
    found += red_flag_problems(network, known, hints)
    return found


def _header(network: Network) -> Iterator[str]:
    for field in ("name", "title", "version"):
        if not getattr(network, field).strip():
            yield f"network.{field}: is empty; give the network a {field}"
    if not network.variables:
        yield "variables: there are none; a network needs at least one"


def _named_twice(network: Network) -> Iterator[str]:
    for what, names in (
        ("variables", [variable.name for variable in network.variables]),
        ("groups", [group.name for group in network.groups]),
        ("sources", [source.id for source in network.sources]),
        ("red_flags", [flag.name for flag in network.red_flags]),
    ):
        for name in repeated(names):
            yield f"{what}.{name}: is declared twice; keep one"
