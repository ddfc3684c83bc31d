"""On line: rows that come one by one, or in any pieces, are forecast as if they had come at once."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.cases import shown
from tests.workers.forecasting.worlds import ARRAYS, TABLES, trained
from workers.errors import DataError
from workers.forecasting.forecaster import Forecaster

pytestmark = pytest.mark.filterwarnings(
    "ignore:.* leaves what training saw", "ignore:the step of time", "ignore:.* is no category"
)

RESAMPLED = (
    "resampled",
    "resampled changes",
    "resampled panel",
    "resampled steps",
    "resampled classes",
    "resampled categories",
    "resampled lags",
)
ON_LINE = {
    name: TABLES[name]
    for name in (
        "change",
        "gaps",
        "missing values",
        "panel",
        "step",
        "steps of a panel",
        "calendar",
        "calendar of a panel",
        "categories",
        "categories of a panel",
        "lags",
        "lags of a panel",
        *RESAMPLED,
    )
} | {"short sequences": ARRAYS["short sequences"]}
POLICIES = ("stateless", "every_sequence", "every_n_batches", "decay")
RESTARTED = 0.15  # of the pieces are followed by a restart, which takes longer than a piece


def values(forecast: pd.DataFrame, forecaster: Forecaster) -> Any:
    """The forecasts; of rows that were resampled in one order, since intervals end when a later row comes."""
    if getattr(forecaster.recipe.data, "resample", None):
        forecast = forecast.sort_values([name for name in ("when", "town") if name in forecast])
    odds = forecast.filter(like="probability_")
    return (odds if len(odds.columns) else forecast[list(forecaster.recipe.target_names)]).to_numpy(float)


@pytest.mark.lengthy
@pytest.mark.sampled(6)
@pytest.mark.parametrize("arm", shown(POLICIES))
@pytest.mark.parametrize("kind", shown([*ON_LINE]))
def test_random_pieces_and_restarts_change_no_forecast(kind: str, arm: str, tmp_path: Path) -> None:
    forecaster, _, _ = trained(kind, arm)
    rows = ON_LINE[kind].asked
    forecaster.save(tmp_path / "model")
    at_once, pieces, draws, at = forecaster.predict(rows), [], np.random.default_rng(1), 0
    while at < len(rows):
        stop = at + int(draws.integers(1, 30))
        pieces.append(forecaster.update(rows[at:stop]))
        state = json.loads(json.dumps(forecaster.state()))
        if draws.random() < RESTARTED:
            forecaster = Forecaster.load(tmp_path / "model")
        forecaster.restore(state)
        at = stop
    on_line = pd.concat(pieces)
    assert len(on_line) == len(at_once)
    assert values(on_line, forecaster) == pytest.approx(values(at_once, forecaster), rel=1e-5, nan_ok=True)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("arm", shown(POLICIES))
@pytest.mark.parametrize("kind", shown(RESAMPLED))
@pytest.mark.lengthy
def test_an_interval_is_forecast_from_once_a_row_has_reached_its_end_and_never_before(kind: str, arm: str) -> None:
    forecaster, rows = trained(kind, arm).forecaster, TABLES[kind].rows[:90]
    at_once, pieces = forecaster.predict(rows), []
    forecaster.reset()
    for at in range(len(rows)):
        forecast = forecaster.update(rows[at : at + 1])
        pieces.append(forecast)
        now = pd.Timestamp(rows["when"][at])
        assert (forecast["when"] <= now).all()
        kept = json.loads(json.dumps(forecaster.state(), allow_nan=False))
        forecaster.restore(kept)
    on_line = pd.concat(pieces)
    assert len(on_line) == len(at_once) > 20
    assert values(on_line, forecaster) == pytest.approx(values(at_once, forecaster), rel=1e-5, nan_ok=True)


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    return trained("panel", "every_sequence").forecaster


ROWS = TABLES["panel"].rows


def test_two_equal_calls_give_equal_answers(forecaster: Forecaster) -> None:
    pd.testing.assert_frame_equal(forecaster.predict(ROWS), forecaster.predict(ROWS))


def test_predict_and_update_do_not_disturb_each_other(forecaster: Forecaster) -> None:
    forecaster.reset()
    forecaster.update(ROWS[:100])
    alone = forecaster.predict(ROWS[100:])
    forecaster.update(ROWS[100:])
    pd.testing.assert_frame_equal(forecaster.predict(ROWS[100:]), alone)


def test_a_group_that_is_reset_begins_again(forecaster: Forecaster) -> None:
    forecaster.reset()
    first = forecaster.update(ROWS[:80])
    forecaster.reset("town 2")
    again = forecaster.update(ROWS[:80][ROWS["town"][:80] == "town 2"])
    pd.testing.assert_frame_equal(again, first[first["town"] == "town 2"])
    with pytest.raises(KeyError, match="town 9 is no group that was fed: town 0, town 1"):
        forecaster.reset("town 9")


def test_a_row_of_the_past_is_refused_and_changes_nothing(forecaster: Forecaster) -> None:
    forecaster.reset()
    forecaster.update(ROWS[:80])
    before = forecaster.state()
    with pytest.raises(DataError, match="row 1: its time is not later than the last row that was fed before"):
        forecaster.update(ROWS[70:90])
    assert forecaster.state() == before
