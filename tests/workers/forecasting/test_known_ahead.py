"""What is known ahead, where it is forecast: rows at the end say it, and no forecast sees more of later rows."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.workers.forecasting.worlds import TABLES, known_to, trained
from workers.errors import DataError
from workers.forecasting.example import example
from workers.forecasting.forecaster import Forecaster

pytestmark = [
    pytest.mark.filterwarnings("ignore:.* leaves what training saw", "ignore:.* is no category"),
    pytest.mark.lengthy,
]

ROWS = TABLES["known ahead"].rows[:60]
WITH_FUTURE = known_to(ROWS, 3, ["rain"])
PANEL = TABLES["known ahead in a panel"].rows


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    return trained("known ahead", "every_sequence").forecaster


@pytest.fixture(scope="module")
def of_panel() -> Forecaster:
    return trained("known ahead in a panel", "stateless").forecaster


def levels(forecast: pd.DataFrame) -> Any:
    return forecast["level"].to_numpy()


def test_the_last_rows_that_have_more_are_forecast_from_and_those_that_have_it_alone_are_forecast(
    forecaster: Forecaster,
) -> None:
    forecast = forecaster.predict(WITH_FUTURE)
    assert np.isfinite(levels(forecast)).tolist() == [True] * 57 + [False] * 3
    assert forecast["forecast_for"][56] == pd.Timestamp(ROWS["when"][59])
    assert forecast["forecast_for"].isna().tolist() == [False] * 57 + [True] * 3


def test_a_forecast_sees_the_row_that_is_forecast_in_that_column_alone(forecaster: Forecaster) -> None:
    known, at = levels(forecaster.predict(WITH_FUTURE)), 40
    others, ahead, now = WITH_FUTURE.copy(), WITH_FUTURE.copy(), np.arange(60)
    others.loc[at:56, "level"] += 5
    ahead.loc[at, "rain"] += 5
    of_others = levels(forecaster.predict(others))
    assert (of_others[:at] == known[:at]).all()
    assert (levels(forecaster.predict(ahead)) != known)[:57].tolist() == (now >= at - 3)[:57].tolist()


def test_rows_without_what_follows_them_are_refused_with_the_rows_that_are_needed(forecaster: Forecaster) -> None:
    what = "the rows given: rain is known ahead, and 3 rows cannot be forecast from without the rows that are forecast"
    needed = "3 rows more needed after 2024-01-03 11:00:00, 1h apart, with when, rain alone"
    with pytest.raises(DataError, match=f"^{what}: {needed}$") as caught:
        forecaster.predict(ROWS)
    assert caught.value.field == "data.inputs"


def test_where_some_are_there_the_others_are_named_and_what_can_be_is_forecast(of_panel: Forecaster) -> None:
    rows = PANEL[:-4]  # in which each town has one row of two that is known ahead
    needed = (
        "8 .*: 1 row more needed after 2024-01-05 22:00:00 of town 0, 1h apart, .* alone; and so for 3 other groups"
    )
    with pytest.warns(UserWarning, match=needed.replace("8 .*", "4 rows cannot be forecast from .*")):
        forecast = of_panel.predict(rows)
    given = rows["level"].notna() & rows["speed"].notna()
    newest = rows[given].groupby("town").tail(1).index
    assert forecast["level"].isna().tolist() == (~given | rows.index.isin(newest)).tolist()


def test_on_line_each_row_comes_with_those_that_are_known_ahead_of_it(of_panel: Forecaster) -> None:
    rows = PANEL.dropna(subset=["level", "speed"]).reset_index(drop=True)
    rows = known_to(rows, 2, ["sky", "rain", "size"])
    at_once, pieces = of_panel.predict(rows), []
    of_panel.reset()
    for town, own in rows.groupby("town"):
        for at in (0, 9, 10, 60):
            stop = {0: 9, 9: 10, 10: 60, 60: len(own) - 2}[at]
            pieces.append(of_panel.update(known_to(own[at : stop + 2], 2, ["sky", "rain"]))[: stop - at])
            of_panel.restore(json.loads(json.dumps(of_panel.state(), allow_nan=False)))
        before = of_panel.state()
        late = own.assign(when=(pd.to_datetime(own["when"]) + pd.Timedelta("10D")).astype(str))
        with pytest.raises(DataError, match=f"1 row more needed after .* of {town}"):
            of_panel.update(known_to(late[:2], 1, ["sky", "rain"]))
        assert of_panel.state() == before
    on_line = pd.concat(pieces).sort_index()
    assert levels(on_line) == pytest.approx(levels(at_once.loc[on_line.index]), rel=1e-5)


@pytest.mark.parametrize("kind", ["known ahead", "known ahead in a panel"])
def test_the_example_has_the_rows_that_it_needs(kind: str) -> None:
    forecaster, dataset, _ = trained(kind, "stateless" if "panel" in kind else "every_sequence")
    rows = example(forecaster.recipe, dataset)
    assert rows is not None
    horizon = dataset.timeline.horizon
    assert len(rows) == 5 + horizon
    keys = ["when", "town"] if "town" in rows else ["when"]
    raw = TABLES[kind].rows.assign(when=lambda frame: pd.to_datetime(frame["when"]))
    found = rows.assign(when=pd.to_datetime(rows["when"])).merge(raw, on=keys, suffixes=("", " raw"))
    assert found["rain"][horizon:].to_numpy() == pytest.approx(found["rain raw"][horizon:].to_numpy(), rel=1e-5)
    assert np.isfinite(levels(forecaster.predict(rows))[:5]).all()
