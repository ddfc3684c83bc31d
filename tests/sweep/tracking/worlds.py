"""A study to mirror, and its trials."""

from sweep.core.trials import Outcome, Trial
from sweep.tracking.card import DataCard, StudyCard
from sweep.tracking.recorder import Recorder
from workers.spec import EpochReport, TrialSpec

LONG = 240.0  # seconds; only a test that fails waits that long
DATA = DataCard("glucose.csv", "3f2a", "data/glucose.csv", {"isig": "double", "glucose": "double"}, {"timesteps": 99})
CARD = StudyCard("glucose", "name: glucose\n", "validation/loss", "minimize", DATA)
DONE = Outcome("complete", value=1.0, epoch=3, metrics={"validation/loss": 1.0})
START = 1_790_000_000.0  # seconds since 1970


def trial(number: int = 0, **fields: object) -> Trial:
    """Called `0 GRU every_epoch b16`, if the fields do not say otherwise."""
    spec = TrialSpec.model_validate({"cell": "GRU", "reset_policy": "every_epoch", **fields})
    return Trial(number, spec, spec, key=f"key-{number}", seed=number)


def epochs(n: int) -> list[EpochReport]:
    """Of n epochs."""
    return [EpochReport(i, {"train/loss": 2 / i, "validation/loss": 3 / i}, START + i + 0.5) for i in range(1, n + 1)]


def record(recorder: Recorder, trial: Trial, outcome: Outcome = DONE, n_epochs: int = 3) -> None:
    """A trial from its beginning to its end."""
    recorder.on_trial_start(trial, at=START)
    recorder.on_epochs_end(trial, epochs(n_epochs))
    recorder.on_trial_end(trial, outcome, at=START + 60)
