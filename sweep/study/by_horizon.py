"""How a study's models and baselines err at each of several horizons, on validation and on the test split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic_core import to_jsonable_python

from sweep.comparison.verdict import Verdict
from sweep.core.trials import Run
from sweep.study.comparison_runs import ComparisonReader
from sweep.study.measured import measure
from sweep.study.reader import StudyReader
from workers.data.dataset import Dataset

STRONGEST = 2  # baselines that people are shown

Errors = dict[str, list[float]]  # by arm and by baseline, (n_targets,)


@dataclass(frozen=True)
class ByHorizon:
    """The errors at each horizon. The names of the fields are those of its JSON object.

    measured    what is shown, such as `rmse, mg/dL`
    names       (n_targets,) of what is forecast: each target at each horizon
    steps       (n_horizons,) timesteps of each horizon
    validation  by arm, without a comparison of the best trial's arm alone, and by baseline, (n_targets,)
    test        the same on the test split; empty without a comparison
    shown       whose errors people are shown: of the winner, of the reference, and of the strongest baselines
    """

    measured: str
    names: Sequence[str]
    steps: Sequence[int]
    validation: Mapping[str, Sequence[float]]
    test: Mapping[str, Sequence[float]]
    shown: Sequence[str]

    @property
    def parts(self) -> dict[str, dict[str, Sequence[float]]]:
        """By the split's name, what people are shown of it; a split without any is left out."""
        parts = {"test": self.test, "validation": self.validation}
        shown = {name: {row: each[row] for row in self.shown if row in each} for name, each in parts.items()}
        return {name: rows for name, rows in shown.items() if rows}

    def as_json(self) -> dict[str, Any]:
        """The fields as plain numbers and texts."""
        plain: dict[str, Any] = to_jsonable_python(self, inf_nan_mode="null")
        return plain


def by_horizon(
    study: StudyReader, runs: ComparisonReader | None, verdict: Verdict | None, dataset: Dataset
) -> ByHorizon | None:
    """The errors at each horizon, of an arm the mean over its runs; None where there is one horizon."""
    if not dataset.timeline.horizons:
        return None
    best = study.best
    of_arms: Mapping[str, Sequence[Run]] = {best.trial.arm: [best]} if best else {}
    if runs and verdict:
        of_arms = runs.of_arms()
    chosen = [verdict.recommendation.arm, verdict.reference] if verdict else [*of_arms]
    errors, part = (dataset.test_baselines, "test") if verdict else (dataset.baselines, "validation")
    strongest = sorted(errors, key=lambda name: errors[name][f"{part}/error"])[:STRONGEST]
    return ByHorizon(
        measured=measure(study.config, dataset, "loss").heading,
        names=dataset.target_names,
        steps=dataset.timeline.horizons,
        validation=_errors("validation", of_arms, dataset.baselines, dataset),
        test=_errors("test", of_arms, dataset.test_baselines, dataset) if verdict else {},
        shown=list(dict.fromkeys([*chosen, *strongest])),
    )


def _errors(
    part: str, of_arms: Mapping[str, Sequence[Run]], baselines: Mapping[str, Mapping[str, float]], dataset: Dataset
) -> Errors:
    keys = dataset.error_names(part, deployed=True)
    of_runs = {arm: [_metrics(run, part) for run in own] for arm, own in of_arms.items()}
    found = {
        arm: [[each[key] for key in keys] for each in own if all(key in each for key in keys)]
        for arm, own in of_runs.items()
    }
    means = {arm: _mean(np.array(values), root=dataset.loss.root) for arm, values in found.items() if values}
    of_baselines = dataset.error_names(part, deployed=False)
    return means | {name: [row[key] for key in of_baselines] for name, row in baselines.items()}


def _metrics(run: Run, part: str) -> Mapping[str, float]:
    """Those of the test split are kept apart; of a run that diverged there are none."""
    if part != "test":
        return run.outcome.metrics
    return run.outcome.test.metrics if run.outcome.test else {}


def _mean(values: Any, *, root: bool) -> list[float]:
    """(n_targets,) over runs; of the roots of errors the root of the mean error, as in the verdict."""
    found = np.sqrt(np.square(values).mean(axis=0)) if root else values.mean(axis=0)
    return [float(each) for each in found]
