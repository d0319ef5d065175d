"""Networks from and to files: the format goes by the file's suffix."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from twitchbayes.errors import FormatError, NetworkError
from twitchbayes.io.bif import check_bif
from twitchbayes.io.opening import Texts, mode_of
from twitchbayes.io.pgmpy_models import import_pgmpy, network_from_pgmpy, network_to_pgmpy
from twitchbayes.io.tables import from_tables
from twitchbayes.io.toml_files import HEADER_FILE, read_cited
from twitchbayes.io.twice import check_net, check_xdsl, check_xmlbif
from twitchbayes.io.uai import read_uai_tables, uai_text
from twitchbayes.io.writing import cited_text, destination, write_text
from twitchbayes.network import Network

__all__ = ["read_network", "write_network"]

PGMPY_FORMATS = {".bif": "BIF", ".xmlbif": "XMLBIF", ".net": "NET", ".xdsl": "XDSL"}
DECLARATIONS = {".bif": "variable", ".xmlbif": "<VARIABLE", ".net": "node", ".xdsl": "<cpt"}
"""What declares a variable."""

CHECKS = {".bif": check_bif, ".xmlbif": check_xmlbif, ".net": check_net, ".xdsl": check_xdsl}
"""What refuses a file that pgmpy's reader would take otherwise than it was meant."""

ORDINARY = re.compile("[A-Za-z0-9_]+")
"""Names that every format keeps."""

SUFFIXES = (".toml", *PGMPY_FORMATS, ".uai")
PRECISION = 1e-6
"""A file holds a network if its tables, read again, are no further from the network's than this."""


def read_network(path: Path, target: str | None = None) -> Network:
    """Reads a network from a file, or from a folder of the cited format.

    The suffix says the format: `.toml`, `.bif`, `.xmlbif`, `.net`, `.xdsl` or `.uai`; all but
    `.toml` also gzipped (`.bif.gz`).

    Args:
        path: file or folder.
        target: the variable whose states are the causes; overrides the file's.

    Raises:
        FormatError: no such file, an unknown suffix, or not readable as what the suffix says.
        NetworkError: the network is not valid; lists every problem.
    """
    mode = mode_of(path)
    if mode is None:
        raise FormatError(f"there is no file or folder {path}")
    if stat.S_ISDIR(mode):
        if mode_of(path / HEADER_FILE) is None:
            raise FormatError(f"the folder {path} holds no {HEADER_FILE}, so it is no network")
        return _with_target(read_cited(path), target)
    suffix = _suffix(path)
    if suffix == ".toml":
        return _with_target(read_cited(path), target)
    text = Texts().read(path)
    if not text.strip():
        raise FormatError(f"{path} is empty")
    name = path.name[: path.name.lower().rindex(suffix)] or "network"
    title = f"Imported from {path.name}"
    if suffix == ".uai":
        return from_tables(read_uai_tables(text, path), name=name, title=title, target=target)
    model = _pgmpy_model(suffix, text, path)
    return network_from_pgmpy(model, name=name, title=title, target=target)


def write_network(network: Network, path: Path) -> None:
    """Writes a network in the format of the path's suffix, whole or not at all.

    Only `.toml` keeps everything; the others keep the names, the states and the tables (`.net` to
    eight decimals), `.uai` only the tables.

    Raises:
        FormatError: an unknown suffix, a place where nothing can be written, or the format cannot
            hold this network.
    """
    suffix = _suffix(path)
    if path.suffix.lower() == ".gz":
        raise FormatError(f"cannot write {path.name}: leave off .gz")
    file = destination(path)
    if suffix == ".toml":
        text = cited_text(network)
    elif suffix == ".uai":
        text = uai_text(network)
    else:
        text = _pgmpy_text(network, suffix)
    write_text(file, text)


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    suffix = suffixes[0] if suffixes[-1:] == [".gz"] else "".join(suffixes[-1:])
    if suffix not in SUFFIXES or path.name.lower().endswith(".toml.gz"):
        raise FormatError(
            f"{path.name}: unknown format {suffix or '(no suffix)'}; use one of "
            f"{', '.join(SUFFIXES)}"
        )
    return suffix


