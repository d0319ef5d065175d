"""What holds the tree together: imports point down, one door, a quiet import."""

from __future__ import annotations

import ast
import pickle
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
    "event",
    "figure",
    "invariant",
    "terminology",
    "distribution",
    "rules",
    "network",
    "values",
    "evidence",
    "engine",
    "cases",
    "contradictions",
    "scoring",
    "io",
    "display",
    "red_flags",
    "listing",
    "wilson",
    "compiled",
    "fidelity",
    "sampling",
    "trials",
    "checking",
    "questions",
    "verification",
    "graphing",
    "rendering",
    "reporting",
    "showing",
    "frequencies",
    "plotting",
    "report",
    "pictures",
    "diagnosis",
    "typed",
    "exploring",
    "teaching",
    "most_probable",
    "case_tables",
    "accounts",
    "model",
    "loading",
    "__init__",
    "commands",
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
        "Code",
        "CodeSystem",
        "Conflict",
        "Diagnosis",
        "DiagnosticModel",
        "Estimate",
        "EvidenceError",
        "Explanation",
        "Exploration",
        "Explorer",
        "Figure",
        "FormatError",
        "Frequencies",
        "FrequencyTree",
        "Group",
        "Guess",
        "ImpossibleCasesWarning",
        "ImpossibleEvidenceError",
        "Invariant",
        "Measurement",
        "Network",
        "NetworkError",
        "NoisyMax",
        "Picture",
        "QueryError",
        "RedFlag",
        "Result",
        "Reveal",
        "Row",
        "Settled",
        "Shown",
        "Source",
        "Table",
        "TooWideError",
        "TwitchbayesError",
        "Variable",
        "Verification",
        "Vignette",
        "__version__",
        "from_pgmpy",
        "load",
        "networks",
    ]
    assert all(getattr(tb, name) is not None for name in tb.__all__)


def test_the_door_opens_to_the_same_names_for_people_and_type_checkers() -> None:
    """What a type checker reads, what is listed, and where a name comes from when asked for."""
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    block, hidden = (node for node in tree.body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    assert ast.unparse(hidden.test) == "not TYPE_CHECKING", "or every misspelt name would pass"
    assert [node.name for node in hidden.body] == ["__getattr__"]  # type: ignore[attr-defined]
    read = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert read == {name: f"twitchbayes.{home}" for name, home in tb._HOME.items()}
    assert sorted({*read, "__version__"}) == tb.__all__
    for name, module in read.items():
        value = getattr(tb, name)
        assert value.__module__ == module, "where it is defined, so that it can be pickled"
        assert pickle.loads(pickle.dumps(value)) is value
        assert vars(tb)[name] is value, "it is looked for once"


def test_the_door_shows_all_its_names() -> None:
    everything: dict[str, object] = {}
    exec("from twitchbayes import *", everything)
    assert set(tb.__all__) <= everything.keys()
    assert everything["load"] is tb.load
    assert set(tb.__all__) <= set(dir(tb))
    script = "import twitchbayes as tb; assert set(tb.__all__) <= set(dir(tb)); tb.lod"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "AttributeError: module 'twitchbayes' has no attribute 'lod'" in done.stderr
    assert "Did you mean: 'load'?" in done.stderr


def test_every_error_has_one_root() -> None:
    from twitchbayes import errors

    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    assert [value for value in classes if issubclass(value, Warning)] == [tb.ImpossibleCasesWarning]
    raised = [value for value in classes if issubclass(value, BaseException)]
    raised.remove(tb.ImpossibleCasesWarning)
    assert len(raised) == 7
    assert all(issubclass(error, tb.TwitchbayesError) for error in raised)


# what is not there before it is used: the numbers, the tables, the other programs
HEAVY = ("numpy", "pandas", "pgmpy", "sklearn", "scipy", "torch", "matplotlib", "networkx", "dask")
HEAVY += ("IPython", "ipywidgets")
OURS = "sorted(name for name in sys.modules if name.startswith('twitchbayes'))"


@pytest.mark.parametrize(
    ("does", "brings"),
    [
        ("", ()),
        ("tb.__version__; tb.__all__; dir(tb)", ()),
        ("tb.EvidenceError", ()),
        ("print(str(tb.load('leg_twitch').diagnose(babinski=True))[:0], end='')", ("numpy",)),
        ("m = tb.load('asia'); m.posteriors(np.full((2000, 8), -1))", ("numpy",)),
        ("tb.load('asia').diagnose(dysp=True).posterior", ("numpy", "pandas")),
        ("tb.load('asia').query('tub', dysp=True)", ("numpy", "pandas")),
    ],
)
def test_import_is_quiet_and_light(does: str, brings: tuple[str, ...]) -> None:
    """No output, no warning, no logging, and nothing heavy before it is used."""
    script = (
        "import sys\n"
        "import twitchbayes as tb\n"
        f"assert {OURS} == ['twitchbayes'], {OURS}\n"
        f"heavy = {set(HEAVY)}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
        f"{'import numpy as np' if 'np.' in does else ''}\n"
        f"{does}\n"
        f"assert heavy & sys.modules.keys() == {set(brings)}, heavy & sys.modules.keys()\n"
        "import logging\n"
        "assert not logging.root.handlers and logging.root.level == logging.WARNING\n"
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
