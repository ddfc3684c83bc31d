"""What may be taken of a column of numbers in its place."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sheets import Sheet
from workers.errors import DataError
from workers.wording import counted

Numbers = NDArray[np.float64]
Name = Literal["log", "log1p"]


class Transform(NamedTuple):
    """A function of numbers.

    of      what is taken of values (rows,)
    back    the values again
    above   the lowest number, above which it is defined
    advice  what to say of numbers of which it is not defined
    """

    of: Callable[[Numbers], Numbers]
    back: Callable[[Numbers], Numbers]
    above: float
    advice: str


TRANSFORMS: Mapping[Name, Transform] = {
    "log": Transform(np.log, np.exp, 0.0, "of 0 and more say transform: log1p, the logarithm of 1 + the value"),
    "log1p": Transform(np.log1p, np.expm1, -1.0, "leave transform out"),
}


def taken(name: Name, values: Numbers) -> Numbers:
    """(rows,) what is taken of values (rows,); where it is not defined, 0, which only a row has that is not read."""
    transform = TRANSFORMS[name]
    suits = values > transform.above
    return np.where(suits, transform.of(np.where(suits, values, 1.0)), 0.0)


def refuse_unsuited(
    rows: Rows,
    key: str,
    name: Name,
    read: NDArray[np.bool_],
    sheet: Sheet,
    named: Callable[[NDArray[np.bool_]], str] | None,
) -> None:
    """Raises DataError where the transform is not defined of a value of this column.

    read: (rows,) which rows count; named: what messages call rows that are none of the file
    """
    transform, values = TRANSFORMS[name], rows.values[:, rows.names.index(key)]
    bad = read & (values <= transform.above) & (rows.row >= 0)
    if bad.any():
        lines = named(bad) if named else sheet.lines(np.sort(rows.row[bad]))
        value, count = f"{values[int(bad.argmax())]:g}", counted(bad.sum(), "such value")
        what = f"{key} is {value}, which has no {name} ({count})"
        raise DataError(f"{sheet.path}, {lines}: {what}; {transform.advice}", "data.inputs")
