"""What the scheduler needs of others: protocols of the ledger, the pool, the checkpoints and the callbacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sweep.core.trials import Outcome, Trial
from workers.spec import EpochReport, Segment, TrialSpec

WorkerId = int
Fault = Literal["trial", "memory", "worker", "node", "hung"]


class TrainerLike(Protocol):
    """What a worker does; workers.engine.training.Trainer is one."""

    def train(
        self, spec: TrialSpec, seed: int, checkpoint: bytes | None = None, seconds: float = 1.0, *, test: bool = False
    ) -> Segment:
        """Train a canonical trial for about `seconds`, from a checkpoint or the beginning.

        test: score the test split when finished
        """
        ...


@dataclass(frozen=True)
class Task:
    """One segment to train, of a trial in canonical form: see TrainerLike."""

    spec: TrialSpec
    seed: int
    checkpoint: bytes | None = None
    seconds: float = 1.0
    test: bool = False

    def run(self, trainer: TrainerLike) -> Segment:
        """Let a trainer train it."""
        return trainer.train(self.spec, self.seed, self.checkpoint, self.seconds, test=self.test)


@dataclass(frozen=True)
class Answer:
    """What a worker sent back: a segment, or an error and whose fault it is.

    trial   it raised the error, and will again
    memory  there was not enough, for what was asked or for what else is running there
    worker  the worker died
    node    the machine it ran on is gone, or cannot be reached
    hung    nothing was heard of it for too long
    """

    worker: WorkerId
    segment: Segment | None = None
    error: str = ""
    fault: Fault = "trial"


class Pool(Protocol):
    """Warm workers, each of which trains one segment at a time."""

    def expect(self) -> None:
        """There is something to train, for as many workers as there may be."""

    def idle(self) -> Sequence[WorkerId]:
        """The workers that are ready and have nothing to do; new ones appear as the cluster grows."""

    def train(self, worker: WorkerId, task: Task) -> None:
        """Start one segment on an idle worker."""

    def wait(self, timeout: float) -> Sequence[Answer]:
        """The answers that are in, waiting up to `timeout` seconds for the first."""

    def is_wanted_back(self, worker: WorkerId) -> bool:
        """Whether a worker should be left idle after its segment, since others have a right to its place."""

    def spare(self) -> None:
        """There is nothing to train for those that are idle, nor will there be."""

    def replace(self, worker: WorkerId) -> None:
        """Give up a worker, whatever it is doing: nothing that it may still send is received."""

    def name(self, worker: WorkerId) -> str:
        """Where a worker is, for people."""

    def close(self) -> None:
        """End the workers."""


class Ledger(Protocol):
    """The truth about a study's trials."""

    def unfinished(self) -> Sequence[Trial]:
        """Trials that an earlier launcher began and did not end."""

    def recorded(self, trial: Trial) -> list[EpochReport]:
        """The epochs of a trial that are in the ledger."""

    def ask(self) -> Trial | None:
        """The next trial to consider; none when the budget is used up or nothing new is left to try."""

    def finished(self, key: str) -> tuple[Trial, Outcome] | None:
        """A finished trial that computes the same, with its outcome."""

    def begin(self, trial: Trial, worker: str) -> None:
        """A worker takes a trial up: its first attempt, or another."""

    def lost(self, trial: Trial, reason: str) -> None:
        """The attempt under way is over, and the trial is still to be trained, or trained on."""

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        """Record finished epochs in their order: those up to a decision to prune, and whether there was one."""

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Record how a trial ended."""


class Callback:
    """Whoever wants to know what happens: the mirror, the terminal, the checkpoints of the best model."""

    def on_trial_start(self, trial: Trial) -> None:
        """A trial was asked for."""

    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        """Epochs of a trial are in the ledger."""

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        """A trial's outcome is in the ledger."""


class CheckpointStore(Protocol):
    """Where checkpoints outlive the launcher; sweep.execution.checkpoints.Checkpoints is one."""

    def save(self, trial: Trial, epochs: int, checkpoint: bytes) -> None:
        """Keep a trial's checkpoint, with this many epochs behind it, in place of the one before."""

    def load(self, trial: Trial) -> tuple[int, bytes] | None:
        """How many epochs are behind the checkpoint, and the checkpoint; none if there is none that is whole."""

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        """A trial's outcome is in the ledger."""
