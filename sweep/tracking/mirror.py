"""From the ledger into MLflow: trials as they go on, or all of them again, always with the same time stamps."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from sweep.config.study_file import StudyFile
from sweep.core.trials import Outcome, Run, Trial
from sweep.execution.protocols import Callback
from sweep.study.measured import measure
from sweep.study.storage import database_errors
from sweep.tracking.card import DataCard, StudyCard
from sweep.tracking.outbox import Away
from sweep.tracking.recorder import Recorder
from workers.data.dataset import Dataset, numbered
from workers.spec import EpochReport

MOST_COLUMNS = 200  # of the data that MLflow is told, with every run; of more it is told how many
MAX_WAITING = 10_000  # writes; beyond, epochs are left out and read from the ledger when they can be sent


class Epochs(Protocol):
    """The epochs of trials."""

    def of(self, trial: int) -> Sequence[EpochReport]:
        """A trial's, in their order."""


class Mirrored(Protocol):
    """What is mirrored: the ledger of a study's search, or of its comparison."""

    @property
    def epochs(self) -> Epochs:
        """The epochs of all its trials."""

    def times(self, trial: Trial) -> tuple[float, float]:
        """When a trial began and when it ended, or now, in seconds since 1970."""


class Mirror(Callback):
    """Sends each step of a ledger's trials to MLflow. However long MLflow is away, few writes wait for it."""

    def __init__(self, ledger: Mirrored, recorder: Recorder) -> None:
        self._ledger, self._recorder = ledger, recorder
        self._behind: set[int] = set()  # trials of which epochs were left out

    @override
    def on_trial_start(self, trial: Trial) -> None:
        self._recorder.on_trial_start(trial, self._times(trial)[0])

    @override
    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        if self._recorder.outbox.waiting < MAX_WAITING:
            self._recorder.on_epochs_end(trial, reports)
        else:
            self._behind.add(trial.number)

    @override
    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        if trial.number in self._behind:
            self._behind.remove(trial.number)
            _send_again(self._ledger, self._recorder, trial, outcome)
        else:
            self._recorder.on_trial_end(trial, outcome, at=self._times(trial)[1])

    def _times(self, trial: Trial) -> tuple[float, float]:
        try:
            return self._ledger.times(trial)
        except SQLAlchemyError:  # the ledger went away this moment, which must not stop the study
            return time.time(), time.time()


def replay(trials: Iterable[Run], ledger: Mirrored, recorder: Recorder) -> None:
    """Send again what the ledger holds of these trials; what MLflow has already stays as it is."""
    for trial, outcome in trials:
        _send_again(ledger, recorder, trial, outcome)


def card(file: StudyFile, dataset: Dataset) -> StudyCard:
    """What MLflow shows of the study itself."""
    config = file.config
    path = str(getattr(config.data, "path", ""))
    data = DataCard(Path(path).name or config.data.kind, dataset.digest, path, _columns(dataset), _sizes(dataset))
    objective, shown = config.objective, measure(config, dataset)
    return StudyCard(config.name, file.shareable_text, objective.metric, objective.goal, data, shown)


def _columns(dataset: Dataset) -> dict[str, str]:
    """Of each input and target, the inputs first; of text the one that it has."""
    timeline = dataset.timeline
    if timeline.alphabet:
        return {"text": "string"}
    inputs = timeline.feature_names or numbered("input", dataset.n_features)
    target = "long" if timeline.n_classes else "double"
    columns = dict.fromkeys(inputs, "double") | {name: target for name in dataset.target_names if name not in inputs}
    return columns if len(columns) <= MOST_COLUMNS else {}


def _sizes(dataset: Dataset) -> dict[str, int]:
    splits = {"training": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return {
        "timesteps": len(dataset.timeline.features),
        "inputs": dataset.n_features,
        "targets": len(dataset.target_names),
        **{name: int(split.lengths.sum()) for name, split in splits.items()},
    }


def _send_again(ledger: Mirrored, recorder: Recorder, trial: Trial, outcome: Outcome) -> None:
    began, ended = ledger.times(trial)
    if outcome.state == "running":  # without an end yet: the last epoch's time is the same whenever this is sent
        ended = max((report.timestamp for report in ledger.epochs.of(trial.number)), default=began)
    recorder.whole(trial, outcome, lambda: _epochs(ledger, trial), began, ended)


def _epochs(ledger: Mirrored, trial: Trial) -> Sequence[EpochReport]:
    try:
        return ledger.epochs.of(trial.number)
    except SQLAlchemyError as error:
        raise Away(f"the ledger is away: {database_errors.reason(error)}") from error
