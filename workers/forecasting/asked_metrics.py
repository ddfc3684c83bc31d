"""The metrics that a study file asks for, of forecasts of new rows."""

from pathlib import Path

import numpy as np

from workers.data.losses import loss_of
from workers.data.metrics.asked import chosen
from workers.data.metrics.judging import Judging
from workers.data.metrics.row import Numbers, Row, judged
from workers.data.timeline import Floats, Integers, Timeline
from workers.errors import DataError
from workers.forecasting.recipe import Recipe


def asked_metrics(
    recipe: Recipe, timeline: Timeline, at: Integers, folder: Path
) -> tuple[Judging | None, tuple[str, ...]]:
    """What judges forecasts of timesteps `at`, if the study file asks for any metric, and what must be known of it.

    timeline: in its own units; folder: where the user's own functions are looked for first. One that is not found is
    left out with a note: a model may be scored far from its study file.
    """
    rows: dict[str, Row] = {}
    notes = []
    for name in recipe.data.metrics or ():
        try:
            rows |= chosen([name], loss_of(timeline), timeline.n_classes, folder)
        except DataError as error:
            notes.append(f"{name} is left out: {error.message}")
    if not rows:
        return None, tuple(notes)
    added = (None if each is None else np.asarray(each[at], np.float64) for each in (timeline.base, timeline.spreads))
    judging = Judging(rows, judged(timeline, at, np.array(recipe.naive_errors), "the rows given"), *added)
    return judging, (*notes, *judging.remarks)


def of_model(judging: Judging | None, y: Floats, recipe: Recipe) -> dict[str, float]:
    """The metrics of a model's outputs y (rows, n_outputs), and of several targets `mae/NAME`."""
    if judging is None:
        return {}
    return _found(judging, judging.of_outputs(y, recipe.loss, recipe.scaling), recipe)


def of_baseline(judging: Judging | None, forecast: Numbers, recipe: Recipe) -> dict[str, float]:
    """The same of a forecast in the targets' own units, or of the probabilities of classes."""
    if judging is None:
        return {}
    return _found(judging, forecast if recipe.class_shares else judging.of_numbers(forecast, recipe.loss), recipe)


def _found(judging: Judging, forecast: Numbers, recipe: Recipe) -> dict[str, float]:
    each = zip(recipe.target_names, judging.of_each(forecast), strict=False)
    return judging.of(forecast) | {f"{name}/{target}": own[name] for target, own in each for name in own}
