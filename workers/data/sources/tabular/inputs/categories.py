"""Columns of categories: their cells as numbers, and which of them training has."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.sources.tabular.absent import Missing, is_missing
from workers.data.sources.tabular.cells import TRUE_AND_FALSE, text_of
from workers.data.sources.tabular.inputs.entry import Categories
from workers.data.sources.tabular.sheets import Sheet
from workers.errors import DataError
from workers.wording import listed

MOST = 200  # of a column: each is an input
UNSEEN = -1.0
WHOLE = r"^([+-]?[0-9]+)\.0+$"  # a whole number, as it is written where others of its column are not known


def numbered(sheet: Sheet, name: str, missing: Missing, known: tuple[str, ...]) -> NDArray[np.float64]:
    """(rows,) the number of each cell's category among those that are known; -1 of another, NaN of a missing cell."""
    text = category_of(sheet.columns[name], missing)
    codes = text.map({category: number for number, category in enumerate(known)}).to_numpy(np.float64)
    return np.where(text.isna(), np.nan, np.where(np.isnan(codes), UNSEEN, codes))


def all_of(sheet: Sheet, name: str, missing: Missing) -> tuple[str, ...]:
    """Every category of a column in order: numbers by their size, texts by the alphabet."""
    found = category_of(sheet.columns[name], missing).dropna().unique()
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        return tuple(sorted(found))


def category_of(cells: pd.Series, missing: Missing) -> pd.Series:
    """(rows,) each cell's category as text, None where it is missing.

    It does not depend on other cells: 7.0 is 7, since a column of whole numbers is written so where cells are missing,
    and true is True.
    """
    text = text_of(cells)
    whole = text.str.replace(WHOLE, r"\1", regex=True)
    absent = is_missing(text, missing.values) | is_missing(whole, missing.values)
    is_truth = whole.str.lower().isin(list(TRUE_AND_FALSE))
    return whole.where(~is_truth, whole.str.capitalize()).where(~absent)


def in_training(
    everywhere: Mapping[str, tuple[str, ...]], codes: Mapping[str, NDArray[np.float64]], source: str
) -> Categories:
    """Those categories that training has.

    everywhere: of each column, in the whole file; codes: of each column (n,) those of the training part. Raises
    DataError for more than a model should have inputs, and for a column of which training has none.
    """
    found = {}
    for name, categories in everywhere.items():
        seen = np.unique(codes[name]).astype(int)
        found[name] = tuple(categories[number] for number in seen)
        if len(seen) > MOST:
            what = (
                f"{name} holds {len(seen):,} categories in training ({listed(found[name][:3])}), and each is an input"
            )
            cure = f"at most {MOST}: put rare ones together under one name, or leave the column out"
            raise DataError(f"{source}: {what}; {cure}", "data.inputs")
    return found


def renumbered(codes: NDArray[np.float64], categories: tuple[str, ...], known: tuple[str, ...]) -> NDArray[np.float64]:
    """(rows,) the numbers among those that are known; codes: (rows,) among all categories."""
    place = {category: number for number, category in enumerate(known)}
    new = np.array([place.get(category, UNSEEN) for category in categories], np.float64)
    return np.asarray(new[codes.astype(int)])
