"""The comparison: an even search, the same fresh seeds for every arm, and a verdict that a second launch repeats."""

from collections import Counter
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sweep.comparison.selection import SELECTING_SEEDS, most_runs
from sweep.comparison.verdict import Verdict
from sweep.config.sections import Compare
from sweep.core.trials import Run, is_twin, twin_of
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.scheduler import Scheduler
from sweep.study import Study, comparison_runs
from sweep.study.answer import answer
from sweep.study.comparison_plan import MIN_SEEDS
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.comparison_table import seed_number
from sweep.study.looks import identity_of
from tests.sweep.worlds import RECORD, open_study, run
from workers.plans.crossing import at_setting, setting
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


class Scaled(FakeTrainer):
    """All losses on the test split are multiplied by a factor."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def train(self, *args: Any, **kwargs: Any) -> Segment:
        segment = super().train(*args, **kwargs)
        if not segment.test:
            return segment
        return replace(segment, test=replace(segment.test, losses=segment.test.losses * self._factor))


def confirm(study: Study, seeds: int = 4, trainer: FakeTrainer | None = None, **options: Any) -> ComparisonRuns:
    """Make the comparison's runs."""
    runs = study.comparison_runs(seeds)
    Scheduler(runs, InProcessPool([trainer or FakeTrainer()]), study.objective, **options).run()
    return runs


def verdict(study: Study, runs: ComparisonRuns, seeds: int | None = None) -> Verdict:
    settings = Compare(seeds=seeds or len(runs.plan.deciding_seeds))
    looks = study.look(identity_of(study.config, settings, runs.keys, RECORD))
    found = answer(study.config, settings, runs, RECORD, looks)
    assert found
    return found


def deciding(runs: ComparisonRuns) -> list[Run]:
    """The runs whose seeds decide."""
    return [run for run in runs if seed_number(run.trial) > SELECTING_SEEDS]


def decides(runs: ComparisonRuns) -> int:
    """How many cells decide."""
    assert runs.selection
    return len(runs.selection.deciding(runs.plan.cells.trials, crossed=runs.plan.crossed))


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
    runs = confirm(study)
    seeds = {arm: [run.trial.seed for run in made] for arm, made in runs.of_arms().items()}
    assert set(seeds) == ARMS
    assert len({tuple(numbers) for numbers in seeds.values()}) == 1
    assert len(set(seeds["never"])) == 4
    assert study.config.seed not in seeds["never"]


def test_every_arm_is_run_at_the_setting_of_every_arms_champion(study: Study) -> None:
    runs = confirm(study)
    champions = {arm: setting(trial.canonical) for arm, trial in runs.plan.cells.champions.items()}
    for arm in ARMS:
        tried = [setting(run.trial.canonical) for run in runs if run.trial.arm == arm]
        assert all(fields in tried for fields in champions.values())


def test_the_seeds_that_choose_are_never_those_that_decide(study: Study) -> None:
    runs = confirm(study)
    chooses = {run.trial.seed for run in runs if seed_number(run.trial) <= SELECTING_SEEDS}
    decides = {run.trial.seed for run in deciding(runs)}
    assert (len(chooses), len(decides)) == (3, 4)
    assert not chooses & decides


