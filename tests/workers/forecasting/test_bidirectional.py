"""A deployed model that reads windows both ways: each forecast is of the window that ends with its row."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import pandas as pd
import pytest

from tests.workers.forecasting.test_round_trip import score
from tests.workers.forecasting.worlds import TABLES, Trained, prepared, trained
from workers.forecasting import keras_models
from workers.forecasting.forecaster import Forecaster
from workers.forecasting.package import BATCH, networks

pytestmark = [pytest.mark.filterwarnings("ignore:.* leaves what training saw"), pytest.mark.lengthy]
KIND = "panel"
ROWS = TABLES[KIND].rows


@pytest.fixture(scope="module")
def model() -> Trained:
    return trained(KIND, "bidirectional")


@pytest.fixture(scope="module")
def whole(model: Trained) -> Any:
    return model.forecaster.predict(ROWS)["level"].to_numpy()


def test_forecasting_the_whole_file_gives_the_test_score(model: Trained, tmp_path: Path) -> None:
    model.forecaster.save(tmp_path)
    found = score(TABLES[KIND], Forecaster.load(tmp_path).predict(ROWS), model.dataset)
    assert found == pytest.approx(model.test.metrics["test/loss_deployed"], rel=1e-5)


def test_rows_that_come_in_pieces_are_forecast_as_if_they_had_come_at_once(model: Trained, whole: Any) -> None:
    model.forecaster.reset()
    cuts = [0, 1, 2, 7, 50, 51, 200, len(ROWS)]
    pieces = [model.forecaster.update(ROWS[a:b]) for a, b in pairwise(cuts)]
    found = pd.concat(pieces)["level"].to_numpy()
    assert found == pytest.approx(whole, rel=1e-5)


def test_no_forecast_changes_with_later_rows(model: Trained, whole: Any) -> None:
    half = len(ROWS) // 2
    later = ROWS.index >= half
    shifted = ROWS.assign(level=ROWS["level"] + 50 * later, speed=ROWS["speed"] - 3 * later)
    found = model.forecaster.predict(shifted)["level"].to_numpy()
    assert (found[:half] == whole[:half]).all()
    assert (found[half:] != whole[half:]).all()


def test_the_bare_network_forecasts_the_last_row_of_a_window_as_the_forecaster_does(
    model: Trained, whole: Any, tmp_path: Path
) -> None:
    spec, dataset = model.forecaster.recipe.spec, prepared(KIND).dataset
    assert networks(spec) == (BATCH,)
    keras_models.deployable(spec, dataset, model.forecaster._weights, streaming=False).save(tmp_path / BATCH)
    network = keras.saving.load_model(tmp_path / BATCH, compile=False)
    town = ROWS[ROWS["town"] == ROWS["town"].iloc[0]]
    numbers = town[list(model.forecaster.recipe.input_names)].to_numpy(float)
    for end in (1, 3, spec.window, 40):
        begin = max(0, end - spec.window)
        forecast = network(numbers[None, begin:end]).numpy()
        assert forecast.shape == (1, 1)
        assert forecast[0, 0] == pytest.approx(whole[ROWS.index.get_loc(town.index[end - 1])], rel=1e-5)
