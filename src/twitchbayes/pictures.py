"""What a diagnosis is shown by: a picture with intervals, plots, frequencies, a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twitchbayes.display import html, text
from twitchbayes.display.rows import DiagnosisRows
from twitchbayes.errors import QueryError
from twitchbayes.evidence import read_findings, resolve
from twitchbayes.frequencies import Frequencies, FrequencyTree, frequencies, frequency_tree
from twitchbayes.plotting import checked_plot, plotted
from twitchbayes.questions import Questions
from twitchbayes.questions.named import ask
from twitchbayes.rendering import Sure
from twitchbayes.report import checked_path, page_rows, write_page
from twitchbayes.showing.names import Names
from twitchbayes.showing.shown import ROWS
from twitchbayes.showing.subject import Subject

if TYPE_CHECKING:
    import datetime
    import os

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Picture", "Pictures", "sure_of"]


@dataclass(frozen=True, repr=False)
class Picture:
    """A diagnosis as it is shown, as text and as HTML from the same rows."""

    rows: DiagnosisRows

    def __repr__(self) -> str:
        return text.diagnosis_text(self.rows)

    def _repr_html_(self) -> str:
        return html.diagnosis_html(self.rows)


class Pictures(Questions):
    """How a diagnosis can be looked at and kept."""

    def _rows(self, sure: Sure | None = None) -> DiagnosisRows:
        raise NotImplementedError

    def picture(self, level: float = 0.95, draws: int = 1000, seed: int = 0) -> Picture:
        """Returns the diagnosis as it shows itself, with the interval of every cause and group.

        The last line of a cell shows `dx` without them, as they take a thousand runs. What is shown
        depends on nothing that was asked before.

        Args:
            level: the share of the draws between both ends.
            draws: how many draws of all numbers.
            seed: of the draws.

        Raises:
            QueryError: as for `intervals`.

        Example:
            >>> import twitchbayes as tb
            >>> dx = tb.load("asia").diagnose(xray="yes", smoke="yes")
            >>> print(str(dx.picture()).splitlines()[2])
            Cause            before      now  95% interval
        """
        return Picture(self._rows(sure_of(self.intervals(level, draws, seed), level)))

    def plot(self, question: str = "posterior", ax: Axes | None = None, **arguments: Any) -> Axes:
        """Returns a plot of the answer to a question, as matplotlib Axes.

        Needs matplotlib: `pip install 'twitchbayes[plot]'`. Nothing is shown or saved.

        Args:
            question: `"posterior"`, `"explanation"`, `"intervals"`, `"next"`, `"sensitivity"` or
                `"compare"`.
            ax: the Axes to draw on; those of a new figure where left out. Labels are long: give its
                figure `layout="constrained"`, which makes room for them.
            **arguments: of the question, as the method of that name takes them.

        Raises:
            QueryError: no such plot, or matplotlib is not installed; and what the question raises.

        Example:
            >>> import twitchbayes as tb
            >>> from matplotlib.figure import Figure
            >>> dx = tb.load("asia").diagnose(xray="yes", smoke="yes")
            >>> ax = dx.plot("explanation", ax=Figure().subplots(), cause="yes")
            >>> ax.get_title(loc="left").splitlines()[0]
            'Why Lung cancer, against all other'
        """
        checked_plot(question)
        return plotted(self._case.network, ask(self, question, arguments), self._leader, ax)

    def frequencies(self, n: int = 1000) -> Frequencies:
        """Returns how many of n people with these findings have each cause.

        Whole numbers that sum to n, rounded by largest remainders; what is rarer than one in n is
        shown as "fewer than 1". In a notebook an icon for each person, up to 1,000.

        Args:
            n: how many people.

        Raises:
            QueryError: n is no whole number of at least 1.

        References:
            Gigerenzer and Hoffrage 1995, How to improve Bayesian reasoning without instruction:
            Frequency formats. Psychological Review 102, 684-704.

        Example:
            >>> import twitchbayes as tb
            >>> tb.load("asia").diagnose(xray="yes").frequencies(100).causes.to_dict()
            {'no': 51, 'yes': 49}
        """
        return frequencies(self._case, self._posterior, n)

    def frequency_tree(
        self,
        finding: str,
        cause: str | Sequence[str] | None = None,
        *,
        state: object = None,
        n: int | None = None,
    ) -> FrequencyTree:
        """Returns what one finding says about a cause, as a tree of whole numbers of people.

        Of n people of this context, before any finding, so many have the cause; of these, and of
        the others, so many have the finding; so of those with the finding so many have the cause.
        The other findings are left out.

        Law: its posterior is that of a diagnosis with the context and this finding alone. Law: its
        numbers of people add up.

        Args:
            finding: the variable.
            cause: a cause, a group, or several; the most probable one where left out.
            state: what is found; what was found in this diagnosis where left out.
            n: how many people; where left out 1,000, or by powers of ten more, until ten have the
                cause.

        Raises:
            QueryError: something that is no finding, was not found and has no state, or is
                uncertain; an unknown cause; n is no such number.
            EvidenceError: an unknown variable or state.

        References:
            Gigerenzer and Hoffrage 1995, How to improve Bayesian reasoning without instruction:
            Frequency formats. Psychological Review 102, 684-704.

        Example:
            >>> import twitchbayes as tb
            >>> tree = tb.load("asia").diagnose(xray="yes").frequency_tree("xray", "yes")
            >>> tree.with_cause, tree.with_cause_and_finding, tree.without_cause_but_finding
            (55, 54, 56)
        """
        case = self._case
        variable, _ = resolve(case.network, finding)
        if variable.kind in ("context", "mechanism", "cause") or variable.name == case.target.name:
            raise QueryError(
                f"{finding} is no finding; the tree is about one, and holds the context"
            )
        given = {finding: state} if state is not None else {}
        known = read_findings(case.network, given) if given else case.found
        weights = next((f.weights for f in known if f.variable == variable.name), None)
        if weights is None:
            raise QueryError(
                f"{finding} was not found in this diagnosis; say what is, state=..., one of "
                f"{', '.join(variable.states)}"
            )
        if any(weight not in (0.0, 1.0) for weight in weights):
            raise QueryError(f"{finding} is uncertain, which no whole number of people has; give "
                             "state=...")  # fmt: skip
        return frequency_tree(case, weights, variable.name, cause, self._leader, n)

    def report(
        self, path: str | os.PathLike[str], *, date: datetime.date | str | None = None
    ) -> Path:
        """Writes the diagnosis as one HTML page, to keep or to print, and returns where it is.

        The answer with intervals, red flags, findings, why, what next, which numbers matter, and
        their sources as a bibliography. Self-contained; the same case gives the same bytes.

        Args:
            path: a file that ends in `.html`; one that is there is replaced, whole or not at all.
            date: of the report; none is written where it is left out.

        Raises:
            QueryError: a path where no page can be.

        Example:
            >>> import tempfile, twitchbayes as tb
            >>> dx = tb.load("asia").diagnose(xray="yes", smoke="yes")
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     dx.report(f"{folder}/asia.html").name
            'asia.html'
        """
        checked_path(path)
        version = import_module("twitchbayes").__version__  # of the door, which imports this file
        case, level = self._case, 0.95
        page = page_rows(
            case.network,
            self._rows(sure_of(self.intervals(level), level)),
            Names(case.network).cause(self._leader),
            self.sensitivity(),
            lambda question: ROWS[question](
                Subject(case.network, case.findings, self._posterior, ask(self, question, {}), 12)
            ),
            f"twitchbayes {version}",
            date,
        )
        return write_page(path, page)


def sure_of(intervals: pd.DataFrame, level: float) -> Sure:
    """Returns intervals as they are shown, from the answer to `Diagnosis.intervals`."""
    ends = zip(intervals["low"].tolist(), intervals["high"].tolist(), strict=True)
    return Sure(dict(zip(intervals.index, ends, strict=True)), level)
