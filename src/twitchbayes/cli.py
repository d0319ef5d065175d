"""The command line: `twitchbayes networks`, `describe`, `diagnose`."""

from __future__ import annotations

import argparse
import dataclasses
import errno
import json
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

import twitchbayes
from twitchbayes.display import text
from twitchbayes.display.rows import NOTICE, visible
from twitchbayes.errors import EvidenceError, QueryError, TwitchbayesError
from twitchbayes.evidence import resolve
from twitchbayes.rendering import variable_rows
from twitchbayes.values import is_missing

if TYPE_CHECKING:
    import pandas as pd

    from twitchbayes import Network, Variable

__all__ = ["main", "parse_findings"]

NETWORK_HELP = "a bundled network's name, or a file"
JSON_HELP = "print JSON, for programs"

STATUS = """\
exit status: 0 when it worked, 2 when what was given cannot be used, 1 when the
output could not be written, 130 when it was interrupted.
"""

FINDINGS = """\
findings are given as name=value:
  timing=falling_asleep        a state
  babinski=yes                 yes or no
  age=34                       a number, where the network takes one
  objective_weakness=focal,progressive_spreading
                               one of these states
  reflexes=normal:0.2,reduced:0.1,brisk:0.7
                               uncertain: P(what was seen | state), for every state
"""

