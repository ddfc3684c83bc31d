"""What a study must be like in the end, once its mirror in MLflow has what the last launch said it lacks."""

import os
from pathlib import Path

from tests.faults import ledger_check
from tests.faults.launcher import launch, said

LACKS = "MLflow lacks"  # what a launch says that waited long enough for a machine which was busy with other things
LAST_WORDS = 1000  # letters


def check(folder: Path, trials: int = 20, *, study: str = "small", storage: str = "", tracking: str = "") -> None:
    """Fail with all that is wrong with a finished study of so many trials."""
    if lacks(folder):
        named = {"SWEEP_STORAGE": storage, "MLFLOW_TRACKING_URI": tracking}
        environ = os.environ | {name: value for name, value in named.items() if value}
        assert launch(folder, command="sync", environ=environ).wait() == 0, said(folder)
    ledger_check.check(folder, trials, study=study, storage=storage, tracking=tracking)


def lacks(folder: Path) -> bool:
    """Whether the last launch there has said that MLflow lacks something."""
    return LACKS in said(folder)[-LAST_WORDS:]
