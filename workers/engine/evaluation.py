"""The scores of a model on a split, with its state handled in each of three ways: matched, cold and carried."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workers.data.dataset import Dataset
from workers.data.timeline import Floats, Sequences
from workers.engine.device import padded
from workers.engine.diagnostics import diagnose
from workers.engine.exact import Evaluated, ExactRun
from workers.engine.laps import Scored, Shape
from workers.engine.program import Program
from workers.plans import epochs
from workers.plans.evaluation_plan import EvaluationPlan
from workers.spec import TestScores, TrialSpec


class Evaluator:
    """The evaluation plans of one trial on one split, uploaded to the device once."""

    def __init__(self, spec: TrialSpec, sequences: Sequences, dataset: Dataset) -> None:
        self.plans: Mapping[str, EvaluationPlan] = epochs.evaluation_plans(spec, sequences, dataset.train)
        self._dataset = dataset
        carried = self.plans["carried"]
        rows = padded(carried.plan.steps + 1)
        shape = Shape(spec.window, rows, len(carried.entries) + carried.plan.lanes)
        self._runs = {id(plan): ExactRun(plan, shape) for plan in self.plans.values()}

    def score(self, program: Program, mode: str) -> Evaluated:
        """What each scored timestep comes to, with the state handled in one of three ways."""
        return self._runs[id(self.plans[mode])].score(program)

    def metrics(self, program: Program) -> dict[str, float]:
        """`loss` and the metrics beside it as matched, `loss_cold` and `loss_carried`; in the targets' own units."""
        scores: dict[str, dict[str, float]] = {}
        for mode, plan in self.plans.items():
            same = next((other for other in scores if self.plans[other] is plan), None)
            scores[mode] = scores[same] if same else _metrics(self.score(program, mode).scored, program, self._dataset)
        others = {f"loss_{mode}": scores[mode]["loss"] for mode in ("cold", "carried")}
        return {**scores["matched"], **others}


def test_scores(spec: TrialSpec, program: Program, dataset: Dataset, metric: str) -> TestScores:
    """The scores of the program's weights on the test split.

    metric: the objective; the losses of the timesteps are those whose mean it is.
    """
    evaluator = Evaluator(spec, dataset.test, dataset)
    metrics = {**evaluator.metrics(program), **_as_deployed(spec, program, evaluator, dataset)}
    scored = {mode: evaluator.score(program, mode).scored for mode in ("matched", "cold")}
    losses = {
        mode: program.loss.per_timestep(found.statistics, dataset.scaling, metric) for mode, found in scored.items()
    }
    positions = {mode: _by_position(losses[mode], scored[mode].place, spec.window) for mode in scored}
    return TestScores(
        {f"test/{name}": value for name, value in metrics.items()},
        losses["matched"].astype(np.float32),
        positions,
    )


def _as_deployed(spec: TrialSpec, program: Program, evaluator: Evaluator, dataset: Dataset) -> dict[str, float]:
    """The diagnosis of the model as it is deployed, and a stateless one's metrics there, such as `loss_sliding`."""
    if spec.stateful:
        return diagnose(spec, program, evaluator.plans["matched"].plan, dataset)
    deployed = epochs.sliding_plan(spec, dataset.test, 32)
    parts = ExactRun(deployed, Shape(spec.window, padded(64), 0)).score(program)
    slid = {f"{name}_sliding": value for name, value in _metrics(parts.scored, program, dataset).items()}
    return slid | diagnose(spec, program, deployed.plan, dataset)


def _metrics(scored: Scored, program: Program, dataset: Dataset) -> dict[str, float]:
    means = scored.statistics.mean(axis=0, dtype=np.float64)
    return program.loss.metrics_of(program.loss.measures(means, dataset.scaling))


def _by_position(losses: Floats, place: NDArray[np.integer], window: int) -> NDArray[np.float32]:
    """(window,) the mean of losses (n,) at each position (n,) in the window; NaN where nothing is scored."""
    count = np.bincount(place, minlength=window)
    total = np.bincount(place, losses, minlength=window)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
