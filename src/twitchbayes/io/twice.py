"""What a NET, XMLBIF or XDSL file says twice, or in a way that pgmpy passes over in silence."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from pathlib import Path

from twitchbayes.errors import FormatError
from twitchbayes.io.bif import without_comments
from twitchbayes.rules.limits import repeated

__all__ = ["check_net", "check_xdsl", "check_xmlbif"]

NODE = re.compile(r"\bnode\s+([\w-]+)")
POTENTIAL = re.compile(r"\bpotential\s*\(\s*([\w-]+)")


def check_net(text: str, path: Path) -> None:
    """Refuses a NET file that declares or defines a variable twice.

    Raises:
        FormatError: names the variable.
    """
    text = without_comments(text, path)
    _once(NODE.findall(text), "node", path)
    _once(POTENTIAL.findall(text), "potential", path)


def check_xmlbif(text: str, path: Path) -> None:
    """Refuses an XMLBIF file that declares or defines a variable twice.

    Raises:
        FormatError: not XML; or names the variable.
    """
    root = _xml(text, path)
    _once((of.findtext("NAME", "") for of in root.iter("VARIABLE")), "VARIABLE", path)
    definitions = list(root.iter("DEFINITION"))
    _once((of.findtext("FOR", "") for of in definitions), "DEFINITION", path)
    tables = (of.findtext("FOR", "") for of in definitions for _ in of.iter("TABLE"))
    _once(tables, "TABLE", path)


def check_xdsl(text: str, path: Path) -> None:
    """Refuses an XDSL file that declares a variable twice, or that pgmpy's reader would misread.

    Raises:
        FormatError: not XML; or says what is wrong.
    """
    nodes = _xml(text, path).findall("nodes/*")
    if "created by pyAgrum" in text:
        raise FormatError(
            f"{path} is by pyAgrum, whose XDSL has the parents of a table in another order than "
            "GeNIe's; save it as .bif there"
        )
    kinds = sorted({node.tag for node in nodes} - {"cpt"})
    if kinds:
        raise FormatError(
            f"{path} has nodes of the kind {', '.join(kinds)}; only chance nodes with a full table "
            "(cpt) can be read, convert the others in GeNIe first"
        )
    _once((node.get("id", "") for node in nodes), "cpt", path)


def _xml(text: str, path: Path) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise FormatError(f"{path} is not XML: {error}") from None


def _once(names: Iterable[str], what: str, path: Path) -> None:
    for name in repeated(name.strip() for name in names):
        raise FormatError(f"{path}: variable {name!r} has two of `{what}`; keep one")
