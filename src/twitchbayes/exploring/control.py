"""One finding's row: its name, its states to choose from, and a field where a number is taken."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from twitchbayes.display.rows import visible
from twitchbayes.evidence import Finding, describe
from twitchbayes.network import Variable
from twitchbayes.typed import typed_number

__all__ = ["Control", "Looks"]

NOT_ASKED = -1
"""The option for what was not asked; the others are the places of the states."""

MOST_BUTTONS = 6
MOST_LETTERS = 70
"""States beyond these, together, go into a list that opens."""


class Looks:
    """Layouts and styles that all rows share, so that a page of them is light to build."""

    def __init__(self) -> None:
        self.row = ipywidgets.Layout(flex="1 1 auto", flex_flow="row wrap", align_items="center")
        self.question = ipywidgets.Layout(align_items="center")
        self.worth = ipywidgets.Layout(flex="0 0 3.2em")
        self.name = ipywidgets.Layout(width="13em", margin="0 0.8em 0 0")
        self.buttons = ipywidgets.Layout(flex="1 1 12em", width="auto")
        self.number = ipywidgets.Layout(width="9em")


class Control:
    """The widgets of one variable.

    Attributes:
        variable: what it is about.
        box: the row to show; it may be shown in several places.
        words: everything that a search may find it by.
    """

    def __init__(
        self, variable: Variable, looks: Looks, answered: Callable[[str, object], None]
    ) -> None:
        self.variable = variable
        self._answered = answered
        self._showing = False
        labels = [visible(variable.state_label(state)) for state in variable.states]
        label = visible(variable.label or variable.name)
        options = [("not asked", NOT_ASKED), *((text, i) for i, text in enumerate(labels))]
        measured = "" if variable.measurement is None else variable.measurement.name
        self.words = " ".join([variable.name, label, measured, *labels]).casefold()
        few = len(labels) <= MOST_BUTTONS and sum(map(len, labels)) <= MOST_LETTERS
        self._label = label
        self._name = ipywidgets.HTML(layout=looks.name)
        self._states: Any
        if few:
            self._states = ipywidgets.ToggleButtons(
                options=options, value=NOT_ASKED, tooltip=label, layout=looks.buttons
            )
            self._states.style.button_width = "auto"
        else:
            self._states = ipywidgets.Dropdown(
                options=options, value=NOT_ASKED, tooltip=label, layout=looks.buttons
            )
        self._states.observe(self._chosen, names="value")
        children = [self._name, self._states]
        self._number: Any = None
        if variable.measurement is not None:
            self._number = ipywidgets.Text(
                placeholder=visible(variable.measurement.unit),
                tooltip=f"{label}, {visible(variable.measurement.unit)}",
                continuous_update=False,
                layout=looks.number,
            )
            self._number.observe(self._typed, names="value")
            children.append(self._number)
        self.box = ipywidgets.HBox(children, layout=looks.row)

    def show(self, finding: Finding | None) -> None:
        """Shows what is known; nothing is answered by that.

        Args:
            finding: what was found or is assumed; None where nothing is known.
        """
        self._showing = True
        given = finding if finding is not None and not finding.assumed else None
        self._states.value = self._place(given)
        if self._number is not None:
            number = given.measured.partition(" ")[0] if given is not None else ""
            self._number.value = number
        words = escape(self._label) + self._noted(finding)
        self._name.value = f'<div style="line-height: 1.3">{words}</div>'
        self._showing = False

    def _place(self, given: Finding | None) -> int | None:
        """Returns which option is chosen; None where what is known is no single state."""
        if given is None:
            return NOT_ASKED
        if sum(weight > 0 for weight in given.weights) == 1:
            return max(range(len(given.weights)), key=given.weights.__getitem__)
        return None

    def _noted(self, finding: Finding | None) -> str:
        """Returns what no button shows: what is assumed, and what is known but uncertain."""
        if finding is None or (not finding.assumed and self._place(finding) is not None):
            return ""
        labels = [self.variable.state_label(state) for state in self.variable.states]
        words = escape(visible(describe(labels, finding.weights)))
        return f"<br><small>{'assumed' if finding.assumed else 'given'}: {words}</small>"

    def _chosen(self, change: dict[str, Any]) -> None:
        if not self._showing:
            place = change["new"]
            chosen = None if place in (None, NOT_ASKED) else self.variable.states[place]
            self._answered(self.variable.name, chosen)

    def _typed(self, change: dict[str, Any]) -> None:
        if self._showing or self.variable.measurement is None:
            return
        text = str(change["new"]).strip()
        number = typed_number(text)
        # what is no number is refused in the library's words
        self._answered(self.variable.measurement.name, (text or None) if number is None else number)
