"""Lines of text of a width that is read everywhere."""

from __future__ import annotations

import textwrap
import unicodedata

__all__ = ["WIDTH", "filled", "hanging", "wrapped"]

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


def filled(label: str, width: int) -> str:
    """Returns a label filled with blanks to a width, before numbers in columns.

    After letters that are read from right to left numbers would be, too, each under another's
    heading; a mark (U+200E) keeps them in their columns.

    Example:
        >>> filled("one", 5)
        'one  '
    """
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in label)
    mark = "\N{LEFT-TO-RIGHT MARK}" if turned else ""
    return label + mark + " " * (width - len(label))
