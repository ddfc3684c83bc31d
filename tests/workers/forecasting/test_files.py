"""A forecaster reads files as a study does: of every kind, by a pattern, and written otherwise if it is told so."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from tests.workers.forecasting.worlds import panel, trained, walk
from workers.data import sources
from workers.data.sources import DataConfig
from workers.engine.training import Trainer
from workers.errors import DataError
from workers.forecasting.example import columns, example, made_up
from workers.forecasting.forecaster import Forecaster
from workers.forecasting.recipe import Recipe
from workers.spec import TrialSpec

pytestmark = pytest.mark.filterwarnings("ignore:.* leaves what training saw")

ROWS = walk(60, 3)


def levels(forecaster: Forecaster, given: Any) -> list[float]:
    return [float(value) for value in forecaster.predict(given)["level"]]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The rows as German ones have them."""
    ROWS.to_csv(path := tmp_path / "new.csv", index=False, sep=";", decimal=",", encoding="utf-16")
    return path


@pytest.mark.lengthy
def test_a_file_that_is_written_otherwise_gives_the_same_forecasts_once_it_is_said(written: Path) -> None:
    forecaster = trained("level", "stateless").forecaster
    told = forecaster.reading(separator=";", decimal=",", encoding="utf-16")
    assert levels(told, written) == pytest.approx(levels(forecaster, ROWS), rel=1e-6)
    usual = told.reading(separator=None, decimal=None, encoding=None)
    ROWS.to_csv(written, index=False)
    assert levels(usual, written) == pytest.approx(levels(forecaster, ROWS), rel=1e-6)


@pytest.mark.parametrize("name", ["new.parquet", "new.jsonl", "new.csv.gz"])
def test_rows_may_come_in_another_kind_of_file_than_the_data(name: str, tmp_path: Path) -> None:
    forecaster = trained("level", "stateless").forecaster
    german = forecaster.reading(separator=";", decimal=",")
    if name == "new.parquet":
        ROWS.to_parquet(tmp_path / name)
    elif name == "new.jsonl":
        ROWS.to_json(tmp_path / name, orient="records", lines=True, double_precision=15)
    else:
        (tmp_path / name).write_bytes(gzip.compress(ROWS.to_csv(index=False, sep=";", decimal=",").encode()))
    assert levels(german, tmp_path / name) == pytest.approx(levels(forecaster, ROWS), rel=1e-6)


def test_what_does_not_say_how_a_file_is_written_is_refused() -> None:
    forecaster = trained("level", "stateless").forecaster
    with pytest.raises(DataError, match=r"data.horizon: does not say how a file is written; there is separator"):
        forecaster.reading(horizon=3)
    with pytest.raises(DataError, match=r"data.separator: should be one sign that parts cells"):
        forecaster.reading(separator=";;")


def test_groups_that_are_files_are_forecast_from_files_and_from_frames(tmp_path: Path) -> None:
    rows = panel(60, 3).rename(columns={"town": "file"})
    section = {"kind": "table", "path": "*.jsonl", "group": {"file": True}, "inputs": ["level"], "targets": ["level"]}
    data = TypeAdapter(DataConfig).validate_python({**section, "time": "when"})
    for name, own in rows.groupby("file"):
        own.drop(columns="file").to_json(tmp_path / f"{name}.jsonl", orient="records", lines=True, double_precision=15)
    dataset = sources.load(data, tmp_path)
    assert dataset.timeline.group_names == ("town 0", "town 1", "town 2")
    spec = TrialSpec(units=3, window=5, stateful=True, reset_policy="every_sequence")
    weights = Trainer(dataset).initial_weights(spec, seed=1)
    forecaster = Forecaster(Recipe.of("towns", spec, data, dataset), weights)
    with TemporaryDirectory() as folder:
        forecaster.save(Path(folder))
        forecaster = Forecaster.load(Path(folder))
    from_files = forecaster.predict(tmp_path / "*.jsonl").sort_values(["file", "when"])["level"]
    from_frame = forecaster.predict(rows).sort_values(["file", "when"])["level"]
    np.testing.assert_allclose(from_files, from_frame, rtol=1e-5)
    one = forecaster.predict(tmp_path / "town 1.jsonl")
    assert set(one["file"]) == {"town 1"}
    shown = example(forecaster.recipe, dataset)
    assert shown is not None
    assert {*shown} == {*made_up(forecaster.recipe)} == {*columns(forecaster.recipe)} == {"when", "level", "file"}
    assert len(forecaster.predict(shown)) == len(shown)


def test_a_digest_changes_with_the_content_of_any_file_of_a_pattern(tmp_path: Path) -> None:
    section = {"kind": "table", "path": "m-*.csv", "inputs": ["level"], "targets": ["level"]}
    data = TypeAdapter(DataConfig).validate_python(section)
    whole = walk(200)
    whole[:90].to_csv(tmp_path / "m-1.csv", index=False)
    whole[90:].to_csv(tmp_path / "m-2.csv", index=False)
    before = sources.load(data, tmp_path).digest
    whole.to_csv(tmp_path / "all.csv", index=False)
    assert sources.load(replace_path(data, "all.csv"), tmp_path).digest == before
    whole[90:].assign(level=lambda frame: frame["level"] + 1).to_csv(tmp_path / "m-2.csv", index=False)
    assert sources.load(data, tmp_path).digest != before


def replace_path(data: Any, path: str) -> Any:
    return data.model_copy(update={"path": path})
