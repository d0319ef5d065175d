"""What is plotted of an answer: the rows, their labels, the axis with its unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from twitchbayes.display.plots import GridRows, PlotRow, PlotRows, drawn_bars, drawn_grid
from twitchbayes.display.rows import between, percent
from twitchbayes.errors import QueryError, did_you_mean
from twitchbayes.network import Network
from twitchbayes.questions.comparison import cause_column
from twitchbayes.questions.named import Asked
from twitchbayes.showing.names import Names, bits, points

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["PLOTS", "checked_plot", "plotted"]

PLOTS = ("posterior", "explanation", "intervals", "next", "sensitivity", "compare")
MOST_ROWS, MOST_COLUMNS = 15, 6


def checked_plot(question: object) -> None:
    """Refuses what there is no plot of, or nothing to draw it with.

    Raises:
        QueryError: it is none of `PLOTS`; the nearest name is suggested. Or matplotlib is missing.
    """
    if not isinstance(question, str) or question not in PLOTS:
        near = did_you_mean(question, PLOTS) or f"; there are {', '.join(PLOTS)}"
        raise QueryError(f"there is no plot of {question!r}{near}")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise QueryError(
            "plots are drawn by matplotlib, which is not installed; install it with "
            "pip install 'twitchbayes[plot]'"
        ) from error


def plotted(network: Network, asked: Asked, leader: str, ax: Axes | None) -> Axes:
    """Returns the Axes with an answer."""
    frame = cast("pd.DataFrame", asked.answer)
    named = _Named(network)
    if asked.question == "compare":
        return drawn_grid(named.compare(frame), ax)
    made = {
        "posterior": named.posterior,
        "explanation": named.explanation,
        "intervals": named.intervals,
        "next": named.next,
        "sensitivity": named.sensitivity,
    }[asked.question]
    return drawn_bars(made(frame, dict(asked.arguments), leader), ax)


class _Named:
    """A network whose names are written out."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.names = Names(network)
        self.of = f"{network.name} {network.version}"
        self.target = network.by_name[str(network.target)]

    def label(self, name: str) -> str:
        return self.network.by_name[name].label or name

    def number(self, row: dict[str, Any]) -> str:
        """Returns which number it is: `P(Pain: none), given Cause: MS`."""
        given = self.names.given(row["variable"], row["given"])
        return f"P({self.names.state(row['variable'], row['state'])}){given and f', {given}'}"

    def causes(self, names: list[str]) -> str:
        labels = [self.target.state_label(name) for name in names]
        return " or ".join(labels) if len(labels) < 4 else f"one of {len(labels)} causes"

    def posterior(self, frame: pd.DataFrame, _: dict[str, Any], __: str) -> PlotRows:
        rows = tuple(
            PlotRow(self.target.state_label(cause), 100 * row["posterior"],
                    f"{percent(row['posterior'])}, before {percent(row['prior'])}",
                    mark=100 * row["prior"])
            for cause, row in _records(frame)[:MOST_ROWS]
        )  # fmt: skip
        return PlotRows(self.of, f"{self.network.title}: which cause?", "probability, %", rows,
                        _left(len(frame)), "now", mark="before the findings",
                        whole=True)  # fmt: skip

    def intervals(self, frame: pd.DataFrame, asked: dict[str, Any], _: str) -> PlotRows:
        of_causes = cast("pd.DataFrame", frame.loc["cause"])
        causes = of_causes.sort_values("posterior", ascending=False, kind="stable")
        rows = tuple(
            PlotRow(self.target.state_label(cause), 100 * row["posterior"],
                    f"{percent(row['posterior'])}, {between((row['low'], row['high']))}",
                    100 * row["low"], 100 * row["high"])
            for cause, row in _records(causes)[:MOST_ROWS]
        )  # fmt: skip
        return PlotRows(self.of, "How sure, as far as the network's numbers are known?",
                        "probability, %", rows, _left(len(causes)), "now",
                        f"{100 * asked['level']:g}% interval", whole=True)  # fmt: skip

    def explanation(self, frame: pd.DataFrame, _: dict[str, Any], __: str) -> PlotRows:
        of, against = (self.causes(frame.attrs[key]) for key in ("cause", "against"))
        if len(frame.attrs["cause"]) + len(frame.attrs["against"]) == len(self.target.states):
            against = "all other causes"
        rows = tuple(
            PlotRow(f"{self.label(name)}: {self.state(name, row['state'])}", row["weight"],
                    f"odds \u00d7 {row['factor']:.3g}")
            for name, row in _records(frame)[:MOST_ROWS]
        )  # fmt: skip
        before, after = (frame.attrs[f"log10_odds_{when}"] for when in ("before", "after"))
        note = f"Before the findings {before:+.2f}, now {after:+.2f}. {_left(len(frame))}".strip()
        return PlotRows(self.of, f"Why {of}, against {against}?",
                        "share of the change of the log10 odds: +1 = ten times, \u22121 = a tenth",
                        rows, note, "share")  # fmt: skip

    def next(self, frame: pd.DataFrame, asked: dict[str, Any], _: str) -> PlotRows:
        rows = tuple(
            PlotRow(self.label(name), row["information"], f"{bits(row['information'])} bits")
            for name, row in _records(frame)[:MOST_ROWS]
        )
        about = asked.get("about")
        what = "the cause" if about is None else self._about(about)
        costly = bool((frame["cost"] != 1).any())
        note = f"In the order of information per cost. {_left(len(frame))}" if costly else ""
        return PlotRows(self.of, f"What to ask or examine next, about {what}?",
                        f"expected information about {what}, bits", rows,
                        (note or _left(len(frame))).strip(), "information")  # fmt: skip

    def sensitivity(self, frame: pd.DataFrame, asked: dict[str, Any], leader: str) -> PlotRows:
        cause = self.target.state_label(asked.get("cause") or leader)
        rows = tuple(
            PlotRow(self.number(r), 100 * r["posterior_high"],
                    f"from {r['low']:.2g} to {r['high']:.2g}",
                    100 * r["posterior_low"], 100 * r["posterior_high"])
            for _, r in _records(frame)[:MOST_ROWS]
        )  # fmt: skip
        return PlotRows(self.of, f"Which number matters most for {cause}?",
                        f"probability of {cause}, %", rows, _left(len(frame)), "",
                        "as the number moves through its interval, given at the right")  # fmt: skip

    def compare(self, frame: pd.DataFrame) -> GridRows:
        states = self.target.states
        causes = frame[[cause_column(self.target, state) for state in states]]
        causes = causes.set_axis(list(states), axis=1)
        change = causes.sum()
        most = change.abs().sort_values(ascending=False, kind="stable").index[:MOST_COLUMNS]
        shown = causes[most].head(MOST_ROWS)
        labels = [
            f"{self.label(name)}: {self.state(name, frame.loc[name, 'before'])} \u2192 "
            f"{self.state(name, frame.loc[name, 'after'])}"
            for name in shown.index
        ]
        values = [tuple(100 * v for v in line) for line in shown.to_numpy().tolist()]
        values.append(tuple(100 * v for v in change[most].tolist()))
        note = f"The {len(most)} causes that moved most. {_left(len(frame))}".strip()
        columns = tuple(self.target.state_label(cause) for cause in most)
        words = tuple(tuple(points(v / 100) for v in line) for line in values)
        return GridRows(self.of, "What moved, and which finding moved it?", note,
                        (*labels, "all together"), columns, tuple(values), words)  # fmt: skip

    def state(self, name: str, words: str) -> str:
        """Returns a state as people read it; other words as they are."""
        variable = self.network.by_name[name]
        return variable.state_label(words) if words in variable.states else words

    def _about(self, about: object) -> str:
        labels = {group.name: group.label or group.name for group in self.network.groups}
        names = [about] if isinstance(about, str) else list(cast("list[str]", about))
        return " or ".join(labels.get(n, self.target.state_label(n)) for n in names)


def _records(frame: pd.DataFrame) -> list[tuple[Any, dict[str, Any]]]:
    return list(zip(frame.index, cast("list[dict[str, Any]]", frame.to_dict("records")),
                    strict=True))  # fmt: skip


def _left(count: int) -> str:
    return f"{MOST_ROWS} of {count} shown." if count > MOST_ROWS else ""
