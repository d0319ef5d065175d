"""The questions by name: what each is called, and what it is asked with."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twitchbayes.errors import QueryError, did_you_mean
from twitchbayes.questions.asking import Questions
from twitchbayes.questions.conflict import Conflict
from twitchbayes.questions.settling import Settled

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["QUESTIONS", "Asked", "ask"]

QUESTIONS: Mapping[str, str] = {
    "posterior": "top",
    "explanation": "explain",
    "conflict": "conflict",
    "intervals": "intervals",
    "next": "next_findings",
    "settled": "settled",
    "sensitivity": "sensitivity",
    "sources": "sources",
    "compare": "compare",
    "mechanisms": "mechanisms",
}
"""What `show` calls each question, and the method of a diagnosis that answers it."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A question about a diagnosis, with its answer.

    Attributes:
        question: its name, one of `QUESTIONS`.
        arguments: all that it was asked with, those left out by their defaults.
        answer: what the method returned.
    """

    question: str
    arguments: Mapping[str, object]
    answer: pd.DataFrame | Conflict | Settled


def ask(dx: Questions, question: object, given: Mapping[str, object]) -> Asked:
    """Asks a diagnosis a question by its name.

    Args:
        dx: the diagnosis.
        question: one of `QUESTIONS`; `"posterior"` is about all causes, unless `n` says otherwise.
        given: arguments of the method.

    Raises:
        QueryError: no such question, an argument that it does not take, or one that it needs and
            did not get; and what the method raises.
    """
    if not isinstance(question, str) or question not in QUESTIONS:
        methods = {method: name for name, method in QUESTIONS.items()}
        near = did_you_mean(question, QUESTIONS)
        if question in methods:
            near = f"; did you mean {methods[str(question)]!r}?"
        raise QueryError(
            f"there is no question {question!r}{near or f'; there are {_listed(QUESTIONS)}'}"
        )
    method = getattr(dx, QUESTIONS[question])
    takes = inspect.signature(method).parameters
    arguments: dict[str, object] = {"n": sys.maxsize} if question == "posterior" else {}
    for name in given:
        if name not in takes:
            what = f"it takes {_listed(takes)}" if takes else "it takes nothing"
            near = did_you_mean(name, takes) or f"; {what}"
            raise QueryError(f"the question {question!r} takes no {name!r}{near}")
    needed = [name for name, of in takes.items() if of.default is of.empty and name not in given]
    if needed:
        raise QueryError(f"the question {question!r} needs {_listed(needed)}")
    defaults = {name: of.default for name, of in takes.items()}
    arguments = {**defaults, **arguments, **given}
    return Asked(question, arguments, method(**arguments))


def _listed(names: Mapping[str, object] | list[str]) -> str:
    return ", ".join(names)
