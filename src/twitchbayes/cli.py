"""The command line: `twitchbayes networks`, `describe`, `diagnose`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import twitchbayes
from twitchbayes.display import text
from twitchbayes.display.rows import NOTICE
from twitchbayes.errors import EvidenceError, TwitchbayesError
from twitchbayes.evidence import resolve
from twitchbayes.rendering import variable_rows

if TYPE_CHECKING:
    import pandas as pd

    from twitchbayes import DiagnosticModel, Network

__all__ = ["main", "parse_findings"]

NETWORK_HELP = "a bundled network's name, or a file"

EPILOG = """\
findings are given as name=value:
  timing=falling_asleep        a state
  babinski=yes                 yes or no
  age=34                       a number, where the network takes one
  objective_weakness=focal,progressive_spreading
                               one of these states
  reflexes=normal:0.2,reduced:0.1,brisk:0.7
                               uncertain: P(what was seen | state), for every state

exit status: 0 when it worked, 2 when what was given cannot be used.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status.

    Args:
        arguments: without the program's name; those of the process where left out.
    """
    parser = _parser()
    options, more = parser.parse_known_args(arguments)
    # argparse takes no findings after an option, where people write them all the same
    if [word for word in more if word.startswith("-")] or (more and "findings" not in options):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if more:
        options.findings += more
    try:
        options.run(options)
        sys.stdout.flush()
    except TwitchbayesError as error:
        sys.stderr.write(f"{parser.prog}: error: {error}\n")
        return 2
    except BrokenPipeError:
        # whoever read the output has seen enough; nothing more can be written, at exit neither
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0


def parse_findings(network: Network, words: Sequence[str]) -> dict[str, object]:
    """Returns the findings that `name=value` words mean, as `DiagnosticModel.diagnose` takes them.

    Raises:
        EvidenceError: a word without `=` or value, a name given twice, or a weight that is not a
            number.
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


def _value(network: Network, name: str, value: str) -> object:
    variable, measurement = resolve(network, name)
    if value in variable.states:
        return value
    if measurement is not None or variable.measurement is not None:
        try:
            return float(value)
        except ValueError:
            pass
    if value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    if ":" in value:
        return dict(_weight(name, part) for part in value.split(","))
    return value.split(",") if "," in value else value


def _weight(name: str, part: str) -> tuple[str, float]:
    state, _, weight = part.rpartition(":")
    try:
        return state, float(weight)
    except ValueError:
        raise EvidenceError(
            f"{name}: {part!r} is no weight; write state:weight, such as brisk:0.7", name
        ) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twitchbayes",
        description="Bayesian diagnostic reasoning with cited networks.",
        epilog=NOTICE,
    )
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
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    asked.add_argument("network", help=NETWORK_HELP)
    asked.add_argument("findings", nargs="*", metavar="name=value", help="what was found")
    asked.add_argument("--target", help="the variable whose states are the causes")
    asked.set_defaults(run=_diagnose)

    for command in (listed, shown, asked):
        command.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


def _networks(options: argparse.Namespace) -> None:
    frame = twitchbayes.networks()
    if options.json:
        _print_json(_records(frame))
        return
    width = max(map(len, frame.index))
    for name, row in frame.iterrows():
        print(f"{name:<{width}}  {row['version']:<8}  {row['title']}")


def _describe(options: argparse.Namespace) -> None:
    model = twitchbayes.load(options.network)
    if options.variable is None:
        if options.json:
            _print_json(
                _header(model) | {"variables": [_variable(model, n) for n in model.variables]}
            )
        else:
            print(model)
        return
    name = model.network.variable(options.variable).name
    if options.json:
        numbers = model.estimates().query("variable == @name")
        _print_json(_header(model) | _variable(model, name) | {"numbers": _records(numbers)})
    else:
        print(text.variable_text(variable_rows(model.network, name)))


def _diagnose(options: argparse.Namespace) -> None:
    model = twitchbayes.load(options.network, target=options.target)
    dx = model.diagnose(parse_findings(model.network, options.findings))
    if not options.json:
        print(dx)
        return
    _print_json(
        _header(model)
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


def _header(model: DiagnosticModel) -> dict[str, Any]:
    network = model.network
    return {"network": network.name, "version": network.version, "title": network.title}


def _variable(model: DiagnosticModel, name: str) -> dict[str, Any]:
    variable = model.network.variable(name)
    return {
        "variable": name,
        "label": variable.label,
        "kind": variable.kind,
        "states": variable.states,
        "parents": variable.parents,
        "default": variable.default,
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns the rows of a table, its index a column unless it is only a number."""
    table = frame.reset_index() if frame.index.name else frame
    records: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return records


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
