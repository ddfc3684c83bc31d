"""Rows as they are given to a forecaster: frames, numbers and texts, or files of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.sources.arrays import read_rows
from workers.data.sources.files import ending
from workers.data.sources.tabular.dialect import PLAIN
from workers.data.sources.tabular.formats import ENDINGS
from workers.data.sources.tabular.sheets import column_names, read_columns
from workers.data.sources.text import read_documents
from workers.errors import DataError
from workers.wording import counted, instead, listed

SOURCE = "the rows given"
SEQUENCE = "sequence"  # the column that tells sequences apart where the data name none


def frame_of(given: Any, names: tuple[str, ...]) -> pd.DataFrame:
    """A frame, or what can be one: a mapping of columns, rows as mappings, or numbers (time, n_inputs) in order."""
    if isinstance(given, pd.DataFrame):
        return given
    if isinstance(given, np.ndarray):
        if given.ndim != 2 or given.shape[1] != len(names):
            raise DataError(f"{SOURCE}: numbers must be (time, {len(names)}), for {listed(names)}, not {given.shape}")
        return pd.DataFrame(given, columns=list(names))
    try:
        return pd.DataFrame(given)
    except (TypeError, ValueError) as error:
        raise DataError(f"{SOURCE}: are no table ({error})") from None


def numbered_frame(given: Any, inputs: tuple[str, ...], targets: tuple[str, ...] = ()) -> pd.DataFrame:
    """The columns `inputs`, then `targets`, of data without names, and `sequence` where there is more than one.

    given: as `frame_of`, or the path of an .npz archive, of which columns are in order, or of a CSV or Parquet file.
    Raises DataError for a column that is missing, for an input that is no finite number, and for no rows.
    """
    frame, source = _unnamed(given, inputs, targets) if isinstance(given, Path) else (frame_of(given, inputs), SOURCE)
    for name in (*inputs, *targets):
        if name not in frame.columns:
            advice = instead(name, [str(column) for column in frame.columns])
            raise DataError(f"{source}: there is no column {name}; {advice}")
    if not len(frame):
        raise DataError(f"{source}: there are no rows")
    features = numbers_of(frame, inputs, "inputs", source)
    bad = ~np.isfinite(features).all(axis=1)
    if bad.any():
        raise DataError(f"{source}, row {int(bad.argmax()) + 1:,}: an input is not a finite number")
    return frame


def numbers_of(frame: pd.DataFrame, names: Sequence[str], noun: str, source: str = SOURCE) -> NDArray[np.float64]:
    """(rows, columns) these columns as numbers. Raises DataError where one is no number."""
    try:
        return np.asarray(frame[list(names)].to_numpy(np.float64))
    except (TypeError, ValueError) as error:
        raise DataError(f"{source}: not all {noun} are numbers ({error})") from None


def sequences_of(frame: pd.DataFrame) -> NDArray[Any]:
    """(rows,) what tells the sequences apart."""
    return frame[SEQUENCE].to_numpy() if SEQUENCE in frame else np.zeros(len(frame), np.int64)


def documents_of(given: Any, alphabet: str) -> list[str]:
    """The documents of a string, of several, of a frame of one column, or of a file; the empty ones left out.

    Raises DataError for no character, and for one that is not in the alphabet.
    """
    documents = [document for document in _texts(given) if document]
    if not documents:
        raise DataError(f"{SOURCE}: there is no character")
    strange = sorted(set("".join(documents)) - set(alphabet))
    if strange:
        what = f"{counted(len(strange), 'character')} that training did not have: {listed(map(repr, strange[:5]))}"
        raise DataError(f"{SOURCE}: {what}")
    return documents


def _unnamed(path: Path, inputs: tuple[str, ...], targets: tuple[str, ...]) -> tuple[pd.DataFrame, str]:
    """The frame of a file, and what messages call it."""
    if ending(path) in ENDINGS:
        optional = [SEQUENCE] if SEQUENCE in column_names(path, PLAIN) else []
        return read_columns(path, {"data.path": [*inputs, *targets, *optional]}, PLAIN).columns, str(path)
    features, known, starts = read_rows(path, targets=bool(targets))
    frame = frame_of(features, inputs)
    if known is not None:
        if known.shape[1] != len(targets):
            raise DataError(f"{path}: targets have {counted(known.shape[1], 'column')}, not {len(targets)}")
        frame = pd.concat([frame, pd.DataFrame(known, columns=list(targets))], axis=1)
    sequence = np.searchsorted(starts, np.arange(len(frame)), side="right")
    return (frame.assign(**{SEQUENCE: sequence}) if len(starts) > 1 else frame), str(path)


def _texts(given: Any) -> list[str]:
    if isinstance(given, Path):
        return read_documents(given)
    if isinstance(given, str):
        return [given]
    if isinstance(given, pd.DataFrame):
        if len(given.columns) != 1:
            raise DataError(f"{SOURCE}: text is one column, a document a row, not {len(given.columns)} columns")
        given = given.iloc[:, 0]
    texts = list(given)
    if not all(isinstance(text, str) for text in texts):
        raise DataError(f"{SOURCE}: text is a string, or several, a document each")
    return texts
