"""The loop: who trains what next. It knows ledgers, pools and callbacks by their protocols only."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sweep.core.errors import StudyFailed
from sweep.core.trials import Outcome, Trial
from sweep.execution.checkpoints import Nowhere
from sweep.execution.protocols import Answer, Callback, CheckpointStore, Fault, Ledger, Pool, Task, WorkerId
from sweep.execution.retries import advice, may_be_tried_again
from workers.spec import EpochReport, Objective, Segment

SEGMENT_SECONDS = 1.0
POLL_SECONDS = 0.5
STOP_SECONDS = 5.0  # to wait for segments under way, once asked to stop
HANG_SECONDS = 600.0  # without an answer, before a worker is given up
MIN_ERRORS = 5  # before a study is given up because most of its trials raise


@dataclass
class Work:
    """A trial under way: its epochs so far, where to go on from, and what has gone wrong with it."""

    trial: Trial
    reports: list[EpochReport] = field(default_factory=list)
    checkpoint: bytes | None = None
    faults: Counter[Fault] = field(default_factory=Counter)
    given_at: float = 0.0  # to a worker; time.monotonic
    begun: bool = False


@dataclass
class Effort:
    """What the workers spent, in seconds."""

    training: float = 0.0
    compiling: float = 0.0


class Scheduler:
    """Keeps every worker busy with segments until the ledger has nothing more to ask, or `stopping` says so."""

    def __init__(
        self,
        ledger: Ledger,
        pool: Pool,
        objective: Objective,
        callbacks: Sequence[Callback] = (),
        *,
        checkpoints: CheckpointStore | None = None,
        stopping: Callable[[], bool] = lambda: False,
        hang_seconds: float = HANG_SECONDS,
    ) -> None:
        self.effort = Effort()
        self._ledger, self._pool, self._objective, self._observers = ledger, pool, objective, callbacks
        self._checkpoints = Nowhere() if checkpoints is None else checkpoints
        self._stopping, self._hang_seconds = stopping, hang_seconds
        self._queue: deque[Work] = deque()
        self._busy: dict[WorkerId, Work] = {}
        self._followers: dict[str, list[Trial]] = {}
        self._errors: Counter[str] = Counter()
        self._completed = 0
        self._stop_by = 0.0

    def run(self) -> None:
        """Run to the end. Raises StudyFailed when most trials raise errors, and what ledger and checkpoints raise."""
        self._pool.expect()
        for trial in self._ledger.unfinished():
            self._admit(trial, resuming=True)
        while True:
            more = self._fill()
            if self._stopping() and self._patience_is_over():
                return
            if not self._busy and (self._stopping() or not more):
                return
            for answer in self._pool.wait(POLL_SECONDS):
                self._handle(answer)
            for answer in self._hung():
                self._handle(answer)

    def _hung(self) -> list[Answer]:
        """Give up workers of which nothing was heard for too long; what they send later is not received."""
        now = time.monotonic()
        late = [worker for worker, work in self._busy.items() if now - work.given_at > self._hang_seconds]
        for worker in late:
            self._pool.replace(worker)
        return [Answer(worker, error=f"no answer in {self._hang_seconds:g} s", fault="hung") for worker in late]

    def _patience_is_over(self) -> bool:
        """Whether the segments under way take too long to wait for: what they would bring is trained again."""
        self._stop_by = self._stop_by or time.monotonic() + STOP_SECONDS
        return time.monotonic() >= self._stop_by

    def _fill(self) -> bool:
        """Give every idle worker something to train; whether there may be more to give."""
        for worker in self._pool.idle():
            if self._stopping():
                return False
            work = self._next()
            if work is None:
                self._pool.spare()
                return False
            self._start(worker, work)
        return True

    def _next(self) -> Work | None:
        """A trial that nobody has trained or is training."""
        while not self._queue and (trial := self._ledger.ask()):
            self._admit(trial)
        return self._queue.popleft() if self._queue else None

    def _admit(self, trial: Trial, *, resuming: bool = False) -> None:
        """Queue a trial, or let it share the result of an equal one."""
        for callback in self._observers:
            callback.on_trial_start(trial)
        twin = self._ledger.finished(trial.key)
        if twin:
            self._end(trial, _reuse(*twin))
        elif trial.key in self._followers:
            self._followers[trial.key].append(trial)
        else:
            self._followers[trial.key] = []
            self._queue.append(self._resumed(trial) if resuming else Work(trial))

    def _resumed(self, trial: Trial) -> Work:
        """Where an earlier launcher left a trial, as far as that was kept whole."""
        recorded, kept = self._ledger.recorded(trial), self._checkpoints.load(trial)
        if kept is None or len(recorded) < kept[0]:
            return Work(trial)
        return Work(trial, recorded[: kept[0]], kept[1])

    def _start(self, worker: WorkerId, work: Work) -> None:
        if not work.begun:
            self._ledger.begin(work.trial, self._pool.name(worker))
        work.begun, work.given_at = True, time.monotonic()
        self._busy[worker] = work
        trial = work.trial
        test = trial.stage == "compare"
        self._pool.train(worker, Task(trial.canonical, trial.seed, work.checkpoint, SEGMENT_SECONDS, test))

    def _handle(self, answer: Answer) -> None:
        work = self._busy.pop(answer.worker, None)
        if work is None:
            return  # of a worker that was given up: its trial is another's now
        if answer.segment:
            self._advance(answer.worker, work, answer.segment)
        elif may_be_tried_again(work.faults, answer.fault):
            self._put_back(work, f"{answer.fault}: {answer.error}")
        else:
            self._fail(work, advice(answer, work.faults[answer.fault]))

    def _advance(self, worker: WorkerId, work: Work, segment: Segment) -> None:
        self.effort.training += segment.training_seconds
        self.effort.compiling += segment.compile_seconds
        kept, prune = self._ledger.report(work.trial, segment.reports)
        work.reports += kept
        work.checkpoint = segment.checkpoint
        del work.faults["worker"]
        for callback in self._observers:
            callback.on_epochs_end(work.trial, kept)
        if prune:
            self._finish(work, Outcome.of("pruned", work.reports, self._objective))
        elif segment.diverged:
            self._finish(
                work, Outcome.of("failed", work.reports, self._objective, error=segment.diverged, diverged=True)
            )
        else:
            self._go_on(worker, work, segment)

    def _go_on(self, worker: WorkerId, work: Work, segment: Segment) -> None:
        """Keep what was trained, which comes after the epochs are recorded: so that none is ever skipped."""
        self._checkpoints.save(work.trial, len(work.reports), segment.checkpoint)
        if segment.finished:
            self._completed += 1
            self._finish(work, Outcome.of("complete", work.reports, self._objective, test=segment.test))
        elif self._stopping():
            self._queue.appendleft(work)
        elif self._pool.is_wanted_back(worker):
            self._put_back(work, "its place was given back")
        else:
            self._start(worker, work)

    def _put_back(self, work: Work, why: str) -> None:
        """Let another worker go on with it."""
        self._ledger.lost(work.trial, why)
        work.begun = False
        self._queue.appendleft(work)

    def _fail(self, work: Work, error: str) -> None:
        self._finish(work, Outcome.of("failed", work.reports, self._objective, error=error))
        self._errors[error.splitlines()[0]] += 1
        if self._errors.total() >= MIN_ERRORS and self._errors.total() > self._completed:
            commonest, times = self._errors.most_common(1)[0]
            raise StudyFailed(
                f"{self._errors.total()} trials failed and {self._completed} completed, so the study was given up;"
                f" the commonest error ({times} times): {commonest}"
            )

    def _finish(self, work: Work, outcome: Outcome) -> None:
        """End a trial, and those that waited for its result."""
        self._end(work.trial, outcome)
        for follower in self._followers.pop(work.trial.key):
            self._end(follower, _reuse(work.trial, outcome))

    def _end(self, trial: Trial, outcome: Outcome) -> None:
        self._ledger.tell(trial, outcome)
        self._checkpoints.on_trial_end(trial, outcome)
        for callback in self._observers:
            callback.on_trial_end(trial, outcome)


def _reuse(trial: Trial, outcome: Outcome) -> Outcome:
    first = trial.number if outcome.reused_from is None else outcome.reused_from
    return Outcome(outcome.state, outcome.value, outcome.epoch, outcome.metrics, first, outcome.error, outcome.diverged)
