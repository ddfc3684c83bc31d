"""A deployed model with a cell of the user's own: forecast as scored, with the code that it was trained with."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from tests.workers.forecasting.test_round_trip import score
from tests.workers.forecasting.worlds import ARMS, TABLES, Trained, prepared
from tests.workers.own_cells import CODE, KEEPER
from workers.engine.checkpoint import Checkpoint
from workers.engine.training import Trainer
from workers.errors import DataError
from workers.forecasting.forecaster import Forecaster
from workers.forecasting.recipe import Recipe
from workers.plans.equivalence import canonical
from workers.spec import TrialSpec

pytestmark = pytest.mark.filterwarnings("ignore:.* leaves what training saw")
KIND = "panel"
ROWS = TABLES[KIND].rows
DATASET = replace(prepared(KIND).dataset, own_code={KEEPER: CODE})


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer(DATASET)


@pytest.fixture(
    scope="module",
    params=[
        "every_n_batches",
        pytest.param("burn-in", marks=pytest.mark.slow),
        pytest.param("bidirectional", marks=pytest.mark.slow),
    ],
)
def model(request: pytest.FixtureRequest, trainer: Trainer) -> Trained:
    fields = {"cell": KEEPER, "units": 5, "window": 6, "batch_size": 4, "epochs": 2, **ARMS[request.param]}
    spec = canonical(TrialSpec(**fields), DATASET.train)
    segment = trainer.train(spec, 0, None, 1e9, test=True)
    assert segment.test is not None
    weights = Checkpoint.from_bytes(segment.checkpoint).best
    return Trained(Forecaster(Recipe.of("walk", spec, prepared(KIND).data, DATASET), weights), DATASET, segment.test)


@pytest.mark.lengthy
def test_forecasting_the_whole_file_gives_the_test_score(model: Trained, tmp_path: Path) -> None:
    model.forecaster.save(tmp_path)
    found = score(TABLES[KIND], Forecaster.load(tmp_path).predict(ROWS), DATASET)
    assert found == pytest.approx(model.test.metrics["test/loss_deployed"], rel=1e-5)


def test_rows_that_come_in_pieces_are_forecast_as_if_they_had_come_at_once(model: Trained) -> None:
    model.forecaster.reset()
    pieces = [model.forecaster.update(ROWS[a:b]) for a, b in pairwise([0, 1, 7, 50, len(ROWS)])]
    whole = model.forecaster.predict(ROWS)["level"].to_numpy()
    assert pd.concat(pieces)["level"].to_numpy() == pytest.approx(whole, rel=1e-5)


def test_no_forecast_changes_with_later_rows(model: Trained) -> None:
    half = len(ROWS) // 2
    shifted = ROWS.assign(level=ROWS["level"] + 50 * (ROWS.index >= half))
    found, whole = (model.forecaster.predict(rows)["level"].to_numpy() for rows in (shifted, ROWS))
    assert (found[:half] == whole[:half]).all()
    assert (found[half:] != whole[half:]).all()


def test_the_code_is_in_the_recipe_of_its_models_alone(model: Trained) -> None:
    assert json.loads(json.dumps(model.forecaster.recipe.as_json()))["code"] == CODE
    other = Recipe.of("walk", TrialSpec(), prepared(KIND).data, DATASET)
    assert "code" not in other.as_json()


def test_code_that_came_with_a_model_is_run_where_it_is_known_alone(model: Trained, tmp_path: Path) -> None:
    model.forecaster.save(tmp_path / "model")
    with pytest.raises(DataError, match="is code that came with the model, which runs only where the module my_cells"):
        Forecaster.load(tmp_path / "model", tmp_path)
    for name, text in CODE.items():
        (tmp_path / name).write_text(text)
    assert Forecaster.load(tmp_path / "model", tmp_path).recipe.code == CODE
