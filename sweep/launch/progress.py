"""The progress of a study on stderr: a line for each trial that ends and, on a terminal, what goes on below them."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from rich.console import RenderableType
from typing_extensions import override

from sweep.comparison.measure import Measure, in_table
from sweep.config.sections import StudyConfig
from sweep.core.log import logger
from sweep.core.trials import Outcome, Run, Trial, best_first
from sweep.core.wording import counted, readable_metric
from sweep.execution.protocols import Callback
from sweep.launch.footer import Progressing, UnderWay, footer
from sweep.launch.live import LiveFooter
from workers.spec import EpochReport

Running = tuple[Trial, float, EpochReport | None]


class Progress(Callback):
    """Shows the trials of the search, or the runs of the comparison.

    measure  how values of the objective are shown
    total    returns how many there may be; of a comparison that grows, as runs decide which are needed next
    counts   how many of them have ended before, by state
    best     the best trial so far
    beside   what the best is measured by, such as a forecast without a network
    stage    what goes on until the first trial begins
    """

    def __init__(
        self,
        config: StudyConfig,
        measure: Measure,
        total: Callable[[], int],
        counts: Counter[str],
        best: Run | None = None,
        beside: str = "",
        stage: str = "loading TensorFlow",
    ) -> None:
        self._measure, self._ask_total, self._objective = measure, total, config.objective
        self._total = total()  # asked for between trials: what knows it changes, and the footer has a thread of its own
        self._counts, self._best, self._beside = counts, best, beside
        self._before = counts.total()
        self._stage = stage
        self._running: dict[int, Running] = {}
        self._by_arm: dict[str, list[float]] = {}
        self._began = time.monotonic()
        self._live = LiveFooter(self._footer)

    def __enter__(self) -> "Progress":
        self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.__exit__(*error)

    @override
    def on_trial_start(self, trial: Trial) -> None:
        self._stage = "searching" if trial.stage == "search" else "comparing"
        self._running[trial.number] = (trial, time.monotonic(), None)
        self._total = self._ask_total()

    @override
    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        if reports:
            self._running[trial.number] = (trial, self._running[trial.number][1], reports[-1])

    @override
    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        _, began, _ = self._running.pop(trial.number)
        took = time.monotonic() - began
        self._counts[outcome.state] += 1
        improved = trial.stage == "search" and self._improves(Run(trial, outcome))
        if improved:
            self._best = Run(trial, outcome)
        self._total = self._ask_total()
        value = outcome.as_deployed(self._objective)
        if trial.stage == "compare" and outcome.state == "complete" and value is not None:
            self._by_arm.setdefault(trial.arm, []).append(value)
        line = f"[{self._done}/{max(self._total, self._done)}] {self._line(trial, outcome, took)}{'  best' * improved}"
        fields: dict[str, object] = {"stage": trial.stage, "trial": trial.number, "arm": trial.arm}
        fields |= {"state": outcome.state, "value": outcome.value, "epoch": outcome.epoch}
        logger.info("%s", line, extra=fields)

    @property
    def _done(self) -> int:
        return self._counts.total()

    def _improves(self, run: Run) -> bool:
        before = [self._best] if self._best else []
        return best_first([*before, run], self._objective)[:1] == [run]

    def _value(self, outcome: Outcome) -> str:
        value = outcome.as_deployed(self._objective)
        return "" if value is None else self._measure.said(value)

    def _line(self, trial: Trial, outcome: Outcome, took: float) -> str:
        return f"{trial.name}  {self._result(outcome)}  {took:.1f} s"

    def _result(self, outcome: Outcome) -> str:
        if outcome.state == "failed":
            return f"failed: {outcome.error.splitlines()[0]}"
        value = f"{self._value(outcome)}{readable_metric(outcome.metrics, beside=self._measure.name)}"
        if outcome.reused_from is not None:
            return f"{value} (computes the same as trial {outcome.reused_from})"
        return value if outcome.state == "complete" else f"pruned at epoch {(outcome.epoch or 0) + 1}, {value}"

    def _footer(self) -> RenderableType:
        best = f"{self._best.trial.name}, {self._value(self._best.outcome)}" if self._best else ""
        return footer(
            Progressing(
                stage=self._stage,
                done=self._done,
                since=self._done - self._before,
                total=self._total,
                began=self._began,
                under_way=[self._under_way(trial, report) for trial, _, report in self._running.copy().values()],
                best="" if self._stage == "comparing" else best,
                beside=self._beside,
                arms={arm: self._spread(values) for arm, values in self._by_arm.copy().items()},
            )
        )

    def _under_way(self, trial: Trial, report: EpochReport | None) -> UnderWay:
        value = self._measure.said(report.metrics[self._objective.metric]) if report else ""
        return UnderWay(trial.name, report.epoch + 1 if report else 0, trial.spec.epochs, value)

    def _spread(self, values: Sequence[float]) -> str:
        """The mean of an arm's runs on validation so far, at whatever setting, with their deviation."""
        mean = float(np.mean(values))
        spread = self._measure.deviation(mean, float(np.std(values, ddof=1))) if len(values) > 1 else 0.0
        deviation = f" ± {spread:.2g}" if len(values) > 1 else ""
        shown = f"{self._measure.name} {in_table(self._measure.value(mean))}{deviation}"
        return f"{shown} on validation, {counted(len(values), 'run')}"
