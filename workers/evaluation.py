"""How good a model is on a split, with its state handled in each of three ways."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workers import resets
from workers.plan import EpochPlan
from workers.program import DevicePlan, Program
from workers.spec import TrialSpec
from workers.timeline import Dataset, Sequences


class Evaluator:
    """The evaluation plans of one trial on one split, uploaded once."""

    def __init__(self, spec: TrialSpec, sequences: Sequences, dataset: Dataset) -> None:
        self.plans: Mapping[str, EpochPlan] = resets.evaluation_plans(spec, sequences, dataset.train)
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
        parts = self.statistics(program, mode).astype(np.float64).sum(axis=(0, 1, 2))
        return program.loss.metrics(parts[:-1] / parts[-1], self._dataset.scaling)