# float() also takes nan, inf, spaces and 3_4, which nobody means as a measurement
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status.

    Args:
        arguments: without the program's name; those of the process where left out.
    """
    parser = _parser()
    try:
        try:
            return _run(parser, arguments)
        finally:  # here, so that what cannot be written is noticed, help included
            if sys.stdout is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the output has seen enough
        _discard(sys.stdout)
        return 0
    except OSError as error:
        _discard(sys.stdout)
        _complain(parser, f"the output cannot be written: {error.strerror or error}")
        return 1


def parse_findings(network: Network, words: Sequence[str]) -> dict[str, object]:
    """Returns the findings that `name=value` words mean, as `DiagnosticModel.diagnose` takes them.

    Raises:
        EvidenceError: a word without `=` or value, a name or a state's weight given twice, or a
            weight that is not a number.
    """
    findings: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not value:
            raise EvidenceError(f"{word!r} is no finding; write name=value, such as age=34", name)
        if name in findings:
            raise EvidenceError(f"{name} is given twice; give it once", name)
        findings[name] = _value(network, name, value)
    return findings


def _run(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    options, more = parser.parse_known_args(arguments)
    # argparse takes nothing after an option, where people write it all the same
    if len(more) == 1 and getattr(options, "variable", ...) is None:
        options.variable, more = more[0], []
    if [word for word in more if word.startswith("-")] or (more and "findings" not in options):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if more:
        options.findings += more
    try:
        answer = options.run(options)
    except (TwitchbayesError, OSError) as error:  # the latter of a file that was given
        _complain(parser, str(error))
        return 2
    if sys.stdout is None:
        raise OSError(errno.EBADF, "standard output is closed")
    encoding = sys.stdout.encoding or "utf-8"
    print(answer.encode(encoding, "replace").decode(encoding))
    return 0


def _complain(parser: argparse.ArgumentParser, message: str) -> None:
    lines = "\n".join(visible(line) for line in message.split("\n"))
    if sys.stderr is None:  # it is closed
        return
    try:
        sys.stderr.write(f"{parser.prog}: error: {lines}\n")
    except OSError:
        _discard(sys.stderr)


def _discard(stream: TextIO | None) -> None:
    """Lets what is still to be written vanish, or Python would try again at exit, and complain."""
    if stream is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _value(network: Network, name: str, value: str) -> object:
    variable, measurement = resolve(network, name)
    if value in variable.states:
        return value
    if measurement is not None or variable.measurement is not None:
        number = _number(value)
        if number is not None:
            return number
    if ":" in value:
        return _weights(variable, name, value.split(","))
    states = [_state(variable, state) for state in value.split(",")]
    return states if len(states) > 1 else states[0]


def _state(variable: Variable, word: str) -> str | bool:
    """Returns a state, or what true and false mean where they are none."""
    if word not in variable.states and word.casefold() in ("true", "false"):
        return word.casefold() == "true"
    return word


def _weights(variable: Variable, name: str, parts: Sequence[str]) -> dict[str | bool, float]:
    weights: dict[str | bool, float] = {}
    for part in parts:
        word, _, written = part.rpartition(":")
        state = _state(variable, word)
        weight = _number(written)
        if weight is None:
            raise EvidenceError(
                f"{name}: {part!r} is no weight; write state:weight, such as brisk:0.7", name
            )
        if state in weights:
            raise EvidenceError(f"{name}: {state} is given twice; give it one weight", name)
        weights[state] = weight
    return weights


def _number(word: str) -> float | None:
    return float(word) if NUMBER.fullmatch(word) else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twitchbayes",
        description="Bayesian diagnostic reasoning with cited networks.",
        epilog=f"{STATUS}\n{NOTICE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help=JSON_HELP)
    parser.add_argument("--version", action="version", version=twitchbayes.__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")

    listed = commands.add_parser("networks", help="list the bundled networks")
    listed.set_defaults(run=_networks)

    shown = commands.add_parser("describe", help="show a network, or one of its variables")
    shown.add_argument("network", help=NETWORK_HELP)
    shown.add_argument("variable", nargs="?", help="show this variable with all its numbers")
    shown.set_defaults(run=_describe)

    asked = commands.add_parser(
        "diagnose",
        help="the posterior of every cause, given findings",
        epilog=f"{FINDINGS}\n{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    asked.add_argument("network", help=NETWORK_HELP)
    asked.add_argument("findings", nargs="*", metavar="name=value", help="what was found")
    asked.add_argument("--target", help="the variable whose states are the causes")
    asked.set_defaults(run=_diagnose)

    for command in (listed, shown, asked):
        # without a default, which would undo a --json before the command
        command.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help=JSON_HELP
        )
    return parser


def _networks(options: argparse.Namespace) -> str:
    frame = twitchbayes.networks()
    if options.json:
        return _json(_records(frame))
    width = max(map(len, frame.index))
    return "\n".join(
        f"{name:<{width}}  {row['version']:<8}  {row['title']}" for name, row in frame.iterrows()
    )


def _describe(options: argparse.Namespace) -> str:
    model = twitchbayes.load(options.network)
    network = model.network
    if options.variable is None:
        if not options.json:
            return str(model)
        variables = [_variable(variable) for variable in network.variables]
        return _json(_header(network) | _about(network) | {"variables": variables})
    variable, _ = resolve(network, options.variable)
    if not options.json:
        return text.variable_text(variable_rows(network, variable.name))
    estimates = model.estimates()
    numbers = _records(estimates[estimates["variable"] == variable.name])
    return _json(_header(network) | _variable(variable) | {"numbers": numbers})


def _diagnose(options: argparse.Namespace) -> str:
    model = twitchbayes.load(options.network, target=options.target)
    if model.network.target is None:
        raise QueryError(
            f"{model.network.name} names no target; give --target, the variable whose states are "
            "the causes"
        )
    dx = model.diagnose(parse_findings(model.network, options.findings))
    if not options.json:
        return str(dx)
    return _json(
        _header(model.network)
        | {
            "posterior": dx.posterior.to_dict(),
            "prior": dx.prior.to_dict(),
            "groups": dx.groups.to_dict(),
            "log_evidence": dx.log_evidence,
            "evidence": _records(dx.evidence),
            "red_flags": _records(dx.red_flags),
            "notice": NOTICE,
        }
    )


def _header(network: Network) -> dict[str, Any]:
    return {"network": network.name, "version": network.version, "title": network.title}


def _about(network: Network) -> dict[str, Any]:
    return {
        "description": network.description,
        "population": network.population,
        "licence": network.licence,
        "target": network.target,
        "groups": [
            {"group": group.name, "label": group.label or group.name, "states": group.states}
            for group in network.groups
        ],
        "source_count": len(network.sources),
    }


def _variable(variable: Variable) -> dict[str, Any]:
    measurement = variable.measurement
    return {
        "variable": variable.name,
        "label": variable.label or variable.name,
        "kind": variable.kind,
        "states": variable.states,
        "state_labels": {state: variable.state_label(state) for state in variable.states},
        "parents": variable.parents,
        "default": variable.default,
        "measurement": None if measurement is None else dataclasses.asdict(measurement),
        "note": variable.note,
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns the rows of a table, its index a column unless it is only a number."""
    table = frame.reset_index() if frame.index.name else frame
    return [
        {str(name): None if is_missing(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _json(value: object) -> str:
    return json.dumps(value, indent=2, allow_nan=False)
