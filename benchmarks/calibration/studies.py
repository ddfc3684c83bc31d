"""Whole studies with made-up errors: the product asks, selects, decides and says, and only the training is left out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from optuna.trial import TrialState
from typing_extensions import override

from benchmarks.calibration.made_up import MadeUpTrainer
from sweep.comparison.looks_spending import steps
from sweep.comparison.verdict import Verdict
from sweep.config.sections import Compare, StudyConfig
from sweep.config.space import Space
from sweep.core.trials import Outcome, Run, Trial
from sweep.study import arms
from sweep.study.answer import answer
from sweep.study.comparison_plan import ComparisonPlan
from sweep.study.comparison_table import ComparisonTable
from sweep.study.crossing import cells
from sweep.study.interim import DecidedArms
from sweep.study.proposals import Proposer
from sweep.study.trial_queue import TrialQueue
from sweep.study.versions import DRAWS
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.data.timeline import Timeline
from workers.objective import Objective

OBJECTIVE = Objective()
SPACE: Mapping[str, Any] = {
    "stateful": [True, False],
    "shuffle": [True, False],
    "cell": ["LSTM", "GRU"],
    "batch_size": [2, 4, 8],
    "learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
}


@dataclass(frozen=True)
class Design:
    """A study: its arms that carry, the trials of its search, the seeds that decide, and how it is compared."""

    policies: tuple[str, ...] = ("every_epoch", "never")
    trials: int = 20
    seeds: int = 10
    crossed: bool = True
    placebo: bool = False
    margin: float = 0.01

    @property
    def stop_when_decided(self) -> bool:
        """Whether arms that are decided get no more seeds."""
        return False

    @property
    def draws(self) -> int:
        """The rule by which configurations are drawn: see sweep.study.proposals."""
        return DRAWS

    def config(self, seed: int) -> StudyConfig:
        """The study file, as it were."""
        return StudyConfig.model_validate(
            {
                "name": "made-up",
                "seed": seed,
                "sampler": {"kind": "tpe", "n_startup_trials": 4},  # so that arms are searched at settings of their own
                "budget": {"trials": self.trials},
                "data": {"kind": "task", "name": "random_labels"},
                "trial": {"epochs": 2, "window": 4},
                "space": {**SPACE, "reset_policy": list(self.policies)},
                "compare": {
                    "seeds": self.seeds,
                    "cross": self.crossed,
                    "placebo": self.placebo,
                    "margin": self.margin,
                    "stop_when_decided": self.stop_when_decided,
                },
            }
        )


@dataclass(frozen=True)
class InSteps(Design):
    """A study whose comparison stops when it is decided."""

    @property
    @override
    def stop_when_decided(self) -> bool:
        return True


@cache
def dataset(timesteps: int = 1000) -> Dataset:
    """A record of noise; its last fifth is the test split."""
    noise = np.random.default_rng(0).normal(size=(timesteps, 1)).astype(np.float32)
    whole = np.zeros(1, np.int64), np.ones(timesteps, np.bool_)
    return prepare(Timeline(noise, noise, *whole, record=True), Split(validation=0.2, test=0.2, by="time"))


def verdict(design: Design, trainer: MadeUpTrainer, seed: int) -> Verdict:
    """The verdict of a whole study with this study seed."""
    config, data = design.config(seed), dataset()
    settings = config.compare or Compare()
    champions = arms.champions(_searched(design, config, data, trainer), config.objective)
    found = cells(champions, data.train, crossed=design.crossed)
    plan = ComparisonPlan(found, design.seeds, lambda _: (), crossed=design.crossed)
    interim = None
    if design.stop_when_decided:
        plan = replace(plan, steps=[step.seeds for step in steps(design.seeds, design.seeds)])
        interim = DecidedArms(config, settings, data)
    runs = ComparisonTable(plan, seed, interim=interim)
    runs.looks = 0
    while (trial := runs.next()) is not None:
        runs.add(trial, began=0.0)
        runs.finish(_run(trial, trainer))
    answered = answer(config, settings, runs, data, looks=0)
    if answered is None:
        raise ValueError("a made-up run always comes to an end")
    return answered


def _searched(design: Design, config: StudyConfig, data: Dataset, trainer: MadeUpTrainer) -> list[Run]:
    space = Space(config.trial, config.space)
    proposer = Proposer(config, space, design.draws)
    queue = TrialQueue(config, space, data.train, proposer)
    made: list[Run] = []
    while len(made) < config.budget.trials and (trial := queue.next([run.trial for run in made])):
        made.append(_run(trial, trainer))
        proposer.tell(trial.number, TrialState.COMPLETE, [made[-1].outcome.metrics[OBJECTIVE.metric]])
    return made


def _run(trial: Trial, trainer: MadeUpTrainer) -> Run:
    segment = trainer.train(trial.canonical, trial.seed, test=trial.stage == "compare")
    outcome = Outcome.of("complete", list(segment.reports), OBJECTIVE, segment.final, test=segment.test)
    return Run(trial, outcome)
