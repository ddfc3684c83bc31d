"""When each row was: counts of any unit, texts of any form and clocks of any zone come to the same seconds."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workers.data.sources.tables import table
from workers.data.timeline import Timeline
from workers.errors import DataError

HOURLY = [datetime(2023, 1, 31, 22, tzinfo=UTC) + timedelta(hours=hour) for hour in range(60)]
SECONDS = [moment.timestamp() for moment in HOURLY]
EXCEL = datetime(1899, 12, 30, tzinfo=UTC)
FORMS = [
    "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y %H:%M",
    "%d-%b-%Y %H:%M",
    "%b %d, %Y %I:%M %p",
    "%Y/%m/%d %I:%M %p",
    "%d/%m/%Y, %H:%M:%S",
]


def at(cells: list[Any], time: Any = "t", **fields: Any) -> Timeline:
    """The timeline of rows at these times, in which x and y are 0, 1, 2 and so on."""
    return table("t,x,y\n" + "".join(f'"{cell}",{i},{i}\n' for i, cell in enumerate(cells)), time=time, **fields)


def clock(cells: list[Any], time: Any = "t", **fields: Any) -> list[float]:
    """The seconds that these times come to."""
    found = at(cells, time, **fields).clock
    assert found is not None
    return [round(float(each), 3) for each in found]


@pytest.mark.parametrize(
    ("factor", "what"), [(1, "seconds"), (10**3, "milliseconds since 1970"), (10**6, "micro"), (10**9, "nano")]
)
def test_the_unit_of_a_count_since_1970_is_told_by_its_size(factor: int, what: str) -> None:
    cells = [int(second) * factor for second in SECONDS]
    assert clock(cells) == SECONDS
    assert at(cells).notes[0].startswith(f"t holds plain numbers, taken as {what}")


def test_days_of_excel_are_told_from_seconds() -> None:
    days = [(moment - EXCEL) / timedelta(days=1) for moment in HOURLY]
    assert clock([f"{day:.10f}" for day in days]) == SECONDS
    assert at(days).notes[0] == (
        "t holds plain numbers, taken as Excel's days (2023-01-31 22:00:00 to 2023-02-03 09:00:00);"
        " if they are seconds, say time: {column: t, unit: s}"
    )


def test_a_count_from_any_other_moment_is_in_seconds_unless_its_unit_is_said() -> None:
    assert clock(list(range(0, 90_000, 300)))[:3] == [0, 300, 600]
    assert clock([0, 1, 2], {"column": "t", "unit": "h"}) == [0, 3600, 7200]
    assert clock([40_000, 40_001], {"column": "t", "unit": "s"}) == [40_000, 40_001]


@pytest.mark.parametrize("form", ["%Y%m%d%H%M", "%Y%m%d%H", "%Y%m%d%H%M%S"])
def test_dates_without_signs_between_are_no_counts(form: str) -> None:
    cells = [moment.strftime(form) for moment in HOURLY]
    assert clock(cells) == SECONDS
    assert at(cells).notes == (f"t was read as {form}",)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_found_by_all_cells_where_the_day_and_the_month_may_change_places(form: str) -> None:
    assert clock([moment.strftime(form) for moment in HOURLY]) == SECONDS


def test_a_form_that_is_said_needs_no_guess() -> None:
    daily = [datetime(2023, 2, day, tzinfo=UTC) for day in range(1, 10)]
    cells = [day.strftime("%d/%m/%Y") for day in daily]
    assert clock(cells, {"column": "t", "format": "%d/%m/%Y"}) == [day.timestamp() for day in daily]
    with pytest.raises(DataError, match=r"t could be %m/%d/%Y or %d/%m/%Y; say time: {column: t, format: '%m/%d/%Y'}"):
        at(cells)


def test_a_date_alone_among_dates_with_times_is_midnight() -> None:
    cells = [moment.strftime("%d/%m/%Y %H:%M" if moment.hour else "%d/%m/%Y") for moment in HOURLY]
    assert clock(cells) == SECONDS
    assert at(cells).notes[-1] == "3 dates without a time taken as midnight"


def test_twelve_hour_clocks_do_not_depend_on_the_first_cell() -> None:
    cells = ["1/2/2023 12:30 AM", "1/2/2023 1:30 AM", "1/2/2023 12:30 PM", "1/13/2023 1:30 p.m."]
    assert np.diff(clock(cells)).tolist() == [3600, 11 * 3600, 11 * 86400 + 3600]


ENDS_OF_DAYS = [
    *(form for form in FORMS if "%H" in form),
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y%m%d%H",
    "%Y%m%d%H%M",
    "%Y%m%dT%H%M",
]


def with_ends_of_days(form: str) -> list[str]:
    """The hours of HOURLY, the first midnight as hour 0, the others as hour 24 of the day before."""
    late = [moment.hour == 0 and row > 2 for row, moment in enumerate(HOURLY)]
    return [
        (moment - timedelta(days=1)).strftime(form.replace("%H", "24")) if end else moment.strftime(form)
        for moment, end in zip(HOURLY, late, strict=True)
    ]


@pytest.mark.parametrize("form", ENDS_OF_DAYS)
def test_24_00_is_the_midnight_at_the_end_of_the_day(form: str) -> None:
    assert sum("24" in cell for cell in with_ends_of_days(form)) >= 2
    assert clock(with_ends_of_days(form)) == SECONDS
    assert clock(with_ends_of_days(form), {"column": "t", "format": form}) == SECONDS


@pytest.mark.parametrize("cell", ["2023-12-31 24:00", "2023-12-31T24:00:00Z", "2023-12-31 24:00:00.000", "2024-01-01"])
def test_24_00_reads_as_the_next_day_at_the_end_of_a_year_too(cell: str) -> None:
    assert clock(["2023-12-31 23:00", cell]) == [1704063600, 1704067200]


@pytest.mark.parametrize("cell", ["2023-12-31 24:01", "2023-12-31 25:00", "2023-12-31 24:00:00.5", "2023-12-24 2400x"])
def test_another_time_of_the_hour_24_is_no_time(cell: str) -> None:
    with pytest.raises(DataError, match="is not a date and time"):
        at(["2023-12-31 23:00", cell])


@pytest.mark.parametrize("midnight", ["2023-10-29 24:00", "2023-10-30 00:00"])
def test_24_00_of_a_local_clock_is_its_midnight(midnight: str) -> None:
    assert clock(["2023-10-29 23:00", midnight], BERLIN) == [1698616800, 1698620400]


AUTUMN = datetime(2023, 10, 28, 22, tzinfo=UTC)
SPRING = datetime(2024, 3, 30, 22, tzinfo=UTC)
BERLIN = {"column": "t", "zone": "Europe/Berlin"}


def shown(begin: datetime, minutes: int, zone: str = "Europe/Berlin") -> tuple[list[str], list[float]]:
    """What a clock shows over twelve hours, and the seconds since 1970 that are meant."""
    moments = [begin + timedelta(minutes=minute) for minute in range(0, 720, minutes)]
    return [f"{each.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" for each in moments], [
        each.timestamp() for each in moments
    ]


@pytest.mark.parametrize("begin", [AUTUMN, SPRING])
@pytest.mark.parametrize("minutes", [15, 60])
def test_local_time_is_read_by_its_zone_with_the_hour_that_comes_twice(begin: datetime, minutes: int) -> None:
    cells, seconds = shown(begin, minutes)
    assert clock(cells, BERLIN) == seconds
    assert clock(cells[::-1], BERLIN, order="sort") == seconds


def test_an_hour_that_comes_twice_but_is_there_once_is_noted() -> None:
    cells, _ = shown(AUTUMN, 60)
    once = list(dict.fromkeys(cells))
    assert at(once, BERLIN).notes[0] == "1 time of the hour that comes twice taken as the first"


def test_a_time_that_the_zone_skips_is_refused() -> None:
    with pytest.raises(DataError, match=r"t is '2024-03-31 02:30', which no clock of Europe/Berlin shows"):
        at(["2024-03-31 01:30", "2024-03-31 02:30"], BERLIN)


@pytest.mark.parametrize("begin", [AUTUMN, SPRING])
def test_without_a_zone_an_hour_repeated_or_skipped_is_named_as_daylight_saving(begin: datetime) -> None:
    notes = at(shown(begin, 60)[0]).notes
    assert any("daylight saving" in note and "zone: Europe/Berlin" in note for note in notes)


def test_time_that_goes_back_by_an_hour_in_autumn_is_no_disorder_but_daylight_saving() -> None:
    with pytest.raises(DataError, match=r"time goes back \(1 time\); t repeats or skips an hour, as clocks do"):
        at(shown(AUTUMN, 15)[0])


def test_the_year_of_a_date_alone_is_no_distance_from_utc() -> None:
    assert clock(["13-07-2023", "14-07-2023"], BERLIN) == [1689199200, 1689285600]


def test_a_cell_that_says_how_far_it_is_from_utc_needs_no_zone() -> None:
    assert clock(["2023-10-29T02:00:00+02:00", "2023-10-29T02:00:00+01:00"], BERLIN) == [1698537600, 1698541200]


def test_uneven_steps_are_noted_with_what_the_horizon_then_means() -> None:
    minutes = np.cumsum([1, 2, 5, 10, 20] * 8)
    notes = at([60 * minute for minute in minutes], inputs=["y"], horizon=5).notes
    assert notes[-1] == ("t goes on by 5min (1min to 20min for nine of ten) from row to row: a horizon of 5 is 38min")


def test_a_horizon_may_be_a_duration_where_rows_are_evenly_spaced() -> None:
    cells = list(range(0, 30_000, 300))
    assert at(cells, inputs=["y"], horizon="30min").horizon == 6
    with pytest.raises(DataError, match="33min is no whole number of steps of 5min; say horizon: 35min"):
        at(cells, inputs=["y"], horizon="33min")
    with pytest.raises(DataError, match="rows are not evenly spaced"):
        at([0, 60, 300, 360, 900], inputs=["y"], horizon="30min")


def test_with_a_horizon_in_time_a_row_beyond_a_pause_is_no_target() -> None:
    cells = [*range(0, 30_000, 300), *range(40_000, 70_000, 300)]
    found = at(cells, inputs=["y"], horizon="10min")
    assert not found.scored[98:100].any()
    assert found.scored[:98].all()


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "UTC"]


@settings(deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(0, 340_000),
    st.sampled_from([15, 30, 60]),
    st.sampled_from(FORMS),
    st.booleans(),
)
def test_any_clock_in_any_form_and_order_reads_back_as_it_was(
    zone: str, hour: int, minutes: int, form: str, newest_first: bool
) -> None:
    begin = datetime(2001, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
    moments = [begin + timedelta(minutes=minutes * row) for row in range(400)]
    cells = [each.astimezone(ZoneInfo(zone)).strftime(form) for each in moments]
    time = {"column": "t", "zone": zone, "format": form}
    found = clock(cells[::-1] if newest_first else cells, time, order="sort")
    assert found == [each.timestamp() for each in moments]


units = st.sampled_from(["s", "ms", "us", "ns", "min", "h", "d", "excel"])


@settings(deadline=None)
@given(units, st.lists(st.integers(0, 10**6), min_size=1, max_size=20, unique=True), st.randoms())
def test_any_unit_and_order_reads_back_as_it_was(unit: Any, counts: list[int], random: Any) -> None:
    lengths = {"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60, "h": 3600, "d": 86400, "excel": 86400}
    zero = -25569 * 86400 if unit == "excel" else 0
    random.shuffle(counts)
    found = at(counts, {"column": "t", "unit": unit}, order="sort").clock
    np.testing.assert_allclose(found, np.sort(counts) * lengths[unit] + zero, rtol=1e-12)  # type: ignore[arg-type]


def test_one_row_has_a_clock_too() -> None:
    assert clock(["2023-10-29 02:30"], BERLIN, order="sort") == [1698539400]


def test_a_moment_at_which_no_zone_is_known_is_refused() -> None:
    with pytest.raises(DataError, match="which is no date of the years 1700 to 9999"):
        at([1_700_000_000_000], {"column": "t", "unit": "excel", "zone": "Europe/Berlin"})
