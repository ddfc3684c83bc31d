"""A table in lines of JSON: each line an object, whose names are columns."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from workers.data.sources.tabular.columns import Columns, cells
from workers.data.sources.tabular.dialect import Dialect
from workers.data.sources.tabular.foreign import refuse_foreign
from workers.errors import DataError

LONGEST = 60  # characters of a line that a message repeats


def columns(path: Path, dialect: Dialect) -> Columns:
    """The names of all objects; what a line lacks is missing there. What is inside an object is named outer.inner."""
    refuse_foreign(path, begins=b"{")
    records = [record for _, record in _records(path, dialect)]
    names = list(dict.fromkeys(name for record in records for name in record))

    def frame(used: list[int], texts: list[int]) -> pd.DataFrame:
        columns = {place: [record.get(names[place]) for record in records] for place in used}
        return pd.DataFrame(
            {place: cells(_known(values), dialect, text=place in texts) for place, values in columns.items()},
            columns=used,
        )

    return Columns(names, frame)


def positions(path: Path, rows: list[int], dialect: Dialect) -> list[int]:
    """The lines of these rows, from 1."""
    numbers = [number for number, _ in islice(_lines(path, dialect), max(rows) + 1)]
    return [numbers[row] for row in rows]


def _lines(path: Path, dialect: Dialect) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    with Dialect(encoding=dialect.encoding).text_of(path) as text:
        yield from ((number, line) for number, line in enumerate(text, start=1) if line.strip())


def _records(path: Path, dialect: Dialect) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(path, dialect):
        try:
            record = json.loads(line)
        except ValueError as error:
            shown = f"'{line.strip()[:LONGEST]}'"
            raise DataError(f"{path}, line {number}: is {shown}, which is no JSON ({error})", "data.path") from None
        except RecursionError:
            raise DataError(f"{path}, line {number}: is nested too deeply", "data.path") from None
        if not isinstance(record, dict):
            what = f"is a {type(record).__name__}, and each line should be an object such as {{...}}"
            raise DataError(f"{path}, line {number}: {what}", "data.path")
        yield number, _flat(record)


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """The values by their names, those inside another object by both names with a point between."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        inner = {f".{each}": of for each, of in _flat(value).items()} if isinstance(value, dict) else {"": value}
        found |= {f"{name}{each}": of for each, of in inner.items()}
    return found


def _known(values: list[Any]) -> list[Any]:
    """None in the place of NaN, which JSON has not, but Python writes."""
    return [None if isinstance(value, float) and value != value else value for value in values]  # noqa: PLR0124
