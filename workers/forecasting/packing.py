"""Packs a deployed model: the forecaster's files, and the Keras models for those who want them bare."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from workers.data.dataset import Dataset
from workers.data.sources import DataConfig
from workers.engine.checkpoint import Checkpoint
from workers.forecasting import export
from workers.forecasting.example import columns, example, made_up
from workers.forecasting.forecaster import Forecaster
from workers.forecasting.package import MeanError, Package
from workers.forecasting.recipe import Recipe
from workers.spec import TrialSpec


def packed(
    name: str,
    spec: TrialSpec,
    data: DataConfig,
    dataset: Dataset,
    checkpoint: bytes,
    scores: Mapping[str, float],
    test: MeanError | None = None,
) -> Package:
    """The deployed model of a study, of a finished trial's checkpoint.

    scores  of its run, by MLflow's names
    test    its error on the test split, with the luck of the rows there
    """
    weights = Checkpoint.from_bytes(checkpoint).best
    recipe = Recipe.of(name, spec, data, dataset, scores, test)
    forecaster = Forecaster(recipe, weights)
    rows = example(recipe, dataset)
    forecast = None if rows is None else forecaster.predict(rows)
    with TemporaryDirectory() as folder:
        forecaster.save(Path(folder))
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    files |= export.keras_files(spec, dataset, checkpoint)
    gives = list(recipe.target_names) if forecast is None else list(forecast.columns)
    return Package(files, columns(recipe), gives, rows, made_up(recipe))
