"""The call that gives a diagnosis again, as Python source."""

from __future__ import annotations

import keyword
from collections.abc import Iterable

from twitchbayes.evidence import Finding
from twitchbayes.network import Network
from twitchbayes.values import digits

__all__ = ["diagnose_call"]

WIDTH = 88


def diagnose_call(network: Network, findings: Iterable[Finding]) -> str:
    """Returns `model.diagnose(...)` with what was found; what is only assumed is left out.

    Findings go by keyword; where a name cannot be one, all go in one mapping.

    Example:
        >>> import twitchbayes as tb
        >>> dx = tb.load("leg_twitch").diagnose(babinski=True, age=62)
        >>> diagnose_call(dx.model.network, dx.findings)
        'model.diagnose(age=62, babinski="yes")'
    """
    given = [_argument(network, finding) for finding in findings if not finding.assumed]
    if all(_is_keyword(name) for name, _ in given):
        opening, arguments, closing = "(", [f"{name}={value}" for name, value in given], ")"
    else:
        opening, closing = "({", "})"
        arguments = [f"{_quoted(name)}: {value}" for name, value in given]
    line = f"model.diagnose{opening}{', '.join(arguments)}{closing}"
    if len(line) <= WIDTH:
        return line
    inside = "".join(f"    {argument},\n" for argument in arguments)
    return f"model.diagnose{opening}\n{inside}{closing}"


def _argument(network: Network, finding: Finding) -> tuple[str, str]:
    variable = network.by_name[finding.variable]
    if finding.measured and variable.measurement is not None:
        # the number in all its digits stands before the unit
        return variable.measurement.name, finding.measured.partition(" ")[0]
    weighed = list(zip(variable.states, finding.weights, strict=True))
    possible = [state for state, weight in weighed if weight]
    if set(finding.weights) - {0.0, 1.0}:
        pairs = ", ".join(f"{_quoted(state)}: {digits(weight)}" for state, weight in weighed)
        return variable.name, f"{{{pairs}}}"
    if len(possible) == 1:
        return variable.name, _quoted(possible[0])
    return variable.name, f"[{', '.join(map(_quoted, possible))}]"


def _is_keyword(name: str) -> bool:
    # Python reads some letters beyond ASCII as others
    return name.isascii() and name.isidentifier() and not keyword.iskeyword(name)


def _quoted(name: str) -> str:
    plain = name.isprintable() and not set('"\\') & set(name)
    return f'"{name}"' if plain else repr(name)
