"""What the documents show is true."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

import twitchbayes as tb
from twitchbayes.estimate import GRADES, TIERS, Estimate, Source
from twitchbayes.figure import REASONS, Figure
from twitchbayes.invariant import LAWS, Invariant
from twitchbayes.io.csv_tables import TABLES
from twitchbayes.network import Measurement, Network, RedFlag, Variable
from twitchbayes.rules import limits
from twitchbayes.terminology import FITS, Code, CodeSystem

ROOT = Path(__file__).resolve().parents[1]
FORMAT = (ROOT / "docs" / "network-format.md").read_text(encoding="utf-8")


def test_the_example_of_the_format_page_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", FORMAT, flags=re.DOTALL)
    path = tmp_path / "small.toml"
    path.write_text(example, encoding="utf-8")
    model = tb.load(path)
    dx = model.diagnose(age=62, weakness=True)
    assert dx.posterior["nerve"] > 0.5
    assert dx.red_flags.index.tolist() == ["weakness"]


OWNERS = [Network, Variable, Measurement, RedFlag, Estimate, Source]
OWNERS += [Figure, Invariant, Code, CodeSystem]


@pytest.mark.parametrize("owner", OWNERS)
def test_the_format_page_names_every_key(owner: type) -> None:
    internal = {"id", "distribution", "variables"}
    for field in owner.__dataclass_fields__:
        assert f"`{field}`" in FORMAT or f"[{field}." in FORMAT or field in internal, field


def test_the_format_page_names_the_closed_lists_and_bounds() -> None:
    reasons = [f"{reason}:" for reason in REASONS]
    for word in (*GRADES, *TIERS, *limits.KINDS, *limits.ACTIONS, *reasons, *LAWS, *FITS):
        assert f"`{word}`" in FORMAT
    for bound in (limits.MAX_VARIABLES, limits.MAX_STATES, limits.MAX_TABLE, limits.MAX_ROWS):
        assert f"{bound:,}" in FORMAT


def test_the_format_page_names_the_columns_of_every_table() -> None:
    for file, columns in TABLES.items():
        assert f"| `{file}` | {', '.join(f'`{column}`' for column in columns)} |" in FORMAT


def test_the_figures_and_invariants_of_the_format_page_can_be_read(tmp_path: Path) -> None:
    """Added to leg_twitch, whose names they use."""
    blocks = re.findall(r"```\n(\[.*?)```", FORMAT, flags=re.DOTALL)
    assert [block.split("\n")[0] for block in blocks] == ["[[figures]]", "[invariants.fever]"]
    path = tmp_path / "whole.toml"
    network = tb.load("leg_twitch").network
    tb.DiagnosticModel(dataclasses.replace(network, figures=(), invariants=())).save(path)
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(blocks), encoding="utf-8")
    model = tb.load(path)
    assert model.fidelity()["faithful"].tolist() == [True]
    assert model.check()["holds"].tolist() == [True]


def test_the_readme_counts_the_numbers(leg_twitch: tb.DiagnosticModel) -> None:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    count = leg_twitch.estimates()["grade"].value_counts()
    assert (
        f"Of the {count.sum()} numbers of `leg_twitch` {leg_twitch.network.version}, "
        f"{count['measured']} are measured, {count['derived']} derived, {count['weak']} weak and "
        f"{count['judged']} judged"
    ) in readme


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("http") or (ROOT / target).exists(), target


def test_versions_agree() -> None:
    assert f"version: {tb.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {tb.__version__} (" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
