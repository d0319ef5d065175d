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


def _networks() -> dict[str, Path]:
    """Returns where the bundled networks are, by name."""
    folder = _folder()
    headers = sorted(folder.glob(f"*/{HEADER_FILE}"))
    files = {header.parent.name: header.parent for header in headers}
    return files | {file.stem: file for file in sorted(folder.glob("*.toml"))}


def bundled_path(name: str) -> Path | None:
    """Returns where the bundled network of that name is, or None where there is none."""
    return _networks().get(name)


def bundled_headers() -> list[dict[str, str]]:
    """Returns name, title, version and description of every bundled network, by name."""
    headers = []
    for path in _networks().values():
        file = path / HEADER_FILE if path.is_dir() else path
        about = tomllib.loads(file.read_text(encoding="utf-8"))["network"]
        headers.append(
            {key: about.get(key, "") for key in ("name", "title", "version", "description")}
        )
    return sorted(headers, key=lambda header: header["name"])
