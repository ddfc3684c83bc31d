"""The comparison: an even search, the same fresh seeds for every arm, and a verdict that a second launch repeats."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sweep.comparison.verdict import Verdict
from sweep.config.sections import Compare
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from sweep.study.answer import answer
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.looks import identity_of
from tests.sweep.worlds import RECORD, open_study, run
from workers.spec import Segment, TrialSpec

COMPARED = ("compare={seeds: 4}", "space.shuffle=[true, false]")
ARMS = {"stateless", "stateless-shuffled", "every_epoch", "never"}


class Slow(FakeTrainer):
    """Stateless trials are far worse than all others, throughout."""

    def _report(self, spec: TrialSpec, seed: int, epoch: int) -> Any:
        report = super()._report(spec, seed, epoch)
        worse = 0 if spec.stateful and spec.reset_policy != "every_batch" else 10
        metrics = {name: value + worse for name, value in report.metrics.items()}
        return type(report)(report.epoch, metrics, report.timestamp)


class Diverging(FakeTrainer):
    """One cell's comparison runs diverge."""

    def train(self, spec: TrialSpec, *args: Any, test: bool = False, **kwargs: Any) -> Segment:
        if test and spec.arm == "never":
            return Segment((), b"", finished=True, training_seconds=0.0, compile_seconds=0.0, diverged="NaN in epoch 1")
        return super().train(spec, *args, test=test, **kwargs)


def confirm(study: Study, seeds: int = 4, trainer: FakeTrainer | None = None, **options: Any) -> ComparisonRuns:
    """Make the comparison's runs."""
    runs = study.comparison_runs(seeds)
    Scheduler(runs, InProcessPool([trainer or FakeTrainer()]), study.objective, **options).run()
    return runs


def verdict(study: Study, runs: ComparisonRuns) -> Verdict:
    settings = Compare(seeds=runs.seeds)
    looks = study.look(identity_of(study.config, settings, runs.keys))
    return answer(study.config, settings, runs, RECORD, looks)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = open_study(tmp_path, *COMPARED)
    run(study)
    return study


def test_each_arm_is_searched_equally_often(study: Study) -> None:
    assert Counter(trial.arm for trial, _ in study) == dict.fromkeys(ARMS, 3)


def test_a_trial_is_pruned_by_its_own_arm_alone(tmp_path: Path) -> None:
    study = open_study(tmp_path, *COMPARED, "pruner=median", "budget.trials=40", "trial.epochs=10", "sampler=random")
    run(study, [Slow()])
    complete = Counter(trial.arm for trial, outcome in study if outcome.state == "complete")
    assert {outcome.state for _, outcome in study} == {"complete", "pruned"}
    assert all(complete[arm] >= 3 for arm in ARMS)


def test_every_arm_runs_its_best_configuration_with_the_same_new_seeds(study: Study) -> None:
    runs = list(confirm(study))
    seeds = {arm: [trial.seed for trial, _ in runs if trial.arm == arm] for arm in ARMS}
    assert len({tuple(numbers) for numbers in seeds.values()}) == 1
    assert len(set(seeds["never"])) == 4
    assert study.config.seed not in seeds["never"]
    best = min((o.value or 0, t.canonical) for t, o in study if t.arm == "never")[1]
    assert {trial.canonical for trial, _ in runs if trial.arm == "never"} == {best}


def test_the_test_split_is_opened_by_the_comparison_alone(study: Study) -> None:
    assert all(outcome.test is None for _, outcome in study)
    assert all(outcome.test is not None for _, outcome in confirm(study))


def test_a_second_launch_makes_no_run_again_and_repeats_the_verdict(study: Study, tmp_path: Path) -> None:
    first = verdict(study, confirm(study))
    again, idle = open_study(tmp_path, *COMPARED), FakeTrainer()
    assert verdict(again, confirm(again, trainer=idle)) == first
    assert not idle.trained
    assert first.looks == 0


def test_more_seeds_add_to_the_runs_there_are_and_count_as_another_look(study: Study) -> None:
    verdict(study, confirm(study))
    trainer = FakeTrainer(epochs_a_segment=99)
    second = verdict(study, confirm(study, seeds=6, trainer=trainer))
    assert len(trainer.trained) == 2 * len(ARMS)
    assert {arm.seeds for arm in second.arms} == {6}
    assert second.looks == 1


def test_an_interrupted_comparison_goes_on(study: Study, tmp_path: Path) -> None:
    trainer = FakeTrainer()
    confirm(study, trainer=trainer, stopping=lambda: len(trainer.trained) == 7)
    again = open_study(tmp_path, *COMPARED)
    runs = confirm(again)
    assert runs.missing == 0
    assert len(list(runs)) == 4 * len(ARMS)
    assert all([r.epoch for r in runs.epochs.of(trial.number)] == list(range(5)) for trial, _ in runs)


def test_a_diverged_run_counts_against_its_arm(study: Study) -> None:
    decided = verdict(study, confirm(study, trainer=Diverging()))
    never = next(arm for arm in decided.arms if arm.arm == "never")
    assert never.stability == 0
    assert never.decision in ("worse", "undecided")


def test_the_reference_is_a_stateless_arm_and_the_baseline_stands_beside(study: Study) -> None:
    decided = verdict(study, confirm(study))
    assert decided.reference.startswith("stateless")
    assert decided.arms[0].decision == "reference"
    assert set(decided.baselines) == {"mean"}
    assert decided.as_json()["arms"][0]["arm"] == decided.reference


def test_a_ladder_of_intervals_is_run_beside_the_arms_with_their_seeds_and_no_part_in_the_verdict(
    study: Study, tmp_path: Path
) -> None:
    plain = verdict(study, confirm(study))
    runs = confirm(open_study(tmp_path, "compare={seeds: 4, intervals: [2, 3, 8]}", COMPARED[1]))
    rungs = [runs.finished(key) for key in runs.ladder]
    assert [rung and (rung[0].canonical.reset_interval, rung[0].seed) for rung in rungs] == [
        (interval, trial.seed) for trial, _ in list(runs)[:: len(ARMS)] for interval in (2, 3)
    ]
    assert len(list(runs)) == 4 * len(ARMS) == len(runs) - 8
    assert verdict(study, runs).arms == plain.arms


def test_an_interval_that_an_arm_has_is_run_once(tmp_path: Path) -> None:
    policies = "space.reset_policy=[every_batch, every_n_batches]"
    study = open_study(tmp_path, "compare={seeds: 2, intervals: [3]}", policies, "trial.reset_interval=3")
    run(study)
    runs = confirm(study, 2)
    assert set(runs.ladder) < set(runs.keys)
    assert len(runs) == len(runs.keys)
