"""From the ledger into MLflow: trials as they go on, or all of them again, with the same time stamps either way."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from sweep.config.study_file import StudyFile
from sweep.core.trials import Outcome, Trial
from sweep.execution.protocols import Callback
from sweep.study.storage import database
from sweep.tracking.entities import StudyCard
from sweep.tracking.outbox import Away
from sweep.tracking.recorder import Recorder
from workers.data.dataset import Dataset
from workers.spec import EpochReport

MOST_WAITING = 10_000  # writes; beyond, epochs are read from the ledger again when they can be sent


class Epochs(Protocol):
    """The epochs of trials."""

    def of(self, trial: int) -> Sequence[EpochReport]:
        """A trial's, in their order."""


class Told(Protocol):
    """The ledger of a study's search, or of its comparisons."""

    @property
    def epochs(self) -> Epochs:
        """The epochs of all its trials."""

    def times(self, trial: Trial) -> tuple[float, float]:
        """When a trial began and ended, or now, in seconds since 1970."""


class Mirror(Callback):
    """Passes on what happens to a ledger's trials. However long MLflow is away, what waits for it stays small."""

    def __init__(self, ledger: Told, recorder: Recorder) -> None:
        self._ledger, self._recorder = ledger, recorder
        self._behind: set[int] = set()  # trials of which epochs were left out

    def on_trial_start(self, trial: Trial) -> None:
        """See Callback."""
        self._recorder.on_trial_start(trial, self._times(trial)[0])

    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        """See Callback."""
        if self._recorder.outbox.waiting < MOST_WAITING:
            self._recorder.on_epochs_end(trial, reports)
        else:
            self._behind.add(trial.number)

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        """See Callback."""
        if trial.number in self._behind:
            self._behind.remove(trial.number)
            _retell(self._ledger, self._recorder, trial, outcome)
        else:
            self._recorder.on_trial_end(trial, outcome, at=self._times(trial)[1])

    def _times(self, trial: Trial) -> tuple[float, float]:
        try:
            return self._ledger.times(trial)
        except SQLAlchemyError:  # a ledger that went away this moment is no reason to stop
            return time.time(), time.time()


def replay(trials: Iterable[tuple[Trial, Outcome]], ledger: Told, recorder: Recorder) -> None:
    """Tell the recorder again what the ledger holds of these trials; what MLflow has already stays as it is."""
    for trial, outcome in trials:
        _retell(ledger, recorder, trial, outcome)


def card(file: StudyFile, dataset: Dataset) -> StudyCard:
    """What MLflow is told of a study itself."""
    config = file.config
    source = str(getattr(config.data, "path", config.data.kind))
    data = (Path(source).name, dataset.digest, source)
    return StudyCard(config.name, file.shareable_text, config.objective.metric, config.objective.goal, data)


def _retell(ledger: Told, recorder: Recorder, trial: Trial, outcome: Outcome) -> None:
    began, ended = ledger.times(trial)
    if outcome.state == "running":  # it has no end yet, and must not get another one each time this is told
        ended = max((report.timestamp for report in ledger.epochs.of(trial.number)), default=began)
    recorder.whole(trial, outcome, lambda: _epochs(ledger, trial), began, ended)


def _epochs(ledger: Told, trial: Trial) -> Sequence[EpochReport]:
    try:
        return ledger.epochs.of(trial.number)
    except SQLAlchemyError as error:
        raise Away(f"the ledger is away: {database.reason(error)}") from error
