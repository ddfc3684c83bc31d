"""The best trial's model, kept in the working directory from the moment it is the best."""

import sys
from pathlib import Path

from sweep.errors import ServiceUnavailable
from sweep.scheduling import Observer
from sweep.trials import Outcome, Trial
from workers.spec import Objective

ARTIFACTS = Path("artifacts")


class BestModel(Observer):
    """Keeps the checkpoint of the best complete trial of a study, by its number; an older one is removed."""

    def __init__(self, study: str, objective: Objective, best: tuple[Trial, Outcome] | None) -> None:
        """Raises ServiceUnavailable when nothing can be written to the folder."""
        self._folder = ARTIFACTS / study
        self._objective = objective
        self._value = best[1].value if best else None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / "trial.tmp").write_bytes(b"")
            (self._folder / "trial.tmp").unlink()
        except OSError as error:
            raise ServiceUnavailable(
                f"{self._folder.absolute()}: the best model cannot be kept there: {error}"
            ) from None

    def ended(self, trial: Trial, outcome: Outcome, checkpoint: bytes | None) -> None:
        """Keep the checkpoint if the trial is the best so far."""
        if outcome.state != "complete" or outcome.value is None or checkpoint is None:
            return
        if self._value is None or self._objective.better(outcome.value, self._value):
            self._value = outcome.value
            try:
                self._write(trial.number, checkpoint)
            except (
                OSError
            ) as error:  # the trial's result is in the ledger, and a run of the same seed gives the weights again
                sys.stderr.write(f"warning: the weights of trial {trial.name} were not kept: {error}\n")

    def checkpoint(self, trial: Trial) -> bytes | None:
        """What was kept of a trial; none if another machine kept it, or somebody removed it."""
        path = self._path(trial.number)
        return path.read_bytes() if path.exists() else None

    def _write(self, number: int, checkpoint: bytes) -> None:
        path = self._path(number)
        unfinished = path.with_suffix(".tmp")
        unfinished.write_bytes(checkpoint)
        unfinished.replace(path)
        for older in self._folder.glob("trial-*.npz"):
            if older != path:
                older.unlink()

    def _path(self, number: int) -> Path:
        return self._folder / f"trial-{number}.npz"
