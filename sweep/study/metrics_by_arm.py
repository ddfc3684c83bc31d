"""The metrics of each arm and of each baseline on the test split, beside one another."""

from collections.abc import Mapping, Sequence

import numpy as np

from sweep.core.trials import Run
from workers.data.dataset import Dataset

Table = dict[str, dict[str, float]]


def metrics_by_arm(of_arms: Mapping[str, Sequence[Run]], dataset: Dataset) -> Table:
    """By arm, each metric on the test split as deployed, averaged over the arm's runs that finished.

    What says the loss in other words says it of the mean loss, as the verdict does: rmse is the root of that.
    of_arms: the runs that decide of each arm at its own setting
    """
    tests = {arm: [run.outcome.test.metrics for run in runs if run.outcome.test] for arm, runs in of_arms.items()}
    return {arm: _averaged(found, dataset) for arm, found in tests.items()}


def _averaged(found: Sequence[Mapping[str, float]], dataset: Dataset) -> dict[str, float]:
    """Those metrics that all of the runs have."""
    means = {
        name: float(np.mean([each[shown] for each in found]))
        for name in ("loss", *dataset.reported)
        if found and all((shown := f"test/{name}_deployed") in each for each in found)
    }
    in_other_words = {name: metric for name, metric in dataset.loss.metrics.items() if metric.measure == "loss"}
    return means | {name: metric.of_mean(means["loss"]) for name, metric in in_other_words.items() if name in means}


def metrics_of_baselines(dataset: Dataset) -> Table:
    """By baseline, the same metrics."""
    names = ("loss", *dataset.reported)
    return {
        baseline: {name: row[f"test/{name}"] for name in names if f"test/{name}" in row}
        for baseline, row in dataset.test_baselines.items()
    }


def columns(found: Mapping[str, Mapping[str, float]], *, asked: bool) -> list[str]:
    """The names of the metrics beside the loss that people are shown; none where one says the loss in other words.

    asked: whether the study file asks for metrics, which are shown in any case.
    """
    names = list(dict.fromkeys(name for row in found.values() for name in row if name != "loss"))
    return names if asked or len(names) > 1 else []
