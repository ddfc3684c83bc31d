"""`{calendar: [holiday], holidays: [...]}`: whether a day is in the list, by the clocks of the zone."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table

DAYS = ["2026-12-25", "2026-12-26", "2027-01-01"]
ENTRY: dict[str, Any] = {"calendar": ["holiday"], "holidays": DAYS}
HOURS = pd.date_range("2026-12-23", periods=24 * 12, freq="h")


def hourly(**fields: Any) -> Any:
    rows = [f"{when},{number}" for number, when in enumerate(HOURS)]
    return table("\n".join(["t,x", *rows]), **{"time": "t", "targets": ["x"], "horizon": 1, **fields})


def test_an_input_for_each_day_asked_for_is_1_where_that_day_is_listed() -> None:
    found = hourly(inputs=["x", {**ENTRY, "days": [0, 1, -1]}])
    assert found.feature_names[1:] == ("holiday", "holiday in 1 day", "holiday 1 day ago")
    for number, days in enumerate((0, 1, -1), 1):
        then = (HOURS + pd.Timedelta(days, "D")).strftime("%Y-%m-%d")
        assert found.features[:, number].tolist() == then.isin(DAYS).astype(float).tolist()
    assert hourly(inputs=["x", ENTRY]).feature_names[1:] == ("holiday",)


def test_it_is_the_day_of_the_zone_s_clocks() -> None:
    found = hourly(inputs=["x", ENTRY], time={"column": "t", "zone": "Europe/Berlin"})
    shifted = [f"{when.isoformat()}+00:00,{number}" for number, when in enumerate(HOURS)]
    in_zone = table(
        "\n".join(["t,x", *shifted]),
        inputs=["x", ENTRY],
        targets=["x"],
        time={"column": "t", "zone": "Europe/Berlin"},
        horizon=1,
    )
    assert found.features[:, 1].tolist() == HOURS.strftime("%Y-%m-%d").isin(DAYS).astype(float).tolist()
    local = HOURS.tz_localize("UTC").tz_convert("Europe/Berlin").strftime("%Y-%m-%d")
    assert in_zone.features[:, 1].tolist() == local.isin(DAYS).astype(float).tolist()


def test_an_interval_that_ends_at_midnight_is_of_the_day_before() -> None:
    found = hourly(inputs=["x", ENTRY], resample="1D", missing={"fill": "drop"})
    ends = pd.to_datetime(found.clock, unit="s")
    day_before = (ends - pd.Timedelta(1, "h")).strftime("%Y-%m-%d")
    assert found.features[:, 1].tolist() == day_before.isin(DAYS).astype(float).tolist()
    assert found.features[:, 1].sum() == len(DAYS)


def test_rows_of_years_without_a_listed_day_are_told() -> None:
    notes = hourly(inputs=["x", {"calendar": ["holiday"], "holidays": DAYS[:2]}]).notes
    rows = int((HOURS.year > 2026).sum())
    assert f"{rows} rows of days outside 2026 to 2026, of which holidays are listed: none is seen there" in notes
    assert not any("listed" in note for note in hourly(inputs=["x", ENTRY]).notes)


def test_no_input_depends_on_later_rows() -> None:
    whole = hourly(inputs=["x", {**ENTRY, "days": [7]}]).features
    rows = [f"{when},{number}" for number, when in enumerate(HOURS[:50])]
    part = table("\n".join(["t,x", *rows]), time="t", inputs=["x", {**ENTRY, "days": [7]}], targets=["x"], horizon=1)
    assert np.array_equal(part.features, whole[:50])


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({**ENTRY, "holidays": ["Christmas"]}, "'Christmas' is no day; write it as 2026-12-25"),
        ({**ENTRY, "holidays": "days.csv"}, r"should be a list of days such as \[2026-12-25, 2026-12-26\]"),
        ({**ENTRY, "days": [1, 1]}, "has a number twice"),
        ({**ENTRY, "days": [1000]}, "less than or equal to 366"),
        ({"calendar": ["hour", "holiday"]}, "holiday is an entry of its own, with its days"),
        ({**ENTRY, "calendar": ["hour"]}, "should be 'holiday'"),
    ],
    ids=str,
)
def test_what_is_no_list_of_days_is_refused_with_what_instead(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Table.model_validate({"path": "x.csv", "time": "t", "inputs": ["x", entry], "targets": ["x"]})


def test_it_needs_a_time_and_is_kept_as_it_was_said() -> None:
    said: dict[str, Any] = {"path": "x.csv", "inputs": ["x", ENTRY], "targets": ["x"]}
    with pytest.raises(ValidationError, match="needs to know when each row was"):
        Table.model_validate(said)
    kept = Table.model_validate({**said, "time": "t"}).model_dump(mode="json")["inputs"][1]
    assert kept == ENTRY
