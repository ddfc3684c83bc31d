"""The verdict on the runs of a comparison."""

from collections.abc import Sequence

import numpy as np

from sweep.comparison import compare
from sweep.comparison.question import ArmRuns, Question
from sweep.comparison.verdict import Verdict
from sweep.config.sections import Compare, StudyConfig
from sweep.core.trials import Run
from sweep.study.comparison_runs import ComparisonReader, seed_number
from workers.data.dataset import Dataset
from workers.objective import Objective


def answer(config: StudyConfig, settings: Compare, runs: ComparisonReader, dataset: Dataset, looks: int) -> Verdict:
    """The verdict on these runs; `looks`: how many comparisons of this study were looked at before."""
    metric = test_metric(config.objective)
    arms = [_arm(arm, [run for run in runs if run.trial.arm == arm], metric) for arm in runs.arms]
    question = Question(
        metric=config.objective.metric,
        goal=config.objective.goal,
        margin=settings.margin.value,
        confidence=settings.confidence,
        looks=looks,
        starts=_starts(dataset),
        squared_error=dataset.timeline.n_classes == 0,
        baselines={name: row[metric] for name, row in dataset.test_baselines.items() if metric in row},
    )
    return compare.compare(arms, question)


def test_metric(objective: Objective) -> str:
    """The objective's metric on the test split; the loss, for one that the test split does not have."""
    name = objective.metric.replace("validation/", "test/")
    return name if name.startswith("test/") else "test/loss"


def _arm(arm: str, runs: Sequence[Run], metric: str) -> ArmRuns:
    tests = [run.outcome.test for run in runs]
    losses = [test.losses for test in tests if test]
    sliding = np.array([test.metrics.get(f"{metric}_sliding", np.nan) if test else np.nan for test in tests])
    return ArmRuns(
        arm=arm,
        seeds=[seed_number(run.trial) for run in runs],
        validation=np.array([np.nan if value is None else value for value in map(_validation, runs)]),
        test=np.array([test.metrics[metric] if test else np.nan for test in tests]),
        losses=np.mean(losses, axis=0, dtype=np.float64) if losses else None,
        sliding=sliding if np.isfinite(sliding).any() else None,
    )


def _validation(run: Run) -> float | None:
    """The value on the validation split of a run that was scored on the test split too."""
    return run.outcome.value if run.outcome.test else None


def _starts(dataset: Dataset) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(n_pieces,) the scored timestep of the test split at which each piece begins; pieces without one are left out."""
    steps = dataset.scored_timesteps(dataset.test)
    return np.unique(np.searchsorted(steps, dataset.test.start)[dataset.test.start <= steps[-1]])
