"""A run that a machine has ended is made again once with the same seed, and is missing if that fails too."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.core.trials import Outcome, Run, Trial
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.protocols import Answer, Failure, Ledger
from sweep.execution.scheduler import Scheduler
from sweep.study.rerun import is_missing, to_ask
from sweep.study.run_table import RunTable
from workers.objective import Objective
from workers.spec import EpochReport, Segment, TrialSpec

COMPLETE = Outcome("complete", 0.0)
KILLED = Outcome("failed", error="its worker died 5 times")
DIVERGED = Outcome("failed", error="the loss was NaN in epoch 2", diverged=True)
RUNNING = Outcome("running")
LIMITS: list[tuple[Failure, int]] = [("worker", 5), ("memory", 2), ("hung", 2), ("trial", 1)]  # of one run


def run_of(key: str, outcome: Outcome, number: int = 0) -> Run:
    return Run(Trial(number, TrialSpec(), TrialSpec(), key, int(key[1:]), stage="compare"), outcome)


def runs(**outcomes: Sequence[Outcome]) -> list[Run]:
    """The runs of each key, in their order."""
    return [run_of(key, outcome) for key, several in outcomes.items() for outcome in several]


@pytest.mark.parametrize(
    ("outcomes", "asked", "missing"),
    [
        ([], True, False),
        ([RUNNING], False, False),
        ([COMPLETE], False, False),
        ([DIVERGED], False, False),
        ([KILLED], True, False),
        ([KILLED, RUNNING], False, False),
        ([KILLED, COMPLETE], False, False),
        ([KILLED, DIVERGED], False, False),
        ([KILLED, KILLED], False, True),
    ],
)
def test_a_run_is_asked_for_until_it_says_something_and_at_most_twice(
    outcomes: Sequence[Outcome], asked: bool, missing: bool
) -> None:
    made = runs(a1=outcomes)
    assert to_ask(["a1"], made) == ["a1"] * asked
    assert is_missing(made) is missing


def test_what_was_never_begun_comes_before_what_is_made_again() -> None:
    assert to_ask(["a1", "b1", "c1", "d1"], runs(a1=[KILLED], c1=[COMPLETE])) == ["b1", "d1", "a1"]


def test_runs_of_other_comparisons_are_left_alone() -> None:
    assert to_ask(["a1"], runs(z9=[KILLED])) == ["a1"]
    assert to_ask(["a1"], runs(z9=[KILLED, KILLED])) == ["a1"]


@given(st.lists(st.tuples(st.sampled_from(["a1", "b1"]), st.sampled_from([COMPLETE, KILLED, DIVERGED]))))
def test_asking_and_answering_comes_to_an_end_with_each_run_decided_or_missing(
    answers: list[tuple[str, Outcome]],
) -> None:
    made: list[Run] = []
    while asked := to_ask(["a1", "b1"], made):
        outcome = next((outcome for key, outcome in answers[len(made) :] if key == asked[0]), KILLED)
        made.append(run_of(asked[0], outcome, len(made)))
    for key in ("a1", "b1"):
        ends = [outcome.was_killed for trial, outcome in made if trial.key == key]
        assert ends in ([False], [True, False], [True, True])
        assert is_missing(run for run in made if run.trial.key == key) == (ends == [True, True])


def test_of_several_runs_with_one_key_the_one_that_says_something_is_the_finished_one() -> None:
    table = RunTable()
    for number, outcome in enumerate((KILLED, COMPLETE, DIVERGED)):
        table.add(run_of("a1", RUNNING, number).trial, 0.0)
        table.finish(run_of("a1", outcome, number))
    found = table.finished("a1")
    assert found
    assert found.outcome == COMPLETE


class Comparison(Ledger):
    """A comparison in memory: four runs, each with a key and a seed of its own."""

    def __init__(self) -> None:
        self.table = RunTable()
        self.needed = {trial.key: trial for trial, _ in runs(a1=[RUNNING], b2=[RUNNING], c3=[RUNNING], d4=[RUNNING])}

    def unfinished(self) -> Sequence[Trial]:
        return []

    def recorded(self, trial: Trial) -> list[EpochReport]:
        return []

    def ask(self) -> Trial | None:
        for key in to_ask(self.needed, self.table):
            trial = replace(self.needed[key], number=self.table.next_number)
            self.table.add(trial, 0.0)
            return trial
        return None

    def finished(self, key: str) -> Run | None:
        found = self.table.finished(key)
        return None if found is None or found.outcome.was_killed else found

    def begin(self, trial: Trial, worker: str) -> None:
        pass

    def lost(self, trial: Trial, reason: str) -> None:
        pass

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        return list(reports), False

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        self.table.end(trial.number, 1.0)
        self.table.finish(Run(trial, outcome))


class Unlucky(InProcessPool):
    """Something happens to the runs of some seeds, so many times, before anything comes back."""

    def __init__(self, failure: Failure, times: dict[int, int], workers: int) -> None:
        super().__init__([Diverging() for _ in range(workers)])
        self.failure, self.times = failure, Counter(times)

    def wait(self, timeout: float) -> Sequence[Answer]:
        if self._pending and self.times[self._pending[0][1].seed]:
            worker, task = self._pending.popleft()
            self.times[task.seed] -= 1
            return [Answer(worker, error="gone", failure=self.failure)]
        return super().wait(timeout)


class Diverging(FakeTrainer):
    """The run of seed 4 diverges."""

    def train(self, spec: TrialSpec, seed: int, *args: Any, **options: Any) -> Segment:
        if seed == 4:
            return Segment((), b"", False, 0.0, 0.0, None, "the loss was NaN in epoch 1")
        return super().train(spec, seed, *args, **options)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(("failure", "limit"), LIMITS)
def test_the_scheduler_makes_it_again_with_the_same_seed_under_a_new_number(
    failure: Failure, limit: int, workers: int
) -> None:
    comparison = Comparison()
    Scheduler(comparison, Unlucky(failure, {2: limit, 3: 2 * limit}, workers), Objective()).run()
    made = [(trial.seed, outcome.state) for trial, outcome in comparison.table]
    assert sorted(made) == [
        (1, "complete"), (2, "complete"), (2, "failed"), (3, "failed"), (3, "failed"), (4, "failed")
    ]  # fmt: skip
    assert len({trial.number for trial, _ in comparison.table}) == len(made)
    missing = [key for key in comparison.needed if is_missing(comparison.table.ended(key))]
    assert missing == ["c3"]
    assert {key for key in comparison.needed if comparison.finished(key)} == {"a1", "b2", "d4"}
