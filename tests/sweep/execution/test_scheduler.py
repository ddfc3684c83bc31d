"""The loop: every trial is told once, equal ones are trained once, and whatever fails fails alone."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sweep.core.errors import StudyFailed
from sweep.core.trials import Outcome, Trial
from sweep.execution.failures import raised
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.protocols import Answer, Callback, Failure
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from tests.sweep.worlds import open_study, run
from workers.spec import EpochReport, Segment, TrialSpec

GRID = ("sampler=grid", "space={stateful: [true, false], reset_policy: [every_batch, every_epoch, never]}")


class Diary(Callback):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.started_numbers: list[int] = []
        self.epochs: Counter[tuple[int, int]] = Counter()
        self.outcomes: dict[int, Outcome] = {}

    def on_trial_start(self, trial: Trial) -> None:
        self.started_numbers.append(trial.number)

    def on_epochs_end(self, trial: Trial, reports: Any) -> None:
        self.epochs.update((trial.number, report.epoch) for report in reports)

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        assert trial.number not in self.outcomes
        self.outcomes[trial.number] = outcome


class Raising(FakeTrainer):
    """Cannot train some cells."""

    def __init__(self, *cells: str) -> None:
        super().__init__()
        self.cells = cells

    def train(self, spec: TrialSpec, *args: Any, **kwargs: Any) -> Segment:
        if spec.cell in self.cells:
            raise ValueError(f"{spec.cell} does not fit")
        return super().train(spec, *args, **kwargs)


class Mortal(InProcessPool):
    """Its worker dies at every third segment, before anything comes back; another takes its place."""

    calls = 0

    def wait(self, timeout: float) -> Any:
        self.calls += 1
        if self.calls % 3 == 0 and self._pending:
            worker, _ = self._pending.popleft()
            return [Answer(worker, error="ActorDiedError: killed", failure="worker")]
        return super().wait(timeout)


class Attentive(InProcessPool):
    """Remembers what it is told of the work there is."""

    def __init__(self) -> None:
        super().__init__([FakeTrainer()])
        self.told: list[str] = []

    def expect(self) -> None:
        self.told.append("expect")

    def spare(self) -> None:
        self.told.append("spare")


def test_the_pool_is_told_when_there_is_work_and_when_there_is_no_more(tmp_path: Path) -> None:
    study, pool = open_study(tmp_path), Attentive()
    Scheduler(study, pool, study.objective).run()
    Scheduler(study.comparison_runs(2), pool, study.objective).run()
    assert pool.told == ["expect", "spare"] * 2


@pytest.mark.parametrize("workers", [1, 3])
def test_the_budget_is_the_exact_number_of_trials_and_each_is_told_once(tmp_path: Path, workers: int) -> None:
    study, diary = open_study(tmp_path), Diary()
    run(study, [FakeTrainer() for _ in range(workers)], [diary])
    assert sorted(diary.outcomes) == diary.started_numbers == list(range(12))
    assert all(outcome.state == "complete" for _, outcome in study)


def test_epochs_have_neither_gaps_nor_doubles(tmp_path: Path) -> None:
    study, diary = open_study(tmp_path), Diary()
    run(study, callbacks=[diary])
    trained = [trial.number for trial, outcome in study if outcome.reused_from is None]
    assert diary.epochs == Counter((number, epoch) for number in trained for epoch in range(5))
    assert all([r.epoch for r in study.epochs.of(number)] == list(range(5)) for number in trained)


def test_equal_configurations_are_trained_once_and_share_their_result(tmp_path: Path) -> None:
    study, trainer = open_study(tmp_path, *GRID), FakeTrainer(epochs_a_segment=99)
    run(study, [trainer, trainer])
    arms = Counter(trial.arm for trial, _ in study)
    assert arms == {"stateless": 2, "every_epoch": 1, "never": 1}
    assert len(trainer.trained) == 3
    shared = [outcome for trial, outcome in study if trial.arm == "stateless"]
    assert len({outcome.value for outcome in shared}) == 1
    assert sum(outcome.reused_from is not None for outcome in shared) == 1


def test_a_study_ends_when_nothing_new_is_left_to_try(tmp_path: Path) -> None:
    study = open_study(tmp_path, *GRID, "budget.trials=1000", "sampler=random")
    run(study)
    assert len({trial.key for trial, _ in study}) == 3
    assert len(list(study)) < 100


def test_a_trial_that_raises_fails_alone_with_its_error(tmp_path: Path) -> None:
    study = open_study(tmp_path, "enqueue=[{cell: SimpleRNN}]")
    run(study, [Raising("SimpleRNN")])
    states = Counter(outcome.state for _, outcome in study)
    failed = next(outcome for _, outcome in study if outcome.state == "failed")
    assert states == {"complete": 11, "failed": 1}
    assert failed.error == "ValueError: SimpleRNN does not fit"


def test_a_study_most_of_whose_trials_raise_is_given_up_with_the_commonest_error(tmp_path: Path) -> None:
    study = open_study(tmp_path, "budget.trials=100")
    with pytest.raises(StudyFailed, match=r"the commonest error \(\d+ times\): ValueError: (LSTM|GRU) does not fit"):
        run(study, [Raising("LSTM", "GRU")])
    assert len(list(study)) < 20


def test_a_lost_workers_trials_go_on_from_their_last_checkpoints_with_the_same_results(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    undisturbed, disturbed = open_study(tmp_path / "a"), open_study(tmp_path / "b")
    run(undisturbed)
    trainer, diary = FakeTrainer(), Diary()
    Scheduler(disturbed, Mortal([trainer]), disturbed.objective, [diary]).run()
    assert [outcome for _, outcome in disturbed] == [outcome for _, outcome in undisturbed]
    assert max(diary.epochs.values()) == 1


class Faulty(InProcessPool):
    """Meets a failure instead of an answer as often as it is told to; remembers which workers were given up."""

    def __init__(self, failure: Failure, times: int = 10**9) -> None:
        super().__init__([FakeTrainer(), FakeTrainer()])
        self.failure, self.times = failure, times
        self.replaced: list[int] = []

    def wait(self, timeout: float) -> Any:
        if self.times == 0 or not self._pending:
            return super().wait(timeout)
        self.times -= 1
        worker, _ = self._pending.popleft()
        return [Answer(worker, error="it broke", failure=self.failure)]

    def replace(self, worker: int) -> None:
        self.replaced.append(worker)
        super().replace(worker)


@pytest.mark.parametrize(("failure", "borne"), [("memory", 1), ("hung", 1), ("worker", 4), ("node", 50)])
def test_a_trial_bears_each_failure_a_number_of_times_and_a_lost_node_always(
    tmp_path: Path, failure: Failure, borne: int
) -> None:
    study = open_study(tmp_path, "budget.trials=1")
    Scheduler(study, Faulty(failure, borne), study.objective).run()
    assert [outcome.state for _, outcome in study] == ["complete"]
    assert [attempt.how for attempt in study.attempts.of(0)] == [f"{failure}: it broke"] * borne + ["finished"]


@pytest.mark.parametrize(
    ("failure", "says"), [("memory", "a smaller batch_size"), ("hung", "raise workers.timeout"), ("worker", "memory")]
)
def test_a_trial_that_meets_a_failure_too_often_fails_with_advice(tmp_path: Path, failure: Failure, says: str) -> None:
    study = open_study(tmp_path, "budget.trials=2")
    Scheduler(study, Faulty(failure), study.objective).run()
    for _, outcome in study:
        assert outcome.state == "failed"
        assert outcome.error.startswith("it broke\n")
        assert says in outcome.error


@pytest.mark.parametrize("error", [MemoryError("128 MiB"), type("ResourceExhaustedError", (Exception,), {})("OOM")])
def test_a_want_of_memory_is_told_from_other_errors(error: Exception) -> None:
    assert raised(0, error).failure == "memory"
    assert raised(0, ValueError("memory")).failure == "trial"


def test_a_worker_that_does_not_answer_is_given_up_and_its_late_answer_changes_nothing(tmp_path: Path) -> None:
    class Late(InProcessPool):
        """Its first worker answers only after it was given up."""

        held: Any = None
        replaced: tuple[int, ...] = ()

        def idle(self) -> Any:
            return [] if self._pending or (self.held and not self.replaced) else [len(self.replaced)]

        def wait(self, timeout: float) -> Any:
            if self.held is None:
                self.held = self._pending.popleft()
                return []
            if self.replaced and self.held:
                (worker, task), self.held = self.held, ()
                return [Answer(worker, task.run(self._trainers[worker]))]
            return super().wait(timeout)

        def replace(self, worker: int) -> None:
            self.replaced = (worker,)

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    undisturbed, disturbed = open_study(tmp_path / "a"), open_study(tmp_path / "b")
    run(undisturbed)
    pool, diary = Late([FakeTrainer(), FakeTrainer()]), Diary()
    Scheduler(disturbed, pool, disturbed.objective, [diary], hang_seconds=0.5).run()
    assert pool.replaced
    assert [outcome for _, outcome in disturbed] == [outcome for _, outcome in undisturbed]
    assert max(diary.epochs.values()) == 1
    assert [attempt.how for attempt in disturbed.attempts.of(0)] == ["hung: no answer in 0.5 s", "finished"]


class Kept(dict[str, tuple[int, bytes]]):
    """Checkpoints that outlive the loop."""

    def save(self, trial: Trial, epochs: int, checkpoint: bytes) -> None:
        self[trial.key] = (epochs, checkpoint)

    def load(self, trial: Trial) -> tuple[int, bytes] | None:
        return self.get(trial.key)

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        self.pop(trial.key, None)


def test_the_next_launch_goes_on_from_the_last_checkpoint_and_trains_nothing_twice(tmp_path: Path) -> None:
    trainer, kept = FakeTrainer(epochs_a_segment=1), Kept()
    run(open_study(tmp_path), [trainer], checkpoints=kept, stopping=lambda: len(trainer.trained) == 13)
    assert kept
    again = open_study(tmp_path)
    run(again, [trainer], checkpoints=kept)
    trained = [trial for trial, outcome in again if outcome.reused_from is None]
    assert len(trainer.trained) == 5 * len(trained)
    assert {outcome.state for _, outcome in again} == {"complete"}
    assert not kept


def test_a_checkpoint_that_is_ahead_of_the_ledger_is_not_used(tmp_path: Path) -> None:
    trainer, kept = FakeTrainer(epochs_a_segment=1), Kept()
    run(open_study(tmp_path), [trainer], checkpoints=kept, stopping=lambda: len(trainer.trained) == 13)
    kept.update({key: (epochs + 1, json.dumps(epochs + 1).encode()) for key, (epochs, _) in kept.items()})
    again = open_study(tmp_path)
    run(again, checkpoints=kept)
    assert all(
        [r.epoch for r in again.epochs.of(t.number)] == list(range(5)) for t, o in again if o.reused_from is None
    )


@pytest.mark.parametrize(
    "pruner",
    [
        "median",
        "successive_halving",
        pytest.param("hyperband", marks=pytest.mark.slow),
        pytest.param("{kind: percentile, percentile: 30}", marks=pytest.mark.slow),
    ],
)
def test_the_size_of_a_segment_never_changes_what_is_pruned(tmp_path: Path, pruner: str) -> None:
    seen = []
    for epochs in (1, 4, 30):
        folder = tmp_path / str(epochs)
        folder.mkdir()
        study = open_study(folder, f"pruner={pruner}", "trial.epochs=20", "sampler=random", "budget.trials=20")
        run(study, [FakeTrainer(epochs)])
        seen.append([(outcome, study.epochs.of(trial.number)) for trial, outcome in study])
    assert seen[0] == seen[1] == seen[2]
    assert {outcome.state for outcome, _ in seen[0]} == {"complete", "pruned"}


def test_a_diverged_trial_fails_and_says_when(tmp_path: Path) -> None:
    class Diverging(FakeTrainer):
        def train(self, *args: Any, **kwargs: Any) -> Segment:
            return Segment((), b"", finished=True, training_seconds=0.0, compile_seconds=0.0, diverged="NaN in epoch 1")

    study = open_study(tmp_path, "budget.trials=3")
    run(study, [Diverging()])
    assert {(o.state, o.diverged, o.error) for _, o in study} == {("failed", True, "NaN in epoch 1")}


def test_stopping_finishes_the_segment_and_the_same_study_goes_on_from_there(tmp_path: Path) -> None:
    trainer = FakeTrainer()
    run(open_study(tmp_path), [trainer], stopping=lambda: len(trainer.trained) == 7)
    again, diary = open_study(tmp_path), Diary()
    left = [trial.number for trial, outcome in again if outcome.state == "running"]
    run(again, callbacks=[diary])
    assert left
    assert len(list(again)) == 12
    assert all(outcome.state == "complete" for _, outcome in again)
    assert all(
        [r.epoch for r in again.epochs.of(t.number)] == list(range(5)) for t, o in again if o.reused_from is None
    )


def test_time_is_a_budget_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(10_000))
    monkeypatch.setattr("sweep.study.study.time.monotonic", lambda: float(next(now)))
    study = open_study(tmp_path, "budget={trials: 1000, time: 30s}")
    run(study)
    assert 0 < len(list(study)) < 40


def one_report(study: Study) -> EpochReport:
    return study.epochs.of(0)[0]


def test_a_report_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    study = open_study(tmp_path, "budget.trials=1")
    run(study)
    (trial, _), *_ = study
    first = FakeTrainer(1).train(trial.spec, trial.seed).reports[0]
    assert one_report(study) == first
