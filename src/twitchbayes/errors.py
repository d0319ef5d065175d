"""The errors of the library: one root class, each says what was given and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

__all__ = [
    "EvidenceError",
    "FormatError",
    "ImpossibleCasesWarning",
    "ImpossibleEvidenceError",
    "NetworkError",
    "Problem",
    "QueryError",
    "TooWideError",
    "TwitchbayesError",
    "bounded",
    "did_you_mean",
]

MAX_LISTED = 200
MAX_COMPARED = 200
MAX_PROBLEMS = 10_000

Place = tuple[str, ...]
"""Where in a network something is: `("variables", "emg", "rows[2]")`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a network; as text, `path: what is wrong; what to do`.

    Attributes:
        path: what it is about.
        message: what is wrong, and what to do.
        words: what to say after the path, ` (otherwise)`.
        judged_by: what else was looked at to find it; where one of these is itself in doubt, so is
            the problem.
        file: the file of a folder that it is in.
    """

    path: Place
    message: str
    words: str = ""
    judged_by: tuple[Place, ...] = ()
    file: str = ""

    def __str__(self) -> str:
        # an element of an array has its place for a name
        path = ".".join(self.path).replace(".[", "[")
        parts = (self.file, path + self.words, self.message)
        return ": ".join(part for part in parts if part)


def bounded(problems: Iterable[Problem]) -> list[Problem]:
    """Returns the first `MAX_PROBLEMS` problems; where there are more, a last one says so."""
    found = list(islice(problems, MAX_PROBLEMS + 1))
    if len(found) > MAX_PROBLEMS:
        more = f"there are more problems than these {MAX_PROBLEMS:,}; mend some and look again"
        found[MAX_PROBLEMS:] = [Problem((), more)]
    return found


class TwitchbayesError(Exception):
    """Root of every error that this library raises on purpose."""


class FormatError(TwitchbayesError, ValueError):
    """A file cannot be found, read or written in the format asked for."""


class NetworkError(TwitchbayesError, ValueError):
    """A network is not valid. All problems are listed, each with its path.

    Attributes:
        name: the network's name, or the file it was read from.
        problems: one line per problem, `path: what is wrong; what to do`; all of them up to
            `MAX_PROBLEMS`, while the message lists the first `MAX_LISTED`.
        found: the same as values.
    """

    def __init__(self, name: str, problems: Sequence[Problem | str]) -> None:
        self.name = name
        self.found = tuple(p if isinstance(p, Problem) else Problem((), p) for p in problems)
        self.problems = tuple(map(str, self.found))
        count = len(self.problems)
        heading = f"{name} has {count} problem{'s' if count != 1 else ''}"
        more = [f"... and {count - MAX_LISTED} more"] if count > MAX_LISTED else []
        super().__init__("\n  ".join([heading, *self.problems[:MAX_LISTED], *more]))

    def __reduce__(self) -> tuple[type[NetworkError], tuple[str, tuple[Problem, ...]]]:
        return type(self), (self.name, self.found)


class EvidenceError(TwitchbayesError, ValueError):
    """A finding that the network cannot take: unknown name or state, bad weights, out of range.

    Attributes:
        variable: the finding as it was given, or None where the mistake is not about one finding.
    """

    def __init__(self, message: str, variable: str | None = None) -> None:
        self.variable = variable
        super().__init__(message)

    def __reduce__(self) -> tuple[type[EvidenceError], tuple[str, str | None]]:
        return type(self), (str(self), self.variable)


class ImpossibleEvidenceError(TwitchbayesError, ValueError):
    """The findings have probability zero in the network.

    Attributes:
        conflict: a smallest set of findings that cannot occur together, as (variable, state) texts.
        case: the label of the case in a table of cases, or None for a single case.
    """

    def __init__(
        self, message: str, conflict: Sequence[tuple[str, str]], case: object | None = None
    ) -> None:
        self.conflict = tuple(conflict)
        self.case = case
        super().__init__(message)

    def __reduce__(
        self,
    ) -> tuple[
        type[ImpossibleEvidenceError], tuple[str, tuple[tuple[str, str], ...], object | None]
    ]:
        return type(self), (str(self), self.conflict, self.case)


class ImpossibleCasesWarning(UserWarning):
    """Cases of a table have probability zero in the network; their rows hold missing values.

    Attributes:
        count: how many they are.
        cases: the labels of the first of them; the places, where codes were given.
        conflict: a smallest set of findings of the first one that cannot occur together, as
            (variable, state) texts.
    """

    def __init__(
        self,
        message: str,
        count: int,
        cases: Sequence[object],
        conflict: Sequence[tuple[str, str]],
    ) -> None:
        self.count = count
        self.cases = tuple(cases)
        self.conflict = tuple(conflict)
        super().__init__(message)

    def __reduce__(
        self,
    ) -> tuple[
        type[ImpossibleCasesWarning],
        tuple[str, int, tuple[object, ...], tuple[tuple[str, str], ...]],
    ]:
        return type(self), (str(self), self.count, self.cases, self.conflict)


class QueryError(TwitchbayesError, ValueError):
    """A question that cannot be asked of this model: unknown variable, no target, bad codes."""


class TooWideError(TwitchbayesError, MemoryError):
    """Exact inference would need a table larger than memory allows.

    Attributes:
        width: how many variables the largest table joins, less one (the induced width).
        entries: how many entries that table has.
    """

    def __init__(self, message: str, width: int, entries: int) -> None:
        self.width = width
        self.entries = entries
        super().__init__(message)

    def __reduce__(self) -> tuple[type[TooWideError], tuple[str, int, int]]:
        return type(self), (str(self), self.width, self.entries)


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Returns `; did you mean 'a' or 'b'?` for the known names nearest to `name`, or ''.

    Example:
        >>> did_you_mean("babinsky", ["babinski", "clonus"])
        "; did you mean 'babinski'?"
    """
    folded = {candidate.casefold(): candidate for candidate in known}
    # what is longer than a name may be is none, and would take long to compare
    given = str(name).casefold()[:MAX_COMPARED]
    near = difflib.get_close_matches(given, list(folded), n=3, cutoff=0.6)
    if not near:
        return ""
    return "; did you mean " + " or ".join(repr(folded[match]) for match in near) + "?"
