"""A model of groups that are each in their own scale forecasts, and is scored, in own units."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.workers.forecasting.worlds import GROUPS, Trained, trained
from workers.forecasting.forecaster import Forecaster

pytestmark = [pytest.mark.filterwarnings("ignore:.* leaves what training saw"), pytest.mark.lengthy]

ROWS = GROUPS["scaled by group"].rows


@pytest.fixture(scope="module")
def known() -> Trained:
    return trained("scaled by group", "every_sequence")


def test_forecasting_the_whole_file_gives_the_test_scores_in_own_units(known: Trained) -> None:
    forecaster, dataset, test = known
    rows = ROWS.assign(forecast=forecaster.predict(ROWS)["sold"], truth=ROWS.groupby("town")["sold"].shift(-1))
    ordered = rows.sort_values(["town", "when"], kind="stable").reset_index(drop=True)
    at = ordered.loc[dataset.scored_timesteps(dataset.test)]
    error = at["forecast"] - at["truth"]
    assert test.metrics["test/rmse_deployed"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-4)
    assert test.metrics["test/mae_deployed"] == pytest.approx(error.abs().mean(), rel=1e-4)
    still = at["sold"] - at["truth"]
    assert dataset.test_baselines["persistence"]["test/rmse"] == pytest.approx(np.sqrt((still**2).mean()))


def test_new_rows_are_scored_in_own_units(known: Trained) -> None:
    scores, forecast = known.forecaster.score(ROWS), known.forecaster.predict(ROWS)["sold"]
    error = (forecast - ROWS.groupby("town")["sold"].shift(-1)).dropna()
    assert scores.metrics["rmse"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-4)


def test_a_group_ten_times_as_large_is_forecast_ten_times_as_much(known: Trained) -> None:
    """Of all that the forecaster knows of a group its scale alone, and what is the same in all its rows."""
    recipe, alone = known.forecaster.recipe, ROWS[ROWS["town"] == "town 1"]
    assert recipe.group_scale is not None
    large = recipe.group_scale.groups["town 2"]
    own = recipe.group_scale.groups["town 1"]
    moved = (alone["sold"] - own.feature_mean[0]) / own.feature_scale[0] * large.feature_scale[0] + large.feature_mean[
        0
    ]
    forecast, of_large = (
        known.forecaster.predict(rows)["sold"] for rows in (alone, alone.assign(town="town 2", sold=moved))
    )
    expected = (forecast - own.target_mean[0]) / own.target_scale[0] * large.target_scale[0] + large.target_mean[0]
    assert of_large.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-4)


def test_an_unseen_group_is_forecast_in_the_scale_of_all_and_that_is_said(known: Trained) -> None:
    strange = ROWS[ROWS["town"] == "town 0"].assign(town="elsewhere")
    with pytest.warns(UserWarning, match="scaled by the mean and deviation of all groups, forecast all the same"):
        forecast = known.forecaster.predict(strange)["sold"]
    assert forecast.notna().all()


def test_on_line_and_after_a_restart_the_forecasts_are_those_of_all_rows_at_once(
    known: Trained, tmp_path: Path
) -> None:
    forecaster = known.forecaster
    at_once, on_line = forecaster.predict(ROWS), [forecaster.update(ROWS[:100])]
    forecaster.save(tmp_path)
    again = Forecaster.load(tmp_path)
    again.restore(json.loads(json.dumps(forecaster.state())))
    forecaster.reset()
    on_line.append(again.update(ROWS[100:]))
    assert pd.concat(on_line)["sold"].to_numpy() == pytest.approx(at_once["sold"].to_numpy(), rel=1e-4)


def test_no_forecast_sees_later_rows(known: Trained) -> None:
    others = ROWS.copy()
    others.loc[150:, "sold"] *= 3
    before, after = (known.forecaster.predict(rows)["sold"] for rows in (ROWS, others))
    assert (before[:150] == after[:150]).all()
