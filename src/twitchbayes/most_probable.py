"""The most probable explanation of one case."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twitchbayes.display.rows import NOTICE, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explanation"]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The one combination of states of all variables that is more probable than any other.

    It is about all variables together: a state in it need not be the most probable of its variable
    by itself.

    Attributes:
        network: name and version of the network.
        states: the state of every variable, a series named `state` by variable.
        log_probability: ln P(states | evidence).
    """

    network: str
    states: pd.Series[Any]
    log_probability: float

    @property
    def probability(self) -> float:
        """P(states | evidence); of many variables often small, and zero below 1e-308."""
        return math.exp(self.log_probability)

    def __repr__(self) -> str:
        width = max(len(name) for name in self.states.index)
        lines = [f"Most probable of all combinations of states ({self.network})", ""]
        lines += [f"{name:<{width}}  {state}" for name, state in self.states.items()]
        lines += [
            "",
            f"All of this together: {percent(self.probability or 5e-324)}, "
            f"ln P = {self.log_probability:.4f}",
            NOTICE,
        ]
        return "\n".join(lines)
