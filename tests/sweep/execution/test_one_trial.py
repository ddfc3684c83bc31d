"""One trial is trained to its end beside the ledger: to the same checkpoint, whatever happens to workers."""

from typing import Any

import pytest

from sweep.core.errors import Interrupted, StudyFailed
from sweep.core.trials import Trial
from sweep.execution import one_trial
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from workers.objective import Objective
from workers.spec import Segment, TrialSpec

TRIAL = Trial(3, TrialSpec(epochs=7), TrialSpec(epochs=7), "key", seed=5)


class Failing(FakeTrainer):
    """Its first segments raise."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times = times

    def train(self, *args: Any, **kwargs: Any) -> Segment:
        if self._times:
            self._times -= 1
            raise MemoryError("no room")
        return super().train(*args, **kwargs)


def train(trainer: FakeTrainer, *, stopping: bool = False) -> tuple[Any, bytes]:
    return one_trial.train(TRIAL, InProcessPool([trainer]), Objective(), lambda: stopping, hang_seconds=600.0)


def test_it_ends_with_the_outcome_and_the_checkpoint_of_all_epochs() -> None:
    outcome, checkpoint = train(FakeTrainer())
    assert (outcome.state, outcome.epoch, checkpoint) == ("complete", 6, b"7")


def test_a_segment_that_failed_for_lack_of_memory_is_trained_again() -> None:
    assert train(Failing(times=1)) == train(FakeTrainer())


def test_a_trial_that_fails_for_good_raises_and_says_why() -> None:
    with pytest.raises(StudyFailed, match="trained again, failed"):
        train(Failing(times=99))


def test_whoever_wants_to_stop_need_not_wait_for_its_end() -> None:
    with pytest.raises(Interrupted):
        train(FakeTrainer(), stopping=True)
