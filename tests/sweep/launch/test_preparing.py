"""What the end of a launch needs is imported once, when the first epochs have come."""

from collections.abc import Callable
from importlib import import_module

import pytest

from sweep.launch import preparing
from sweep.launch.preparing import NEEDED, Preparation
from tests.sweep.tracking.worlds import epochs, trial


def test_it_is_prepared_once_and_not_before_the_first_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Callable[[], None]] = []
    monkeypatch.setattr(preparing, "in_background", lambda work, _: begun.append(work))
    preparation = Preparation()
    preparation.on_trial_start(trial())
    assert begun == []
    for _ in range(2):
        preparation.on_epochs_end(trial(), epochs(1))
    assert len(begun) == 1


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_prepared_is_there(name: str) -> None:
    assert import_module(name).__name__ == name
