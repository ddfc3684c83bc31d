"""The error of a run on the test split, and how much of it is the luck of the rows there."""

import numpy as np

from sweep.comparison.scored_timesteps import ScoredTimesteps
from workers.data.dataset import Dataset
from workers.forecasting.package import MeanError
from workers.spec import TestScores


def timesteps_of_test(dataset: Dataset) -> ScoredTimesteps:
    """Where the scored timesteps of the test split stand, and of several origins which each is of."""
    count, origin = len(dataset.scored_timesteps(dataset.test)), None
    if dataset.later_origins:
        origin = np.zeros(count, int)
        for number, places in enumerate(dataset.places_of_origins()):
            origin[places] = number
    return ScoredTimesteps.of(dataset.layout(dataset.test), count, origin)


def error_on_test(scores: TestScores, dataset: Dataset, metric: str) -> MeanError | None:
    """The mean of what decides, with its luck; metric: the objective. None where there are too few rows to tell."""
    from sweep.comparison.mean_error import mean_error  # noqa: PLC0415  (SciPy, which the start of a launch is spared)

    return mean_error(scores.losses, timesteps_of_test(dataset), metric)
