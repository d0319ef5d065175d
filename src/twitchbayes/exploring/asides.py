"""What the explorer shows only when asked: why, how sure, and the call as code."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from twitchbayes.errors import TwitchbayesError
from twitchbayes.exploring.exploration import Exploration

__all__ = ["Aside", "asides", "lines_closed"]


class Aside:
    """A button that shows and hides one more answer about the state.

    What takes long to compute is taken away by the next click, so that clicks stay quick; what
    does not follows the state.

    Attributes:
        button: the switch.
        box: what it shows.
    """

    def __init__(
        self, name: str, about: str, html_of: Callable[[Exploration], str], *, follows: bool
    ) -> None:
        self._html_of = html_of
        self._follows = follows
        self._state: Exploration | None = None
        self.button = ipywidgets.ToggleButton(
            description=name, tooltip=about, layout=ipywidgets.Layout(width="auto")
        )
        self.button.observe(self._switched, names="value")
        self.box = ipywidgets.HTML(layout=ipywidgets.Layout(display="none", overflow="auto"))

    def show(self, state: Exploration) -> None:
        """Takes the state that the answer is about."""
        if self._state is state:
            return
        self._state = state
        if not self._follows:
            self.button.value = False
        elif self.button.value:
            self.box.value = self._html()

    def _switched(self, change: dict[str, Any]) -> None:
        if change["new"]:
            self.box.value = self._html()
        else:
            self.box.value = ""
        self.box.layout.display = None if change["new"] else "none"

    def _html(self) -> str:
        if self._state is None:
            return ""
        try:
            return self._html_of(self._state)
        except TwitchbayesError as error:  # such as odds of what is certain
            return f"<p>{escape(str(error))}</p>"


def asides() -> list[Aside]:
    """Returns the answers that are there for the asking."""
    return [
        Aside(
            "Why?", "what each finding adds to the odds of the leading cause", _why, follows=False
        ),
        Aside(
            "How sure?",
            "how well the numbers behind the answer are known",
            _how_sure,
            follows=False,
        ),
        Aside("As code", "the call that gives this answer, to copy", _code, follows=True),
    ]


def lines_closed(html: str) -> str:
    """Returns HTML with lines as close as in a text; those of a widget are as high as a button."""
    return f'<div style="line-height: 1.4">{html}</div>'


def _why(state: Exploration) -> str:
    return lines_closed(state.dx.show("explanation").html)


def _how_sure(state: Exploration) -> str:
    return lines_closed(state.dx.show("intervals").html)


def _code(state: Exploration) -> str:
    return f'<pre style="user-select: all">{escape(state.as_code())}</pre>'
