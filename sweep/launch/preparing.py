"""What the end of a launch needs is imported while its workers train."""

import importlib
from collections.abc import Sequence

from typing_extensions import override

from sweep.core.background import in_background
from sweep.core.trials import Trial
from sweep.execution.protocols import Callback
from workers.spec import EpochReport

NEEDED = ("sweep.report.write", "sweep.tracking.deployed_model")  # with SciPy, Matplotlib, Jinja and MLflow's models


class Preparation(Callback):
    """Begins when the first epochs have come: until then the processors are the workers' own."""

    def __init__(self) -> None:
        self._begun = False

    @override
    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        if not self._begun:
            self._begun = True
            in_background(_import, "preparation")


def _import() -> None:
    for name in NEEDED:
        importlib.import_module(name)
