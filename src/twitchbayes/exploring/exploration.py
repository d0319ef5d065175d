"""A walk through one case: the answer now, the answers before it, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

from twitchbayes.diagnosis import Diagnosis
from twitchbayes.errors import EvidenceError, ImpossibleEvidenceError, TooWideError
from twitchbayes.evidence import Finding
from twitchbayes.exploring.calls import diagnose_call

__all__ = ["Exploration"]


@dataclass(frozen=True, eq=False)
class Exploration:
    """The state of an explorer, without any widget. Every step returns a new one.

    Attributes:
        dx: the answer to what is given now.
        past: the answers before it, the first one first; `undo` goes back through them.
        refused: why the last step was not taken; "" where it was.

    Example:
        >>> import twitchbayes as tb
        >>> start = Exploration(tb.load("leg_twitch").diagnose(age=62))
        >>> worse = start.answer("babinski", "yes")
        >>> worse.as_code()
        'model.diagnose(age=62, babinski="yes")'
        >>> worse.undo().dx is start.dx
        True
    """

    dx: Diagnosis
    past: tuple[Diagnosis, ...] = ()
    refused: str = ""

    @property
    def given(self) -> dict[str, Finding]:
        """What was found, by variable, without what is only assumed."""
        return {finding.variable: finding for finding in self.dx.findings if not finding.assumed}

    def answer(self, name: str, value: object) -> Exploration:
        """Returns the exploration with one finding added, changed, or taken back (`None`).

        What cannot be used, or cannot go together, is refused: the answer stays, `refused` says
        why.

        Args:
            name: a variable or a measurement.
            value: as for `DiagnosticModel.diagnose`.
        """
        try:
            dx = self.dx.update({name: value})
        except (EvidenceError, ImpossibleEvidenceError, TooWideError) as error:
            return replace(self, refused=str(error))
        return self._now(dx)

    def undo(self) -> Exploration:
        """Returns the exploration one step earlier; at its beginning it stays there."""
        if not self.past:
            return replace(self, refused="")
        return Exploration(self.past[-1], self.past[:-1])

    def reset(self) -> Exploration:
        """Returns the exploration with nothing given; that can be undone, too."""
        return self._now(Diagnosis.of(self.dx.model, {}))

    def questions(self, count: int) -> dict[str, float]:
        """Returns what would tell most if it were known, with its information in bits."""
        information = self.dx.next_findings()["information"].head(count)
        return {str(name): float(bits) for name, bits in information.items() if bits > 0}

    def as_code(self) -> str:
        """Returns the call that gives this diagnosis, as Python source."""
        return diagnose_call(self.dx.model.network, self.dx.findings)

    def _now(self, dx: Diagnosis) -> Exploration:
        if dx.findings == self.dx.findings:
            return replace(self, refused="")
        return Exploration(dx, (*self.past, self.dx))