def test_seeds_come_from_the_seed_of_the_study(study: Study, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = open_study(tmp_path / "other", *COMPARED, "seed=2")
    run(other)
    first, second = ({run.trial.seed for run in confirm(each)} for each in (study, other))
    assert not first & second


def test_an_arm_is_compared_where_it_is_best_on_validation_as_deployed(study: Study) -> None:
    runs = confirm(study)
    assert runs.selection
    chooses = runs.of_cells(runs.plan.selecting_seeds)
    for arm, own in runs.selection.settings.items():
        whole = {cell: made for cell, made in chooses.items() if cell.arm == arm and len(made) == SELECTING_SEEDS}
        best = min(whole, key=lambda cell: sum(run.outcome.error_deployed for run in whole[cell]))
        assert best.setting == own


@pytest.mark.parametrize("compare", ["", ", cross: false", ", placebo: true", ", intervals: [2, 3]"])
@pytest.mark.lengthy
def test_a_comparison_makes_no_more_runs_than_were_announced(tmp_path: Path, compare: str) -> None:
    study = open_study(tmp_path, f"compare={{seeds: 4{compare}}}", COMPARED[1], "budget.trials=18")
    run(study)
    runs, settings = confirm(study), study.config.compare
    assert settings
    arms, fields, beside = len(runs.plan.cells.champions), len(runs.plan.cells.settings), len(settings.intervals)
    assert len(list(runs)) <= most_runs(arms, fields, 4, crossed=settings.cross, beside=beside)


def test_not_crossed_each_arm_has_its_own_setting_and_all_runs_decide(tmp_path: Path) -> None:
    study = open_study(tmp_path, "compare={seeds: 4, cross: false}", COMPARED[1])
    run(study)
    runs = confirm(study)
    assert len(list(runs)) == len(deciding(runs)) == 4 * len(ARMS)
    for arm, champion in runs.plan.cells.champions.items():
        assert {trial.canonical for trial, _ in runs if trial.arm == arm} == {champion.canonical}


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
    assert len(trainer.trained) == 2 * decides(study.comparison_runs(6))
    assert {arm.seeds for arm in second.arms} == {6}
    assert second.looks == 1


def test_an_interrupted_comparison_goes_on(study: Study, tmp_path: Path) -> None:
    trainer = FakeTrainer()
    confirm(study, trainer=trainer, stopping=lambda: len(trainer.trained) == 7)
    again = open_study(tmp_path, *COMPARED)
    runs = confirm(again)
    assert runs.missing == 0
    assert len(list(runs)) == len(runs)
    assert len(deciding(runs)) == 4 * decides(runs)
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


@pytest.mark.parametrize(("factor", "beats", "beaten_by"), [(0.1, ("mean",), ()), (10, (), ("mean",))])
def test_the_verdict_says_which_forecasts_without_a_model_are_beaten_and_which_are_better(
    study: Study, factor: float, beats: tuple[str, ...], beaten_by: tuple[str, ...]
) -> None:
    found = verdict(study, confirm(study, trainer=Scaled(factor)))
    assert (found.recommendation.beats, found.recommendation.beaten_by) == (beats, beaten_by)
    assert ("Of these, mean is shown to beat" in found.sentence) == bool(beaten_by)
    assert "No test shows" not in found.sentence


def test_a_ladder_of_intervals_is_run_beside_the_arms_at_the_reference_s_setting_with_no_part_in_the_verdict(
    study: Study, tmp_path: Path
) -> None:
    plain = verdict(study, confirm(study))
    runs = confirm(open_study(tmp_path, "compare={seeds: 4, intervals: [2, 3, 8]}", COMPARED[1]))
    rungs = runs.of_rungs()
    assert [[run.trial.canonical.reset_interval for run in rung] for rung in rungs] == [[2] * 4, [3] * 4]
    assert [[seed_number(run.trial) for run in rung] for rung in rungs] == [[4, 5, 6, 7]] * 2
    assert runs.selection
    reference = runs.of_arms()[runs.selection.reference]
    assert {str(setting(run.trial.canonical)) for rung in rungs for run in (*rung, *reference)} == {
        str(setting(reference[0].trial.canonical))
    }
    assert not {run.trial.key for rung in rungs for run in rung} & set(runs.keys)
    assert verdict(study, runs).arms == plain.arms


def test_an_interval_that_an_arm_has_is_run_once(tmp_path: Path) -> None:
    policies = "space.reset_policy=[every_batch, every_n_batches]"
    study = open_study(tmp_path, "compare={seeds: 2, intervals: [3]}", policies, "trial.reset_interval=3")
    run(study)
    runs = confirm(study, 2)
    assert {run.trial.key for rung in runs.of_rungs() for run in rung} < set(runs.keys)
    assert len(runs) == len(runs.keys)


class Killed(FakeTrainer):
    """A run of every_epoch fails, once or always, for a reason that is not the trial's."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def train(self, spec: TrialSpec, seed: int, *args: Any, test: bool = False, **kwargs: Any) -> Segment:
        if test and spec.arm == "every_epoch" and self.times:
            self.times -= 1
            raise MemoryError("no room")
        return super().train(spec, seed, *args, test=test, **kwargs)


def test_a_run_that_a_machine_ended_is_made_again_with_the_same_seed_and_changes_no_verdict(
    study: Study, tmp_path: Path
) -> None:
    killed = verdict(study, confirm(study, trainer=Killed(times=1)))
    (tmp_path / "other").mkdir()
    other = open_study(tmp_path / "other", *COMPARED)
    run(other)
    assert killed.arms == verdict(other, confirm(other)).arms


def test_a_run_that_is_missing_for_good_is_never_called_diverged(study: Study) -> None:
    found = verdict(study, confirm(study, trainer=Killed(times=2)))
    assert all(row.stability == 1 for row in found.arms)


def test_an_interval_keeps_its_length_in_timesteps_at_another_window() -> None:
    spec = TrialSpec(reset_policy="every_n_batches", reset_interval=6, window=10, batch_size=2)
    moved = at_setting(spec, {**setting(spec), "window": 20}, RECORD.train)
    assert moved
    assert (moved.window, moved.reset_interval) == (20, 3)
    assert at_setting(spec, setting(spec), RECORD.train) == spec


def test_where_an_arm_would_be_another_there_is_no_cell() -> None:
    interval = TrialSpec(reset_policy="every_n_batches", reset_interval=6, window=10, batch_size=2)
    assert at_setting(interval, {**setting(interval), "batch_size": 16}, RECORD.train) is None
    burnt_in = TrialSpec(stateful=False, burn_in=4, window=10)
    shorter = at_setting(burnt_in, {**setting(burnt_in), "window": 3}, RECORD.train)
    assert shorter
    assert shorter.burn_in == 2
    assert at_setting(burnt_in, {**setting(burnt_in), "window": 1}, RECORD.train) is None


def test_when_its_time_is_up_no_further_seed_is_begun_and_the_verdict_says_so(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = count(1e9)
    monkeypatch.setattr(comparison_runs, "time", SimpleNamespace(time=lambda: next(clock)))
    runs = confirm(open_study(tmp_path, "compare={seeds: 9, time: 5s}", COMPARED[1]), seeds=9)
    found = verdict(study, runs, seeds=9)
    assert {row.seeds for row in found.arms} == {MIN_SEEDS}
    assert "The time of the comparison (compare.time) was up: 3 seeds decide." in found.notes
    again = study.comparison_runs(9)
    assert again.missing > 0  # the time was lifted
    assert confirm(study, seeds=9).missing == 0


def test_without_a_limit_time_changes_nothing(study: Study, tmp_path: Path) -> None:
    plain = verdict(study, confirm(study))
    limited = confirm(open_study(tmp_path, "compare={seeds: 4, time: 99h}", COMPARED[1]))
    assert verdict(study, limited).arms == plain.arms


PLACEBO = ("compare={seeds: 4, placebo: true}", COMPARED[1], "budget.trials=18")


def test_a_placebo_has_its_own_turns_and_seeds_and_is_reported_apart(tmp_path: Path) -> None:
    study = open_study(tmp_path, *PLACEBO)
    run(study)
    twins = {twin_of("stateless"), twin_of("stateless-shuffled")}
    assert Counter(trial.arm for trial, _ in study) == dict.fromkeys(ARMS | twins, 3)
    runs = confirm(study)
    found = verdict(study, runs)
    assert found.placebo
    assert found.placebo.arm == twin_of(found.reference)
    assert not any(is_twin(row.arm) for row in found.arms)
    own, twin = (
        {run.trial.seed for run in deciding(runs) if run.trial.arm == arm}
        for arm in (found.reference, found.placebo.arm)
    )
    assert (len(own), len(twin)) == (4, 4)
    assert not own & twin


def test_a_placebo_is_read_again_as_it_was_made(tmp_path: Path) -> None:
    study = open_study(tmp_path, *PLACEBO)
    run(study)
    first = verdict(study, confirm(study))
    again, idle = open_study(tmp_path, *PLACEBO), FakeTrainer()
    assert verdict(again, confirm(again, trainer=idle)) == first
    assert not idle.trained
