"""What may be taken of a column of numbers in its place."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sheets import Sheet
from workers.data.transforms import TRANSFORMS, Name, Numbers
from workers.errors import DataError
from workers.wording import counted


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
    field: str = "data.inputs",
) -> None:
    """Raises DataError where the transform is not defined of a value of this column.

    read: (rows,) which rows count; named: what messages call rows that are none of the file; field: that asks for it
    """
    transform, values = TRANSFORMS[name], rows.values[:, rows.names.index(key)]
    bad = read & (values <= transform.above) & (rows.row >= 0)
    if bad.any():
        lines = named(bad) if named else sheet.lines(np.sort(rows.row[bad]))
        value, count = f"{values[int(bad.argmax())]:g}", counted(bad.sum(), "such value")
        what = f"{key} is {value}, which has no {name} ({count})"
        raise DataError(f"{sheet.path}, {lines}: {what}; {transform.advice}", field)
