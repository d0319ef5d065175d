"""Writes a network in the cited format, and any file whole or not at all."""

from __future__ import annotations

import stat
import uuid
from collections.abc import Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import tomli_w

from twitchbayes.distribution import NoisyMax, Row
from twitchbayes.errors import FormatError
from twitchbayes.estimate import Estimate
from twitchbayes.figure import Figure
from twitchbayes.io.opening import mode_of
from twitchbayes.io.toml_files import FORMAT
from twitchbayes.network import Network, Variable

__all__ = ["cited_text", "destination", "write_text"]

HEADER = ("name", "title", "version", "date", "authors", "licence", "target")
PROSE = ("description", "population", "note")


def cited_text(network: Network) -> str:
    """Returns the network as the text of one TOML file; what is empty is left out."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "network": _fields(network, (*HEADER, *PROSE))
        | ({"costs": dict(network.costs)} if network.costs else {}),
        "groups": {group.name: _fields(group, ("label", "states")) for group in network.groups},
        "red_flags": {
            flag.name: _fields(flag, ("label", "action", "sources", "note"))
            | {"when": _when(flag.when)}
            for flag in network.red_flags
        },
        "invariants": {
            invariant.name: _fields(
                invariant, ("label", "causes", "law", "bound", "sources", "note")
            )
            | _events(invariant, ("when", "given"))
            for invariant in network.invariants
        },
        "code_systems": {
            system.name: _fields(system, ("title", "release", "link"))
            for system in network.code_systems
        },
        "variables": {variable.name: _variable(variable) for variable in network.variables},
        "sources": {
            source.id: _fields(
                source, ("title", "tier", "authors", "year", "journal", "doi", "pmid", "link")
            )
            for source in network.sources
        },
        "figures": [_figure(figure) for figure in network.figures],
        "codes": [_fields(code, code.__dataclass_fields__) for code in network.codes],
    }
    return tomli_w.dumps(
        {key: value for key, value in data.items() if value}, multiline_strings=False
    )


def destination(path: Path) -> Path:
    """Returns the file that a path means: where it is a symbolic link, what it leads to.

    Raises:
        FormatError: the folder does not exist, or something else than a file is there.
    """
    mode = mode_of(path)
    if mode is not None and not stat.S_ISREG(mode):
        raise FormatError(f"cannot write {path}: it is a folder or a device; name a file")
    file = path.resolve()
    if not file.parent.is_dir():
        raise FormatError(f"cannot write {path}: there is no folder {file.parent}")
    return file


def write_text(file: Path, text: str) -> None:
    """Writes a file in one step, so that no half-written file is ever left in its place.

    A file that is replaced keeps who may read and write it.

    Raises:
        FormatError: the file cannot be written.
    """
    temporary = file.with_name(f".{uuid.uuid4().hex}.part")
    mode = mode_of(file)
    try:
        temporary.touch(0o666 if mode is None else 0o600)
        temporary.write_text(text, encoding="utf-8", newline="\n")
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(file)
    except OSError as error:
        raise FormatError(f"cannot write {file}: {error.strerror}") from None
    except UnicodeEncodeError as error:
        raise FormatError(
            f"cannot write {file}: a text of the network is no text: {error}"
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def _fields(value: object, names: Iterable[str]) -> dict[str, Any]:
    """Returns the attributes that are not empty, tuples as arrays."""
    found = {name: getattr(value, name) for name in names}
    return {
        name: [_plain(element) for element in field] if isinstance(field, tuple) else _plain(field)
        for name, field in found.items()
        if field is not None and (field or not isinstance(field, str | tuple))
    }


def _plain(value: object) -> object:
    """Returns numbers of NumPy as Python's own, which are all that TOML is written from."""
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else value


def _when(when: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, Any]:
    return {name: states[0] if len(states) == 1 else list(states) for name, states in when}


def _events(value: object, names: Iterable[str]) -> dict[str, Any]:
    """Returns the events that are not empty, a table of states by variable each."""
    found = {name: getattr(value, name) for name in names}
    return {name: _when(event) for name, event in found.items() if event}


def _figure(figure: Figure) -> dict[str, Any]:
    events = ("found", "given")
    fields = [name for name in figure.__dataclass_fields__ if name not in events]
    return _fields(figure, fields) | _events(figure, events)


def _variable(variable: Variable) -> dict[str, Any]:
    data = _fields(variable, ("label", "kind", "states", "parents", "default", "note"))
    if variable.state_labels:
        data["state_labels"] = dict(variable.state_labels)
    if variable.measurement is not None:
        measurement = variable.measurement
        data["measurement"] = _fields(measurement, measurement.__dataclass_fields__)
        # an empty list of cuts (one band) is meant, not left out
        data["measurement"].setdefault("cuts", [])
    distribution = variable.distribution
    if isinstance(distribution, NoisyMax):
        data["links"] = [_row(link) for link in distribution.links]
        data["leak"] = _row(distribution.leak)
    else:
        data["rows"] = [_row(row) for row in distribution.rows]
    return data


def _row(row: Row) -> dict[str, Any]:
    data: dict[str, Any] = {"when": _when(row.when)} if row.when else {}
    if row.note:
        data["note"] = row.note
    data["p"] = {state: _estimate(estimate) for state, estimate in row.estimates}
    return data


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return _fields(estimate, ("value", "grade", "counts", "interval", "sources", "note"))
