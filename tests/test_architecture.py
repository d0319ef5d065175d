"""What holds the tree together: imports point down, one door, a quiet import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import twitchbayes as tb

SOURCE = Path(tb.__file__).parent

# each may import what stands before it, and its own folder
LAYERS = [
    "errors",
    "estimate",
    "distribution",
    "rules",
    "network",
    "values",
    "evidence",
    "cases",
    "engine",
    "io",
    "display",
    "red_flags",
    "listing",
    "verification",
    "rendering",
    "diagnosis",
    "most_probable",
    "model",
    "loading",
    "__init__",
    "cli",
    "__main__",
]
# the display knows no medicine, and the engine nothing of findings
NOT_FROM = {
    "display": set(LAYERS) - {"display"},
    "engine": {"values", "evidence", "cases", "io"},
    "io": {"values", "evidence", "cases", "engine"},
}


def imports(path: Path) -> set[str]:
    """The layers that a file imports at run time; what only a type checker reads is left out."""
    found = set()

    class Visitor(ast.NodeVisitor):
        def visit_If(self, node: ast.If) -> None:
            if ast.unparse(node.test) != "TYPE_CHECKING":
                self.generic_visit(node)

        def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
            module = (node.module or "").split(".")
            if module[0] == "twitchbayes":
                names = [module[1]] if len(module) > 1 else [alias.name for alias in node.names]
                found.update(name if name in LAYERS else "__init__" for name in names)

        def visit_Import(self, node: ast.Import) -> None:
            found.update("__init__" for alias in node.names if alias.name == "twitchbayes")

    Visitor().visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize(
    "name", sorted(str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py"))
)
def test_imports_point_down(name: str) -> None:
    path = SOURCE / name
    layer = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    allowed = {*LAYERS[: LAYERS.index(layer)], layer} - NOT_FROM.get(layer, set())
    assert imports(path) <= allowed


def test_there_is_one_door() -> None:
    """The public names; whoever adds one adds it here, in the README and in the CHANGELOG."""
    assert sorted(tb.__all__) == [
        "Diagnosis",
        "DiagnosticModel",
        "Estimate",
        "EvidenceError",
        "FormatError",
        "Group",
        "ImpossibleEvidenceError",
        "Measurement",
        "Network",
        "NetworkError",
        "NoisyMax",
        "QueryError",
        "RedFlag",
        "Row",
        "Source",
        "Table",
        "TooWideError",
        "TwitchbayesError",
        "Variable",
        "Verification",
        "__version__",
        "from_pgmpy",
        "load",
        "networks",
    ]
    assert all(getattr(tb, name) is not None for name in tb.__all__)


def test_every_error_has_one_root() -> None:
    from twitchbayes import errors

    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    raised = [value for value in classes if issubclass(value, BaseException)]
    assert len(raised) == 7
    assert all(issubclass(error, tb.TwitchbayesError) for error in raised)


def test_import_is_quiet_and_light() -> None:
    """No output, no warning, no logging, and nothing heavy before it is used."""
    script = (
        "import sys, logging, twitchbayes\n"
        "heavy = {'pgmpy', 'pandas', 'sklearn', 'scipy', 'torch', 'matplotlib', 'networkx'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
        "assert not logging.root.handlers and logging.root.level == logging.WARNING\n"
        "twitchbayes.load('asia').diagnose(dysp=True)\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_verify_is_quiet_too() -> None:
    """What pgmpy warns of its own future is not the user's concern."""
    script = "import twitchbayes as tb; tb.load('asia').diagnose(dysp=True).verify()"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
