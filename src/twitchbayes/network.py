"""The network as data: variables, groups, red flags and sources, frozen and valid."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitchbayes import rules
from twitchbayes.distribution import NoisyMax, Table
from twitchbayes.errors import FormatError, NetworkError, QueryError, did_you_mean
from twitchbayes.estimate import Source
from twitchbayes.event import Event
from twitchbayes.figure import Figure
from twitchbayes.invariant import Invariant
from twitchbayes.rules.limits import MAX_PARENTS, MAX_TABLE
from twitchbayes.terminology import Code, CodeSystem

__all__ = ["Group", "Measurement", "Network", "RedFlag", "Variable"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number that may be given instead of a state, and how it is cut into states.

    Attributes:
        name: what users type, `age` for the variable `age_band`; may be the variable's own name.
        unit: unit of the number.
        cuts: increasing cut points; a number equal to a cut belongs to the band above it.
        bands: the variable's states from the lowest band to the highest, one more than cuts.
        minimum, maximum: the range the network is about, both ends included.
        outside: what to tell someone whose number is out of the range.
    """

    name: str
    unit: str
    cuts: tuple[float, ...]
    bands: tuple[str, ...]
    minimum: float
    maximum: float
    outside: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A discrete random variable with its conditional distribution.

    Attributes:
        name: what users type.
        states: its states, the unremarkable one first.
        distribution: P(variable | parents).
        parents: the variables it depends on, in the order of the table's axes.
        kind: one of `twitchbayes.rules.limits.KINDS`.
        label: name for people; the name itself where empty.
        state_labels: (state, label) pairs for states whose name does not say enough.
        default: the state assumed where nothing is given, shown as assumed; or None.
        measurement: the number that may be given instead of a state, or None.
        note: what is meant, and what is not.
    """

    name: str
    states: tuple[str, ...]
    distribution: Table | NoisyMax
    parents: tuple[str, ...] = ()
    kind: str = "other"
    label: str = ""
    state_labels: tuple[tuple[str, str], ...] = ()
    default: str | None = None
    measurement: Measurement | None = None
    note: str = ""

    def state_label(self, state: str) -> str:
        """Returns the state's name for people."""
        return dict(self.state_labels).get(state, state.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Group:
    """Causes that belong together, by what they mean for the patient."""

    name: str
    label: str
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RedFlag:
    """Findings that need action whatever the posterior is.

    Attributes:
        name: short name.
        label: the flag in words.
        when: (variable, states) pairs, all of which must be found.
        action: one of `twitchbayes.rules.limits.ACTIONS`.
        sources: ids of the sources that ask for the action.
        note: why.
    """

    name: str
    label: str
    when: Event
    action: str
    sources: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Network:
    """A Bayesian network of cited numbers.

    Attributes:
        name, title, version: how it is called, here and wherever a result is shown.
        variables: in the order declared; parents may come later than their children.
        target: the variable whose states are the causes, or None.
        groups: of the target's states; each state is in exactly one, or there are none.
        sources: the bibliography.
        red_flags: findings that need action, the most urgent first.
        costs: (kind, cost) pairs: what a finding of this kind costs to ask for, in any unit.
        figures: published figures that the network should reproduce.
        invariants: laws that the network obeys.
        code_systems, codes: the states in the codes of published terminologies.
        description, population, note: what it is for, who it is about, what to beware of.
        date, authors, licence: of this version.

    Raises:
        NetworkError: the network is not valid; lists every problem with its path.
    """

    name: str
    title: str
    version: str
    variables: tuple[Variable, ...]
    target: str | None = None
    groups: tuple[Group, ...] = ()
    sources: tuple[Source, ...] = ()
    red_flags: tuple[RedFlag, ...] = ()
    costs: tuple[tuple[str, float], ...] = ()
    figures: tuple[Figure, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    code_systems: tuple[CodeSystem, ...] = ()
    codes: tuple[Code, ...] = ()
    description: str = ""
    population: str = ""
    note: str = ""
    date: datetime.date | None = None
    authors: tuple[str, ...] = ()
    licence: str = ""

    def __post_init__(self) -> None:
        problems = rules.problems(self)
        if problems:
            raise NetworkError(self.name, problems)

    def __getstate__(self) -> dict[str, object]:
        # what was looked up is looked up again elsewhere
        return {
            name: value for name, value in vars(self).items() if name in self.__dataclass_fields__
        }

    @cached_property
    def by_name(self) -> Mapping[str, Variable]:
        """The variables by name."""
        return {variable.name: variable for variable in self.variables}

    @cached_property
    def cards(self) -> NDArray[np.intp]:
        """How many states each variable has, in the order of `variables`."""
        return np.array([len(variable.states) for variable in self.variables], dtype=np.intp)

    @cached_property
    def code_range(self) -> tuple[NDArray[np.signedinteger[Any]], NDArray[np.signedinteger[Any]]]:
        """The lowest code of each variable, -1 for not observed, and the highest.

        They are int8, or int16 where a variable has over 128 states.
        """
        kind = np.int8 if self.cards.max() <= 128 else np.int16
        return np.full(len(self.cards), -1, kind), (self.cards - 1).astype(kind)

    @cached_property
    def position(self) -> Mapping[str, int]:
        """The place of each variable in `variables`."""
        return {variable.name: i for i, variable in enumerate(self.variables)}

    @cached_property
    def spoken(self) -> Mapping[str, tuple[Variable, Measurement | None]]:
        """What users may type: a variable by its name, or by the name of its measurement."""
        names: dict[str, tuple[Variable, Measurement | None]] = {
            variable.name: (variable, None) for variable in self.variables
        }
        for variable in self.variables:
            if variable.measurement is not None:
                names[variable.measurement.name] = (variable, variable.measurement)
        return names

    def variable(self, name: str) -> Variable:
        """Returns the variable called `name`.

        Raises:
            QueryError: there is none; the nearest names are suggested, or the variable that a
                measurement of that name sets.
        """
        try:
            return self.by_name[name]
        except (KeyError, TypeError):
            pass
        if isinstance(name, str) and name in self.spoken:
            meant = self.spoken[name][0].name
            raise QueryError(
                f"{name} is a number that sets {meant} in {self.name}; ask about {meant}"
            )
        raise QueryError(f"{self.name} has no variable {name!r}{did_you_mean(name, self.by_name)}")

    def parents(self, name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Returns the parents of a variable, each with its states, in order."""
        return tuple(
            (parent, self.by_name[parent].states) for parent in self.variable(name).parents
        )

    def table(self, name: str) -> NDArray[np.float64]:
        """Returns P(variable | parents) in full, shape (parents..., states).

        Raises:
            QueryError: there is no such variable.
            FormatError: a noisy-MAX has too many parents to be written out.
        """
        variable = self.variable(name)
        parents = self.parents(name)
        entries = math.prod(len(states) for _, states in parents) * len(variable.states)
        if entries > MAX_TABLE or len(parents) > MAX_PARENTS:
            raise FormatError(
                f"{name} is a noisy-MAX of {len(parents)} parents; written out, as pgmpy and the "
                f"formats of other programs need it, its table would have {entries:,} entries; at "
                f"most {MAX_TABLE:,} and {MAX_PARENTS} parents are written"
            )
        return variable.distribution.array(parents, variable.states)
