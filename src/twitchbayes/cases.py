"""Many cases at once: a table of findings as an array of codes, and codes as likelihoods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twitchbayes.engine import highest
from twitchbayes.errors import EvidenceError, QueryError
from twitchbayes.evidence import resolve
from twitchbayes.network import Measurement, Network, Variable
from twitchbayes.values import is_missing, state_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "NOT_OBSERVED",
    "case_label",
    "checked_codes",
    "code_type",
    "encode_frame",
    "fill_defaults",
]

NOT_OBSERVED = -1

FEW = 16
"""So few cases are looked through at once."""

MOST_VALUES = 5
"""Bad values of a column that are explained."""


def code_type(network: Network) -> type[np.signedinteger[Any]]:
    """Returns the integer type of codes: int8, or int16 where a variable has over 128 states."""
    return network.code_range[0].dtype.type


def encode_frame(network: Network, frame: pd.DataFrame) -> NDArray[np.signedinteger[Any]]:
    """Returns the codes of a table of cases, shape (cases, variables), -1 for "not observed".

    A column is a variable or a measurement; a cell is one state, a bool, a number of the
    measurement, or missing. The codes of a column are next to each other in memory.

    Raises:
        EvidenceError: not a table, or all that is wrong with it: unknown columns and states,
            numbers out of range, two columns that mean the same variable. Each with the first case
            that has it and how many more do, `MOST_VALUES` values of a column.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise EvidenceError(
            f"a table of cases is a pandas DataFrame, a row per case, not {type(frame).__name__}; "
            "one case goes to diagnose"
        )
    shape = (len(frame), len(network.variables))
    codes = np.full(shape, NOT_OBSERVED, code_type(network), order="F")
    named: dict[str, object] = {}
    wrong: list[EvidenceError] = []
    for place, column in enumerate(frame.columns):
        try:
            variable, measurement = resolve(network, column)
            if variable.name in named:
                raise EvidenceError(
                    f"{variable.name} is given twice, in the columns {named[variable.name]!r} and "
                    f"{column!r}; keep one",
                    variable.name,
                )
            named[variable.name] = column
            cells = frame.iloc[:, place]
            read = _read_at_once(variable, measurement, cells)
            if read is None:
                numbers, values = _factorized(variable, cells)
                of_values, bad = _read(variable, measurement, values)
                wrong += _explained(variable, bad, numbers, frame.index)
                read = of_values[numbers]
            codes[:, network.position[variable.name]] = read
        except EvidenceError as error:
            wrong.append(error)
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        raise EvidenceError("\n  ".join([f"the table has {len(wrong)} problems", *map(str, wrong)]))
    return codes


def fill_defaults(network: Network, codes: NDArray[np.signedinteger[Any]]) -> None:
    """Puts the network's defaults where codes say nothing, but for the target."""
    for place, variable in enumerate(network.variables):
        if variable.default is not None and variable.name != network.target:
            column = codes[:, place]
            column[column == NOT_OBSERVED] = variable.states.index(variable.default)


def _read_at_once(
    variable: Variable, measurement: Measurement | None, cells: pd.Series[Any]
) -> NDArray[np.int16] | None:
    """Returns the codes of a column of categories or of measured numbers.

    None where it holds anything else, or a category or number that cannot be read; `_factorized`
    and `_read` take any column, and find what is wrong.
    """
    import pandas as pd

    kind = cells.dtype
    if isinstance(kind, pd.CategoricalDtype):
        try:
            states = [
                state_of(variable, measurement, value) for value in kind.categories.to_numpy()
            ]
        except EvidenceError:
            return None
        read = np.array([*map(variable.states.index, states), NOT_OBSERVED], np.int16)
        return read[cells.cat.codes.to_numpy()]
    # float32 stands for decimals, which are read one by one
    if measurement is None or not (kind == np.float64 or kind == np.int64):
        return None
    numbers = cells.to_numpy(np.float64)
    missing = np.isnan(numbers)
    inside = (numbers >= measurement.minimum) & (numbers <= measurement.maximum)
    if not (inside | missing).all():
        return None
    bands = np.array([variable.states.index(state) for state in measurement.bands], np.int16)
    read = bands[np.searchsorted(measurement.cuts, numbers, side="right")]
    return np.where(missing, np.int16(NOT_OBSERVED), read)


