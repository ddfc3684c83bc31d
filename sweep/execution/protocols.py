"""What the scheduler needs of others: protocols of the ledger, the pool, the checkpoints and the callbacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sweep.core.trials import Outcome, Run, Trial
from workers.spec import EpochReport, Segment, TrialSpec

WorkerId = int
Failure = Literal["trial", "memory", "worker", "node", "hung"]


class TrainerLike(Protocol):
    """Trains segments; workers.engine.training.Trainer is one, FakeTrainer another."""

    def train(
        self,
        spec: TrialSpec,
        seed: int,
        checkpoint: bytes | None = None,
        seconds: float = 1.0,
        *,
        test: bool = False,
        origin: int = 1,
    ) -> Segment:
        """Train a canonical trial for about `seconds`, from a checkpoint or the beginning.

        test    score the test split when finished
        origin  at which the data are split, see Dataset.at_origin
        """
        ...


@dataclass(frozen=True)
class Task:
    """One segment of a trial in canonical form: the arguments of TrainerLike.train."""

    spec: TrialSpec
    seed: int
    checkpoint: bytes | None = None
    seconds: float = 1.0
    test: bool = False
    origin: int = 1

    def run(self, trainer: TrainerLike) -> Segment:
        """The segment, as this trainer trains it."""
        origin = self.origin
        return trainer.train(self.spec, self.seed, self.checkpoint, self.seconds, test=self.test, origin=origin)


@dataclass(frozen=True)
class Answer:
    """A worker's answer: a segment, or an error with its kind of failure.

    trial   the trial raised the error, and would raise it again
    memory  there was too little memory, for the trial or for other programs on the machine
    worker  the worker died
    node    the worker's machine is gone, or cannot be reached
    hung    the worker did not answer in time
    """

    worker: WorkerId
    segment: Segment | None = None
    error: str = ""
    failure: Failure = "trial"


class Pool(Protocol):
    """Warm workers, each of which trains one segment at a time."""

    def expect(self) -> None:
        """Announces more trials than workers."""

    def idle(self) -> Sequence[WorkerId]:
        """The workers that are ready and train nothing; new ones appear as the cluster grows."""

    def train(self, worker: WorkerId, task: Task) -> None:
        """Start one segment on an idle worker."""

    def wait(self, timeout: float) -> Sequence[Answer]:
        """The answers so far, waiting up to `timeout` seconds for the first."""

    def is_wanted_back(self, worker: WorkerId) -> bool:
        """Whether a worker must stay idle after its segment, because another study has a right to its slot."""

    def spare(self) -> None:
        """Announces that idle workers will get no more trials."""

    def replace(self, worker: WorkerId) -> None:
        """End a worker, whatever it does; its later answers are not received."""

    def name(self, worker: WorkerId) -> str:
        """A worker's process and host, for people."""

    def close(self) -> None:
        """End the workers."""


class Ledger(Protocol):
    """The trials of a study, or of its comparison, as they are recorded."""

    def unfinished(self) -> Sequence[Trial]:
        """The trials that an earlier launcher began and did not end."""

    def recorded(self, trial: Trial) -> list[EpochReport]:
        """The epochs of a trial that are in the ledger."""

    def ask(self) -> Trial | None:
        """The next trial; None when the budget is used up or no new configuration is left."""

    @property
    def may_be_asked_ahead(self) -> bool:
        """Whether the next trial is the same however those end that are under way, and will be wanted then."""
        return False

    def finished(self, key: str) -> Run | None:
        """A finished trial with this key, and its outcome; None if there is none."""

    def begin(self, trial: Trial, worker: str) -> None:
        """Record a new attempt at a trial on a worker."""

    def lost(self, trial: Trial, reason: str) -> None:
        """Record that the attempt under way has ended without the trial's end, and why."""

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        """Record epochs in their order; returns those up to a decision to prune, and whether to prune."""

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Record how a trial ended."""


class Callback:
    """Hears of each step of a trial after the ledger: the mirror, the terminal, the metrics. This one does nothing."""

    def on_trial_start(self, trial: Trial) -> None:
        """The ledger has asked for a trial."""

    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        """Epochs of a trial are in the ledger."""

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        """A trial's outcome is in the ledger."""


class CheckpointStore(Protocol):
    """Keeps checkpoints beyond the launcher's life; sweep.execution.checkpoint_files.Checkpoints is one."""

    def save(self, trial: Trial, epochs: int, checkpoint: bytes) -> None:
        """Keep a trial's checkpoint, with this many epochs behind it, in place of the one before."""

    def load(self, trial: Trial) -> tuple[int, bytes] | None:
        """The number of epochs behind a trial's checkpoint, and the checkpoint; None if there is no whole one."""

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        """A trial's outcome is in the ledger."""
