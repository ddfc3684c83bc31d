"""Scores on new rows are those of the report: the same rows, the same losses, the same baselines."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.cases import shown
from tests.workers.forecasting.worlds import ARRAYS, TABLES, TEXT, WORLDS, trained
from workers.errors import DataError
from workers.forecasting.forecaster import Forecaster

# Rows after those of training may leave its range and hold categories that it never saw.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.* leaves what training saw"),
    pytest.mark.filterwarnings("ignore:.* is no category of training"),
]

LEVEL = TABLES["level"].rows


def with_targets(kind: str, forecaster: Forecaster) -> Any:
    """All rows of a world, with their targets."""
    world = WORLDS[kind]
    if isinstance(world.rows, str):
        return world.rows.split("\f")
    if isinstance(world.rows, pd.DataFrame):
        return world.rows
    rows = world.asked
    rows[list(forecaster.recipe.target_names)] = world.rows["targets"].reshape(len(rows), -1)
    return rows


@pytest.mark.sampled(8)
@pytest.mark.parametrize("arm", shown(["every_n_batches", "stateless", "never"]))
@pytest.mark.parametrize("kind", shown([*WORLDS], 2))
def test_scoring_the_whole_file_gives_the_losses_of_the_test_split_and_of_its_baselines(kind: str, arm: str) -> None:
    forecaster, dataset, test = trained(kind, arm)
    scores = forecaster.score(with_targets(kind, forecaster))
    of_test = np.searchsorted(np.flatnonzero(dataset.timeline.scored), dataset.scored_timesteps(dataset.test))
    assert scores.losses[of_test] == pytest.approx(test.losses, rel=1e-3, abs=1e-5)
    assert scores.losses[of_test].mean() == pytest.approx(float(test.losses.mean()), rel=1e-5)
    expected = dataset.baseline_losses("validation/loss")
    for name, losses in scores.naive.items():
        assert losses[of_test] == pytest.approx(expected[name], rel=1e-3, abs=1e-4)


def test_metrics_are_called_as_in_the_report_and_are_in_the_targets_own_units() -> None:
    forecaster = trained("two targets", "stateless").forecaster
    rows = TABLES["two targets"].rows
    scores, forecast = forecaster.score(rows), forecaster.predict(rows)
    rmse = {name: np.sqrt(((forecast[name] - rows[name].shift(-2)) ** 2).mean()) for name in ("level", "rain")}
    assert list(scores.metrics) == ["loss", "rmse", "rmse/level", "rmse/rain"]
    assert scores.metrics["rmse/level"] == pytest.approx(rmse["level"], rel=1e-4)
    assert scores.metrics["rmse/rain"] == pytest.approx(rmse["rain"], rel=1e-4)
    assert scores.metric == "error"


@pytest.mark.parametrize("kind", shown(["level", "missing classes", "text"]))
def test_the_metric_that_is_compared_is_one_of_those_that_are_shown(kind: str) -> None:
    forecaster = trained(kind, "stateless").forecaster
    scores = forecaster.score(with_targets(kind, forecaster))
    assert scores.shown(float(scores.losses.mean())) == pytest.approx(scores.metrics[scores.metric])


def test_rows_that_training_saw_are_counted() -> None:
    forecaster, dataset, _ = trained("level", "stateless")
    assert forecaster.score(LEVEL).seen == len(dataset.scored_timesteps(dataset.train)) + 1
    assert forecaster.score(LEVEL[300:]).seen == 0


@pytest.mark.lengthy
def test_rows_of_groups_that_were_held_back_count_as_new() -> None:
    forecaster = trained("panel by sequence", "stateless").forecaster
    rows = TABLES["panel by sequence"].rows
    trained_on = set(forecaster.recipe.trained_until)
    assert 0 < len(trained_on) < 12
    assert forecaster.score(rows[~rows["town"].isin(trained_on)]).seen == 0


@pytest.mark.lengthy
def test_a_row_whose_target_is_not_known_yet_is_not_scored() -> None:
    forecaster = trained("target that is no input", "every_sequence").forecaster
    rows = TABLES["target that is no input"].rows.copy()
    rows.loc[390:, "rain"] = np.nan
    assert len(forecaster.score(rows).losses) == 390


def of_arrays(**columns: Any) -> pd.DataFrame:
    forecaster = trained("numbered classes", "stateless").forecaster
    return with_targets("numbered classes", forecaster)[:50].assign(**columns)


@pytest.mark.parametrize(
    ("kind", "rows", "message"),
    [
        ("level", LEVEL.drop(columns="level"), "the rows given: has no column level; there is "),
        ("level", LEVEL[:1], "no row has a target that counts: 1 sequence of at most 1 row"),
        ("level", LEVEL[:0], "the rows given: has 4 columns but no rows"),
        ("two targets", LEVEL.assign(rain=np.nan), "no row has a target that counts"),
        ("classes", TABLES["classes"].rows.drop(columns="way"), "the rows given: has no column way"),
        (
            "classes",
            TABLES["classes"].rows.assign(way="sideways"),
            "row 1: way is 'sideways', which is a class that training did not have; it had down, flat, up",
        ),
        ("numbered classes", of_arrays, "there is no column target; "),
        ("numbered classes", {"target": 3}, "row 1: the target is 3, which is a class that training did not have"),
        ("numbered classes", {"target": np.nan}, "there is no row whose target is known"),
        ("text", "abx", "1 character that training did not have: 'x'"),
        ("text", ["a", "b"], "there is no row whose target is known"),
    ],
)
@pytest.mark.lengthy
def test_what_cannot_be_scored_is_one_message(kind: str, rows: Any, message: str) -> None:
    if isinstance(rows, dict):
        rows = of_arrays(**rows)
    elif callable(rows):
        rows = of_arrays().drop(columns="target")
    with pytest.raises(DataError, match=message):
        trained(kind, "stateless").forecaster.score(rows)


@pytest.mark.parametrize("name", ["new.npz", "new.csv", "new.parquet"])
def test_every_form_of_file_of_numbers_gives_the_same_scores(name: str, tmp_path: Path) -> None:
    forecaster = trained("long sequences", "never").forecaster
    rows = with_targets("long sequences", forecaster)
    if name.endswith("npz"):
        np.savez(tmp_path / name, **ARRAYS["long sequences"].rows)
    elif name.endswith("csv"):
        rows.to_csv(tmp_path / name, index=False)
    else:
        rows.to_parquet(tmp_path / name)
    assert forecaster.score(tmp_path / name).losses == pytest.approx(forecaster.score(rows).losses, rel=1e-4)


def test_a_text_file_is_scored(tmp_path: Path) -> None:
    forecaster = trained("text", "never").forecaster
    (tmp_path / "new.txt").write_text(TEXT)
    assert forecaster.score(tmp_path / "new.txt").losses == pytest.approx(forecaster.score(TEXT.split("\f")).losses)


def test_scoring_remembers_nothing() -> None:
    forecaster = trained("level", "every_sequence").forecaster
    before = forecaster.predict(LEVEL)
    assert (forecaster.score(LEVEL).losses == forecaster.score(LEVEL).losses).all()
    pd.testing.assert_frame_equal(forecaster.predict(LEVEL), before)
