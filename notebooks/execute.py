"""Runs the notebooks from top to bottom, and keeps of their outputs what is the same every time.

`python notebooks/execute.py` (`make notebooks`) writes them back; the tests run them and compare.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGETS = "application/vnd.jupyter.widget-view+json"
LONGEST = 120


async def executed(path: Path, turn: asyncio.Semaphore) -> nbformat.NotebookNode:
    """Returns a notebook with the outputs of a run of its own, stripped of what changes.

    What changes is when it ran, and the widgets, which live only as long as the kernel; the static
    view of the explorer stays.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=LONGEST,
        kernel_name="python3",
        resources={"metadata": {"path": str(HERE)}},
        extra_arguments=["--log-level=ERROR"],
        coalesce_streams=True,
    )
    async with turn:
        await client.async_execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = nbformat.from_dict({})
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(WIDGETS, None)
            output.get("metadata", {}).clear()
    return notebook


def texts(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, str]]:
    """Yields the source of every cell and what it shows as text and as HTML."""
    for cell in notebook.cells:
        shown = [
            output["text"]
            if output.output_type == "stream"
            else output.data["text/plain"] + output.data.get("text/html", "")
            for output in cell.get("outputs", ())
            if output.output_type != "error"
        ]
        # where an object lies in memory is no output
        yield cell.source, re.sub(r" at 0x[0-9a-f]+", "", "\n".join(shown))


def run(paths: Sequence[Path]) -> list[nbformat.NotebookNode]:
    """Returns several notebooks, executed side by side."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each has its own processor already

    async def together() -> list[nbformat.NotebookNode]:
        turn = asyncio.Semaphore(max(2, os.cpu_count() or 2))
        return await asyncio.gather(*(executed(path, turn) for path in paths))

    return asyncio.run(together())


if __name__ == "__main__":
    named = [HERE / name for name in sys.argv[1:]] or NOTEBOOKS
    for path, notebook in zip(named, run(named), strict=True):
        nbformat.write(notebook, path)
        print(f"{path.name}: {path.stat().st_size // 1000} kB")
