"""What the runs that decide of each arm scored on the test split."""

import numpy as np
from numpy.typing import NDArray

from sweep.study.comparison_table import ComparisonTable
from sweep.study.origins import deciding_of_arms
from workers.data.dataset import Dataset
from workers.objective import Objective


def scores_by_arm(runs: ComparisonTable, dataset: Dataset, objective: Objective) -> dict[str, NDArray[np.floating]]:
    """(n_seeds,) the objective as deployed of each arm's runs at its own setting; NaN for one that diverged."""
    metric = objective.deployed("test")
    return {
        arm: np.array([run.outcome.test.metrics[metric] if run.outcome.test else np.nan for run in made])
        for arm, made in deciding_of_arms(runs, dataset, objective).items()
    }
