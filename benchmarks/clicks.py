"""How long a click in the explorer takes in the kernel: `python benchmarks/clicks.py`."""

from __future__ import annotations

import statistics
import sys
import time
from types import SimpleNamespace

import IPython
import ipywidgets
import numpy as np

import twitchbayes as tb

CLICKS = 200


def clicks(model: tb.DiagnosticModel, seed: int) -> tuple[float, list[float]]:
    """Returns the seconds that the widgets take to be made, and those of each click."""
    generator = np.random.default_rng(seed)
    before = set(ipywidgets.widgets.widget._instances)
    start = time.perf_counter()
    explorer = model.explore()
    explorer._repr_mimebundle_()
    made = time.perf_counter() - start
    controls = [
        widget
        for key, widget in ipywidgets.widgets.widget._instances.items()
        if key not in before and isinstance(widget, ipywidgets.ToggleButtons)
    ]
    taken = []
    for _ in range(CLICKS):
        control = generator.choice(len(controls))
        options = [value for _, value in controls[control].options]
        start = time.perf_counter()
        controls[control].value = int(generator.choice(options))
        taken.append(time.perf_counter() - start)
    return made, taken


if __name__ == "__main__":
    # a kernel without a front end: what is sent goes nowhere, but is computed
    IPython.get_ipython = lambda: SimpleNamespace(kernel=object())
    for name in sys.argv[1:] or ["leg_twitch", "asia"]:
        made, taken = clicks(tb.load(name), seed=0)
        taken.sort()
        print(
            f"{name}: widgets made in {made * 1e3:.0f} ms; a click takes "
            f"{statistics.median(taken) * 1e3:.0f} ms, the slowest of {CLICKS} "
            f"{taken[-1] * 1e3:.0f} ms"
        )
