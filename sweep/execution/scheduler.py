"""The loop that gives trials to workers. It knows the ledger, the pool and the callbacks by their protocols only."""

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sweep.core.errors import StudyFailed
from sweep.core.trials import Outcome, Trial
from sweep.execution.affinity import SUITS_BEST, Affinity
from sweep.execution.protocols import Answer, Callback, CheckpointStore, Failure, Ledger, Pool, Task, WorkerId
from sweep.execution.retries import advice, count_failure
from workers.objective import Objective
from workers.spec import EpochReport, Segment

SEGMENT_SECONDS = 1.0
POLL_SECONDS = 0.5
STOP_SECONDS = 5.0  # for segments under way, after a request to stop
HANG_SECONDS = 600.0  # without an answer, until a worker is replaced
MOST_AHEAD = 24  # trials that wait, so that one of them may suit a worker well
MIN_ERRORS = 5  # until a study ends because most of its trials fail


@dataclass
class Work:
    """A trial under way: its epochs so far, the checkpoint from which it goes on, and its failures."""

    trial: Trial
    reports: list[EpochReport] = field(default_factory=list)
    checkpoint: bytes | None = None
    failures: Counter[Failure] = field(default_factory=Counter)
    started_at: float = 0.0  # on its worker; time.monotonic
    begun: bool = False


@dataclass
class Effort:
    """How long the workers trained and compiled, in seconds; `evaluating` is a part of `training`."""

    training: float = 0.0
    compiling: float = 0.0
    evaluating: float = 0.0


