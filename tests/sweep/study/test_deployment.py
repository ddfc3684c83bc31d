"""Which run's model is deployed, by the verdict and by what `deploy` asks for."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.comparison.measure import Measure, in_table, measure_of
from sweep.comparison.selection import Cell
from sweep.comparison.verdict import Verdict
from sweep.config.sections import Compare
from sweep.core.trials import Run, is_twin
from sweep.execution.fakes import FakeTrainer, floor
from sweep.execution.in_process import InProcessPool
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from sweep.study.answer import answer
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.deployment import Deployment, deployment, may_be_deployed
from tests.sweep.worlds import RECORD, open_study, run
from workers.spec import Segment, TrialSpec

SPACE = "space.shuffle=[true, false]"
NEVER_TOO = "enqueue=[{stateful: true, reset_policy: never}]"  # which a sampler need not propose
SEEDS = 4
WINNER, BEST = "winner", "best-validation"


class Told(FakeTrainer):
    """Errors on the test split as they are told, by arm; 1 of the others.

    diverging  the part of an arm's runs that diverge, by arm
    noise      of the squared errors, from seed to seed
    """

    def __init__(
        self, errors: Mapping[str, float], diverging: Mapping[str, float] | None = None, noise: float = 1e-3
    ) -> None:
        super().__init__()
        self._errors, self._diverging, self._noise = errors, diverging or {}, noise

    def train(self, spec: TrialSpec, seed: int, *args: Any, test: bool = False, **kwargs: Any) -> Segment:
        segment = super().train(spec, seed, *args, test=test, **kwargs)
        if test and floor(spec, seed) - 1 < self._diverging.get(spec.arm, 0.0):
            return replace(segment, finished=True, test=None, final=None, diverged="NaN in epoch 1")
        if segment.test is None:
            return segment
        noise = 1 + self._noise * floor(spec, seed)
        losses = np.full(60, noise * self._errors.get(spec.arm, 1.0) ** 2, np.float32)
        return replace(segment, test=replace(segment.test, losses=losses))


class World:
    """A study that was searched and compared."""

    def __init__(self, folder: Path, trainer: FakeTrainer, *overrides: str) -> None:
        self.study: Study = open_study(folder, f"compare={{seeds: {SEEDS}}}", SPACE, *overrides)
        run(self.study)
        self.runs: ComparisonRuns = self.study.comparison_runs(SEEDS)
        Scheduler(self.runs, InProcessPool([trainer]), self.study.objective).run()

    @property
    def verdict(self) -> Verdict:
        found = answer(self.study.config, Compare(seeds=SEEDS), self.runs, RECORD, looks=0)
        assert found
        return found

    @property
    def deployed(self) -> Deployment:
        found = deployment(self.study, self.runs, self.verdict)
        assert found
        return found

    def deciding(self, cell: Cell) -> list[Run]:
        """The finished runs that decide, the best on validation first."""
        runs = self.runs.of_cells(self.runs.plan.deciding_seeds)[cell]
        finished = [run for run in runs if run.outcome.state == "complete"]
        return sorted(finished, key=lambda run: run.outcome.error_deployed)


VERDICTS = [  # how the runs go, what is decided of `never`, and the arm that is deployed
    (Told({"never": 0.5}), "better", "never"),
    (Told({"never": 2.0}), "worse", "the reference"),
    (Told({}), "equivalent", "the reference"),
    (Told({}, noise=0.5), "undecided", "the reference"),
    (Told({"never": 0.5}, {"never": 0.5}), "undecided", "the reference"),
    (Told({"never": 0.5}, {"never": 1.0}), "undecided", "the reference"),
]


@pytest.mark.parametrize(("trainer", "decision", "arm"), VERDICTS)
def test_the_deployed_run_is_the_recommended_cells_median_on_validation(
    tmp_path: Path, trainer: Told, decision: str, arm: str
) -> None:
    world = World(tmp_path, trainer)
    verdict, deployed = world.verdict, world.deployed
    assert {row.decision for row in verdict.arms if row.arm == "never"} == {decision}
    named = verdict.recommendation
    assert named.arm == (verdict.reference if arm == "the reference" else arm)
    assert (deployed.run.trial.arm, deployed.setting) == (named.arm, named.setting)
    assert (deployed.reason, deployed.remark) == ("recommended", "")
    assert deployed.run == world.deciding(Cell(named.arm, named.setting))[1]  # the better of the middle two of four
    assert may_be_deployed(deployed.trial)


def test_best_validation_is_the_best_cell_on_validation_whatever_the_verdict(tmp_path: Path) -> None:
    world = World(tmp_path, Told({"never": 2.0}), "deploy.arm=best-validation")
    made = world.runs.of_cells(world.runs.plan.deciding_seeds)
    means = {cell: np.mean([run.outcome.error_deployed for run in runs]) for cell, runs in made.items()}
    best = min(means, key=lambda cell: means[cell])
    deployed = world.deployed
    assert (deployed.run.trial.arm, deployed.setting, deployed.reason) == (*best, "best on validation")
    assert deployed.run == world.deciding(best)[1]


def test_an_arm_that_is_asked_for_is_deployed_at_its_own_setting_whatever_the_verdict(tmp_path: Path) -> None:
    world = World(tmp_path, Told({"never": 2.0}), "deploy.arm=never")
    (own,) = [Cell(row.arm, row.setting) for row in world.verdict.arms if row.arm == "never"]
    assert (world.deployed.run, world.deployed.reason) == (world.deciding(own)[1], "asked for")


def test_where_no_run_of_the_arm_that_is_asked_for_finished_it_is_the_recommended_one(tmp_path: Path) -> None:
    world = World(tmp_path, Told({}, {"never": 1.0}), "deploy.arm=never")
    deployed = world.deployed
    assert (deployed.run.trial.arm, deployed.reason) == (world.verdict.recommendation.arm, "recommended")
    assert deployed.remark == "never: no run of it that decides finished"


def test_where_no_run_of_the_recommended_arm_finished_it_is_the_best_on_validation(tmp_path: Path) -> None:
    world = World(tmp_path, Told({}, {"stateless": 1.0, "stateless-shuffled": 1.0}))
    assert world.verdict.recommendation.arm in ("stateless", "stateless-shuffled")
    deployed = world.deployed
    assert (deployed.run.trial.arm in ("every_epoch", "never"), deployed.reason) == (True, "best on validation")
    assert deployed.remark == "winner: no run of it that decides finished"


def test_a_twin_is_never_deployed(tmp_path: Path) -> None:
    overrides = ("budget.trials=18", f"compare={{seeds: {SEEDS}, placebo: true}}", "deploy.arm=best-validation")
    world = World(tmp_path, Told({}), *overrides)
    twins = [trial for trial, _ in world.runs.every() if trial.twin]
    assert twins
    assert not any(map(may_be_deployed, twins))
    assert not is_twin(world.deployed.run.trial.arm)


@pytest.fixture
def searched(tmp_path: Path) -> Study:
    study = open_study(tmp_path, SPACE, NEVER_TOO)
    run(study)
    return study


@pytest.mark.parametrize("arm", [WINNER, BEST])
def test_without_a_comparison_it_is_the_best_trial_of_the_search(searched: Study, tmp_path: Path, arm: str) -> None:
    deployed = deployment(open_study(tmp_path, SPACE, f"deploy.arm={arm}"), None, None)
    assert deployed
    assert (deployed.run, deployed.reason) == (searched.best, "best trial of the search")
    assert (deployed.setting, deployed.model.test_score) == (None, None)


def test_without_a_comparison_an_arm_that_is_asked_for_is_its_best_trial(searched: Study, tmp_path: Path) -> None:
    deployed = deployment(open_study(tmp_path, SPACE, "deploy.arm=never"), None, None)
    own = [run for run in searched if run.trial.arm == "never"]
    assert deployed
    assert deployed.run == min(own, key=lambda run: run.outcome.error_deployed)
    assert deployed.reason == "asked for"


def test_an_arm_without_a_complete_trial_gives_way_to_the_best_trial(searched: Study, tmp_path: Path) -> None:
    deployed = deployment(open_study(tmp_path, SPACE, "deploy.arm=every_sequence"), None, None)
    assert deployed
    assert (deployed.run, deployed.remark) == (searched.best, "every_sequence: no trial of it is complete")


def test_while_no_trial_is_complete_nothing_is_deployed(tmp_path: Path) -> None:
    assert deployment(open_study(tmp_path), None, None) is None


def test_what_is_deployed_may_change_from_launch_to_launch(searched: Study, tmp_path: Path) -> None:
    again = open_study(tmp_path, SPACE, "deploy={arm: never, refit: true}")
    assert list(again) == list(searched)


def test_refit_trains_for_the_best_epochs_with_the_same_seed_and_has_no_score(tmp_path: Path) -> None:
    deployed = World(tmp_path, Told({"never": 0.5}), "deploy.refit=true").deployed
    run, trial = deployed.run, deployed.trial
    assert run.outcome.epoch is not None
    assert (trial.stage, trial.seed, trial.canonical.epochs) == ("refit", run.trial.seed, run.outcome.epoch + 1)
    assert trial.canonical.arm == "never"
    assert deployed.trained_by.at == "last"
    assert (deployed.model.test_score, deployed.model.validation_score) == (None, None)
    assert "no test score (trained on the test data)" in deployed.described(Measure())


def test_it_is_described_in_one_line_with_its_score_in_the_targets_units(tmp_path: Path) -> None:
    world = World(tmp_path, Told({"never": 0.5}))
    deployed, trial = world.deployed, world.deployed.run.trial
    test = deployed.run.outcome.test
    assert test
    rmse = test.metrics["test/loss_deployed"] ** 0.5
    assert deployed.described(measure_of("validation/loss", "rmse", "mg/dL", squared=True)) == (
        f"never at setting {deployed.setting}, comparison run {trial.number}, seed {trial.seed},"
        f" rmse {in_table(rmse)} mg/dL on the test split; recommended"
    )
