"""What a network says of itself: its numbers, who says so, and whether it does what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twitchbayes import listing
from twitchbayes.checking import check_frame
from twitchbayes.compiled import CompiledNetwork
from twitchbayes.fidelity import fidelity_frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Accounts"]


class Accounts(CompiledNetwork):
    """The methods of a model that are about the network and take no case."""

    def estimates(self) -> pd.DataFrame:
        """Returns every number that the network states, with where it comes from.

        One row per number: variable, state, given (the conditions in words), value, grade,
        numerator, denominator, low, high, sources, note. A state that is left out of a row takes
        the remainder and is not listed.
        """
        return listing.estimates_frame(self.network)

    def sources(self) -> pd.DataFrame:
        """Returns the bibliography, by source id, with how often each is cited."""
        return listing.sources_frame(self.network)

    def codes(self) -> pd.DataFrame:
        """Returns the codes of states in published terminologies.

        One row per code: variable, state, system, code, label, fit (how well it fits), note,
        release (of the terminology, that the codes were checked against).

        Example:
            >>> import twitchbayes as tb
            >>> codes = tb.load("leg_twitch").codes().query("variable == 'babinski'")
            >>> codes[["state", "system", "code", "fit"]].to_numpy().tolist()
            [['yes', 'HPO', 'HP:0003487', 'exact']]
        """
        return listing.codes_frame(self.network)

    def fidelity(self) -> pd.DataFrame:
        """Returns every published figure beside what the network as a whole implies.

        What is implied is P(found | given), exact and marginal over everything else. Nothing is
        assumed: the people are those of the study, so a default of the network, such as a setting,
        stands in for nothing. It equals `query` of what is found with the same evidence, where a
        default that is not given is given as any of its states.

        Returns:
            A row per figure, in the order of the network: found and given (events in words), item,
            people, figure, low, high, interval ("published", "wilson" for one made from the counts,
            "" where there is none), implied, inside (of the interval), close (within 0.05 of the
            figure), faithful (inside or close), source, tier, left_out (why), note. A figure that
            is left out has no implied value, and one without interval nothing to be inside of; such
            cells are missing. Without figures the frame is empty.

        Raises:
            ImpossibleEvidenceError: the people of a figure have probability zero; names it.
            TooWideError: as for `diagnose`.

        Example:
            >>> import twitchbayes as tb
            >>> list(tb.load("asia").fidelity().columns[:5])
            ['found', 'given', 'item', 'people', 'figure']
        """
        return fidelity_frame(self.network, self.engine)

    def check(self, cases: int = 500, seed: int = 0) -> pd.DataFrame:
        """Returns whether the network obeys each of its invariants.

        A law about a finding "whatever else is found" is tried on many cases, before and after the
        finding: half have some findings of people drawn from the network, half any findings, up to
        twelve; the first has no other. The defaults of the network are assumed as in `diagnose`.

        Args:
            cases: how many cases for each such law.
            seed: other cases for another one; the same for the same.

        Returns:
            A row per invariant, in the order of the network: invariant, label, holds, tried (cases
            that were possible, times the combinations of its states), worst (how far a posterior
            was against the law; what is below zero was left to spare), counterexample (findings,
            `name=state, ...`, of which none can be left out; the finding comes last). Rounding, up
            to 1e-9, is not against a law.

        Raises:
            QueryError: `cases` or `seed` is no such number.
            ImpossibleEvidenceError: what an invariant is about has probability zero; names it.
            TooWideError: as for `diagnose`.

        Example:
            >>> import twitchbayes as tb
            >>> tb.load("asia").check().empty    # it has none
            True
        """
        return check_frame(
            self.network, self.engine, lambda codes: self._scorer.answered(codes), cases, seed
        )
