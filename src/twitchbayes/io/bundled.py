"""The networks that come with the package."""

from __future__ import annotations

import tomllib
from pathlib import Path

from twitchbayes.io.toml_files import HEADER_FILE

__all__ = ["bundled_headers", "bundled_path"]


def _folder() -> Path:
    """Returns the folder of the bundled networks: in the package, or beside `src` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "networks"
    return installed if installed.is_dir() else package.parents[1] / "networks"


def bundled_path(name: str) -> Path | None:
    """Returns where the bundled network of that name is, or None where there is none."""
    folder = _folder()
    if name != Path(name).name:
        return None
    file = folder / f"{name}.toml"
    if file.is_file():
        return file
    return folder / name if name and (folder / name / HEADER_FILE).is_file() else None


def bundled_headers() -> list[dict[str, str]]:
    """Returns name, title, version and description of every bundled network, by name."""
    folder = _folder()
    files = [*folder.glob("*.toml"), *folder.glob(f"*/{HEADER_FILE}")]
    headers = []
    for file in files:
        about = tomllib.loads(file.read_text(encoding="utf-8"))["network"]
        headers.append(
            {key: about.get(key, "") for key in ("name", "title", "version", "description")}
        )
    return sorted(headers, key=lambda header: header["name"])
