"""A study's figures among Ray's own metrics, which Prometheus reads on the launcher's node."""

from collections.abc import Callable, Mapping, Sequence

from ray.util.metrics import Counter, Gauge

from sweep.core.trials import Outcome, Trial
from sweep.execution.protocols import Callback
from workers.spec import EpochReport

TOTALS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sweep_trials_ended": ("Trials that have ended, since this launcher began", ("arm", "state")),
    "sweep_epochs": ("Epochs that were trained", ()),
    "sweep_training_seconds": ("Seconds that workers spent on these epochs, of all workers together", ()),
}
LEVELS: Mapping[str, str] = {
    "sweep_trials_running": "Trials that have begun and not ended",
    "sweep_workers": "Workers that the study has a right to, and asks for",
    "sweep_mlflow_unsent": "Writes that wait for MLflow",
}


class Metrics(Callback):
    """Counts what happens to trials. levels: what else is looked at each time, by its name in LEVELS.

    Ray puts `ray_` before each name, and Prometheus `_total` behind those that only grow.
    """

    def __init__(self, study: str, levels: Mapping[str, Callable[[], float]]) -> None:
        self._study, self._levels, self._running = study, levels, set[tuple[str, int]]()
        self._totals = {name: Counter(name, text, ("study", "stage", *tags)) for name, (text, tags) in TOTALS.items()}
        self._gauges = {name: Gauge(name, text, ("study",)) for name, text in LEVELS.items()}

    def on_trial_start(self, trial: Trial) -> None:
        """See Callback."""
        self._running.add((trial.stage, trial.number))
        self._look()

    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        """See Callback."""
        self._count("sweep_epochs", trial, len(reports))
        self._count("sweep_training_seconds", trial, sum(report.metrics.get("seconds", 0.0) for report in reports))
        self._look()

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        """See Callback."""
        self._running.discard((trial.stage, trial.number))
        self._count("sweep_trials_ended", trial, 1, arm=trial.arm, state=outcome.state)
        self._look()

    def _count(self, name: str, trial: Trial, amount: float, **tags: str) -> None:
        if amount > 0:
            self._totals[name].inc(amount, {"study": self._study, "stage": trial.stage, **tags})

    def _look(self) -> None:
        values = {name: level() for name, level in self._levels.items()}
        for name, value in {"sweep_trials_running": len(self._running), **values}.items():
            self._gauges[name].set(value, {"study": self._study})
