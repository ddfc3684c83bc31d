"""A time in several columns is the time that one column would have."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table
from workers.errors import DataError

START = datetime(2024, 2, 27, 22, tzinfo=UTC)
HOURS = [START + timedelta(hours=hour) for hour in range(60)]
CASES: dict[str, tuple[dict[str, str], str, list[str]]] = {
    "date and time": ({"date": "d", "time": "t"}, "d,t", [f"{at:%Y-%m-%d,%H:%M:%S}" for at in HOURS]),
    "date and hour": ({"date": "d", "hour": "h"}, "d,h", [f"{at:%Y-%m-%d},{at.hour}" for at in HOURS]),
    "German date and hour": ({"date": "d", "hour": "h"}, "d,h", [f"{at:%d.%m.%Y},{at.hour}" for at in HOURS]),
    "day first, by what is even alone": (
        {"date": "d", "hour": "h"},
        "d,h",
        [f"{at:%d/%m/%Y},{at.hour}" for at in HOURS],
    ),
    "date with a form and hour": (
        {"date": "d", "hour": "h", "format": "%d-%m-%y"},
        "d,h",
        [f"{at:%d-%m-%y},{at.hour}" for at in HOURS],
    ),
    "of Italy, with a form": (
        {"date": "d", "time": "t", "format": "%d/%m/%Y %H.%M.%S"},
        "d,t",
        [f"{at:%d/%m/%Y,%H.%M.%S}" for at in HOURS],
    ),
    "of Italy, without": ({"date": "d", "time": "t"}, "d,t", [f"{at:%d/%m/%Y,%H.%M.%S}" for at in HOURS]),
    "of America": ({"date": "d", "time": "t"}, "d,t", [f"{at:%m/%d/%Y,%I:%M %p}" for at in HOURS]),
    "a date with a midnight": (
        {"date": "d", "hour": "h"},
        "d,h",
        [f"{at:%Y-%m-%d} 00:00:00,{at.hour}" for at in HOURS],
    ),
    "digits alone": ({"date": "d", "time": "t"}, "d,t", [f"{at:%Y%m%d},{at.hour * 100}" for at in HOURS]),
    "days of Excel": (
        {"date": "d", "hour": "h"},
        "d,h",
        [f"{at.toordinal() - 693594},{at.hour}" for at in HOURS],
    ),
    "numbers": (
        {"year": "Y", "month": "M", "day": "D", "hour": "H"},
        "Y,M,D,H",
        [f"{at:%Y},{at.month},{at.day},{at.hour}" for at in HOURS],
    ),
    "hours from 1 to 24, which is the midnight at the end of a day": (
        {"year": "Y", "month": "M", "day": "D", "hour": "H"},
        "Y,M,D,H",
        [f"{at - timedelta(hours=1):%Y,%m,%d},{24}" if at.hour == 0 else f"{at:%Y,%m,%d},{at.hour}" for at in HOURS],
    ),
    "numbers down to the second": (
        {"year": "Y", "month": "M", "day": "D", "hour": "H", "minute": "m", "second": "s"},
        "Y,M,D,H,m,s",
        [f"{at:%Y,%m,%d,%H,%M,%S}" for at in HOURS],
    ),
    "numbers and a time": (
        {"year": "Y", "month": "M", "day": "D", "time": "t"},
        "Y,M,D,t",
        [f"{at:%Y,%m,%d,%H:%M}" for at in HOURS],
    ),
}


def text(header: str, cells: list[str]) -> str:
    rows = [f"{cell},{number},{number}" for number, cell in enumerate(cells)]
    return "\n".join([f"{header},x,y", *rows])


@pytest.mark.parametrize("name", CASES)
def test_columns_of_a_time_are_the_time_that_they_say_together(name: str) -> None:
    time, header, cells = CASES[name]
    found = table(text(header, cells), time=time)
    assert found.clock is not None
    assert found.clock.tolist() == [at.timestamp() for at in HOURS]


def test_a_month_without_a_day_is_its_first() -> None:
    found = table("Y,M,x,y\n2023,12,1,1\n2024,1,2,2\n", time={"year": "Y", "month": "M"})
    assert found.clock is not None
    assert found.clock.tolist() == [datetime(2023, 12, 1, tzinfo=UTC).timestamp(), 1704067200]


def test_columns_of_a_time_are_of_the_clock_that_is_said() -> None:
    found = table(
        "d,h,x,y\n2023-10-29,1,1,1\n2023-10-29,2,2,2\n2023-10-29,2,3,3\n",
        time={"date": "d", "hour": "h", "zone": "Europe/Berlin"},
    )
    assert found.clock is not None
    assert np.diff(found.clock).tolist() == [3600, 3600]


@given(st.datetimes(datetime(1902, 1, 1), datetime(2199, 12, 31)))  # noqa: DTZ001  (of any clock)
def test_any_time_in_six_numbers_is_that_time(moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    second = f"{at.second}.{at.microsecond:06}"
    content = f"Y,M,D,h,m,s,x,y\n{at.year},{at.month},{at.day},{at.hour},{at.minute},{second},1,1\n"
    names = {"year": "Y", "month": "M", "day": "D", "hour": "h", "minute": "m", "second": "s"}
    found = table(content, time=names)
    assert found.clock is not None
    assert found.clock[0] == pytest.approx(at.timestamp(), abs=1e-5, rel=0)


@pytest.mark.parametrize(
    ("content", "time", "message"),
    [
        (
            "d,h,x,y\n2024-01-01,25,1,1\n",
            {"date": "d", "hour": "h"},
            "line 2: h is '25', which is no hour, 0 to 24; of times such as 14:05 say time: h",
        ),
        (
            "d,h,x,y\n2024-01-01,1,1,1\n2024-01-01,,1,1\n",
            {"date": "d", "hour": "h"},
            "line 3: h is empty, which is no hour, 0 to 24",
        ),
        (
            "d,h,x,y\n2024-01-01,14:05,1,1\n",
            {"date": "d", "hour": "h"},
            "line 2: h is '14:05', which is no hour, 0 to 24; of times such as 14:05 say time: h",
        ),
        (
            "d,t,x,y\n2024-01-01,5,1,1\n",
            {"date": "d", "time": "t"},
            "line 2: t is '5', which is no time of day; if it is an hour, say hour: t in time",
        ),
        (
            "Y,M,D,x,y\n2023,2,29,1,1\n",
            {"year": "Y", "month": "M", "day": "D"},
            "line 2: Y M D is '2023-02-29', which is not a date and time",
        ),
        ("Y,M,x,y\n24,2,1,1\n", {"year": "Y", "month": "M"}, "Y is '24', which is no year, .*with four digits"),
        (
            "d,h,x,y\n01/02/2024,1,1,1\n01/02/2024,2,1,1\n",
            {"date": "d", "hour": "h"},
            r"say time: \{date: d, hour: h, format: '%m/%d/%Y'\}, or whichever it is",
        ),
        ("d,x,y\n2024-01-01,1,1\n", {"date": "d", "hour": "h"}, "has no column h"),
    ],
)
def test_a_time_that_cannot_be_is_refused_by_its_column(content: str, time: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        table(content, time=time)


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ({}, "should name the columns that say when a row was"),
        ({"zone": "UTC"}, "should name the columns that say when a row was"),
        ({"date": "d"}, "a date alone is a column"),
        ({"year": "y"}, "a year alone is a column"),
        ({"hour": "h"}, "should name the columns"),
        ({"column": "c", "hour": "h"}, "column says what hour would say"),
        ({"date": "d", "day": "D", "hour": "h"}, "date says what day would say"),
        ({"date": "d", "time": "t", "hour": "h"}, "time says what hour would say"),
        ({"date": "d", "time": "t", "minute": "m"}, "time says what minute would say"),
        ({"year": "Y", "month": "M", "hour": "h"}, "a time of day needs its date"),
        ({"year": "Y", "month": "M", "day": "D", "minute": "m"}, "minute needs hour"),
        ({"date": "d", "hour": "h", "unit": "s"}, "is of one column that counts"),
        ({"year": "Y", "month": "M", "format": "%Y"}, "texts have a format"),
    ],
)
def test_columns_that_are_no_time_are_refused(time: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Table.model_validate({"path": "data.csv", "inputs": ["x"], "targets": ["y"], "time": time})


def test_a_time_in_one_column_is_kept_as_it_was_before_there_were_several() -> None:
    kept = Table.model_validate({"path": "d.csv", "inputs": ["x"], "targets": ["y"], "time": {"column": "t"}})
    assert kept.model_dump(mode="json")["time"] == {"column": "t", "unit": None, "format": None, "zone": None}


@pytest.mark.parametrize("name", ["date and hour", "of Italy, with a form", "numbers", "date with a form and hour"])
def test_a_clock_is_written_as_its_columns_would_have_it(name: str) -> None:
    time: dict[str, Any] = CASES[name][0]
    data = Table.model_validate({"path": "d.csv", "inputs": ["x"], "targets": ["x"], "time": time})
    assert data.when is not None
    clock = np.array([at.timestamp() for at in HOURS[:5]])
    frame = pd.DataFrame({**data.when.as_written(clock), "x": range(5)}, index=range(7, 12))
    again = data.known(data.sheet_of(frame, "the rows"), "")[0]
    assert again.clock is not None
    assert again.clock.tolist() == clock.tolist()
