"""The best trial's model, kept in the working directory from the moment it is the best."""

from pathlib import Path

from sweep.scheduling import Observer
from sweep.trials import Outcome, Trial
from workers.spec import Objective

ARTIFACTS = Path("artifacts")


class BestModel(Observer):
    """Keeps the checkpoint of the best complete trial of a study, by its number; an older one is removed."""

    def __init__(self, study: str, objective: Objective, best: tuple[Trial, Outcome] | None) -> None:
        self._folder = ARTIFACTS / study
        self._objective = objective
        self._value = best[1].value if best else None

    def ended(self, trial: Trial, outcome: Outcome, checkpoint: bytes | None) -> None:
        """Keep the checkpoint if the trial is the best so far."""
        if outcome.state != "complete" or outcome.value is None or checkpoint is None:
            return
        if self._value is None or self._objective.better(outcome.value, self._value):
            self._value = outcome.value
            self._write(trial.number, checkpoint)

    def checkpoint(self, trial: Trial) -> bytes | None:
        """What was kept of a trial; none if another machine kept it, or somebody removed it."""
        path = self._path(trial.number)
        return path.read_bytes() if path.exists() else None

    def _write(self, number: int, checkpoint: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(number)
        unfinished = path.with_suffix(".tmp")
        unfinished.write_bytes(checkpoint)
        unfinished.replace(path)
        for older in self._folder.glob("trial-*.npz"):
            if older != path:
                older.unlink()

    def _path(self, number: int) -> Path:
        return self._folder / f"trial-{number}.npz"
