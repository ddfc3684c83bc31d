"""A deployed model that looks categories up: it forecasts as it was scored, also of a category that is new."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.workers.forecasting.test_round_trip import score
from tests.workers.forecasting.worlds import TABLES, Trained, trained
from workers.forecasting import keras_models
from workers.forecasting.forecaster import Forecaster

pytestmark = pytest.mark.filterwarnings("ignore:.* leaves what training saw", "ignore:.* is no category")
KIND = "looked up"
ROWS = TABLES[KIND].rows


@pytest.fixture(scope="module")
def model() -> Trained:
    return trained(KIND, "stateless")


@pytest.mark.lengthy
def test_forecasting_the_whole_file_gives_the_test_score(model: Trained, tmp_path: Path) -> None:
    assert "black" not in model.forecaster.recipe.categories["sky"]
    assert "black" in set(ROWS["sky"])
    model.forecaster.save(tmp_path)
    found = score(TABLES[KIND], Forecaster.load(tmp_path).predict(ROWS), model.dataset)
    assert found == pytest.approx(model.test.metrics["test/loss_deployed"], rel=1e-5)


def test_the_table_is_learnt_and_kept(model: Trained) -> None:
    recipe = model.forecaster.recipe
    assert recipe.embeddings == model.dataset.timeline.embeddings == (("sky", 1, 4, 2), ("oktas", 4, 8, 3))
    tables = model.forecaster._weights[:2]
    assert [table.shape for table in tables] == [(3, 2), (4, 3)]
    assert all(np.abs(table).max() > 0.05 for table in tables)


def test_the_bare_network_takes_the_categories_inputs(model: Trained, tmp_path: Path) -> None:
    recipe = model.forecaster.recipe
    weights = model.forecaster._weights
    path = tmp_path / "batch.keras"
    keras_models.deployable(recipe.spec, model.dataset, weights, streaming=False).save(path)
    network = keras.saving.load_model(path, compile=False)
    some = ROWS.iloc[: recipe.spec.window]
    hot: list[Any] = [some["level"].to_numpy(float)]
    hot += [
        (some[name].astype(str) == each).to_numpy(float)
        for name in ("sky", "oktas")
        for each in recipe.categories[name]
    ]
    forecast = network(np.column_stack(hot)[None]).numpy()[0, -1, 0]
    assert forecast == pytest.approx(model.forecaster.predict(some)["level"].iloc[-1], rel=1e-5)
