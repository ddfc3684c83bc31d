"""Rows at even steps in place of those that came: what an interval holds, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table
from workers.data.sources.tabular.resample import resampled
from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sheets import Sheet
from workers.errors import DataError

SHEET = Sheet(Path("x.csv"), pd.DataFrame())
FORWARD = {"fill": "forward"}


def at(*minutes: float) -> str:
    """Rows at these minutes past midnight, in which x and y are 0, 1, 2 and so on."""
    rows = [f"{pd.Timestamp('2024-03-31') + pd.Timedelta(minutes=m)},{i},{i}" for i, m in enumerate(minutes)]
    return "\n".join(["t,x,y", *rows])


def test_an_interval_has_the_mean_of_its_rows_and_the_time_of_its_end() -> None:
    found = table(at(1, 2, 5, 6, 9, 15), time="t", resample="5min")
    assert found.clock is not None
    assert ((found.clock - found.clock[0]) / 60).tolist() == [0, 5, 10]
    assert pd.Timestamp(found.clock[0], unit="s") == pd.Timestamp("2024-03-31 00:05")
    assert found.features.ravel().tolist() == [1, 3.5, 5]


def test_an_interval_that_no_row_has_reached_the_end_of_is_left_out() -> None:
    found = table(at(1, 5, 7, 10, 11, 14), time="t", resample="5min", missing=FORWARD)
    assert found.features.ravel().tolist() == [0.5, 2.5]
    assert found.notes[:2] == (
        "6 rows resampled to 2 intervals of 5min, 0 without any value",
        "2 rows in an interval that has not ended: not used",
    )


def test_an_empty_interval_is_missing_and_is_named_unless_it_is_filled_or_dropped() -> None:
    text = at(1, 5, 16, 20, 22, 25)
    with pytest.raises(DataError, match=r"the 5min up to 2024-03-31 00:10:00, 2024-03-31 00:15:00: values are missing"):
        table(text, time="t", resample="5min")
    assert table(text, time="t", resample="5min", missing=FORWARD).features.ravel().tolist() == [
        0.5,
        0.5,
        0.5,
        2.5,
        4.5,
    ]
    assert table(text, time="t", resample="5min", missing={"fill": "drop"}).features.ravel().tolist() == [0.5, 2.5, 4.5]


def test_an_empty_interval_is_named_as_the_column_has_it() -> None:
    text = "t,x,y\n" + "".join(
        f"{second},1,{second}\n" for second in (1_700_000_000, 1_700_000_060, 1_700_000_240, 1_700_000_300)
    )
    with pytest.raises(DataError, match="the 1min up to 1700000160, 1700000220: values are missing"):
        table(text, time="t", resample="1min")


def test_nothing_is_filled_across_a_pause() -> None:
    found = table(at(1, 5, 10, 200, 205, 210), time="t", resample="5min", max_gap="1h")
    assert found.starts.tolist() == [0, 2]
    assert found.features.ravel().tolist() == [0.5, 2, 3, 4, 5]


def test_of_classes_the_last_is_taken() -> None:
    rows = zip((1, 2, 5, 6, 10, 12, 15, 20), "aabbaabb", strict=True)
    text = "t,x,y\n" + "".join(f"2024-03-31 00:{minute:02},1,{name}\n" for minute, name in rows)
    found = table(text, time="t", resample="5min")
    assert [found.class_names[number] for number in found.targets] == ["b", "a", "b", "b"]


def test_each_group_has_its_own_intervals() -> None:
    rows = (("a", 3), ("a", 5), ("b", 14), ("a", 10), ("b", 15), ("b", 20))
    text = "g,t,x,y\n" + "".join(f"{group},{60 * minute},{minute},{minute}\n" for group, minute in rows)
    found = table(text, time="t", group="g", resample="5min", inputs=["x"], targets=["y"])
    assert found.clock is not None
    assert (found.clock / 60).tolist() == [5, 10, 15, 20]
    assert found.features.ravel().tolist() == [4, 10, 14.5, 20]


def test_intervals_are_counted_in_utc_and_a_local_clock_shows_their_ends() -> None:
    cells = [f"2024-03-31 {hour}" for hour in ("01:10", "01:40", "03:00", "03:30", "04:00")]
    text = "t,x,y\n" + "".join(f"{cell},{i},{i}\n" for i, cell in enumerate(cells))
    found = table(text, time={"column": "t", "zone": "Europe/Berlin"}, resample="1h")
    assert found.clock is not None
    assert found.clock.tolist() == [1711846800, 1711850400]
    assert found.features.ravel().tolist() == [1, 3.5]


def test_a_horizon_in_time_is_counted_in_intervals() -> None:
    minutes = [*range(1, 200, 3)]
    assert table(at(*minutes), time="t", resample="5min", horizon="30min").horizon == 6
    assert table(at(*minutes), time="t", resample="5min", horizon=6).horizon == 6


REFUSED = [
    ({"resample": "5min"}, "resample", "needs to know when each row was: name the column in time"),
    ({"time": "t", "resample": "5"}, "resample", "'5' is not a duration"),
    ({"time": "t", "resample": "1ns"}, "resample", "1ns is too short: at least a microsecond"),
    (
        {"time": "t", "resample": "5min", "horizon": "12min"},
        "horizon",
        "12min is no whole number of intervals of 5min, see resample; say 10min",
    ),
    (
        {"time": "t", "resample": "1h", "max_gap": "15min"},
        "max_gap",
        "15min is shorter than the intervals of resample, 1h; at least 1h",
    ),
]


@pytest.mark.parametrize(("fields", "field", "message"), REFUSED)
def test_what_does_not_fit_is_refused_at_its_field(fields: dict[str, object], field: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Table.model_validate({"path": "x.csv", "inputs": ["x"], "targets": ["y"], **fields})
    [error] = caught.value.errors()
    assert error["loc"] == (field,)
    assert message in error["msg"]


def test_intervals_that_are_shorter_than_the_steps_of_rows_are_refused() -> None:
    with pytest.raises(DataError, match="rows are 10min apart; say resample: 10min, or longer") as caught:
        table(at(*range(0, 300, 10)), time="t", resample="2min", missing=FORWARD)
    assert caught.value.field == "data.resample"


def test_intervals_that_are_empty_in_pauses_are_refused_unless_they_are_dropped() -> None:
    text = at(*range(60), *range(1000, 1060))
    with pytest.raises(DataError, match=r"most of them in pauses; part the rows at pauses with max_gap"):
        table(text, time="t", resample="5min", missing=FORWARD)
    assert len(table(text, time="t", resample="5min", missing={"fill": "drop"}).features) == 25


def test_a_file_in_which_no_interval_has_ended_is_refused() -> None:
    with pytest.raises(DataError, match="no row is left"):
        table(at(1, 2, 3), time="t", resample="1D", missing=FORWARD)


def test_more_intervals_than_memory_holds_are_refused_before_they_are_made() -> None:
    text = "t,x,y\n2004-01-01,0,0\n2024-01-01,1,1\n"
    with pytest.raises(DataError, match=r"makes 631,152,001 intervals of 1s; part rows at pauses"):
        table(text, time="t", resample="1s")


steps = st.sampled_from(["1s", "7s", "1min", "90s"])


@settings(deadline=None)
@given(st.lists(st.integers(0, 5_000_000), min_size=1, max_size=60, unique=True), steps)
def test_intervals_are_those_of_pandas(thousandths: list[int], step: str) -> None:
    clock = np.sort(thousandths) / 1000 + 1.7e9
    values = np.random.default_rng(len(clock)).normal(size=(len(clock), 2))
    values[::5, 0] = np.nan
    rows = Rows(values, ("x", "y"), np.zeros(len(clock), np.int64), clock, np.arange(len(clock)))
    found = resampled(rows, pd.Timedelta(step).total_seconds(), SHEET, [1])
    moments = pd.to_datetime(np.round(clock * 1e6).astype(np.int64), unit="us")
    intervals = pd.DataFrame(values, index=moments).resample(step, label="right", closed="right", origin="epoch")
    expected = intervals.mean().assign(**{"1": intervals[1].last()})[[0, "1"]]
    expected = expected[expected.index <= moments[-1]]
    assert found.clock is not None
    np.testing.assert_array_equal(found.clock, expected.index.astype("M8[us]").astype(np.int64) / 1e6)
    np.testing.assert_allclose(found.values, expected.to_numpy(), rtol=1e-12)


def test_where_intervals_are_dropped_horizon_and_season_go_on_counting_the_clock() -> None:
    text = at(5, 10, 15, 30, 35, 40, 45)  # the intervals up to 00:20 and 00:25 have no row
    found = table(
        text, time="t", resample="5min", missing={"fill": "drop"}, inputs=["x", "y"], horizon="10min", season=3
    )
    assert found.targets.ravel()[found.scored].tolist() == [2, 5, 6]
    assert np.flatnonzero(found.scored).tolist() == [0, 3, 4]
    seasonal = found.forecasts["seasonal"].ravel().tolist()  # the value 15 min before what is forecast, or 30 min
    assert seasonal == [0, 0, 1, 1, 3, 4, 5]
    assert not any("horizon of" in note for note in found.notes)