def _with_target(network: Network, target: str | None) -> Network:
    if target is None or target == network.target:
        return network
    flags = tuple(flag for flag in network.red_flags if target not in dict(flag.when))
    return dataclasses.replace(network, target=target, groups=(), red_flags=flags, invariants=())


def _pgmpy_model(suffix: str, text: str, path: Path) -> Any:
    """Returns the pgmpy model that a text describes, once nothing is left to be misread."""
    name = PGMPY_FORMATS[suffix]
    if "<!ENTITY" in text:
        raise FormatError(f"{path} declares XML entities, which a network has no use for")
    CHECKS[suffix](text, path)
    if DECLARATIONS[suffix] not in text:
        raise FormatError(f"{path} has no variables; {name} has `{DECLARATIONS[suffix]}` for each")
    try:
        return _parsed(suffix, text)
    except _LostError as lost:
        raise FormatError(f"{path} cannot be read as {name}; pgmpy's reader says: {lost}") from lost


class _LostError(Exception):
    """What pgmpy raised where it was lost; nothing of ours is taken for it."""


@contextlib.contextmanager
def _pgmpy_may_be_lost() -> Iterator[None]:
    """Makes one error of whatever pgmpy's readers and writers raise, but for the file system's."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise _LostError(f"{type(error).__name__}: {error}") from error


def _parsed(suffix: str, text: str) -> Any:
    reader = getattr(import_pgmpy("readwrite"), f"{PGMPY_FORMATS[suffix]}Reader")
    with _pgmpy_may_be_lost():
        # without a line end, pgmpy passes over the last block of a BIF file
        return reader(string=f"{text}\n").get_model()


def _pgmpy_text(network: Network, suffix: str) -> str:
    """Returns the text that pgmpy writes, once it is clear that it holds the network."""
    writer = getattr(import_pgmpy("readwrite"), f"{PGMPY_FORMATS[suffix]}Writer")
    model = network_to_pgmpy(network)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"network{suffix}"
            with _pgmpy_may_be_lost():
                writer(model).write(str(path))
                text = path.read_text(encoding="utf-8")
        again = network_from_pgmpy(_parsed(suffix, text), name=network.name, title=network.title)
    except OSError as error:
        raise FormatError(
            f"cannot save {network.name} as {suffix}: a temporary folder is needed, and "
            f"{error.strerror}"
        ) from None
    except (_LostError, NetworkError) as error:
        raise FormatError(_not_kept(network, suffix)) from error
    for variable in network.variables:
        other = again.by_name.get(variable.name)
        if other is None or (other.states, other.parents) != (variable.states, variable.parents):
            raise FormatError(_not_kept(network, suffix))
        ours, theirs = network.table(variable.name), again.table(variable.name)
        if (
            not np.allclose(ours, theirs, rtol=0, atol=PRECISION)
            or ((ours > 0) & (theirs == 0)).any()
        ):
            raise FormatError(
                f"{network.name} cannot be saved as {suffix}: the table of {variable.name} is not "
                "kept, a number was changed, or rounded to zero; save it as .toml or .xdsl"
            )
    return text


def _not_kept(network: Network, suffix: str) -> str:
    """Says that a format does not keep the names, and which are the likely ones."""
    names = [name for variable in network.variables for name in (variable.name, *variable.states)]
    odd = [name for name in dict.fromkeys(names) if not ORDINARY.fullmatch(name)]
    which = f"such as {', '.join(map(repr, odd[:5]))}" if odd else "or two states of one name"
    return (
        f"{network.name} cannot be saved as {suffix}: pgmpy's writer does not keep its names, "
        f"{which}; use letters, digits and _ alone, or save it as .toml"
    )
