"""What the end of a launch needs is imported while its workers train."""

import importlib
from collections.abc import Sequence
from contextlib import suppress

from typing_extensions import override

from sweep.core.background import in_background
from sweep.core.trials import Trial
from sweep.execution.protocols import Callback
from workers.spec import EpochReport

NEEDED = (
    "sweep.report.write",  # with SciPy, Matplotlib and Jinja
    "sweep.tracking.deployed_model",  # with MLflow's models
    *("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),  # as the first drawing is saved
)


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
        with suppress(ImportError):  # who needs it says what is missing
            importlib.import_module(name)
