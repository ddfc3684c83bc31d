"""What a column holds, before anybody says what it is for."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from workers.data.sources.tabular.absent import is_missing
from workers.data.sources.tabular.cells import are_booleans, as_numbers, text_of
from workers.data.sources.tabular.numeric import MAX_LISTED
from workers.data.sources.tabular.sentinels import sentinel
from workers.data.sources.tabular.sheets import Sheet
from workers.data.sources.tabular.written_numbers import looks_like_a_number, writing_of
from workers.data.timeline import LARGEST

MOSTLY = 0.5  # of the known cells
MOSTLY_MISSING = 0.5  # of the rows: then a column is left out
LONGEST_WORD = 20  # characters of a cell that may mean missing
SAMPLE = 1_000  # different texts that are looked at

Kind = Literal["numbers", "true and false", "texts", "dates", "nothing", "something else"]


@dataclass(frozen=True, eq=False)
class Column:
    """A column.

    kind       what its cells are, but for those that say that a value is missing
    cells      (rows,) as the loader reads them
    numbers    (rows,) of numbers, true and false, NaN where missing; empty of others
    missing    in how many rows nothing is known
    words      cells that mean missing, beside empty ones
    different  how many different values it has
    why_not    why it cannot be used as it is; empty where it can
    """

    name: str
    kind: Kind
    cells: pd.Series
    numbers: NDArray[np.float64]
    missing: int
    words: tuple[str, ...] = ()
    different: int = 0
    why_not: str = ""

    @property
    def numeric(self) -> bool:
        """Whether it can be an input as it stands."""
        return self.kind in ("numbers", "true and false")

    @property
    def whole(self) -> bool:
        """Whether it holds whole numbers alone."""
        known = self.numbers[~np.isnan(self.numbers)]
        return self.kind == "numbers" and bool(len(known)) and bool((known == np.round(known)).all())

    @property
    def mostly_missing(self) -> bool:
        """Whether little is known of it."""
        return self.missing > MOSTLY_MISSING * len(self.cells)

    @property
    def counts_rows(self) -> bool:
        """Whether it goes up by one from row to row."""
        return self.whole and len(self.numbers) > 2 and bool((np.diff(self.numbers) == 1).all())


def column(sheet: Sheet, name: str) -> Column:
    """What the column of this name holds."""
    cells = sheet.columns[name]
    none = np.zeros(0)
    if types.is_datetime64_any_dtype(cells):
        return Column(name, "dates", cells, none, int(cells.isna().sum()), different=cells.nunique())
    values, absent = as_numbers(cells, (), sheet.dialect)
    if absent.all():
        return Column(name, "nothing", cells, none, len(cells), why_not="it has no value")
    strange = np.isnan(values) & ~absent
    if not strange.any():
        return _numbers(name, cells, values)
    text = text_of(cells)
    words = _words(text, strange, int((~absent & ~strange).sum()))
    if words:
        return _numbers(name, cells, values, words)
    return _texts(sheet, name, text, absent)


def _numbers(name: str, cells: pd.Series, values: NDArray[np.float64], words: tuple[str, ...] = ()) -> Column:
    if (sign := sentinel(values)) is not None:
        words = (*words, f"{sign.sign:g}")
        values = np.where(values == sign.sign, np.nan, values)
    known = values[~np.isnan(values)]
    truths = types.is_bool_dtype(cells) or (
        not types.is_numeric_dtype(cells) and are_booleans(text_of(cells)[~np.isnan(values)])
    )
    why_not = "it has infinite or far too large numbers" if (np.abs(known) > LARGEST).any() else ""
    different, missing = len(np.unique(known)), int(np.isnan(values).sum())
    return Column(name, "true and false" if truths else "numbers", cells, values, missing, words, different, why_not)


def _words(text: pd.Series, strange: NDArray[np.bool_], count: int) -> tuple[str, ...]:
    """The few cells among `count` numbers that are none and so mean missing; none where it may be otherwise."""
    words = tuple(text[strange].drop_duplicates())
    many = len(words) > MAX_LISTED or max(map(len, words)) > LONGEST_WORD
    if many or count < MOSTLY * (count + strange.sum()) or any(map(looks_like_a_number, words)):
        return ()
    return tuple(map(str, words))


def _texts(sheet: Sheet, name: str, text: pd.Series, absent: NDArray[np.bool_]) -> Column:
    known = text[~absent]
    look = writing_of(known.drop_duplicates()[:SAMPLE], sheet.dialect)
    kind: Kind = "something else" if look else "texts"
    why_not = f"it holds {look.what}: {look.advice}" if look else ""
    cells = sheet.columns[name]
    return Column(name, kind, cells, np.zeros(0), int(absent.sum()), different=int(known.nunique()), why_not=why_not)


def is_empty(column: Column) -> NDArray[np.bool_]:
    """(rows,) whether the cell is empty, whatever the column holds."""
    return is_missing(text_of(column.cells), column.words)
