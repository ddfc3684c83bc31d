"""The checkpoints of unfinished trials, and the weights that are still wanted: files in the working directory."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from sweep.core.errors import CannotWrite, ServiceUnavailable
from sweep.core.folders import ARTIFACTS
from sweep.core.remedies import remedy
from sweep.core.trials import Outcome, Run, Stage, Trial, best_first
from sweep.core.whole_file import write_whole
from workers.objective import Objective

SUFFIX = ".checkpoint"


class Checkpoints:
    """A study's checkpoints: one file a trial, the newest in place of the one before.

    A file begins with one line of JSON: the trial's key, the number of epochs, and the SHA-256 of both and of the rest.
    The rest is the trainer's bytes. A new file replaces the old one by renaming, so a reader finds a whole file even if
    the writer is killed. A checksum that does not fit means a torn file, which counts as none.
    """

    def __init__(
        self,
        study: str,
        objective: Objective,
        may_write: Callable[[], bool] = lambda: True,
        may_be_deployed: Callable[[Trial], bool] = lambda _: False,
    ) -> None:
        """Raises ServiceUnavailable when nothing can be written to the folder.

        may_write        returns whether this launcher may write or remove files, which it asks each time
        may_be_deployed  whether the weights of a comparison's run stay when it is complete
        """
        self._may_write, self._may_be_deployed = may_write, may_be_deployed
        self.folder = ARTIFACTS / study
        self._objective = objective
        self._best: Run | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / "probe", b"")
            (self.folder / "probe").unlink()
        except OSError as error:
            raise ServiceUnavailable(f"{self.folder.absolute()}: nothing can be kept there: {error}") from None

    def tidy(self, stage: Stage, wanted: Iterable[Trial], best: Run | None = None) -> None:
        """Keep the files of these trials of a stage, and remove the stage's other files."""
        if best:
            self._best = best
        kept = {self._path(trial) for trial in [*wanted, *([best[0]] if best else [])]}
        for path in self.files(stage):
            if path not in kept:
                path.unlink(missing_ok=True)

    def files(self, stage: Stage) -> list[Path]:
        """Every file of a stage, whole or not."""
        return sorted(path for path in self.folder.glob(f"{stage}-*") if SUFFIX in path.suffixes)

    def save(self, trial: Trial, epochs: int, checkpoint: bytes) -> None:
        """Keep a trial's checkpoint, which has this many epochs behind it. Raises CannotWrite."""
        if not self._may_write():
            return
        header = json.dumps({"key": trial.key, "epochs": epochs, "sha256": _digest(trial.key, epochs, checkpoint)})
        path = self._path(trial)
        try:
            write_whole(path, header.encode() + b"\n" + checkpoint)
        except OSError as error:
            raise CannotWrite(
                f"{path.absolute()}: a checkpoint cannot be written: {error.strerror}\n"
                f"What is in the ledger is whole. {remedy(error)}"
            ) from error

    def load(self, trial: Trial) -> tuple[int, bytes] | None:
        """The number of epochs behind a trial's checkpoint, and the checkpoint; None if there is no whole one."""
        return read(self._path(trial), trial.key)

    def weights(self, trial: Trial) -> bytes | None:
        """The checkpoint of a trial at its end; None if there is no whole one of all its epochs."""
        kept = self.load(trial)
        return kept[1] if kept and kept[0] == trial.canonical.epochs else None

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        """Remove the checkpoint of a trial that has ended, unless it is the best one so far or may be deployed."""
        run = Run(trial, outcome)
        if outcome.state == "complete" and self._may_be_deployed(trial):
            return
        if trial.stage != "search" or outcome.reused_from is not None or not self._is_best(run):
            self._remove(trial)
            return
        if self._best:
            self._remove(self._best.trial)
        self._best = run

    def _is_best(self, run: Run) -> bool:
        before = [self._best] if self._best else []
        return best_first([*before, run], self._objective)[:1] == [run]

    def _remove(self, trial: Trial) -> None:
        if not self._may_write():
            return
        with suppress(OSError):  # what stays is removed by the next launch
            self._path(trial).unlink(missing_ok=True)

    def _path(self, trial: Trial) -> Path:
        return self.folder / f"{trial.stage}-{trial.number}{SUFFIX}"


def read(path: Path, key: str) -> tuple[int, bytes] | None:
    """The number of epochs and the checkpoint in a file; None unless it is whole and of the trial with this key."""
    try:
        first, _, checkpoint = path.read_bytes().partition(b"\n")
        header = json.loads(first)
        whole = header["key"] == key and header["sha256"] == _digest(key, header["epochs"], checkpoint)
        return (int(header["epochs"]), checkpoint) if whole else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _digest(key: str, epochs: object, checkpoint: bytes) -> str:
    return sha256(f"{key} {epochs} ".encode() + checkpoint).hexdigest()