def _factorized(
    variable: Variable, cells: pd.Series[Any]
) -> tuple[NDArray[np.intp], Iterable[object]]:
    """Returns the distinct values of a column, and the number of each cell's, -1 for missing."""
    import pandas as pd

    kind = cells.dtype
    objects = isinstance(kind, np.dtype) and kind.kind == "O"
    plain = objects or (isinstance(kind, pd.StringDtype) and kind.storage == "python")
    try:
        numbers, values = pd.factorize(cells.to_numpy() if plain else cells, use_na_sentinel=True)
        if objects and not _are_alike(cells, values):
            # True and 1 are equal, and may mean different things
            typed = np.empty(len(cells), dtype=object)
            typed[:] = [None if is_missing(cell) else (type(cell), cell) for cell in cells]
            numbers, pairs = pd.factorize(typed, use_na_sentinel=True)
            values = pd.Index([value for _, value in pairs], dtype=object)
        if any(isinstance(value, (tuple, frozenset)) for value in values):
            raise TypeError
    except TypeError:
        raise EvidenceError(
            f"the column {cells.name!r} holds sets, lists or weights; a table takes one state per "
            "cell, give other findings to diagnose() case by case",
            variable.name,
        ) from None
    # an index makes Python floats of float32, and 0.7 is then 0.699999988
    return numbers, values.to_numpy() if isinstance(values, pd.Index) else values


def _are_alike(cells: pd.Series[Any], values: Iterable[object]) -> bool:
    """Whether equal cells of a column of objects mean the same: all are texts, or of one type."""
    if all(isinstance(value, str) for value in values):
        return True
    from pandas.api.types import infer_dtype

    return infer_dtype(cells, skipna=True) in ("boolean", "integer", "floating")


def _read(
    variable: Variable, measurement: Measurement | None, values: Iterable[object]
) -> tuple[NDArray[np.int16], dict[int, EvidenceError]]:
    """Returns the code of every value, one more for missing, and what is wrong with some."""
    read: list[int] = []
    bad: dict[int, EvidenceError] = {}
    for i, value in enumerate(values):
        try:
            read.append(variable.states.index(state_of(variable, measurement, value)))
        except EvidenceError as error:
            read.append(NOT_OBSERVED)
            bad[i] = error
    return np.array([*read, NOT_OBSERVED], np.int16), bad


def _explained(
    variable: Variable,
    bad: dict[int, EvidenceError],
    numbers: NDArray[np.intp],
    index: pd.Index[Any],
) -> Iterator[EvidenceError]:
    """Yields what is wrong with some values of a column, with the first case that has each."""
    for i, error in list(bad.items())[:MOST_VALUES]:
        cases = np.flatnonzero(numbers == i)
        more = f" and {len(cases) - 1:,} more" if len(cases) > 1 else ""
        label = case_label(index, int(cases[0]))
        yield EvidenceError(f"case {label!r}{more}: {error}", variable.name)
    if len(bad) > MOST_VALUES:
        yield EvidenceError(
            f"{variable.name}: and {len(bad) - MOST_VALUES:,} more values like these",
            variable.name,
        )


def case_label(index: pd.Index[Any], place: int) -> object:
    """Returns the label of a case as a plain Python object, which is how an error shows it."""
    return index[place : place + 1].tolist()[0]


def checked_codes(network: Network, codes: ArrayLike) -> NDArray[np.signedinteger[Any]]:
    """Returns codes as an integer array, shape (cases, variables).

    Raises:
        QueryError: not integers, another shape, or a code that no state has.
    """
    try:
        array = np.asarray(codes)
    except ValueError:
        raise QueryError("codes are rows of different lengths; give one array") from None
    expected = len(network.variables)
    if array.ndim != 2 or array.shape[1] != expected:
        raise QueryError(
            f"codes have shape {array.shape}, expected (cases, {expected}), columns as in "
            "model.variables"
        )
    if array.dtype.kind != "i":
        raise QueryError(f"codes are {array.dtype}, expected signed integers, -1 for not observed")
    least, most = network.code_range
    # many are looked through for the extremes first, which is faster, and one as a vector
    if len(array) <= FEW or array.min() < NOT_OBSERVED or (highest(array) > most).any():
        looked_at = array[0] if len(array) == 1 else array
        wrong = (looked_at < least) | (looked_at > most)
        if np.count_nonzero(wrong):
            wrong = wrong.reshape(array.shape)
            case, place = (int(number) for number in np.argwhere(wrong)[0])
            name, states = network.variables[place].name, network.cards[place]
            raise QueryError(
                f"codes[{case}, {place}] is {array[case, place]}, but {name} has the codes 0 to "
                f"{states - 1}, and -1 for not observed"
            )
    return array
