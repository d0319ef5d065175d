"""Which number matters: the answer as a function of each number of the network by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twitchbayes.engine import draw_tables
from twitchbayes.estimate import Estimate
from twitchbayes.listing import stated
from twitchbayes.network import Network, Variable
from twitchbayes.questions.case import Case
from twitchbayes.questions.dirichlet import plausible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Line", "influence_frame", "sensitivity_frame", "sensitivity_lines"]

Values = NDArray[np.float64]

COLUMNS = ["variable", "state", "given", "value", "low", "high", "grade", "slope"]
COLUMNS += ["posterior_low", "posterior_high", "range", "changes_at", "changes_to", "sources"]

NOTHING = 1e-12
"""A range of the posterior below this is rounding: the number does not bear on the answer."""


@dataclass(frozen=True, eq=False)
class Line:
    """P(cause, findings) as a linear function of one number t, the others of its row in proportion.

    Attributes:
        variable, given, state, estimate: which number.
        at_zero, at_one: P(cause, findings) at t = 0 and 1, up to one factor, shape (causes,).
    """

    variable: str
    given: str
    state: str
    estimate: Estimate
    at_zero: Values
    at_one: Values

    def posterior(self, t: float) -> Values:
        """Returns the posterior of every cause at t, (a t + b) / (c t + d); shape (causes,).

        At an end where the findings are impossible it is the limit, which is that of the other end.
        """
        joint = (1 - t) * self.at_zero + t * self.at_one
        if not joint.sum() > 0:
            joint = self.at_zero + self.at_one
        result: Values = joint / joint.sum()
        return result

    def slope(self, t: float) -> Values:
        """Returns the derivative of the posterior at t, shape (causes,)."""
        joint = (1 - t) * self.at_zero + t * self.at_one
        rise = self.at_one - self.at_zero
        total = joint.sum()
        if not total > 0:
            return np.zeros_like(joint)
        result: Values = (rise - joint / total * rise.sum()) / total
        return result

    def change_of_leader(self) -> tuple[float, int] | None:
        """Returns the nearest t at which another cause draws level with the leader, and which."""
        now = self.estimate.value
        leader = int(self.posterior(now).argmax())
        ahead_zero = self.at_zero[leader] - self.at_zero
        ahead_one = self.at_one[leader] - self.at_one
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = ahead_zero / (ahead_zero - ahead_one)
        # without opposite signs at the ends there is no crossing between them
        crossing[~(ahead_zero * ahead_one < 0)] = np.nan
        if np.isnan(crossing).all():
            return None
        nearest = int(np.nanargmin(np.abs(crossing - now)))
        return float(crossing[nearest]), nearest


def sensitivity_lines(case: Case) -> list[Line]:
    """Returns a line per number that the answer may depend on (van der Gaag and Coupe 2000).

    Each variable's numbers, at nought and at one, are draws of one run. Rows that share what they
    leave open as the baseline does keep their shares when a number of the baseline moves.
    """
    network, structure = case.network, case.engine.structure
    observed = [network.position[finding.variable] for finding in case.findings]
    needed = structure.ancestors((case.place, *observed))
    lines = []
    for place, variable in enumerate(network.variables):
        if place in needed:
            lines += _lines_of(case, variable)
    return lines


def _lines_of(case: Case, variable: Variable) -> list[Line]:
    numbers = list(stated(variable))
    rows = [row for _, row in variable.distribution.named_rows()]
    means = variable.distribution.distributions(variable.states)
    draws = 2 * len(numbers)
    values = [np.tile(mean, (draws, 1)) for mean in means]
    for number, (_, row, state, _) in enumerate(numbers):
        of_row = next(i for i, other in enumerate(rows) if other is row)
        for t in (0, 1):
            place = variable.states.index(state)
            values[of_row][2 * number + t] = moved(means[of_row], place, float(t))
    tables = draw_tables(case.network, case.engine.structure, {variable.name: values})
    answer = case.engine.marginal([case.place], case.likelihoods(), tables)
    peak = answer.log_evidence.max()
    joint = answer.probabilities * np.exp(answer.log_evidence - peak)[:, np.newaxis]
    joint = np.broadcast_to(joint, (draws, joint.shape[1]))
    return [
        Line(variable.name, given, state, estimate, joint[2 * number], joint[2 * number + 1])
        for number, (given, _, state, estimate) in enumerate(numbers)
    ]


def moved(mean: Values, place: int, t: float) -> Values:
    """Returns a row's distribution with one number moved to t, the others scaled in proportion.

    Where the others are all zero they share what is left equally.
    """
    others = np.arange(len(mean)) != place
    rest = mean[others].sum()
    values = np.where(others, mean / rest if rest > 0 else 1 / max(1, len(mean) - 1), 0.0)
    values *= 1 - t
    values[place] = t
    return values


def sensitivity_frame(case: Case, cause: int) -> pd.DataFrame:
    """Returns a row per number that bears on the answer; see `Diagnosis.sensitivity`."""
    import pandas as pd

    rows = []
    for line in sensitivity_lines(case):
        estimate = line.estimate
        low, high = plausible(estimate)
        at_low, at_high = (float(line.posterior(t)[cause]) for t in (low, high))
        change = line.change_of_leader()
        moves = abs(at_high - at_low)
        slope = float(line.slope(estimate.value)[cause])
        if max(moves, abs(slope)) <= NOTHING:
            continue
        at, to = (np.nan, None) if change is None else (change[0], case.target.states[change[1]])
        which = (line.variable, line.state, line.given, estimate.value, low, high, estimate.grade)
        effect = (slope, min(at_low, at_high), max(at_low, at_high), moves, at, to)
        rows.append((*which, *effect, "; ".join(estimate.sources)))
    frame = pd.DataFrame(rows, columns=COLUMNS).sort_values("range", ascending=False, kind="stable")
    frame = frame.reset_index(drop=True)
    frame.attrs["cause"] = case.target.states[cause]
    return frame


def influence_frame(network: Network, sensitivity: pd.DataFrame) -> pd.DataFrame:
    """Returns the sources that an answer rests on, the most influential first.

    Args:
        network: with the bibliography.
        sensitivity: what `sensitivity_frame` returns.
    """
    import pandas as pd

    most: dict[str, float] = {}
    numbers: dict[str, list[str]] = {}
    for row in sensitivity.to_dict("records"):
        for source in filter(None, row["sources"].split("; ")):
            most[source] = max(most.get(source, 0.0), row["range"])
            number = f"{row['variable']}={row['state']} | {row['given']}"
            numbers.setdefault(source, []).append(number)
    by_id = {source.id: source for source in network.sources}
    ranked = sorted(most, key=lambda source: -most[source])
    frame = pd.DataFrame(
        {
            "influence": [most[source] for source in ranked],
            "numbers": ["; ".join(numbers[source]) for source in ranked],
            "title": [by_id[source].title for source in ranked],
            "authors": [by_id[source].authors for source in ranked],
            "year": pd.array([by_id[source].year for source in ranked], dtype="Int64"),
            "tier": [by_id[source].tier for source in ranked],
        },
        index=pd.Index(ranked, name="id", dtype=object),
    )
    frame.attrs["cause"] = sensitivity.attrs["cause"]
    return frame
