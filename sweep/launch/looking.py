"""A look at a comparison: noted as soon as a run that decides has shown a number."""

from collections.abc import Callable

from typing_extensions import override

from sweep.core.trials import Outcome, Trial
from sweep.execution.protocols import Callback
from sweep.study.comparison_table import ComparisonTable


class Looking(Callback):
    """Notes the look once, at the first result of a run that decides; at once where there is one already."""

    def __init__(self, runs: ComparisonTable, note: Callable[[], object]) -> None:
        self._runs, self._note, self._noted = runs, note, False
        self._look()

    @override
    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        self._look()

    def _look(self) -> None:
        if not self._noted and self._runs.is_shown:
            self._note()
            self._noted = True
