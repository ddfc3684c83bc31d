"""The scores of a model on a split: with its state handled in each of three ways, and as it is deployed."""

import warnings
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from workers.data.dataset import Dataset
from workers.data.loss_row import DEPLOYED
from workers.data.of_each_target import by_target, of_each_target
from workers.data.timeline import Floats, Sequences
from workers.engine.device import padded
from workers.engine.diagnostics import diagnose
from workers.engine.exact import Evaluated, ExactRun
from workers.engine.laps import Scored, Shape
from workers.engine.program import Program
from workers.errors import DataError
from workers.plans import epochs
from workers.plans.deployment import Feed
from workers.plans.evaluation_plan import EvaluationPlan
from workers.spec import TestScores, TrialSpec


class Evaluator:
    """The evaluation plans of one trial on one split, uploaded to the device once."""

    def __init__(self, spec: TrialSpec, sequences: Sequences, dataset: Dataset) -> None:
        feed, sequences = Feed.of(dataset.timeline), epochs.cut_at(spec, sequences, dataset.timeline.scored)
        self.plans: Mapping[str, EvaluationPlan] = epochs.evaluation_plans(spec, sequences, dataset.train, feed)
        self._spec, self._sequences = spec, sequences
        run = self.plans.get("carried", self.plans["matched"]).plan
        steps = -(-run.steps // spec.window) if spec.bidirectional else run.steps  # of windows that do not overlap
        most = max(len(plan.entries) for plan in self.plans.values())
        self._shape = Shape(spec.window, padded(steps + 1), padded(2 * most + run.lanes))
        self._runs = {id(plan): ExactRun(plan, self._shape) for plan in self.plans.values()}

    def score(self, program: Program, mode: str) -> Evaluated:
        """What each scored timestep comes to, with the state handled in one of three ways."""
        return self._runs[id(self.plans[mode])].score(program)

    def scores(self, program: Program, modes: Iterable[str]) -> dict[str, Evaluated]:
        """The same, in each of these."""
        plans = {mode: id(self.plans[mode]) for mode in modes}
        found = {key: self._runs[key].score(program) for key in dict.fromkeys(plans.values())}
        return {mode: found[key] for mode, key in plans.items()}

    def deployed(self, program: Program) -> Evaluated:
        """The same, as the model is deployed: `matched`, or slid one timestep at a time."""
        return self.deployment.score(program)

    def outputs(self, program: Program) -> NDArray[np.float32]:
        """(n_scored, n_outputs) those of the model as it is deployed, at each scored timestep."""
        evaluation = self.deployment.evaluation
        return np.asarray(ExactRun(evaluation, self._shape._replace(shown=True)).score(program).scored.statistics)

    @cached_property
    def deployment(self) -> ExactRun:
        """The plan of that on the device."""
        if self._spec.matched_as_deployed:
            return self._runs[id(self.plans["matched"])]
        lanes = self.plans["cold"].plan.lanes  # those of the others, so that nothing is compiled for it
        return ExactRun(epochs.sliding_plan(self._spec, self._sequences, lanes), self._shape)


def metrics(scores: Mapping[str, Evaluated], program: Program, dataset: Dataset) -> dict[str, float]:
    """`loss` and the metrics beside it as matched, and `loss_MODE` of the other ways; in the targets' own units."""
    others = {mode: each for mode, each in scores.items() if mode != "matched"}
    return {**_metrics(scores["matched"].scored, program, dataset), **losses(others, program, dataset)}


def losses(scores: Mapping[str, Evaluated], program: Program, dataset: Dataset) -> dict[str, float]:
    """`loss_MODE` of each way, in the targets' own units."""
    return {f"loss_{mode}": _metrics(each.scored, program, dataset)["loss"] for mode, each in scores.items()}


def deployed_metrics(evaluated: Evaluated, program: Program, dataset: Dataset) -> dict[str, float]:
    """`loss_deployed` and the metrics beside it, in the targets' own units."""
    return _deployed(_metrics(evaluated.scored, program, dataset))


def by_horizon(evaluated: Evaluated, program: Program, dataset: Dataset) -> dict[str, float]:
    """Of several horizons the metrics of each, such as `rmse_deployed/NAME`; of one nothing."""
    return _of_each_target(evaluated.scored, program, dataset) if dataset.timeline.horizons else {}


def _deployed(found: Mapping[str, float]) -> dict[str, float]:
    return {f"{name}{DEPLOYED}": value for name, value in found.items()}


def comparable(evaluated: Evaluated, program: Program, dataset: Dataset, metric: str) -> dict[str, float]:
    """`error_deployed`, by which models are compared where `metric` is the objective, and `passes`."""
    losses = _deciding(evaluated.scored, program, dataset, metric)
    error = program.loss.error(float(losses.mean(dtype=np.float64)))
    return {f"error{DEPLOYED}": error, "passes": float(evaluated.passes)}


def test_scores(spec: TrialSpec, program: Program, dataset: Dataset, metric: str) -> TestScores:
    """The scores of the program's weights on the test split; metric: the objective."""
    evaluator = Evaluator(spec, dataset.test, dataset)
    scores = evaluator.scores(program, evaluator.plans)
    deployed = scores["matched"] if spec.matched_as_deployed else evaluator.deployed(program)
    found = {
        **metrics(scores, program, dataset),
        **deployed_metrics(deployed, program, dataset),
        **_of_each_target(deployed.scored, program, dataset),
        **comparable(deployed, program, dataset, metric),
        **_asked(evaluator, program, dataset),
        **diagnose(spec, program, evaluator.deployment.evaluation, dataset),
    }
    return TestScores(
        {f"test/{name}": value for name, value in found.items()},
        _deciding(deployed.scored, program, dataset, metric),
        {mode: _by_position(scores[mode].scored, spec, program, dataset, metric) for mode in ("matched", "cold")},
    )


def _asked(evaluator: Evaluator, program: Program, dataset: Dataset) -> dict[str, float]:
    """The metrics that the study file asks for, as `mae_deployed`, and of several targets `mae_deployed/NAME`.

    Where a function of the user's fails, it is left out with a warning: what was trained is worth more.
    """
    judging = dataset.judging
    if judging is None:
        return {}
    forecast = judging.of_outputs(evaluator.outputs(program), dataset.loss, dataset.scaling)
    try:
        whole = judging.of(forecast)
    except DataError as error:
        warnings.warn(f"{error.field}: {error.message}", stacklevel=2)
        return {}
    return _deployed(whole) | by_target(judging.of_each(forecast), dataset.timeline.target_names, DEPLOYED)


def _metrics(scored: Scored, program: Program, dataset: Dataset) -> dict[str, float]:
    means = scored.statistics.mean(axis=0, dtype=np.float64)
    return program.loss.metrics_of(program.loss.measures(means, dataset.scaling))


def _deciding(scored: Scored, program: Program, dataset: Dataset, metric: str) -> NDArray[np.float32]:
    """(n_scored,) what decides, of each timestep."""
    return program.loss.deciding(scored.statistics, dataset.scaling, metric).astype(np.float32)


def _of_each_target(scored: Scored, program: Program, dataset: Dataset) -> dict[str, float]:
    """Of several targets, each one's metrics, such as `rmse_deployed/NAME`, in its own units."""
    means, names = scored.statistics.mean(axis=0, dtype=np.float64), dataset.timeline.target_names
    return of_each_target(program.loss, means, dataset.scaling, names, DEPLOYED)


def _by_position(
    scored: Scored, spec: TrialSpec, program: Program, dataset: Dataset, metric: str
) -> NDArray[np.float64]:
    """(window,) the mean loss at each position in the window, in the objective's unit; NaN where nothing is scored."""
    losses: Floats = program.loss.per_timestep(scored.statistics, dataset.scaling, metric)
    count = np.bincount(scored.place, minlength=spec.window)
    total = np.bincount(scored.place, losses, minlength=spec.window)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
