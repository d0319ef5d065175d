"""The explorer's widgets: what may be found on the left, what follows from it on the right."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from twitchbayes.exploring.asides import asides, lines_closed
from twitchbayes.exploring.exploration import Exploration
from twitchbayes.exploring.finder import Finder
from twitchbayes.network import Network

__all__ = ["Panel"]

VIEW = "application/vnd.jupyter.widget-view+json"


class Panel:
    """The widgets of one explorer.

    Args:
        network: whose findings can be clicked.
        answered: told what was clicked, as `Exploration.answer` takes it.
        undo: called to go one step back.
        reset: called to take everything back.
    """

    def __init__(
        self,
        network: Network,
        answered: Callable[[str, object], None],
        undo: Callable[[], None],
        reset: Callable[[], None],
    ) -> None:
        self._finder = Finder(network, answered)
        self._undo = _button("Undo", "take the last step back", undo)
        self._reset = _button("Reset", "take everything back", reset)
        self._asides = asides()
        self._refused = ipywidgets.HTML()
        self._answer = ipywidgets.HTML(layout=ipywidgets.Layout(overflow="auto"))
        buttons = [self._undo, self._reset, *(aside.button for aside in self._asides)]
        shown = [
            ipywidgets.HBox(buttons, layout=ipywidgets.Layout(flex_flow="row wrap")),
            self._refused,
            *(aside.box for aside in self._asides),
            self._answer,
        ]
        right = ipywidgets.VBox(shown, layout=ipywidgets.Layout(flex="1 1 30em", min_width="18em"))
        self._box = ipywidgets.HBox(
            [self._finder.box, right], layout=ipywidgets.Layout(flex_flow="row wrap")
        )

    def view(self) -> dict[str, Any]:
        """Returns the part of a mime bundle that shows the widgets."""
        return {VIEW: self._box._repr_mimebundle_()[VIEW]}

    def show(self, state: Exploration) -> None:
        """Shows a state: in every control, and what follows from it."""
        self._finder.show(state)
        self._undo.disabled = not state.past
        self._reset.disabled = not state.given
        self._refused.value = _refusal(state.refused)
        self._answer.value = lines_closed(state.dx._repr_html_())
        for aside in self._asides:
            aside.show(state)


def _refusal(words: str) -> str:
    if not words:
        return ""
    return lines_closed(f'<p role="alert"><strong>Not taken.</strong> {escape(words)}</p>')


def _button(name: str, about: str, pressed: Callable[[], None]) -> Any:
    button = ipywidgets.Button(
        description=name, tooltip=about, layout=ipywidgets.Layout(width="auto")
    )
    button.on_click(lambda _: pressed())
    return button
