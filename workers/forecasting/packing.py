"""Packs a deployed model: the forecaster's files, and the Keras models for those who want them bare."""

from pathlib import Path
from tempfile import TemporaryDirectory

from workers.data.dataset import Dataset
from workers.engine.checkpoint import Checkpoint
from workers.engine.tensorflow_private import remove_generated_files
from workers.forecasting import keras_models
from workers.forecasting.example import columns, example, made_up
from workers.forecasting.forecaster import Forecaster
from workers.forecasting.package import FinishedTrial, Package
from workers.forecasting.recipe import Recipe


def packed(trial: FinishedTrial, dataset: Dataset) -> Package:
    """The deployed model of a finished trial, trained on this dataset."""
    weights = Checkpoint.from_bytes(trial.checkpoint).best
    recipe = Recipe.of(trial.study, trial.spec, trial.data, dataset, trial.scores, trial.test)
    forecaster = Forecaster(recipe, weights)
    rows = example(recipe, dataset)
    forecast = None if rows is None else forecaster.predict(rows)
    with TemporaryDirectory() as folder:
        forecaster.save(Path(folder))
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    files |= keras_models.keras_files(trial.spec, dataset, trial.checkpoint)
    remove_generated_files()
    gives = recipe.loss.columns(recipe.target_names) if forecast is None else list(forecast.columns)
    return Package(files, columns(recipe), gives, rows, made_up(recipe))
