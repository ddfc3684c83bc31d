"""From the comparison's runs to the verdict on them."""

from collections.abc import Sequence

import numpy as np

from sweep.comparison import compare
from sweep.comparison.question import ArmRuns, Question
from sweep.comparison.verdict import Verdict
from sweep.config.study_file import Compare, StudyConfig
from sweep.core.trials import Outcome, Trial
from sweep.study.comparison_runs import ComparisonRuns
from workers.data.dataset import Dataset
from workers.spec import Objective

Runs = Sequence[tuple[Trial, Outcome]]


def answer(
    config: StudyConfig, settings: Compare, confirmation: ComparisonRuns, dataset: Dataset, looks: int
) -> Verdict:
    """What the runs say; `looks`: how many comparisons of this study were looked at before."""
    metric = test_metric(config.objective)
    arms = [_arm(arm, [run for run in confirmation if run[0].arm == arm], metric) for arm in confirmation.arms]
    question = Question(
        metric=config.objective.metric,
        goal=config.objective.goal,
        margin=settings.margin,
        confidence=settings.confidence,
        looks=looks,
        starts=_starts(dataset),
        squared_error=dataset.timeline.n_classes == 0,
        baselines={name: row[metric] for name, row in dataset.test_baselines.items() if metric in row},
    )
    return compare.compare(arms, question)


def test_metric(objective: Objective) -> str:
    """The objective's name on the test split; of one that has none, the loss."""
    name = objective.metric.replace("validation/", "test/")
    return name if name.startswith("test/") else "test/loss"


def _arm(arm: str, runs: Runs, metric: str) -> ArmRuns:
    tests = [outcome.test for _, outcome in runs]
    losses = [test.losses for test in tests if test]
    sliding = np.array([test.metrics.get(f"{metric}_sliding", np.nan) if test else np.nan for test in tests])
    return ArmRuns(
        arm=arm,
        seeds=[int(trial.key.rpartition("-")[2]) for trial, _ in runs],
        validation=np.array([outcome.value if outcome.test and outcome.value else np.nan for _, outcome in runs]),
        test=np.array([test.metrics[metric] if test else np.nan for test in tests]),
        losses=np.mean(losses, axis=0, dtype=np.float64) if losses else None,
        sliding=sliding if np.isfinite(sliding).any() else None,
    )


def _starts(dataset: Dataset) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(n_pieces,) where in the scored timesteps of the test split each piece begins; pieces without any left out."""
    steps = dataset.scored_timesteps(dataset.test)
    return np.unique(np.searchsorted(steps, dataset.test.start)[dataset.test.start <= steps[-1]])
