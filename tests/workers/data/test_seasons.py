"""The value at the same time of an earlier day or week, found by the clock and not by counting rows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.data.sources.tables import table
from workers.data.seasons import DAY, FURTHER, WEEK, YEAR, Clocked, before, clocked, natural

HOUR = 3600.0


def hours(clock: list[float], group: list[int] | None = None) -> Clocked:
    return Clocked(np.array(clock) * HOUR, np.array(group or [0] * len(clock)), HOUR)


def told(rows: Clocked, lead: float, period: float) -> list[float | None]:
    values = np.arange(len(rows.clock), dtype=float)[:, None]
    found = before(values, rows, lead * HOUR, period * HOUR)[:, 0]
    return [None if np.isnan(value) else int(value) for value in found]


def test_it_is_the_row_one_period_before_the_moment_forecast() -> None:
    assert told(hours([0, 1, 2, 3, 4]), lead=1, period=3) == [None, None, 0, 1, 2]


def test_a_gap_does_not_move_it_and_where_nothing_was_then_an_earlier_period_is_taken() -> None:
    # At 23 the moment forecast is 24; at 47 it is 48, and at 24 nothing was: so it is what was at 0.
    assert told(hours([0, 1, 23, 25, 47]), lead=1, period=24) == [None, None, 0, None, 0]


def test_it_goes_back_as_many_periods_as_it_takes_to_be_known() -> None:
    assert told(hours([0, 1, 2, 3, 4]), lead=4, period=3) == [None, None, 0, 1, 2]


def test_no_other_group_is_looked_into() -> None:
    assert told(hours([0, 1, 2, 2, 3], [0, 0, 0, 1, 1]), lead=1, period=2) == [None, 0, 1, None, 2 + 1]


def test_after_so_many_periods_nothing_is_found() -> None:
    assert told(hours([0, 24 * (FURTHER + 1)]), lead=24, period=24) == [0, 1]  # now itself is a day before tomorrow
    assert told(hours([0, 24 * (FURTHER + 2) + 23]), lead=1, period=24) == [None, None]


@given(
    st.lists(st.integers(0, 60), min_size=2, max_size=30, unique=True).map(sorted), st.integers(1, 9), st.integers(1, 9)
)
def test_it_is_what_a_search_by_hand_finds(clock: list[int], lead: int, period: int) -> None:
    expected: list[float | None] = []
    for now in clock:
        known = [now + lead - k * period for k in range(-(-lead // period), -(-lead // period) + FURTHER + 1)]
        expected.append(next((clock.index(moment) for moment in known if moment in clock), None))
    assert told(hours([float(each) for each in clock]), lead, period) == expected


def test_days_and_weeks_are_periods_where_rows_are_closer_and_go_on_for_two_of_them() -> None:
    def periods(step: float, n: int) -> tuple[float, ...]:
        rows = clocked(np.arange(n, dtype=float) * step, np.zeros(n, np.int64), None)
        assert rows is not None
        return natural(rows)

    assert periods(HOUR, 24 * 15) == (DAY, WEEK)
    assert periods(HOUR, 24 * 5) == (DAY,)
    assert periods(HOUR, 24 * 1000) == (DAY, WEEK)
    assert periods(DAY, 40) == (WEEK,)
    assert periods(DAY, 800) == (WEEK, YEAR)
    assert periods(WEEK, 120) == (YEAR,)
    assert periods(30 * DAY, 40) == (YEAR,)
    assert periods(HOUR, 24) == ()


def test_without_a_time_that_goes_on_there_is_none() -> None:
    assert clocked(None, np.zeros(3, np.int64), None) is None
    assert clocked(np.zeros(3), np.zeros(3, np.int64), None) is None


def hourly(days: int, hour_of: list[int], **fields: Any) -> np.ndarray:
    """The seasonal forecast of a value that is 100 times the weekday and the hour, on these hours of each day."""
    rows = [(d, h) for d in range(days) for h in hour_of]
    text = "t,x\n" + "".join(f"2026-03-{d + 1:02d} {h:02d}:00,{100 * (d % 7) + h}\n" for d, h in rows)
    timeline = table(text, time="t", inputs=["x"], targets=["x"], horizon=1, **fields)
    errors = timeline.forecasts["seasonal"] - timeline.targets
    return np.asarray(errors[timeline.scored])


def test_a_week_is_taken_where_that_errs_less_than_a_day() -> None:
    assert not hourly(28, list(range(24)))[7 * 24 :].any()


def test_nights_without_rows_do_not_spoil_it() -> None:
    # Cut at nights, each day is a sequence of its own, in which counting rows would find nothing.
    assert not hourly(28, list(range(6, 22)), max_gap="2h")[7 * 16 :].any()


def test_a_season_in_rows_is_as_long_by_the_clock() -> None:
    errors = hourly(20, list(range(6, 22)), season=7 * 24, max_gap="2h")
    assert not errors[7 * 16 :].any()
    assert errors[: 7 * 16].any()


@pytest.mark.parametrize("predict", ["level", "change"])
def test_no_forecast_knows_what_comes(predict: str) -> None:
    text = "t,x\n" + "".join(f"2026-03-{h // 24 + 1:02d} {h % 24:02d}:00,{{}}\n" for h in range(24 * 20))
    values = np.random.default_rng(0).normal(size=24 * 20)
    later = np.where(np.arange(24 * 20) > 400, 99.0, values)
    found = [
        table(text.format(*each), time="t", inputs=["x"], targets=["x"], horizon=6, predict=predict)
        for each in (values, later)
    ]
    one, other = (each.forecasts["seasonal"][:401] for each in found)
    assert (one == other).all()
