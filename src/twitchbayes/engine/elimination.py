"""One network compiled: its plans, and what they give for likelihood vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine.answers import Marginal, Marginals, MostProbable
from twitchbayes.engine.codes import Codes
from twitchbayes.engine.joint import Joints
from twitchbayes.engine.likelihoods import cases_of
from twitchbayes.engine.marginals import ManyMarginals
from twitchbayes.engine.maximum import Maxima
from twitchbayes.engine.plan import Plan
from twitchbayes.engine.separated import Separated
from twitchbayes.engine.structure import Compiled, compile_network
from twitchbayes.network import Network

__all__ = ["Engine"]


class Engine:
    """Exact inference on one network by variable elimination (Zhang and Poole 1994).

    Evidence is a likelihood vector per observed variable, so that hard, disjunctive and soft
    findings are one thing. Nothing that is asked changes the engine.
    """

    def __init__(self, network: Network, compiled: Compiled | None = None) -> None:
        compiled = compile_network(network) if compiled is None else compiled
        self._network = network
        self._compiled = compiled
        self.variables = len(network.variables)
        self.structure = compiled.structure
        self.tables = compiled.tables
        self._joints = Joints(compiled)
        self._separated = Separated(compiled)
        self._many = ManyMarginals(compiled, self._joints)
        self._maxima = Maxima(network, compiled)

    def with_tables(self, tables: Mapping[int, NDArray[np.float64]]) -> Engine:
        """Returns an engine that has other numbers in the tables of some nodes.

        Args:
            tables: by node, each of the shape that it has in `tables`.
        """
        return Engine(self._network, self._compiled.with_drawn(tables))

    def plan(
        self,
        keep: Sequence[int],
        observed: Collection[int],
        fixed: Collection[int] = (),
    ) -> Plan:
        """Returns the plan for the joint of the variables `keep`; print it to see its cost.

        Args:
            keep: positions of the variables asked for, in the order of the answer's axes.
            observed: positions of the variables that carry a likelihood per case.
            fixed: positions of the variables that are in one known state in every case.

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        return self._joints.plan(keep, observed, fixed)

    def marginal(
        self,
        keep: Sequence[int],
        likelihoods: Mapping[int, NDArray[np.float64]],
        tables: Mapping[int, NDArray[np.float64]] | None = None,
    ) -> Marginal:
        """Returns the joint posterior of the variables `keep` for every case.

        Args:
            keep: positions of the variables asked for.
            likelihoods: per observed variable P(what was seen | state), shape (cases, states), up
                to a factor; ones for a case in which it was not observed.
            tables: of some nodes in place of the network's, shape (draws, parents..., states), as
                `draw_tables` makes them. The draws are the cases of the answer: of each likelihood
                there is one for all of them, or one per draw.

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        return self._joints.marginal(keep, likelihoods, tables or {})

    def separated(
        self, keep: Sequence[int], codes: Codes
    ) -> tuple[NDArray[np.float64], bool] | None:
        """Returns the joint posterior of some variables for one coded case, and if it is possible.

        P(evidence) is not computed, so what the evidence separates from them is left out.

        Args:
            keep: positions of the variables asked for, none of them observed.
            codes: shape (variables,), -1 for not observed.

        Returns:
            None where `marginal` is to be asked: this road is costly, or does not find out whether
            the case is possible.
        """
        return self._separated.posterior(keep, codes)

    def separated_together(
        self, keep: Sequence[int], codes: Codes
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Returns the same for many coded cases, which share what they have in common.

        Args:
            keep: positions of the variables asked for, observed in no case.
            codes: shape (cases, variables), of one case at least, -1 for not observed.

        Returns:
            Shape (cases, states of each variable asked for...), zeros where a case is impossible;
            whether each is possible; and which have an answer, the others are to be asked alone.
        """
        return self._separated.posteriors(keep, codes)

    def marginals(
        self, nodes: Sequence[int], likelihoods: Mapping[int, NDArray[np.float64]]
    ) -> Marginals:
        """Returns the posterior of each of some variables, all from two passes.

        Args:
            nodes: positions of the variables asked for; what leads to no other is not computed.
            likelihoods: as for `marginal`.

        Raises:
            TooWideError: tables larger than memory allows would be needed.
        """
        return self._many.marginals(nodes, likelihoods)

    def most_probable(self, likelihoods: Mapping[int, NDArray[np.float64]]) -> MostProbable:
        """Returns the most probable states of all variables of the network together.

        Of equally probable ones always the same is given. Everything is done with logarithms, so
        that nothing underflows.

        Args:
            likelihoods: as for `marginal`.

        Raises:
            TooWideError: a table larger than memory allows would be needed. That may be so where
                `marginals` has an answer: a maximum cannot be taken before the sum over the hidden
                nodes of a noisy-MAX.
        """
        # a probability as such, so without the factor of soft evidence
        log_evidence = self.marginal((), likelihoods).log_evidence
        every = np.broadcast_to(log_evidence, cases_of(likelihoods))
        return self._maxima.most_probable(likelihoods, every)

    def possible(self, likelihoods: Mapping[int, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Returns for every case whether its evidence has probability above zero; shape (cases,).

        No arithmetic is involved, so nothing can underflow.

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        return self._joints.possible(likelihoods)

    def ready(
        self, keep: Sequence[int], observed: Collection[int], states: Mapping[int, int]
    ) -> tuple[Plan, Sequence[NDArray[np.float64]]]:
        """Returns a plan and the arrays to run it on.

        Where the plan made from shapes alone is costly or too wide, the tables are taken apart:
        first into factors without negative entries, then, if that does not make the plan cheap,
        into all that can be found. Each is taken if it saves most of the work.

        Args:
            keep: positions of the variables asked for.
            observed: positions of the variables that carry a likelihood per case.
            states: the states of the variables that are certain.

        Raises:
            TooWideError: a table larger than memory allows would be needed.
        """
        return self._joints.ready(keep, observed, states)
