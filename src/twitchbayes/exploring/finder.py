"""The explorer's left side: every finding by kind, a search through them, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from twitchbayes.errors import TooWideError
from twitchbayes.exploring.control import Control, Looks
from twitchbayes.exploring.exploration import Exploration
from twitchbayes.network import Network

__all__ = ["Finder"]

TABS = {
    "context": "Context",
    "history": "History",
    "examination": "Examination",
    "test": "Tests",
    "other": "Findings",
}
"""What can be found, in the order of a consultation; causes and mechanisms are hidden."""

ASK_NEXT = "<b>Ask next</b>: what would tell most for its cost, in bits"
NOTHING_TO_ASK = "Nothing that is still open would tell more."

QUESTIONS = 5
"""How many of the next best questions are shown."""

MOST_FOUND = 12
"""How many rows a search shows."""


class Finder:
    """A control per variable, shown by kind, by search, and where it would tell most.

    Attributes:
        box: the widgets.
    """

    def __init__(self, network: Network, answered: Callable[[str, object], None]) -> None:
        looks = Looks()
        self._controls = {
            variable.name: Control(variable, looks, answered)
            for variable in network.variables
            if variable.kind in TABS and variable.name != network.target
        }
        self._kinds = {
            kind: controls
            for kind in TABS
            if (controls := [c for c in self._controls.values() if c.variable.kind == kind])
        }
        scrolled = ipywidgets.Layout(max_height="24em", overflow="auto", display="block")
        self._tabs = ipywidgets.Tab(
            [
                ipywidgets.VBox([control.box for control in controls], layout=scrolled)
                for controls in self._kinds.values()
            ]
        )
        self._search = ipywidgets.Text(
            placeholder="search findings and their states",
            tooltip="search findings and their states",
            layout=ipywidgets.Layout(width="auto"),
        )
        self._search.observe(self._searched, names="value")
        self._found = ipywidgets.VBox()
        self._heading = ipywidgets.HTML()
        self._worth = [ipywidgets.Label(layout=looks.worth) for _ in range(QUESTIONS)]
        self._questions = [ipywidgets.HBox(layout=looks.question) for _ in range(QUESTIONS)]
        self.box = ipywidgets.VBox(
            [self._search, self._found, self._tabs, self._heading, *self._questions],
            layout=ipywidgets.Layout(flex="1 1 30em", min_width="18em", padding="0 1em 0 0"),
        )

    def show(self, state: Exploration) -> None:
        """Shows what is given in every control, and the questions that would tell most now."""
        known = {finding.variable: finding for finding in state.dx.findings}
        for name, control in self._controls.items():
            control.show(known.get(name))
        for place, (kind, controls) in enumerate(self._kinds.items()):
            given = sum(control.variable.name in state.given for control in controls)
            self._tabs.set_title(place, f"{TABS[kind]} ({given})" if given else TABS[kind])
        self._ask_next(state)

    def _ask_next(self, state: Exploration) -> None:
        """Brings up the controls of what would tell most; an answer is one click."""
        try:
            worth = state.questions(QUESTIONS)
            heading = ASK_NEXT if worth else NOTHING_TO_ASK
        except TooWideError as error:  # of all findings at once, where the answer is not
            worth, heading = {}, escape(str(error))
        self._heading.value = heading
        ranked = list(worth.items())
        for place, (row, bits) in enumerate(zip(self._questions, self._worth, strict=True)):
            if place < len(ranked):
                name, information = ranked[place]
                bits.value = f"{information:.3f}" if information >= 0.001 else "<0.001"
                row.children = (bits, self._controls[name].box)
            else:
                row.children = ()

    def _searched(self, change: dict[str, Any]) -> None:
        """Shows the rows in which every word is found, instead of the tabs."""
        words = str(change["new"]).casefold().split()
        self._tabs.layout.display = "none" if words else None
        found = [c for c in self._controls.values() if words and all(w in c.words for w in words)]
        rows = [control.box for control in found[:MOST_FOUND]]
        if words and len(found) != len(rows):
            rows.append(ipywidgets.Label(f"and {len(found) - len(rows)} more"))
        if words and not found:
            rows = [ipywidgets.Label("No finding and no state has that in its name.")]
        self._found.children = tuple(rows)
