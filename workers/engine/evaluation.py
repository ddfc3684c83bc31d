"""How good a model is on a split, with its state handled in each of three ways."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Dataset, Floats, Sequences
from workers.engine.diagnostics import diagnose
from workers.engine.program import DevicePlan, Program
from workers.plans import epochs
from workers.plans.windows import EpochPlan
from workers.spec import TestScores, TrialSpec


class Evaluator:
    """The evaluation plans of one trial on one split, uploaded once."""

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
        """`loss` and its companion as matched, and `loss_cold` and `loss_carried`, in the targets' own units."""
        scores: dict[str, dict[str, float]] = {}
        for mode, plan in self.plans.items():
            same = next((other for other in scores if self.plans[other] is plan), None)
            scores[mode] = scores[same] if same else self._score(program, mode)
        others = {f"loss_{mode}": scores[mode]["loss"] for mode in ("cold", "carried")}
        return {**scores["matched"], **others}

    def _score(self, program: Program, mode: str) -> dict[str, float]:
        return _metrics(self.statistics(program, mode), program, self._dataset)


def test_scores(spec: TrialSpec, program: Program, dataset: Dataset, metric: str) -> TestScores:
    """The program's weights on the test split; `metric` says which of a timestep's statistics is its loss."""
    evaluator = Evaluator(spec, dataset.test, dataset)
    found, deployed = evaluator.metrics(program), evaluator.plans["matched"]
    if not spec.stateful:
        deployed = epochs.sliding_plan(spec, dataset.test)
        parts = program.evaluate(DevicePlan.of(deployed), spec.window, deployed.steps)
        found |= {f"{name}_sliding": value for name, value in _metrics(parts, program, dataset).items()}
    found |= diagnose(spec, program, deployed, dataset)
    metrics = {f"test/{name}": value for name, value in found.items()}
    scored = {mode: evaluator.statistics(program, mode) for mode in ("matched", "cold")}
    losses = {mode: program.loss.each(parts[..., :-1], dataset.scaling, metric) for mode, parts in scored.items()}
    positions = {mode: _by_position(losses[mode], scored[mode][..., -1]) for mode in scored}
    return TestScores(metrics, _in_order(losses["matched"], evaluator.plans["matched"], dataset), positions)


def _metrics(parts: NDArray[np.float32], program: Program, dataset: Dataset) -> dict[str, float]:
    sums = parts.astype(np.float64).sum(axis=(0, 1, 2))
    return program.loss.metrics(sums[:-1] / sums[-1], dataset.scaling)


def _by_position(losses: Floats, weights: Floats) -> NDArray[np.float32]:
    """(window,) the mean over (steps, lanes, window); NaN where nothing is scored."""
    total = weights.sum(axis=(0, 1))
    return np.where(total > 0, losses.sum(axis=(0, 1)) / np.maximum(total, 1), np.nan).astype(np.float32)


def _in_order(losses: Floats, plan: EpochPlan, dataset: Dataset) -> NDArray[np.float32]:
    """(n_scored,) from (steps, lanes, window)."""
    steps = np.arange(losses.shape[-1])
    counted = (steps >= plan.begin[..., None]) & (steps < plan.end[..., None])
    where = (plan.offset[..., None] + steps)[counted]
    flat = np.zeros(len(dataset.timeline.features), np.float32)
    flat[where] = losses[counted]
    members = dataset.scored_timesteps(dataset.test)
    return flat[members]
