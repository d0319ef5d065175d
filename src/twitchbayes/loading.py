"""Models by name, from files, and from pgmpy."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from twitchbayes.errors import FormatError, did_you_mean
from twitchbayes.io import (
    bundled_headers,
    bundled_path,
    mode_of,
    network_from_pgmpy,
    read_network,
)
from twitchbayes.model import DiagnosticModel

if TYPE_CHECKING:
    import pandas as pd
    from pgmpy.models import DiscreteBayesianNetwork

__all__ = ["from_pgmpy", "load", "networks"]


def networks() -> pd.DataFrame:
    """Returns the bundled networks: title, version and description, by name.

    Example:
        >>> import twitchbayes as tb
        >>> list(tb.networks().index)
        ['asia', 'leg_twitch']
    """
    import pandas as pd

    return pd.DataFrame(bundled_headers()).set_index("name")


def load(source: str | os.PathLike[str], *, target: str | None = None) -> DiagnosticModel:
    """Returns a model: a bundled network by its name, or one from a file.

    Args:
        source: the name of a bundled network (see `networks()`); or a path: a `.toml` file in the
            format of `docs/network-format.md` or a folder of them, or a `.bif`, `.xmlbif`, `.net`,
            `.xdsl` or `.uai` file, also gzipped. A path that could be a name is written `./name`.
        target: the variable whose states are the causes; overrides the file's, whose groups and
            invariants, and red flags on the new target, are then left out.

    Rows of imported tables that miss one by up to 0.01 are taken to be rounded, and normalised; in
    the project's own format that is an error. In UAI files the last variable of a table changes
    fastest, as the definition of the format has it; pyAgrum and pgmpy write them otherwise. The
    model is compiled for questions about its target, so that the first one is as fast as any.

    Raises:
        FormatError: no such network or file, or it cannot be read.
        NetworkError: the network is not valid; lists every problem with its path.

    Example:
        >>> import twitchbayes as tb
        >>> tb.load("leg_twitch").causes[:2]
        ('benign_idle', 'stress_related')
    """
    if not isinstance(source, (str, os.PathLike)):
        raise FormatError(f"load takes a name or a path, not {type(source).__name__}")
    bundled = bundled_path(source) if isinstance(source, str) else None
    path = bundled or Path(source)
    with contextlib.suppress(RuntimeError):  # ~ of a user who is not there
        path = path.expanduser()
    if not str(source) or (path.name == str(source) and not path.suffix and mode_of(path) is None):
        known = [header["name"] for header in bundled_headers()]
        near = did_you_mean(source, known) or f"; bundled are {', '.join(known)}"
        raise FormatError(f"there is no bundled network {source!r}, and no file of that name{near}")
    model = DiagnosticModel(read_network(path, target))
    model.prepare()
    return model


def from_pgmpy(
    model: DiscreteBayesianNetwork, *, target: str | None = None, name: str = "pgmpy_model"
) -> DiagnosticModel:
    """Returns a pgmpy model as a diagnostic model; its numbers are graded `weak`.

    Args:
        model: a `pgmpy.models.DiscreteBayesianNetwork` with a table for every node.
        target: the variable whose states are the causes.
        name: what to call the network.

    Raises:
        FormatError: not a pgmpy model.
        NetworkError: a node without a table, or a row that misses one by over 0.01; what misses it
            by less is taken to be rounded, and normalised.
    """
    if not hasattr(model, "get_cpds"):
        raise FormatError(
            f"from_pgmpy takes a pgmpy.models.DiscreteBayesianNetwork, not {type(model).__name__}"
        )
    return DiagnosticModel(
        network_from_pgmpy(model, name=name, title="Imported from pgmpy", target=target)
    )
