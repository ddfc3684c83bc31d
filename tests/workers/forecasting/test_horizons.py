"""Several horizons: a forecaster has a column for each, and what it forecasts was scored so."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.workers.forecasting.worlds import HORIZONS, Trained, known_to, trained
from workers.forecasting.forecaster import Forecaster

pytestmark = pytest.mark.filterwarnings("ignore:.* leaves what training saw")

ROWS = HORIZONS["horizons"].rows
PANEL = HORIZONS["horizons of a panel"].rows
STEPS = (1, 3)
NAMES = ["level+1", "level+3"]


@pytest.fixture(scope="module")
def known() -> Trained:
    return trained("horizons", "every_sequence")


@pytest.fixture(scope="module")
def of_panel() -> Forecaster:
    return trained("horizons of a panel", "stateless").forecaster


def test_forecasting_the_whole_file_gives_the_test_scores_of_each_horizon_and_of_all(known: Trained) -> None:
    forecaster, dataset, test = known
    forecast, at = forecaster.predict(ROWS), dataset.scored_timesteps(dataset.test)
    truth = np.column_stack([ROWS["level"].shift(-steps) for steps in STEPS])
    squares = np.square(forecast[NAMES].to_numpy() - truth)[at].mean(axis=0)
    of_each = [test.metrics[f"test/rmse_deployed/level_{steps}"] for steps in STEPS]
    assert of_each == pytest.approx(np.sqrt(squares), rel=1e-5)
    assert test.metrics["test/loss_deployed"] == pytest.approx((3 * squares[0] + squares[1]) / 4, rel=1e-5)


@pytest.mark.slow
@pytest.mark.lengthy
def test_each_forecast_says_for_when_it_is(known: Trained, of_panel: Forecaster) -> None:
    forecast, when = known.forecaster.predict(ROWS), pd.to_datetime(ROWS["when"])
    assert list(forecast.columns) == ["when", "forecast_for+1", "forecast_for+3", *NAMES]
    assert (forecast["forecast_for+3"][:-3] == when.shift(-3)[:-3]).all()
    assert "rain+3h[0.9]" in of_panel.predict(PANEL)


def test_no_forecast_sees_more_of_later_rows_than_what_is_known_ahead(known: Trained) -> None:
    before, at, now = known.forecaster.predict(ROWS)[NAMES].to_numpy(), 200, np.arange(len(ROWS))
    others, ahead = ROWS.copy(), ROWS.copy()
    others.loc[at:, ["level", "speed"]] += 5
    ahead.loc[at, "rain"] += 5
    of_others, of_ahead = (known.forecaster.predict(rows)[NAMES].to_numpy() for rows in (others, ahead))
    assert (of_others[:at] == before[:at]).all()
    first = int(np.flatnonzero((of_ahead != before).any(axis=1))[0])
    assert now[first] == at - max(STEPS)


@pytest.mark.lengthy
def test_on_line_and_after_a_restart_the_forecasts_are_those_of_all_rows_at_once(
    of_panel: Forecaster, known: Trained, tmp_path: Path
) -> None:
    names = [f"{name}{ending}[0.5]" for name in ("level", "rain") for ending in ("+1h", "+3h")]
    at_once, on_line = of_panel.predict(PANEL), [of_panel.update(PANEL[:100])]
    of_panel.save(tmp_path)
    again = Forecaster.load(tmp_path)
    again.restore(json.loads(json.dumps(of_panel.state())))
    on_line.append(again.update(PANEL[100:]))
    of_panel.reset()
    assert pd.concat(on_line)[names].to_numpy() == pytest.approx(at_once[names].to_numpy(), rel=1e-5)
    whole, rows = known.forecaster.predict(ROWS), ROWS[:-3]
    pieces = [known.forecaster.update(known_to(ROWS[at : at + 13], 3, ["rain"]))[:10] for at in range(0, len(rows), 10)]
    known.forecaster.reset()
    found = pd.concat(pieces)[NAMES].dropna()
    assert found.to_numpy() == pytest.approx(whole[NAMES].loc[found.index].to_numpy(), rel=1e-5)
    assert len(found) > 250


def test_new_rows_are_scored_at_each_horizon(known: Trained) -> None:
    scores, forecast = known.forecaster.score(ROWS), known.forecaster.predict(ROWS)
    assert list(scores.metrics) == ["loss", "rmse", "rmse/level+1", "rmse/level+3"]
    away = {steps: ROWS["level"].shift(-steps) - forecast[f"level+{steps}"] for steps in STEPS}
    counts = away[3].notna()
    for steps, error in away.items():
        assert scores.metrics[f"rmse/level+{steps}"] == pytest.approx(np.sqrt((error[counts] ** 2).mean()), rel=1e-4)
        still = (ROWS["level"].shift(-steps) - ROWS["level"])[counts]
        assert scores.baselines["persistence"][f"rmse/level+{steps}"] == pytest.approx(np.sqrt((still**2).mean()))