class Scheduler:
    """Keeps every worker busy with segments until the ledger has no more trials, or `stopping` returns true.

    A segment is about a second of training. Without `checkpoints`, unfinished trials of an earlier launch begin again.
    """

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
        self._ledger, self._pool, self._objective, self._callbacks = ledger, pool, objective, callbacks
        self._checkpoints = checkpoints
        self._stopping, self._hang_seconds = stopping, hang_seconds
        self._queue: deque[Work] = deque()
        self._busy: dict[WorkerId, Work] = {}
        self._affinity = Affinity()
        self._followers: dict[str, list[Trial]] = {}
        self._errors: Counter[str] = Counter()
        self._completed = 0
        self._stop_by = 0.0
        self._spared = False

    def run(self) -> None:
        """Train until the end. Raises StudyFailed when most trials fail, and the errors of ledger and checkpoints."""
        self._pool.expect()
        for trial in self._ledger.unfinished():
            self._admit(trial, resuming=True)
        while True:
            more = self._fill()
            if self._stopping() and self._stop_is_due():
                return
            if not self._busy and (self._stopping() or not more):
                return
            for answer in self._pool.wait(POLL_SECONDS):
                self._handle(answer)
            for answer in self._hung():
                self._handle(answer)

    def _hung(self) -> list[Answer]:
        """Replace workers that did not answer for `hang_seconds`; their later answers are not received."""
        now = time.monotonic()
        late = [worker for worker, work in self._busy.items() if now - work.started_at > self._hang_seconds]
        for worker in late:
            self._pool.replace(worker)
        return [Answer(worker, error=f"no answer in {self._hang_seconds:g} s", failure="hung") for worker in late]

    def _stop_is_due(self) -> bool:
        """Whether segments under way have had their time to end; the next launch trains again what is lost of them."""
        self._stop_by = self._stop_by or time.monotonic() + STOP_SECONDS
        return time.monotonic() >= self._stop_by

    def _fill(self) -> bool:
        """Start a segment on every idle worker; returns whether more trials may follow."""
        idle = self._pool.idle()
        workers = {*idle, *self._busy}
        self._affinity.forget_all_but(workers)
        for worker in idle:
            if self._stopping():
                return False
            work = self._next(worker, len(workers))
            if work is None:
                self._pool.spare()
                self._spared = True
                return False
            if self._spared:  # a comparison asks for more once it knows what its first runs came to
                self._pool.expect()
                self._spared = False
            self._start(worker, work)
        return True

    def _next(self, worker: WorkerId, workers: int) -> Work | None:
        """The trial to give to a worker, out of those that are neither trained nor in training; None if there is none.

        Of the first of them, one more than there are workers, it is the one that suits the worker best: nobody waits.
        """
        best, at = math.inf, 0
        for number in range(min(workers, MOST_AHEAD) + 1):
            if number == len(self._queue) and not self._ask(ahead=number > 0):
                break
            rank = self._affinity.rank(worker, self._queue[number].trial.canonical)
            if rank < best:
                best, at = rank, number
            if rank == SUITS_BEST:
                break
        if not self._queue:
            return None
        work = self._queue[at]
        del self._queue[at]
        return work

    def _ask(self, *, ahead: bool) -> bool:
        """Have one more trial in the queue, if there is one; `ahead`: only if it is the same now as later."""
        waiting = len(self._queue)
        while len(self._queue) == waiting:
            if ahead and not self._ledger.may_be_asked_ahead:
                return False
            trial = self._ledger.ask()
            if trial is None:
                return False
            self._admit(trial)
        return True

    def _admit(self, trial: Trial, *, resuming: bool = False) -> None:
        """Queue a trial, or give it the result of a trial with the same key."""
        for callback in self._callbacks:
            callback.on_trial_start(trial)
        equal = self._ledger.finished(trial.key)
        if equal:
            self._end(trial, _reuse(*equal))
        elif trial.key in self._followers:
            self._followers[trial.key].append(trial)
        else:
            self._followers[trial.key] = []
            self._queue.append(self._resumed(trial) if resuming else Work(trial))

    def _resumed(self, trial: Trial) -> Work:
        """A trial of an earlier launch at its last whole checkpoint, or at its beginning."""
        recorded = self._ledger.recorded(trial)
        kept = self._checkpoints.load(trial) if self._checkpoints is not None else None
        if kept is None or len(recorded) < kept[0]:
            return Work(trial)
        return Work(trial, recorded[: kept[0]], kept[1])

    def _start(self, worker: WorkerId, work: Work) -> None:
        if not work.begun:
            self._ledger.begin(work.trial, self._pool.name(worker))
        work.begun, work.started_at = True, time.monotonic()
        self._busy[worker] = work
        trial = work.trial
        self._affinity.note(worker, trial.canonical)
        test, origin = trial.stage == "compare", trial.origin.number
        task = Task(trial.canonical, trial.seed, work.checkpoint, SEGMENT_SECONDS, test, origin)
        self._pool.train(worker, task)

    def _handle(self, answer: Answer) -> None:
        work = self._busy.pop(answer.worker, None)
        if work is None:
            return  # from a replaced worker: another one has its trial now
        if answer.segment:
            self._advance(answer.worker, work, answer.segment)
        elif count_failure(work.failures, answer.failure):
            self._put_back(work, f"{answer.failure}: {answer.error}")
        else:
            self._fail(work, advice(answer, work.failures[answer.failure]))

    def _advance(self, worker: WorkerId, work: Work, segment: Segment) -> None:
        self.effort.training += segment.training_seconds
        self.effort.compiling += segment.compile_seconds
        self.effort.evaluating += segment.evaluating_seconds
        kept, prune = self._ledger.report(work.trial, segment.reports)
        work.reports += kept
        work.checkpoint = segment.checkpoint
        del work.failures["worker"]
        for callback in self._callbacks:
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
        """Save the checkpoint and train on. Its epochs are recorded already, so that none is ever skipped."""
        if self._checkpoints is not None:
            self._checkpoints.save(work.trial, len(work.reports), segment.checkpoint)
        if segment.finished:
            self._completed += 1
            outcome = Outcome.of("complete", work.reports, self._objective, segment.final, test=segment.test)
            self._finish(work, outcome)
        elif self._stopping():
            self._queue.appendleft(work)
        elif self._pool.is_wanted_back(worker):
            self._put_back(work, "its place was given back")
        else:
            self._start(worker, work)

    def _put_back(self, work: Work, why: str) -> None:
        """Let another worker continue the trial."""
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
        """End a trial, and the trials with the same key, which waited for its result."""
        self._end(work.trial, outcome)
        for follower in self._followers.pop(work.trial.key):
            self._end(follower, _reuse(work.trial, outcome))

    def _end(self, trial: Trial, outcome: Outcome) -> None:
        self._ledger.tell(trial, outcome)
        if self._checkpoints is not None:
            self._checkpoints.on_trial_end(trial, outcome)
        for callback in self._callbacks:
            callback.on_trial_end(trial, outcome)


def _reuse(trial: Trial, outcome: Outcome) -> Outcome:
    first = trial.number if outcome.reused_from is None else outcome.reused_from
    return Outcome(outcome.state, outcome.value, outcome.epoch, outcome.metrics, first, outcome.error, outcome.diverged)
