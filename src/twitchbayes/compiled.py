"""A network with what was compiled from it: names, states, the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twitchbayes.contradictions import find_contradiction
from twitchbayes.engine import Engine, Marginal
from twitchbayes.errors import ImpossibleEvidenceError, QueryError
from twitchbayes.evidence import Finding, likelihoods, state_codes
from twitchbayes.network import Network, Variable
from twitchbayes.scoring import Scorer

__all__ = ["CompiledNetwork"]


class CompiledNetwork:
    """A network and its engine; it pickles as the network alone.

    Attributes:
        network: the frozen data.
    """

    def __init__(self, network: Network) -> None:
        self.network = network

    @cached_property
    def engine(self) -> Engine:
        """The network compiled for inference."""
        return Engine(self.network)

    def prepare(self) -> None:
        """Compiles the network for questions about its target now, not when one is first asked.

        `load` does so; a model that was made otherwise or sent to another process is compiled by
        its first question, which takes some hundredths of a second.
        """
        if self.network.target is not None:
            self._scorer.prepare()

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in the order declared."""
        return tuple(variable.name for variable in self.network.variables)

    @property
    def target(self) -> Variable:
        """The variable whose states are the causes.

        Raises:
            QueryError: the network has none.
        """
        if self.network.target is None:
            raise QueryError(
                f"{self.network.name} names no target; load it with target=..., one of "
                f"{', '.join(self.variables[:12])}{', ...' if len(self.variables) > 12 else ''}"
            )
        return self.network.by_name[self.network.target]

    @property
    def causes(self) -> tuple[str, ...]:
        """The states of the target, in the order declared.

        Raises:
            QueryError: the network has no target.
        """
        return self.target.states

    def states(self, name: str) -> tuple[str, ...]:
        """Returns the states of a variable, the unremarkable one first.

        Raises:
            QueryError: there is no such variable.
        """
        return self.network.variable(name).states

    def marginal(self, names: Sequence[str], found: Sequence[Finding]) -> Marginal:
        """Returns the joint posterior of some variables for one case, as arrays.

        Raises:
            ImpossibleEvidenceError: the findings have probability zero.
        """
        places = [self.network.position[name] for name in names]
        observed = likelihoods(self.network, found)
        codes = state_codes(self.network, found) if list(names) == [self.network.target] else None
        if codes is None:
            answer = self.engine.marginal(places, observed)
        else:
            answer = self._scorer.posterior(codes)
        if np.isneginf(answer.log_evidence[0]):
            raise self._impossible(observed, {f.variable for f in found if f.assumed})
        return answer

    @cached_property
    def _scorer(self) -> Scorer:
        return Scorer(self.network, self.engine, self.target.name)

    def __getstate__(self) -> dict[str, Network]:
        return {"network": self.network}

    def _impossible(
        self, observed: Mapping[int, NDArray[np.float64]], assumed: set[str]
    ) -> ImpossibleEvidenceError:
        contradiction = find_contradiction(self.network, self.engine, observed)
        return ImpossibleEvidenceError(
            f"the findings have probability zero in {self.network.name}: "
            f"{contradiction.sentence(assumed)}; check them, or give one as soft evidence (a "
            "weight per state)",
            contradiction.findings,
        )
