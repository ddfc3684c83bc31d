"""Trials go where nothing has to be compiled for them, nobody waits for that, and the search is the same."""

from pathlib import Path

from sweep.execution.affinity import Affinity
from sweep.execution.fakes import FakeTrainer
from sweep.study import Study
from tests.sweep.worlds import open_study, run
from workers.signature import Compilation
from workers.spec import TrialSpec

SPACE = "space={cell: [LSTM, GRU, MinGRU, SimpleRNN], batch_size: [2, 4], learning_rate: {low: 0.001, high: 0.1}}"
RANDOM = ("sampler={kind: random}", SPACE, "budget.trials=40", "compare=none")


def compilations(trainer: FakeTrainer) -> set[Compilation]:
    """What a worker had to compile."""
    return {Compilation.of(spec) for spec in trainer.trained}


def searched(folder: Path, *overrides: str, workers: int) -> tuple[Study, list[FakeTrainer]]:
    """A study that was run on so many workers, and these."""
    folder.mkdir()
    study, trainers = open_study(folder, *overrides), [FakeTrainer() for _ in range(workers)]
    run(study, trainers)
    return study, trainers


def test_a_worker_is_given_what_it_has_compiled(tmp_path: Path) -> None:
    _, trainers = searched(tmp_path / "two", *RANDOM, workers=2)
    compiled = [compilations(trainer) for trainer in trainers]
    assert len(set().union(*compiled)) == 8
    assert sum(map(len, compiled)) < 12  # 16, if each worker takes what comes
    assert all(trainer.trained for trainer in trainers)


def test_the_search_is_the_same_on_any_number_of_workers(tmp_path: Path) -> None:
    one, _ = searched(tmp_path / "one", *RANDOM, workers=1)
    several, _ = searched(tmp_path / "several", *RANDOM, workers=3)
    values = [{trial.number: (trial.key, outcome.value) for trial, outcome in study} for study in (one, several)]
    assert len(values[0]) == 40
    assert values[0] == values[1]


def test_no_more_trials_wait_than_there_are_workers(tmp_path: Path) -> None:
    study = open_study(tmp_path, *RANDOM)
    waiting: list[int] = []

    class Counting(FakeTrainer):
        def train(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
            waiting.append(len(study.unfinished()))
            return super().train(*args, **kwargs)  # type: ignore[arg-type]

    run(study, [Counting(), Counting()])
    assert max(waiting) <= 4  # one a worker in training, and one a worker waiting


def test_a_sampler_that_learns_is_asked_for_a_trial_when_a_worker_is_free(tmp_path: Path) -> None:
    study = open_study(tmp_path, SPACE, "sampler={kind: tpe, n_startup_trials: 3}", "compare=none")
    asked = []
    for _ in range(5):
        asked.append(study.may_be_asked_ahead)
        study.ask()
    assert asked == [True, True, True, False, False]


def test_enqueued_trials_can_be_asked_for_ahead_whatever_the_sampler(tmp_path: Path) -> None:
    enqueued = "enqueue=[{units: 3}, {units: 4}, {units: 5}]"
    study = open_study(tmp_path, SPACE, "sampler={kind: tpe, n_startup_trials: 1}", enqueued, "compare=none")
    asked = []
    for _ in range(4):
        asked.append(study.may_be_asked_ahead)
        study.ask()
    assert asked == [True, True, True, False]


def test_where_the_time_is_limited_nothing_is_asked_ahead(tmp_path: Path) -> None:
    assert not open_study(tmp_path, *RANDOM, "budget.time=1h").may_be_asked_ahead


def test_trials_are_ranked_by_what_all_workers_together_would_have_to_compile() -> None:
    affinity, lstm, gru = Affinity(), TrialSpec(cell="LSTM", batch_size=8), TrialSpec(cell="GRU", batch_size=8)
    larger = TrialSpec(cell="LSTM", batch_size=16)
    assert affinity.rank(0, lstm) == 2
    affinity.note(0, lstm)
    assert [affinity.rank(0, spec) for spec in (lstm, larger, gru)] == [0, 1, 2]
    assert [affinity.rank(1, spec) for spec in (gru, larger, lstm)] == [2, 3, 5]
    affinity.note(1, larger)
    assert [affinity.rank(1, spec) for spec in (larger, gru, lstm)] == [0, 2, 4]


def test_what_a_worker_had_compiled_ends_with_it() -> None:
    affinity, spec = Affinity(), TrialSpec()
    affinity.note(0, spec)
    affinity.note(1, spec)
    affinity.forget_all_but({1})
    assert affinity.rank(2, spec) == 5
    affinity.forget_all_but(())
    assert affinity.rank(2, spec) == 2


def test_a_worker_keeps_to_its_model_while_trials_for_it_wait(tmp_path: Path) -> None:
    """Two cells in three sizes of batch: each worker compiles those of one cell, and nothing is compiled twice."""
    space = "space={cell: [LSTM, GRU], batch_size: [2, 4, 8], learning_rate: {low: 0.001, high: 0.1}}"
    _, trainers = searched(tmp_path / "two", *RANDOM[:1], space, "budget.trials=40", "compare=none", workers=2)
    compiled = [compilations(trainer) for trainer in trainers]
    assert sum(map(len, compiled)) <= 8  # 12, if each worker takes what comes
    assert all(trainer.trained for trainer in trainers)
