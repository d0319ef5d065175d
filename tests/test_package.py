"""The wheel holds all that is needed, and works where the repository is not."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_networks_and_the_types(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "twitchbayes/py.typed" in names
    assert "twitchbayes/networks/asia.toml" in names
    in_repository = {path.name for path in (ROOT / "networks" / "leg_twitch").iterdir()}
    in_wheel = {
        Path(name).name for name in names if name.startswith("twitchbayes/networks/leg_twitch/")
    }
    assert in_wheel == in_repository
    assert not [name for name in names if name.startswith(("tests", "docs"))]


def test_the_wheel_diagnoses_outside_the_repository(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    pip += ["--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    script = (
        f"import sys; sys.path.insert(0, {str(target)!r})\n"
        "import twitchbayes as tb\n"
        f"assert tb.__file__.startswith({str(target)!r}), tb.__file__\n"
        "from twitchbayes.io.bundled import bundled_path\n"
        f"assert str(bundled_path('leg_twitch')).startswith({str(target)!r})\n"
        "dx = tb.load('leg_twitch').diagnose(timing='falling_asleep', pain='none', age=34)\n"
        "print(dx.groups.idxmax(), list(tb.networks().index))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == "benign ['asia', 'leg_twitch']\n"
