"""What is mended in a table, and how it is reported; and the forms a file may have."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.paths import ROOT
from tests.workers.data.sources.tables import minutes, table
from workers.data.sources import load
from workers.data.sources.table import Table
from workers.data.sources.tabular.absent import Missing
from workers.data.sources.tabular.missing import fill_forward
from workers.data.sources.tabular.rows import Rows

GLUCOSE = ROOT / "configs" / "data" / "glucose.csv.gz"


def test_a_longer_pause_starts_a_new_sequence() -> None:
    timeline = table(minutes(0, 5, 20, 36), time="t", max_gap="15min")
    assert timeline.starts.tolist() == [0, 3]
    assert timeline.notes == ("1 pause longer than 15min: the rows make 2 sequences",)


def test_rows_are_sorted_when_asked_and_the_note_says_where_time_went_back() -> None:
    timeline = table(minutes(0, 10, 5), time="t", order="sort")
    assert timeline.features.ravel().tolist() == [0, 2, 1]
    assert timeline.notes == ("time went back 1 time (line 4): the rows were sorted",)


def test_of_rows_with_the_same_time_stamp_the_last_is_kept() -> None:
    timeline = table(minutes(*range(5), 4, *range(5, 15)), time="t")
    assert timeline.features.ravel().tolist() == [0, 1, 2, 3, *range(5, 16)]
    assert timeline.notes == (
        "1 of 16 rows with the same time stamp as a later one (line 6): dropped, the last is kept",
    )


def test_rows_written_twice_are_dropped_however_many() -> None:
    rows = [line for line in minutes(0, 5, 10).splitlines()[1:] for _ in range(2)]
    assert len(table("\n".join(["t,x,y", *rows]), time="t").features) == 3


def test_the_same_time_stamp_in_two_groups_is_no_repeat() -> None:
    assert table("t,g,x,y\n1,a,1,1\n1,b,2,2\n", time="t", group="g").features.ravel().tolist() == [1, 2]


def test_a_missing_input_is_filled_with_the_last_one_known() -> None:
    timeline = table("x,y\n1,1\nnil,2\n,3\n", missing={"values": ["nil"], "fill": "forward"})
    assert timeline.features.ravel().tolist() == [1, 1, 1]
    assert timeline.notes == ("2 missing values filled with the last known one (x 2)",)


def test_a_value_is_never_filled_in_from_another_sequence() -> None:
    timeline = table("g,x,y\na,1,1\nb,,2\nb,3,3\n", group="g", missing={"fill": "forward"})
    assert timeline.features.ravel().tolist() == [1, 3]
    assert timeline.notes == ("1 row before the first value of a sequence dropped",)


def test_a_target_that_was_filled_in_is_not_scored() -> None:
    timeline = table("x\n1\n\n2\n,\n4\n5\n".replace(",", '""'), targets=["x"], horizon=1, missing={"fill": "forward"})
    assert timeline.features.ravel().tolist() == [1, 2, 2, 4, 5]
    assert timeline.scored.tolist() == [True, False, True, True, False]


def test_rows_with_a_missing_value_are_dropped_when_asked() -> None:
    timeline = table("x,y\n1,1\nnil,2\n3,3\n", missing={"values": ["nil"], "fill": "drop"})
    assert timeline.features.ravel().tolist() == [1, 3]
    assert timeline.notes == ("1 row with a missing value dropped (x 1)",)


def test_a_pause_left_by_dropped_rows_starts_a_new_sequence() -> None:
    text = minutes(0, 10, 20, 30).replace(",1,1", ",,").replace(",2,2", ",,")
    assert table(text, time="t", max_gap="15min", missing={"fill": "drop"}).starts.tolist() == [0, 1]


def test_a_number_that_means_missing_is_found_however_it_is_written() -> None:
    timeline = table("x,y\n-999,1\n-999.0,2\n3,3\n", missing={"values": [-999], "fill": "drop"})
    assert timeline.features.ravel().tolist() == [3]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".csv.xz", ".parquet", ".parquet.gz"])
def test_every_form_of_file_gives_the_same_timeline(tmp_path: Path, suffix: str) -> None:
    frame = pd.DataFrame(
        {"t": pd.date_range("2024-03-31", periods=4, freq="h"), "x": [1.5, 2, 3, 4], "y": [1, 2, 3, 4]}
    )
    path = tmp_path / f"data{suffix}"
    if "parquet" in suffix:
        frame.set_index("t").to_parquet(plain := path.with_name("data.parquet"))
        if suffix.endswith(".gz"):
            _zip(plain, path)
    else:
        frame.to_csv(path, index=False)
    timeline = Table(path=path.name, time="t", inputs=("x",), targets=("y",)).load(tmp_path)
    assert (timeline.features.ravel().tolist(), timeline.targets.ravel().tolist()) == ([1.5, 2, 3, 4], [1, 2, 3, 4])
    assert timeline.clock is not None
    assert np.diff(timeline.clock).tolist() == [3600] * 3


def _zip(plain: Path, packed: Path) -> None:
    packed.write_bytes(gzip.compress(plain.read_bytes()))


def test_dates_in_another_form_are_read_when_only_one_reading_fits() -> None:
    timeline = table("t,x,y\n02/03/2024 00:00,1,1\n13/03/2024 00:00,2,2\n", time="t")
    assert timeline.clock is not None
    assert np.diff(timeline.clock) == 11 * 86400
    assert timeline.notes == ("t was read as %d/%m/%Y %H:%M",)


def test_plain_numbers_in_the_time_column_are_seconds() -> None:
    timeline = table("t,x,y\n0,1,1\n1,2,2\n5,3,3\n", time="t", max_gap="2s")
    assert timeline.starts.tolist() == [0, 2]


def test_a_byte_order_mark_windows_line_ends_and_blanks_around_names_do_no_harm() -> None:
    assert table("\ufeffx , y\r\n1, 2\r\n3, 4\r\n\r\n").features.ravel().tolist() == [1, 3]


def test_the_glucose_record_loads_with_its_dirt_reported() -> None:
    config = Table(
        path=GLUCOSE.name,
        time="datetime",
        inputs=("isig", "glucose"),
        targets=("glucose",),
        horizon=6,
        max_gap="15min",
        missing=Missing(values=("nil",), fill="drop"),
    )
    dataset = load(config, GLUCOSE.parent)
    assert dataset.baselines["persistence"]["validation/rmse"] == pytest.approx(23.7, abs=0.1)
    assert [note.split()[0] for note in dataset.timeline.notes] == ["3", "1,061", "170", "3", "the"]


values = st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=1, max_size=30)


@settings(deadline=None)
@given(values, st.data())
def test_a_filled_value_is_always_the_last_known_of_its_own_sequence(
    cells: list[int | None], data: st.DataObject
) -> None:
    sequence = np.cumsum(data.draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells))))
    column = np.array([np.nan if cell is None else cell for cell in cells])[:, None]
    rows = Rows(column, ("x",), sequence, None, np.arange(len(cells)))
    _, found = fill_forward(rows, 0)
    for i, value in enumerate(found.ravel()):
        known = [cells[j] for j in range(i + 1) if sequence[j] == sequence[i] and cells[j] is not None]
        np.testing.assert_equal(value, known[-1] if known else np.nan)
