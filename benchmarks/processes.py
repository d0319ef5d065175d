"""What only a process of its own shows: how long a start takes, and the most memory held."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from cases import Codes
from timing import table_row

__all__ = ["memory", "start_up"]

DIAGNOSIS = """\
import twitchbayes as tb
print(tb.load("leg_twitch").diagnose(timing="falling_asleep", pain="none", age=34))
"""

IMPORT = """\
import time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""

PEAK = """\
import sys
from pathlib import Path
import numpy as np
import pandas as pd
import twitchbayes as tb

def now(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(field))

model = tb.load("leg_twitch")
cases = np.load(sys.argv[1])
work = model.posteriors
if sys.argv[2] == "frame":
    columns = zip(model.network.variables, cases.T)
    cases = pd.DataFrame({
        variable.name: pd.Categorical.from_codes(column, variable.states)
        for variable, column in columns
        if (column >= 0).any()
    })
    work = model.diagnose_frame
Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
before = now("VmRSS")
answer = work(cases)
print(now("VmHWM") - before - np.asarray(answer).nbytes)
"""


def start_up(rounds: int) -> None:
    """Prints how long an import and a whole diagnosis take, against those of NumPy and pandas."""
    imports: dict[str, list[float]] = {"numpy": [], "twitchbayes": []}
    wholes: dict[str, list[float]] = {"import pandas": [], DIAGNOSIS: []}
    for _ in range(rounds):
        for module, seconds in imports.items():
            seconds.append(float(_run(IMPORT.format(module=module))))
        for script, seconds in wholes.items():
            start = time.perf_counter()
            _run(script)
            seconds.append(time.perf_counter() - start)
    # the first round reads the files from disk
    numpy, ours = (statistics.median(seconds[1:]) for seconds in imports.values())
    _at_most("import twitchbayes", "import numpy", numpy, ours, 1.2)
    pandas, ours = (statistics.median(seconds[1:]) for seconds in wholes.values())
    _at_most("a process: load leg_twitch, print a diagnosis", "import pandas", pandas, ours, 2)


def memory(codes: Codes) -> None:
    """Prints the most memory that a batch holds above its inputs and outputs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "codes.npy"
        np.save(path, codes)
        for what, name in (("codes", "posteriors"), ("frame", "diagnose_frame, categories")):
            work = f"leg_twitch, {name}, peak memory of {len(codes):,} cases"
            if not Path("/proc/self/clear_refs").exists():
                table_row(work, "-", "-", "not measured: no /proc here", "-", "-", "-", "-")
                continue
            mega = float(_run(PEAK, str(path), what)) / 1e6
            reached = "yes" if mega < 300 else "no"
            table_row(work, "-", "-", f"{mega:,.0f} MB", "-", "under 300 MB", reached, "-")


def _at_most(work: str, against: str, theirs: float, ours: float, mark: float) -> None:
    ratio = ours / theirs
    table_row(
        work,
        against,
        f"{1e3 * theirs:,.0f} ms",
        f"{1e3 * ours:,.0f} ms",
        f"{ratio:.3g} x as long",
        f"at most {mark:g} x",
        "yes" if ratio <= mark else "no",
        "-",
    )


def _run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout
