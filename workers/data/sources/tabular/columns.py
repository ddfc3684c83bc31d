"""What a file of a table gives: the names of its columns, and those that are used."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd

from workers.data.sources.tabular.dialect import Dialect

WHOLE = 2**53  # below which a number with decimals holds every whole one


class Columns(NamedTuple):
    """A file's columns.

    names  of all columns, in their order
    frame  the columns at some places, in that order, and of these places those that stay text, even if all cells are
           numbers -> a frame; raises DataError
    hint   what may be amiss where a column is not there; empty: nothing is known
    """

    names: list[str]
    frame: Callable[[list[int], list[int]], pd.DataFrame]
    hint: str = ""


def cells(values: Sequence[Any], dialect: Dialect, *, text: bool) -> pd.Series:
    """(rows,) the values of a column as numbers, as true and false, as dates, or else as text; None where missing.

    text: whether they stay text. A number among texts is written in the dialect, as texts that are numbers are.
    """
    known = [value for value in values if value is not None]
    kinds = {type(value) for value in known}
    if not text and kinds == {bool}:
        return pd.Series(values, dtype="boolean")
    if not text and kinds <= {int, float}:
        whole = kinds == {int} and len(known) == len(values) and max(map(abs, known)) < WHOLE
        return pd.Series(values, dtype="int64" if whole else "float64")
    if not text and all(issubclass(kind, datetime) for kind in kinds):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object)))
    return pd.Series([None if value is None else _written(value, dialect) for value in values], dtype="str")


def _written(value: Any, dialect: Dialect) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    whole = value == value and abs(value) < WHOLE and value == int(value)  # noqa: PLR0124  (not so of NaN)
    return str(int(value)) if whole else repr(value).replace(".", dialect.decimal)
