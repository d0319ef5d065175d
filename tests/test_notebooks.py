"""The notebooks run from top to bottom, and show what they were committed with."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from execute import HERE, NOTEBOOKS, WIDGETS, run, texts

MOST_BYTES = 150_000
NOTICE = "not a medical device"


@pytest.fixture(scope="module")
def executed() -> dict[str, nbformat.NotebookNode]:
    """All of them, side by side: a kernel takes seconds to start."""
    return dict(zip((path.name for path in NOTEBOOKS), run(NOTEBOOKS), strict=True))


def test_there_are_six() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == ["01_", "02_", "03_", "04_", "05_", "06_"]


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_a_notebook_shows_what_it_was_committed_with(
    name: str, executed: dict[str, nbformat.NotebookNode]
) -> None:
    """Where this fails because something changed on purpose, `make notebooks` writes them anew."""
    committed = nbformat.read(HERE / name, as_version=4)
    assert list(texts(executed[name])) == list(texts(committed))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_small_ends_in_an_assert_and_holds_nothing_that_changes(path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert "assert " in notebook.cells[-1].source
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert shown
    assert not any(output.output_type == "error" for output in shown)
    assert not any(WIDGETS in output.get("data", {}) for output in shown)
    assert all(cell.metadata == {} for cell in notebook.cells)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_tells_no_machine_and_runs_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert str(HERE) not in text
    assert "/tmp/" not in text
