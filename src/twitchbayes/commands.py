"""What each command of the command line prints."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import twitchbayes
from twitchbayes.display import reports, text
from twitchbayes.display.rows import NOTICE
from twitchbayes.errors import QueryError
from twitchbayes.evidence import resolve
from twitchbayes.questions import Result
from twitchbayes.questions import named as questions
from twitchbayes.rendering import variable_rows
from twitchbayes.reporting import check_rows, fidelity_rows
from twitchbayes.typed import parse_findings
from twitchbayes.values import is_missing

if TYPE_CHECKING:
    import pandas as pd

    from twitchbayes import Conflict, Diagnosis, Network, Settled, Variable

__all__ = ["BROKEN", "Answer", "ask", "check", "describe", "diagnose", "fidelity", "networks"]

BROKEN = 3
"""The exit status of a check that found a broken invariant."""


class Answer(NamedTuple):
    """What is printed, and the exit status."""

    text: str
    status: int = 0


def networks(options: argparse.Namespace) -> Answer:
    """Returns the bundled networks."""
    frame = twitchbayes.networks()
    if options.json:
        return _json(_records(frame))
    width = max(map(len, frame.index))
    return Answer(
        "\n".join(
            f"{name:<{width}}  {row['version']:<8}  {row['title']}"
            for name, row in frame.iterrows()
        )
    )


def describe(options: argparse.Namespace) -> Answer:
    """Returns a network, or one of its variables with all its numbers."""
    model = twitchbayes.load(options.network)
    network = model.network
    if options.variable is None:
        if not options.json:
            return Answer(str(model))
        variables = [_variable(variable) for variable in network.variables]
        return _json(_header(network) | _about(network) | {"variables": variables})
    variable, _ = resolve(network, options.variable)
    if not options.json:
        return Answer(text.variable_text(variable_rows(network, variable.name)))
    parts = {
        key: _records(frame[frame["variable"] == variable.name])
        for key, frame in (("numbers", model.estimates()), ("codes", model.codes()))
    }
    return _json(_header(network) | _variable(variable) | parts)


def diagnose(options: argparse.Namespace) -> Answer:
    """Returns the posterior of every cause."""
    dx = _diagnosis(options)
    if options.report is not None:
        dx.report(options.report)
    if not options.json:
        return Answer(str(dx))
    return _json(
        _header(dx.model.network)
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


def ask(options: argparse.Namespace) -> Answer:
    """Returns the answer to a question about a diagnosis, as text, HTML or JSON."""
    dx = _diagnosis(options)
    given: dict[str, object] = {
        name: getattr(options, name)
        for name in ("level", "threshold", "draws", "patients", "orders", "seed")
        if getattr(options, name) is not None
    }
    for name in ("cause", "against", "about", "kinds"):
        words = getattr(options, name)
        if words is not None:
            given[name] = words[0] if len(words) == 1 else words
    if options.other is not None:
        given["other"] = dx.update(parse_findings(dx.model.network, options.other))
    if not options.json:
        shown = dx.show(options.question, rows=options.rows, **given)
        return Answer(shown.html if options.html else shown.text)
    answer = questions.ask(dx, options.question, given).answer
    return _json(
        _header(dx.model.network)
        | {"question": options.question, "evidence": _records(dx.evidence)}
        | _answered(answer)
        | {"notice": NOTICE}
    )


def _diagnosis(options: argparse.Namespace) -> Diagnosis:
    model = twitchbayes.load(options.network, target=options.target)
    if model.network.target is None:
        raise QueryError(
            f"{model.network.name} names no target; give --target, the variable whose states are "
            "the causes"
        )
    return model.diagnose(parse_findings(model.network, options.findings))


def _answered(answer: pd.DataFrame | Conflict | Settled) -> dict[str, Any]:
    """Returns an answer's rows, and what else it says."""
    if not dataclasses.is_dataclass(answer):
        more = {str(name): value for name, value in answer.attrs.items() if name != "network"}
        return more | {"rows": _records(answer)}
    fields = {field.name: getattr(answer, field.name) for field in dataclasses.fields(answer)}
    del fields["network"]
    if "findings" in fields:
        fields["rows"] = _records(fields.pop("findings"))
    return fields


def fidelity(options: argparse.Namespace) -> Answer:
    """Returns published figures against what a network implies."""
    model = twitchbayes.load(options.network)
    frame = model.fidelity()
    if options.json:
        return _json(_header(model.network) | {"figures": _records(frame)})
    return Answer(reports.fidelity_text(fidelity_rows(model.network, frame, every=options.all)))


def check(options: argparse.Namespace) -> Answer:
    """Returns whether a network obeys its invariants; the status says so, too."""
    model = twitchbayes.load(options.network)
    frame = model.check(options.cases)
    status = 0 if frame["holds"].all() else BROKEN
    if options.json:
        return _json(_header(model.network) | {"invariants": _records(frame)}, status)
    return Answer(reports.check_text(check_rows(model.network, frame)), status)


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
    table = frame.reset_index() if any(frame.index.names) else frame
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _plain(value: object) -> object:
    """Returns a cell as JSON has it; results of a finding by their names."""
    if isinstance(value, tuple) and value and isinstance(value[0], Result):
        return [result._asdict() for result in value]
    return None if is_missing(value) else value


def _json(value: object, status: int = 0) -> Answer:
    return Answer(json.dumps(value, indent=2, allow_nan=False), status)
