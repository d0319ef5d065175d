"""What `model.explore()` returns: widgets in a notebook, the static view elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from twitchbayes.diagnosis import Diagnosis
from twitchbayes.exploring.exploration import Exploration
from twitchbayes.exploring.front_end import IN_A_SAVED_NOTEBOOK, why_no_widgets

if TYPE_CHECKING:
    from twitchbayes.exploring.panel import Panel

__all__ = ["Explorer"]


class Explorer:
    """A case to click through; as the last line of a cell it opens.

    It is what holds the state between clicks, and so the one thing here that changes; each state is
    a frozen `Exploration`.

    Attributes:
        exploration: the state now.

    Example:
        >>> import twitchbayes as tb
        >>> explorer = tb.load("asia").explore(smoke=True)
        >>> explorer.answer("xray", "yes")
        >>> explorer.code
        'model.diagnose(smoke="yes", xray="yes")'
        >>> explorer.dx.top(1).index[0]
        'yes'
    """

    def __init__(self, start: Diagnosis) -> None:
        self.exploration = Exploration(start)
        self._panel: Panel | None = None

    @property
    def dx(self) -> Diagnosis:
        """The diagnosis of what is given now, for the next cell."""
        return self.exploration.dx

    @property
    def code(self) -> str:
        """The call that gives this diagnosis."""
        return self.exploration.as_code()

    def answer(self, name: str, value: object) -> None:
        """Adds, changes or takes back (`None`) a finding, as a click does.

        What cannot be is refused: the state stays, `exploration.refused` says why.
        """
        self._go(self.exploration.answer(name, value))

    def undo(self) -> None:
        """Goes back one step."""
        self._go(self.exploration.undo())

    def reset(self) -> None:
        """Takes back everything; can be undone."""
        self._go(self.exploration.reset())

    def __repr__(self) -> str:
        return "\n\n".join((*self._words(), repr(self.dx)))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Returns the widgets where there can be any, and the static view for all others."""
        why = why_no_widgets()
        words = "".join(f"<p>{escape(line)}</p>" for line in self._words())
        bundle: dict[str, Any] = {
            "text/plain": repr(self),
            "text/html": words + self.dx._repr_html_(),
        }
        if why:
            return bundle
        if self._panel is None:
            from twitchbayes.exploring.panel import Panel

            self._panel = Panel(self.dx.model.network, self.answer, self.undo, self.reset)
            self._panel.show(self.exploration)
        return bundle | self._panel.view()

    def _words(self) -> list[str]:
        """Why the view is static, and what was not taken."""
        refused = self.exploration.refused
        words = [why_no_widgets() or IN_A_SAVED_NOTEBOOK]
        return [*words, f"Not taken. {refused}"] if refused else words

    def _go(self, exploration: Exploration) -> None:
        self.exploration = exploration
        if self._panel is not None:
            self._panel.show(exploration)
