"""Lines of text of a width that is read everywhere."""

from __future__ import annotations

import textwrap

__all__ = ["WIDTH", "hanging", "wrapped"]

WIDTH = 79


def hanging(first: str, words: str, indent: str = "  ") -> list[str]:
    """Wraps words after a beginning, the further lines indented as far.

    Example:
        >>> hanging("Note: ", "short", indent="")
        ['Note: short']
    """
    beginning = indent + first
    return wrapped(words, WIDTH, beginning, " " * min(len(beginning), WIDTH // 2)) or [beginning]


def wrapped(words: str, width: int, first: str = "", further: str = "") -> list[str]:
    """Returns words in lines; a word that is too long, or hyphenated, stays in one."""
    return textwrap.wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
