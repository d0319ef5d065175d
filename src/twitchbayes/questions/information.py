"""What next: what each thing that is not known yet would tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twitchbayes.errors import QueryError, did_you_mean
from twitchbayes.questions.arguments import cost, names
from twitchbayes.questions.case import Case

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result", "information_frame", "joints", "mutual_information"]

Values = NDArray[np.float64]

COLUMNS = ["kind", "information", "cost", "per_cost", "swing", "results"]


class Result(NamedTuple):
    """One result that a finding may have.

    Attributes:
        state: of the finding.
        probability: of this result, given what is known.
        posterior: of the leading cause, or of what is asked about, if this were found.
    """

    state: str
    probability: float
    posterior: float

    def __repr__(self) -> str:
        return f"{self.state} {self.probability:.1%}: {self.posterior:.1%}"


def information_frame(
    case: Case,
    posterior: Values,
    about: str | Sequence[str] | None,
    kinds: str | Collection[str] | None,
    costs: Mapping[str, float] | None,
) -> pd.DataFrame:
    """Returns what each open finding would tell; see `Diagnosis.next_findings`.

    Raises:
        QueryError: an unknown cause or kind, or a cost that cannot be.
    """
    import pandas as pd

    places = _of_kinds(case, kinds)
    prices = _prices(case, costs)
    sides = np.eye(len(posterior), dtype=np.bool_)
    meant = sides[int(posterior.argmax())]
    if about is not None:
        meant = case.causes(about, default="")
        sides = np.stack([meant, ~meant])
    now = float(posterior[meant].sum())
    rows = []
    for place, joint in zip(places, joints(case, posterior, places), strict=True):
        variable = case.network.variables[place]
        chance = joint.sum(axis=0)
        information = mutual_information(np.stack([joint[side].sum(axis=0) for side in sides]))
        possible = np.flatnonzero(chance > 0)
        after = joint[meant][:, possible].sum(axis=0) / chance[possible]
        results = tuple(
            Result(variable.states[state], float(chance[state]), float(then))
            for state, then in zip(possible, after, strict=True)
        )
        price = prices.get(variable.name, prices.get(variable.kind, 1.0))
        swing = float(np.abs(after - now).max())
        about_it = (variable.kind, information, price, information / price, swing, results)
        rows.append((variable.name, *about_it))
    frame = pd.DataFrame(rows, columns=["finding", *COLUMNS]).set_index("finding")
    return frame.sort_values("per_cost", ascending=False, kind="stable")


def _of_kinds(case: Case, kinds: str | Collection[str] | None) -> tuple[int, ...]:
    if kinds is None:
        return case.open
    wanted = names("kinds", kinds)
    known = _kinds(case)
    for kind in wanted:
        if kind not in known:
            near = did_you_mean(kind, known) or f"; there are {', '.join(sorted(known))}"
            raise QueryError(f"no finding of {case.network.name} is of kind {kind!r}{near}")
    return tuple(place for place in case.open if case.network.variables[place].kind in wanted)


def _kinds(case: Case) -> set[str]:
    """Returns the kinds of what can be found."""
    hidden = ("cause", "mechanism")
    return {v.kind for v in case.network.variables if v.kind not in hidden}


def _prices(case: Case, costs: Mapping[str, float] | None) -> dict[str, float]:
    """Returns the costs by finding or kind: those of the network, under those that are given."""
    prices = dict(case.network.costs)
    if costs is None:
        return prices
    if not hasattr(costs, "items"):
        raise QueryError(f"costs is a mapping of findings or kinds to numbers, not {costs!r}")
    for name, price in costs.items():
        prices[_priced(case, name)] = cost(str(name), price)
    return prices


def _priced(case: Case, name: object) -> str:
    """Returns the kind or the variable that a cost is about, given by its own name or another."""
    kinds, spoken = _kinds(case), case.network.spoken
    if name in kinds:
        return str(name)
    if not isinstance(name, str) or name not in spoken:
        near = did_you_mean(name, [*spoken, *kinds])
        raise QueryError(f"costs: {name!r} is no finding and no kind{near}")
    variable = spoken[name][0]
    if case.network.position[variable.name] not in case.open:
        hidden = variable.kind in ("cause", "mechanism") or variable.name == case.target.name
        assumed = any(f.assumed for f in case.findings if f.variable == variable.name)
        why = (
            "cannot be asked"
            if hidden
            else "is assumed already; update the diagnosis with what was found"
            if assumed
            else "is known already"
        )
        raise QueryError(f"costs: {name!r} {why}")
    return variable.name


def joints(case: Case, posterior: Values, places: Sequence[int]) -> list[Values]:
    """Returns P(cause, state | findings) per open finding, shape (causes, states).

    All in one run: the causes are the cases.
    """
    causes = np.flatnonzero(posterior > 0)
    likelihoods = case.likelihoods(len(causes))
    likelihoods[case.place] = np.eye(len(posterior))[causes]
    answer = case.engine.marginals(places, likelihoods)
    joints = []
    for place in places:
        joint = np.zeros((len(posterior), answer.probabilities[place].shape[1]))
        joint[causes] = posterior[causes, np.newaxis] * answer.probabilities[place]
        joints.append(joint)
    return joints


def mutual_information(joint: Values) -> float:
    """Returns I(A; B) in bits of a joint distribution, shape (A, B) (Shannon 1948)."""
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    # rounding may leave a little less than nothing
    return max(0.0, float((joint[there] * np.log2(joint[there] / apart[there])).sum()))
