"""The command line: `twitchbayes networks`, `describe`, `diagnose`, `ask`, `fidelity`, `check`."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from typing import TextIO

import twitchbayes
from twitchbayes import commands
from twitchbayes.display.rows import NOTICE, visible
from twitchbayes.errors import TwitchbayesError
from twitchbayes.questions.named import QUESTIONS

__all__ = ["main"]

NETWORK_HELP = "a bundled network's name, or a file"
JSON_HELP = "print JSON, for programs"

STATUS = """\
exit status: 0 when it worked, 2 when what was given cannot be used, 1 when the
output could not be written, 3 when check finds a broken invariant, 130 when it
was interrupted.
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
        answer: commands.Answer = options.run(options)
    except (TwitchbayesError, OSError) as error:  # the latter of a file that was given
        _complain(parser, str(error))
        return 2
    if sys.stdout is None:
        raise OSError(errno.EBADF, "standard output is closed")
    encoding = sys.stdout.encoding or "utf-8"
    print(answer.text.encode(encoding, "replace").decode(encoding))
    return answer.status


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twitchbayes",
        description="Bayesian diagnostic reasoning with cited networks.",
        epilog=f"{STATUS}\n{NOTICE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help=JSON_HELP)
    parser.add_argument("--version", action="version", version=twitchbayes.__version__)
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="command")

    listed = subparsers.add_parser("networks", help="list the bundled networks")
    listed.set_defaults(run=commands.networks)

    shown = subparsers.add_parser("describe", help="show a network, or one of its variables")
    shown.add_argument("network", help=NETWORK_HELP)
    shown.add_argument("variable", nargs="?", help="show this variable with all its numbers")
    shown.set_defaults(run=commands.describe)

    asked = subparsers.add_parser(
        "diagnose",
        help="the posterior of every cause, given findings",
        epilog=f"{FINDINGS}\n{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    asked.add_argument("network", help=NETWORK_HELP)
    asked.add_argument("findings", nargs="*", metavar="name=value", help="what was found")
    asked.add_argument("--target", help="the variable whose states are the causes")
    asked.add_argument("--report", metavar="PAGE.html", help="also write it as a page to print")
    asked.set_defaults(run=commands.diagnose)

    questioned = _question_parser(subparsers)

    compared = subparsers.add_parser(
        "fidelity", help="published figures against what a network implies"
    )
    compared.add_argument("network", help=NETWORK_HELP)
    compared.add_argument(
        "--all", action="store_true", help="show all figures, not the misses only"
    )
    compared.set_defaults(run=commands.fidelity)

    checked = subparsers.add_parser(
        "check",
        help="whether a network obeys its invariants",
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    checked.add_argument("network", help=NETWORK_HELP)
    checked.add_argument(
        "--cases", type=int, default=500, help="cases to try each on (default: %(default)s)"
    )
    checked.set_defaults(run=commands.check)

    for command in (listed, shown, asked, questioned, compared, checked):
        # without a default, which would undo a --json before the command
        command.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help=JSON_HELP
        )
    return parser


def _question_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> argparse.ArgumentParser:
    """Adds `ask`, with the arguments of all questions; each refuses those that it does not take."""
    parser = subparsers.add_parser(
        "ask",
        help="a question about a diagnosis: why, how sure, what next, ...",
        epilog=f"{FINDINGS}\n{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("question", help=f"one of {', '.join(QUESTIONS)}")
    parser.add_argument("network", help=NETWORK_HELP)
    parser.add_argument("findings", nargs="*", metavar="name=value", help="what was found")
    parser.add_argument("--target", help="the variable whose states are the causes")
    parser.add_argument("--rows", type=int, default=10, help="rows to show (default: %(default)s)")
    parser.add_argument("--html", action="store_true", help="print HTML, for a report")
    several: dict[str, str] = {
        "cause": "a cause or a group that it is about; may be repeated",
        "against": "explanation: what to compare with; may be repeated",
        "about": "next: a cause or a group to tell from all others; may be repeated",
        "kinds": "next: a kind of finding, such as history; may be repeated",
    }
    for name, words in several.items():
        parser.add_argument(f"--{name}", action="append", help=words)
    parser.add_argument(
        "--with",
        dest="other",
        action="append",
        metavar="name=value",
        help="compare: what is found too; may be repeated",
    )
    parser.add_argument("--level", type=float, help="intervals: share of the draws inside")
    parser.add_argument("--threshold", type=float, help="settled: probability that is wanted")
    for name, words in {
        "draws": "intervals: of the network's numbers",
        "patients": "conflict: simulated",
        "orders": "explanation, compare: drawn where there are many findings",
        "seed": "of what is drawn",
    }.items():
        parser.add_argument(f"--{name}", type=int, help=words)
    parser.set_defaults(run=commands.ask)
    return parser
