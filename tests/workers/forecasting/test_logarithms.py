"""A model of logarithms forecasts, and is scored, in the targets' own units; changes of them are relative."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.workers.forecasting.worlds import LOGARITHMS, Trained, trained
from workers.forecasting.forecaster import Forecaster
from workers.forecasting.keras_models import deployable

pytestmark = [pytest.mark.filterwarnings("ignore:.* leaves what training saw"), pytest.mark.lengthy]

ROWS = LOGARITHMS["logarithms"].rows
PANEL = LOGARITHMS["changes of logarithms"].rows
NAMES = [f"{name}+{steps}" for name in ("returned", "sold") for steps in (1, 3)]


@pytest.fixture(scope="module")
def known() -> Trained:
    return trained("logarithms", "stateless")


@pytest.fixture(scope="module")
def of_changes() -> Trained:
    return trained("changes of logarithms", "every_sequence")


def test_forecasting_the_whole_file_gives_the_test_scores_in_own_units(known: Trained) -> None:
    forecaster, dataset, test = known
    forecast, at = forecaster.predict(ROWS)["sold"], dataset.scored_timesteps(dataset.test)
    truth = ROWS["sold"].shift(-1)
    assert test.metrics["test/rmse_deployed"] == pytest.approx(
        np.sqrt(np.square(forecast - truth)[at].mean()), rel=1e-4
    )
    assert test.metrics["test/mae_deployed"] == pytest.approx(np.abs(forecast - truth)[at].mean(), rel=1e-4)
    still = np.square(ROWS["sold"] - truth)[at].mean()
    assert dataset.test_baselines["persistence"]["test/rmse"] == pytest.approx(np.sqrt(still))
    unit = float(dataset.scaling.of_levels.target_scale[0])
    assert test.metrics["test/error_deployed"] * unit == pytest.approx(test.metrics["test/rmse_deployed"], rel=1e-5)
    assert test.losses.mean() ** 0.5 == pytest.approx(test.metrics["test/error_deployed"], rel=1e-5)


def test_new_rows_are_scored_in_own_units(known: Trained) -> None:
    scores, forecast = known.forecaster.score(ROWS), known.forecaster.predict(ROWS)["sold"]
    error = (forecast - ROWS["sold"].shift(-1)).dropna()
    assert scores.metrics["rmse"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-4)
    assert scores.shown(float(scores.losses.mean())) == pytest.approx(scores.metrics["rmse"], rel=1e-4)
    still = (ROWS["sold"].diff()).dropna()
    assert scores.baselines["persistence"]["rmse"] == pytest.approx(np.sqrt((still**2).mean()))


def test_no_forecast_sees_later_rows_and_all_can_be_forecast_of(known: Trained, of_changes: Trained) -> None:
    before, others = known.forecaster.predict(ROWS)["sold"], ROWS.copy()
    others.loc[200:, "sold"] *= 3
    assert (known.forecaster.predict(others)["sold"][:200] == before[:200]).all()
    assert (before > 0).all()
    assert (of_changes.forecaster.predict(PANEL)[NAMES] > -1).all(axis=None)


def test_changes_come_to_levels_that_were_scored_at_each_horizon(of_changes: Trained) -> None:
    forecaster, dataset, test = of_changes
    forecast = forecaster.predict(PANEL)
    rows = PANEL.assign(**{name: forecast[name] for name in NAMES})
    for name in ("returned", "sold"):
        for steps in (1, 3):
            rows[f"error {name}+{steps}"] = rows[f"{name}+{steps}"] - rows.groupby("town")[name].shift(-steps)
    ordered = rows.sort_values(["town", "when"]).reset_index(drop=True)
    at = dataset.scored_timesteps(dataset.test)
    for name in NAMES:
        error = ordered[f"error {name}"].to_numpy()[at]
        called = f"test/rmse_deployed/{name.replace('+', '_')}"
        assert test.metrics[called] == pytest.approx(np.sqrt(np.square(error).mean()), rel=1e-4)


def test_on_line_and_after_a_restart_the_forecasts_are_those_of_all_rows_at_once(
    of_changes: Trained, tmp_path: Path
) -> None:
    forecaster = of_changes.forecaster
    at_once, on_line = forecaster.predict(PANEL), [forecaster.update(PANEL[:100])]
    forecaster.save(tmp_path)
    again = Forecaster.load(tmp_path)
    again.restore(json.loads(json.dumps(forecaster.state())))
    forecaster.reset()
    on_line.append(again.update(PANEL[100:]))
    assert pd.concat(on_line)[NAMES].to_numpy() == pytest.approx(at_once[NAMES].to_numpy(), rel=1e-4)


def test_the_bare_network_gives_levels_or_the_factors_of_changes(known: Trained, of_changes: Trained) -> None:
    for found, rows, target in ((known, ROWS, "sold"), (of_changes, PANEL[PANEL["town"] == "town 0"], None)):
        spec, dataset = found.forecaster.recipe.spec, found.dataset
        network = deployable(spec, dataset, found.forecaster._weights, streaming=False)
        inputs = rows[list(found.forecaster.recipe.input_names)].to_numpy()[None, : spec.window]
        last = found.forecaster.predict(rows[: spec.window]).iloc[-1]
        outputs = network(inputs).numpy()[0, -1]
        if target:
            assert outputs[0] == pytest.approx(last[target], rel=1e-4)
        else:
            now = np.repeat(rows[["returned", "sold"]].to_numpy()[spec.window - 1], 2)
            assert outputs * (1 + now) - 1 == pytest.approx(last[NAMES].to_numpy(float), rel=1e-4, abs=1e-4)
