"""Rows that a forecast is asked for are read as the training table was, from a file or a frame."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workers.data.sources.table import Table
from workers.data.sources.tabular.frames import FrameOrFile
from workers.data.sources.tabular.rows import Rows

FIELDS = {"path": "data.csv", "inputs": ["x"], "targets": ["y"], "time": "t"}
GERMAN: dict[str, Any] = {"separator": ";", "decimal": ",", "header": 2}


def known(given: FrameOrFile, *, usual: str = "", **fields: Any) -> Rows:
    """The rows before they are mended."""
    data = Table.model_validate({**FIELDS, **fields})
    return data.known(data.sheet_of(given, "the rows given"), usual)[0]


def inputs(given: FrameOrFile, **fields: Any) -> list[float]:
    return [float(value) for value in np.ravel(known(given, **fields).values)]


def seconds(*cells: Any, usual: str) -> list[float]:
    clock = known(pd.DataFrame({"t": cells, "x": range(len(cells))}), usual=usual).clock
    assert clock is not None
    return [float(each) for each in clock]


def test_a_file_is_read_in_the_dialect_of_the_training_table(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("about\nt;x\n2024-01-01;1,5\n2024-01-02;2,5\n")
    assert inputs(tmp_path / "new.csv", **GERMAN) == [1.5, 2.5]


def test_a_frame_may_have_numbers_or_text_of_that_dialect() -> None:
    frame = pd.DataFrame({"t": ["2024-01-01", "2024-01-02"], "x": [1.5, 2.5]})
    assert inputs(frame, **GERMAN) == [1.5, 2.5]
    assert inputs(frame.assign(x=["1,5", "2,5"]), **GERMAN) == [1.5, 2.5]


def test_a_frame_may_have_its_names_in_another_form_of_unicode() -> None:
    frame = pd.DataFrame({"t": ["2024-01-01"], "Ka\u0308lte": [1.5]})
    assert inputs(frame, inputs=["K\u00e4lte"]) == [1.5]


def test_one_row_counts_what_the_rows_of_training_counted() -> None:
    assert seconds(40_000, usual="s") == [40_000]
    assert seconds(40_000, usual="excel") == [1_246_838_400]
    assert seconds(40_000, usual="") == [1_246_838_400]


def test_few_dates_are_read_as_the_dates_of_training() -> None:
    assert np.diff(seconds("01/02/2024", "02/02/2024", usual="%d/%m/%Y")).tolist() == [86_400]
    assert np.diff(seconds("01/02/2024", "02/02/2024", usual="%m/%d/%Y")).tolist() == [31 * 86_400]
    assert np.diff(seconds("2024-02-01", "2024-02-02", usual="%d/%m/%Y")).tolist() == [86_400]


@pytest.mark.parametrize(
    ("time", "cells"),
    [
        ("t", ["2024-03-31 14:05:00", "2024-03-31 15:05:00"]),
        ({"column": "t", "unit": "ms"}, [1_711_893_900_000, 1_711_897_500_000]),
        ({"column": "t", "unit": "excel"}, [45_382.5, 45_382.75]),
        ({"column": "t", "format": "%d.%m.%Y %H:%M"}, ["31.03.2024 14:05", "31.03.2024 15:05"]),
        ({"column": "t", "zone": "Europe/Berlin"}, ["2023-10-29 01:30", "2023-10-29 02:30"]),
        (
            {"column": "t", "zone": "Europe/Berlin", "format": "%d.%m.%Y %H:%M"},
            ["31.03.2024 14:05", "31.03.2024 15:05"],
        ),
    ],
)
def test_a_clock_is_written_as_its_column_would_have_it(time: Any, cells: list[Any]) -> None:
    data = Table.model_validate({**FIELDS, "time": time})
    assert data.when is not None
    clock = known(pd.DataFrame({"t": cells, "x": [1, 2]}), time=time).clock
    assert clock is not None
    again = pd.DataFrame({**data.when.as_written(clock), "x": [1, 2]})
    np.testing.assert_allclose(known(again, time=time).clock, clock)  # type: ignore[arg-type]
