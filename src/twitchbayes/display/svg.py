"""Inline SVG that every front end draws: no script, style sheet, font, reference or identifier.

What is text takes the colour of the page, and every other colour has a contrast of at least 3 to 1
on white and on the dark themes' ground. Where a front end takes SVG away, as GitHub does and
JupyterLab with what it does not trust, words inside it may be left standing as plain text; so a
picture has its words outside, and a drawing that cannot do without keeps them apart by commas.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["BLUE", "COLOURS", "ORANGE", "number", "picture", "text_width"]

BLUE, ORANGE = "#4a86c5", "#c0632b"

COLOURS = (BLUE, ORANGE, "#2f8f9d", "#9065c0", "#3d8f6f", "#c2504f", "#b5722a", "#a05ab0")
"""Of things that are told apart by their place or their shape, too."""

NARROW, WIDE = " .,:;!'|()[]{}/-filjtrI\"", "mwMWQOG%@&_"


def picture(
    width: float, height: float, words: str, body: Iterable[str], style: str = "max-width:none"
) -> str:
    """Returns a picture of a size in pixels, with what it shows in words."""
    # the display is said, as some style sheets make pictures blocks as wide as the page
    return (
        f'<svg role="img" aria-label="{escape(words)}" '
        f'width="{number(width)}" height="{number(height)}" '
        f'viewBox="0 0 {number(width)} {number(height)}" '
        f'style="display:inline-block;vertical-align:middle;{style}">{"".join(body)}</svg>'
    )


def number(value: float) -> str:
    """Returns a coordinate to a tenth of a pixel.

    Example:
        >>> number(12.04), number(3.0), number(-0.01)
        ('12', '3', '0')
    """
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def text_width(words: str, size: float) -> float:
    """Returns how wide a text is at most, in pixels, in the usual fonts without serifs.

    No font is asked, as the page's is not known; the letters are as wide as those of Arial and a
    little more.
    """
    ems = 0.0
    for letter in words:
        if ord(letter) >= 0x1100:  # from here on letters are as wide as high
            ems += 1.05
        elif letter in NARROW:
            ems += 0.36
        elif letter in WIDE:
            ems += 0.97
        else:
            ems += 0.75 if letter.isupper() else 0.6
    return ems * size
