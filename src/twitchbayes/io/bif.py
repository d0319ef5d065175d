"""What a BIF file says twice, or otherwise than it announced.

Of two blocks or rows, pgmpy's reader takes the last without a word; and it takes memory for a table
before it looks at the numbers. So both are checked here, on the text, before pgmpy reads it.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from twitchbayes.errors import FormatError
from twitchbayes.rules.limits import (
    MAX_ENTRIES,
    MAX_PARENTS,
    MAX_STATES,
    MAX_TABLE,
    MAX_VARIABLES,
    repeated,
)

__all__ = ["check_bif", "without_comments"]

SKIPPED = re.compile(
    r'(?P<quoted>"[^"\\]*+(?:\\.[^"\\]*+)*+(?P<quote>")?)'
    r"|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?P<star>\*/)?"
    r"|//[^\n]*",
    re.DOTALL,
)
VARIABLE = re.compile(
    r"\bvariable\b([^{};]{1,1000})\{[^{}]*?\btype\s+\w+\s*\[\s*(\d{1,9})\s*\]\s*\{([^{}]*)\}"
)
PROBABILITY = re.compile(r"\bprobability\s*\(([^(){}]*)\)\s*\{([^{}]*)\}")
ROW = re.compile(r"\(([^()]*)\)\s*[-+.\d]")


def check_bif(text: str, path: Path) -> None:
    """Refuses a BIF file that says a thing twice, or whose tables are too large.

    Raises:
        FormatError: names the variable.
    """
    text = without_comments(text, path).replace('"', " ")
    sizes = _check_variables(VARIABLE.findall(text), path)
    blocks = [
        (*_names(header), [_fields(row) for row in ROW.findall(body)])
        for header, body in PROBABILITY.findall(text)
    ]
    _once([child for child, _, _ in blocks], "has two probability blocks", path)
    total = 0
    for child, parents, rows in blocks:
        for row in repeated(rows):
            raise FormatError(
                f"{path}: variable {child!r} has two rows for ({', '.join(row)}); keep one"
            )
        entries = math.prod(sizes.get(name.lower(), 1) for name in (child, *parents))
        total += entries
        if len(parents) > MAX_PARENTS or entries > MAX_TABLE or total > MAX_ENTRIES:
            raise FormatError(
                f"{path}: variable {child!r} has {len(parents)} parents and a table of {entries:,} "
                f"entries; at most {MAX_PARENTS} parents and {MAX_TABLE:,} entries are read, "
                f"{MAX_ENTRIES:,} of all variables"
            )


def without_comments(text: str, path: Path) -> str:
    """Returns a text without its comments, those of C and C++; what stands in quotes is none.

    Raises:
        FormatError: a comment or a quoted text does not end.
    """

    def kept(match: re.Match[str]) -> str:
        if match["quoted"] and not match["quote"]:
            raise FormatError(f"{path} has a quoted text that does not end")
        if match[0].startswith("/*") and not match["star"]:
            raise FormatError(f"{path} has a comment that does not end")
        return match["quoted"] or ""

    return SKIPPED.sub(kept, text)


def _check_variables(blocks: list[tuple[str, str, str]], path: Path) -> dict[str, int]:
    """Returns the number of states of each variable, by its name in small letters."""
    if len(blocks) > MAX_VARIABLES:
        raise FormatError(f"{path} has {len(blocks):,} variables; at most {MAX_VARIABLES:,}")
    _once([name.strip() for name, _, _ in blocks], "has two variable blocks", path)
    sizes = {}
    for name, announced, listed in blocks:
        size = len(_fields(listed))
        if int(announced) != size:
            raise FormatError(
                f"{path}: variable {name.strip()!r} announces [{announced}] states and lists {size}"
            )
        if size > MAX_STATES:
            raise FormatError(
                f"{path}: variable {name.strip()!r} has {size:,} states; at most {MAX_STATES:,}"
            )
        sizes[name.strip().lower()] = size
    return sizes


def _names(header: str) -> tuple[str, list[str]]:
    """Returns the variable and the parents of a probability block's header."""
    child, bar, parents = header.partition("|")
    if bar:
        return child.strip(), list(_fields(parents))
    words = header.split()
    return " ".join(words[:1]), words[1:]


def _fields(text: str) -> tuple[str, ...]:
    fields = text.split(",") if "," in text else text.split()
    return tuple(field.strip() for field in fields if field.strip())


def _once(names: list[str], twice: str, path: Path) -> None:
    """Refuses a name that occurs twice; pgmpy's reader does not tell capital letters from small."""
    for name in repeated(name.lower() for name in names):
        given = next(other for other in names if other.lower() == name)
        raise FormatError(
            f"{path}: variable {given!r} {twice}, or two that differ in capital letters alone; "
            "keep one"
        )
