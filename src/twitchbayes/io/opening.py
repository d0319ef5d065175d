"""Opens files to read: regular files alone, and never more of them than the bound."""

from __future__ import annotations

import gzip
import stat
import zlib
from pathlib import Path

from twitchbayes.errors import FormatError

__all__ = ["MAX_BYTES", "Texts", "mode_of"]

MAX_BYTES = 2**26
"""Largest network that is read: 64 MiB of text, all its files together, unpacked."""


def mode_of(path: Path) -> int | None:
    """Returns the mode of what a path leads to (`os.stat`), or None where there is nothing.

    Raises:
        FormatError: the path is too long, leads in circles or through a closed folder, or is none.
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FormatError(f"cannot open {path}: {error.strerror}") from None
    except ValueError as error:  # an embedded null
        raise FormatError(f"cannot open {str(path)!r}: {error}") from None


class Texts:
    """Reads the files of one network as texts, at most `MAX_BYTES` of all together."""

    def __init__(self) -> None:
        self._left = MAX_BYTES

    def read(self, path: Path, folder: Path | None = None) -> str:
        """Returns the text of a file, unpacked where its name ends in `.gz`.

        Args:
            path: the file.
            folder: the folder that the file must be in, wherever its links lead.

        Raises:
            FormatError: not a regular file, not in the folder, not to be read, too large, no text.
        """
        mode = mode_of(path)
        if mode is None or not stat.S_ISREG(mode):
            raise FormatError(f"{path} is not a regular file; a network is read from nothing else")
        if folder is not None and path.resolve().parent != folder.resolve():
            raise FormatError(
                f"{path} is a link that leads out of the folder; put the file itself in its place"
            )
        try:
            with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
                data = file.read(self._left + 1)
            text = data.decode("utf-8-sig")
        except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FormatError(f"{path} is not text: {error}") from None
        except OSError as error:
            raise FormatError(f"cannot read {path}: {error.strerror}") from None
        self._left -= len(data)
        if self._left < 0:
            raise FormatError(
                f"{path} is too large: a network has at most {MAX_BYTES:,} bytes, all its files "
                "together and unpacked; no more are read"
            )
        return text.replace("\r\n", "\n")
