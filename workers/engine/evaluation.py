"""The scores of a model on a split, with its state handled in each of three ways: matched, cold and carried."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workers.data.dataset import Dataset
from workers.data.timeline import Floats, Sequences
from workers.engine.device import DevicePlan
from workers.engine.diagnostics import diagnose
from workers.engine.program import Program
from workers.plans import epochs
from workers.plans.windows import EpochPlan
from workers.spec import TestScores, TrialSpec


class Evaluator:
    """The evaluation plans of one trial on one split, uploaded to the device once."""

    def __init__(self, spec: TrialSpec, sequences: Sequences, dataset: Dataset) -> None:
        self.plans: Mapping[str, EpochPlan] = epochs.evaluation_plans(spec, sequences, dataset.train)
        self._window = spec.window
        self._dataset = dataset
        self._uploaded = {id(plan): DevicePlan.of(plan) for plan in self.plans.values()}

    def statistics(self, program: Program, mode: str) -> NDArray[np.float32]:
        """(steps, lanes, window, n_statistics + 1) of every timestep, the last its weight; see Program.evaluate."""
        plan = self.plans[mode]
        return program.evaluate(self._uploaded[id(plan)], self._window, plan.steps)

    def metrics(self, program: Program) -> dict[str, float]:
        """`loss` and the metrics beside it as matched, `loss_cold` and `loss_carried`; in the targets' own units."""
        scores: dict[str, dict[str, float]] = {}
        for mode, plan in self.plans.items():
            same = next((other for other in scores if self.plans[other] is plan), None)
            scores[mode] = scores[same] if same else self._score(program, mode)
        others = {f"loss_{mode}": scores[mode]["loss"] for mode in ("cold", "carried")}
        return {**scores["matched"], **others}

    def _score(self, program: Program, mode: str) -> dict[str, float]:
        return _metrics(self.statistics(program, mode), program, self._dataset)


def test_scores(spec: TrialSpec, program: Program, dataset: Dataset, metric: str) -> TestScores:
    """The scores of the program's weights on the test split.

    metric: the objective; the losses of the timesteps are those whose mean it is.
    """
    evaluator = Evaluator(spec, dataset.test, dataset)
    metrics = {**evaluator.metrics(program), **_as_deployed(spec, program, evaluator, dataset)}
    scored = {mode: evaluator.statistics(program, mode) for mode in ("matched", "cold")}
    losses = {
        mode: program.loss.per_timestep(parts[..., :-1], dataset.scaling, metric) for mode, parts in scored.items()
    }
    positions = {mode: _by_position(losses[mode], scored[mode][..., -1]) for mode in scored}
    return TestScores(
        {f"test/{name}": value for name, value in metrics.items()},
        _in_order(losses["matched"], evaluator.plans["matched"], dataset),
        positions,
    )


def _as_deployed(spec: TrialSpec, program: Program, evaluator: Evaluator, dataset: Dataset) -> dict[str, float]:
    """The diagnosis of the model as it is deployed, and a stateless one's metrics there, such as `loss_sliding`."""
    if spec.stateful:
        return diagnose(spec, program, evaluator.plans["matched"], dataset)
    deployed = epochs.sliding_plan(spec, dataset.test)
    parts = program.evaluate(DevicePlan.of(deployed), spec.window, deployed.steps)
    slid = {f"{name}_sliding": value for name, value in _metrics(parts, program, dataset).items()}
    return slid | diagnose(spec, program, deployed, dataset)


def _metrics(parts: NDArray[np.float32], program: Program, dataset: Dataset) -> dict[str, float]:
    sums = parts.astype(np.float64).sum(axis=(0, 1, 2))
    return program.loss.metrics_of(program.loss.measures(sums[:-1] / sums[-1], dataset.scaling))


def _by_position(losses: Floats, weights: Floats) -> NDArray[np.float32]:
    """(window,) the mean over (steps, lanes, window); NaN where nothing is scored."""
    total = weights.sum(axis=(0, 1))
    return np.where(total > 0, losses.sum(axis=(0, 1)) / np.maximum(total, 1), np.nan).astype(np.float32)


def _in_order(losses: Floats, plan: EpochPlan, dataset: Dataset) -> NDArray[np.float32]:
    """(n_scored,) the losses (steps, lanes, window) of the scored timesteps, in the timeline's order."""
    steps = np.arange(losses.shape[-1])
    counted = (steps >= plan.begin[..., None]) & (steps < plan.end[..., None])
    timesteps = (plan.offset[..., None] + steps)[counted]
    on_timeline = np.zeros(len(dataset.timeline.features), np.float32)
    on_timeline[timesteps] = losses[counted]
    return on_timeline[dataset.scored_timesteps(dataset.test)]
