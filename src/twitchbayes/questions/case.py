"""One case as the questions vary it: findings left out, added, exchanged, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine import Engine
from twitchbayes.errors import QueryError, did_you_mean
from twitchbayes.evidence import Finding, describe
from twitchbayes.network import Network, Variable
from twitchbayes.questions.arguments import names

__all__ = ["Case"]

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Case:
    """The findings of one case, with the network and the engine that answers for them.

    Attributes:
        network: with a target.
        engine: of the same network.
        findings: what was found and what was assumed, in the order of the network's variables.
    """

    network: Network
    engine: Engine
    findings: tuple[Finding, ...]

    @property
    def target(self) -> Variable:
        """The variable whose states are the causes."""
        return self.network.by_name[str(self.network.target)]

    @property
    def place(self) -> int:
        """The position of the target."""
        return self.network.position[self.target.name]

    @property
    def context(self) -> tuple[Finding, ...]:
        """What was known of who the patient is, before any finding."""
        return tuple(f for f in self.findings if self.kind(f.variable) == "context")

    @property
    def found(self) -> tuple[Finding, ...]:
        """The findings that are not context: what a question takes away or exchanges."""
        return tuple(f for f in self.findings if self.kind(f.variable) != "context")

    @property
    def open(self) -> tuple[int, ...]:
        """Positions of what could still be asked or examined, in the order of the network."""
        known = {finding.variable for finding in self.findings}
        return tuple(
            place
            for place, variable in enumerate(self.network.variables)
            if variable.name not in known
            and variable.kind not in ("cause", "mechanism")
            and place != self.place
        )

    def kind(self, name: str) -> str:
        """Returns the kind of a variable."""
        return self.network.by_name[name].kind

    def words(self, finding: Finding) -> str:
        """Returns what was found, in the names of the states."""
        states = self.network.by_name[finding.variable].states
        return describe(states, finding.weights, finding.measured)

    def likelihoods(self, cases: int = 1) -> dict[int, Values]:
        """Returns the likelihoods of all findings, the same in each of some cases."""
        return {
            self.network.position[finding.variable]: np.tile(finding.weights, (cases, 1))
            for finding in self.findings
        }

    def with_some(self, players: Sequence[Finding], kept: NDArray[np.bool_]) -> dict[int, Values]:
        """Returns likelihoods in which some of the findings are left out.

        Args:
            players: the findings that may be left out.
            kept: which of them are there, shape (cases, players).

        Returns:
            Per observed variable, shape (cases, states).
        """
        likelihoods = self.likelihoods(len(kept))
        for player, there in zip(players, kept.T, strict=True):
            likelihoods[self.network.position[player.variable]][~there] = 1.0
        return likelihoods

    def posteriors(self, likelihoods: Mapping[int, Values]) -> Values:
        """Returns the posterior of the target in cases that are possible, shape (cases, causes)."""
        return self.engine.marginal([self.place], likelihoods).probabilities

    def causes(self, asked: str | Sequence[str] | None, *, default: str) -> NDArray[np.bool_]:
        """Returns which states of the target are meant, shape (causes,).

        Args:
            asked: a cause, a group of causes, or several of them; None for the default.
            default: the cause that is meant where none is named.

        Raises:
            QueryError: an unknown name, or all causes together.
        """
        groups = {group.name: group.states for group in self.network.groups}
        states = self.target.states
        meant = np.zeros(len(states), dtype=np.bool_)
        for name in [default] if asked is None else names("causes", asked):
            if name not in states and name not in groups:
                near = did_you_mean(name, [*states, *groups])
                raise QueryError(f"{self.network.name} has no cause {name!r}{near}")
            # a name that is both is the cause's
            for state in (name,) if name in states else groups[name]:
                meant[states.index(state)] = True
        if meant.all():
            raise QueryError("of all causes together nothing is open; name some of them")
        return meant
