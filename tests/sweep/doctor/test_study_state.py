"""Which epochs a run should have."""

from types import SimpleNamespace
from typing import Any

import pytest

from sweep.core.trials import Outcome, Run, Trial
from sweep.doctor.study_state import missing_epochs
from workers.objective import EPOCHS_TRAINED
from workers.spec import EpochReport, TrialSpec

SPEC = TrialSpec(epochs=5, patience=2)


@pytest.mark.parametrize(
    ("outcome", "recorded", "missing"),
    [
        (Outcome("complete", metrics={EPOCHS_TRAINED: 3.0}), (0, 1, 2), []),
        (Outcome("complete", metrics={EPOCHS_TRAINED: 3.0}), (0, 1), [2]),
        (Outcome("complete"), (0, 1, 2), [3, 4]),
        (Outcome("pruned"), (0, 2), [1]),
    ],
)
def test_a_trial_that_stopped_by_itself_lacks_no_epoch(
    outcome: Outcome, recorded: tuple[int, ...], missing: list[int]
) -> None:
    epochs: Any = SimpleNamespace(of=lambda trial: [EpochReport(epoch, {}, 0.0) for epoch in recorded])
    assert missing_epochs(epochs, Run(Trial(0, SPEC, SPEC, "key", 0), outcome)) == missing
