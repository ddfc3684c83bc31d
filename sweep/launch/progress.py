"""The progress of a study on stderr: a live table on a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from sweep.comparison.measure import Measure
from sweep.config.sections import StudyConfig
from sweep.core.log import logger
from sweep.core.plain import plain
from sweep.core.trials import Outcome, Run, Trial, best_first
from sweep.core.wording import readable_metric
from sweep.execution.protocols import Callback
from workers.spec import EpochReport

RECENT = 8  # finished trials in the live table


class Progress(Callback):
    """Shows the trials of the search, or the runs of the comparison.

    measure  how values of the objective are shown
    total    returns how many there may be; of a comparison that grows, as runs decide which are needed next
    counts   how many of them have ended before, by state
    best     the best trial so far
    """

    def __init__(
        self,
        config: StudyConfig,
        measure: Measure,
        total: Callable[[], int],
        counts: Counter[str],
        best: Run | None = None,
    ) -> None:
        self._name, self._measure, self._total, self._objective = config.name, measure, total, config.objective
        self._counts, self._best = counts, best
        self._running: dict[int, tuple[Trial, float, EpochReport | None]] = {}
        self._recent: list[tuple[Trial, Outcome, float]] = []
        self._began = time.monotonic()
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._live = Live(console=self._console, get_renderable=self._table, refresh_per_second=4, transient=True)

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    @override
    def on_trial_start(self, trial: Trial) -> None:
        self._running[trial.number] = (trial, time.monotonic(), None)

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
        self._recent = [*self._recent[1 - RECENT :], (trial, outcome, took)]
        if not self._console.is_terminal:
            line = f"[{self._done}/{self._total()}] {self._line(trial, outcome, took)}{'  best' * improved}"
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

    def _table(self) -> Group:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for name in ("trial", "arm", "epoch", f"validation {self._measure.heading}", "time"):
            table.add_column(name, justify="left" if name in ("trial", "arm") else "right")
        for trial, outcome, took in self._recent:
            table.add_row(
                plain(trial.name),
                trial.arm,
                str((outcome.epoch or 0) + 1),
                plain(self._result(outcome)),
                f"{took:.1f} s",
                style="dim",
            )
        for trial, began, report in self._running.values():
            epoch = f"{report.epoch + 1 if report else 0}/{trial.spec.epochs}"
            value = self._measure.said(report.metrics[self._objective.metric]) if report else ""
            table.add_row(plain(trial.name), trial.arm, epoch, value, f"{time.monotonic() - began:.1f} s")
        return Group(table, Text(plain(self._summary()), style="bold"))

    def _summary(self) -> str:
        best = (
            f"best {self._best.trial.name}: {self._value(self._best.outcome)}" if self._best else "nothing finished yet"
        )
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"{self._name}: {self._done} of {self._total()} trials, {minutes}:{seconds:02}; {best}"
