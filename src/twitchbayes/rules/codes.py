"""Rules for codes: of a known state in a known terminology, one of each unless a union is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from twitchbayes.errors import Place, Problem
from twitchbayes.rules.hints import Hints
from twitchbayes.rules.limits import good_name, repeated
from twitchbayes.terminology import FITS

if TYPE_CHECKING:
    from twitchbayes.network import Network, Variable
    from twitchbayes.terminology import Code

__all__ = ["code_problems", "code_system_problems"]


def code_system_problems(network: Network) -> Iterator[Problem]:
    """Yields what is wrong with the terminologies."""
    for system in network.code_systems:
        path = ("code_systems", system.name)
        if not good_name(system.name):
            yield Problem(("code_systems",), f"{system.name!r} cannot be a name")
        if not system.title.strip():
            yield Problem((*path, "title"), "is empty; give the title")
        if not any(release.strip() for release in system.release):
            message = "names none; give the release that the codes were checked against"
            yield Problem((*path, "release"), message, judged_by=((*path, "release"),))


def code_problems(
    network: Network, known: Mapping[str, Variable], hints: Hints
) -> Iterator[Problem]:
    """Yields what is wrong with the codes."""
    systems = {system.name for system in network.code_systems}
    together: dict[tuple[str, str, str], list[int]] = {}
    for i, code in enumerate(network.codes):
        together.setdefault((code.variable, code.state, code.system), []).append(i)
    for i, code in enumerate(network.codes):
        path = ("codes", f"[{i}]")
        yield from _coded(code, path, known, hints)
        if code.system not in systems:
            near = hints.near(code.system, systems)
            message = f"unknown code system {code.system!r}{near}"
            yield Problem((*path, "system"), message, judged_by=(("code_systems",),))
        yield from _fit(code, path)
    for (variable, state, name), places in together.items():
        if len(places) > 1 and {network.codes[i].fit for i in places} != {"union"}:
            message = f"is one of {len(places)} of {name} for {variable} = {state}; keep one, or "
            fits = tuple(("codes", f"[{i}]", "fit") for i in places)
            path = ("codes", f"[{places[0]}]")
            yield Problem(path, f"{message}call the fit of each a union", judged_by=fits)
    for about in repeated((c.variable, c.state, c.system, c.code) for c in network.codes if c.code):
        yield Problem(
            ("codes",), f"{about[3]} is given twice for {about[0]} = {about[1]}; keep one"
        )


def _coded(
    code: Code, path: Place, known: Mapping[str, Variable], hints: Hints
) -> Iterator[Problem]:
    if code.variable not in known:
        near = hints.near(code.variable, known)
        message = f"unknown variable {code.variable!r}{near}"
        yield Problem((*path, "variable"), message, judged_by=(("variables",),))
    elif code.state not in known[code.variable].states:
        of_variable = known[code.variable].states
        judged_by = (("variables", code.variable, "states"),)
        near = hints.near(code.state, of_variable)
        yield Problem((*path, "state"), f"no state {code.state!r}{near}", judged_by=judged_by)


def _fit(code: Code, path: Place) -> Iterator[Problem]:
    place, judged_by = (*path, "code"), ((*path, "fit"),)
    if code.fit not in FITS:
        yield Problem((*path, "fit"), f"{code.fit!r} is not one of {', '.join(FITS)}")
    elif code.fit == "none" and code.code:
        message = "is given, yet its fit is none; leave it out, or say how it fits"
        yield Problem(place, message, judged_by=judged_by)
    elif code.fit != "none" and not code.code.strip():
        message = "is empty; give it, or call its fit none"
        yield Problem(place, message, judged_by=judged_by)
