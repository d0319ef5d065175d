"""What is shown: a question with its answer, the case it is about, and how many rows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from twitchbayes.display.answer_rows import AnswerRows, AnswerTable
from twitchbayes.evidence import Finding
from twitchbayes.network import Network
from twitchbayes.questions.named import Asked
from twitchbayes.showing.names import Names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Subject"]


@dataclass(frozen=True, eq=False)
class Subject:
    """An answer that is to be shown.

    Attributes:
        network: the network that was asked.
        findings: what was found and assumed, in the order of the network.
        posterior: of every cause, shape (causes,).
        asked: the question and its answer.
        most: rows of a table that are shown, at most.
    """

    network: Network
    findings: tuple[Finding, ...]
    posterior: NDArray[np.float64]
    asked: Asked
    most: int

    @property
    def names(self) -> Names:
        """What the network calls things."""
        return Names(self.network)

    @property
    def frame(self) -> pd.DataFrame:
        """The answer, of a question that has a table for one."""
        return cast("pd.DataFrame", self.asked.answer)

    @property
    def rows(self) -> list[tuple[Any, dict[str, Any]]]:
        """The rows of the table, each with its index."""
        return cast("list[tuple[Any, dict[str, Any]]]", list(self.frame.to_dict("index").items()))

    @property
    def causes(self) -> tuple[str, ...]:
        """The states of the target."""
        return self.network.by_name[str(self.network.target)].states

    @property
    def leader(self) -> str:
        """The most probable cause."""
        return self.causes[int(self.posterior.argmax())]

    def argument(self, name: str) -> Any:
        """Returns what the question was asked with."""
        return self.asked.arguments[name]

    def found(self, variable: str) -> str:
        """Returns what is known of a variable in words: `Babinski sign: yes`."""
        return self.names.finding(next(f for f in self.findings if f.variable == variable))

    def answered(
        self,
        title: str,
        sentences: Sequence[str],
        tables: Sequence[AnswerTable],
        notes: Sequence[str] = (),
    ) -> AnswerRows:
        """Returns the answer with what every answer says: what was found, what was assumed.

        Args:
            title: the question in words.
            sentences: what the numbers mean.
            tables: with all rows; so many as are shown are kept.
            notes: what else there is to say.
        """
        shown, counts = [], []
        for table in tables:
            shown.append(AnswerTable(table.heading, table.columns, table.rows[: self.most]))
            if len(table.rows) > self.most:
                counts.append(f"{self.most} of {len(table.rows)} rows ({table.heading})")
        every = [*notes]
        if counts:
            every.append(f"Shown: {'; '.join(counts)}.")
        return AnswerRows(
            f"{self.network.name} {self.network.version}",
            title,
            tuple(sentences),
            tuple(table for table in shown if table.rows),
            tuple(every),
            self.names.case(self.findings),
        )
