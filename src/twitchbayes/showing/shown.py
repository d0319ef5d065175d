"""An answer as text and as HTML, ready to be pasted into a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twitchbayes.display.answer_html import answer_html
from twitchbayes.display.answer_rows import AnswerRows
from twitchbayes.display.answer_text import answer_text
from twitchbayes.showing import about_causes, about_findings, about_numbers
from twitchbayes.showing.subject import Subject

__all__ = ["Shown", "shown"]


@dataclass(frozen=True, repr=False)
class Shown:
    """An answer to a question about a diagnosis, made by `Diagnosis.show`.

    As text where it is printed, as a table in a notebook; both from the same rows.

    Attributes:
        question: what was asked.
        text: the answer as plain text.
        html: the same as HTML, escaped and without script.
    """

    question: str
    text: str
    html: str = field(compare=False)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


ROWS: Mapping[str, Callable[[Subject], AnswerRows]] = {
    "posterior": about_causes.posterior,
    "explanation": about_findings.explanation,
    "conflict": about_findings.conflict,
    "intervals": about_causes.intervals,
    "next": about_findings.next_findings,
    "settled": about_causes.settled,
    "sensitivity": about_numbers.sensitivity,
    "sources": about_numbers.sources,
    "compare": about_findings.comparison,
    "mechanisms": about_causes.mechanisms,
}
"""What each of `questions.QUESTIONS` shows."""


def shown(subject: Subject) -> Shown:
    """Returns an answer as text and as HTML."""
    rows = ROWS[subject.asked.question](subject)
    return Shown(subject.asked.question, answer_text(rows), answer_html(rows))
