"""The learning rate at each step: that of Keras, the same in a refit, and written out as it is computed."""

import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.worlds import sequences
from workers.plans.equivalence import canonical
from workers.schedules import SCHEDULES, is_constant, learning_rates
from workers.spec import TrialSpec, shortened

EPOCHS, STEPS, RATE = 6, 7, 0.02
keras_schedules = keras.optimizers.schedules
FALLING = [name for name, row in SCHEDULES.items() if row.factor]


def spec(schedule: str, **fields: Any) -> TrialSpec:
    given = {"learning_rate_schedule": schedule, "learning_rate": RATE, "epochs": EPOCHS}
    return TrialSpec.model_validate({**given, **fields})


def rates(trial: TrialSpec, epochs: int = EPOCHS) -> list[float]:
    """Of every step of every epoch."""
    return [float(rate) for epoch in range(epochs) for rate in learning_rates(trial, epoch, STEPS)]


@pytest.mark.parametrize(
    ("trial", "schedule"),
    [
        (spec("cosine"), keras_schedules.CosineDecay(RATE, EPOCHS * STEPS)),
        (spec("cosine", decay_floor=0.1), keras_schedules.CosineDecay(RATE, EPOCHS * STEPS, alpha=0.1)),
        (spec("cosine", decay_epochs=3.0), keras_schedules.CosineDecay(RATE, 3 * STEPS)),
        (
            spec("cosine", warmup_epochs=2.0, decay_floor=0.1),
            keras_schedules.CosineDecay(0.0, 4 * STEPS, 0.1, warmup_target=RATE, warmup_steps=2 * STEPS),
        ),
        (
            spec("linear", decay_epochs=4.0, decay_floor=0.25),
            keras_schedules.PolynomialDecay(RATE, 4 * STEPS, RATE / 4, power=1.0),
        ),
        (spec("linear"), keras_schedules.PolynomialDecay(RATE, EPOCHS * STEPS, 0.0, power=1.0)),
        (spec("exponential"), keras_schedules.ExponentialDecay(RATE, EPOCHS * STEPS, 0.1)),
        (spec("exponential", decay_epochs=2.0, decay_rate=0.7), keras_schedules.ExponentialDecay(RATE, 2 * STEPS, 0.7)),
        (spec("step"), keras_schedules.ExponentialDecay(RATE, 2 * STEPS, 0.1, staircase=True)),
        (
            spec("step", decay_epochs=1.0, decay_rate=0.5),
            keras_schedules.ExponentialDecay(RATE, STEPS, 0.5, staircase=True),
        ),
    ],
    ids=lambda value: re.sub(r"\W+", "-", str(value.said["learning_rate_schedule"])) if hasattr(value, "said") else "",
)
def test_a_schedule_is_that_of_keras(trial: TrialSpec, schedule: Callable[[int], Any]) -> None:
    assert rates(trial) == pytest.approx([float(schedule(step)) for step in range(EPOCHS * STEPS)], rel=2e-6, abs=1e-9)


def test_every_schedule_that_falls_is_compared_with_keras_by_its_name() -> None:
    assert set(FALLING) == {"cosine", "linear", "exponential", "step"}


@pytest.mark.parametrize("name", FALLING)
def test_a_schedule_is_written_in_python_as_it_is_computed(name: str) -> None:
    trial = spec(name, decay_epochs=3.0)
    written = {each.upper(): getattr(trial, each) for each in SCHEDULES[name].options}
    parts = [step / STEPS / 3 for step in range(EPOCHS * STEPS)]
    expected = [RATE * eval(SCHEDULES[name].written, {"np": np, "part": part, **written}) for part in parts]
    assert rates(trial) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(
    st.sampled_from(list(SCHEDULES)),
    st.integers(1, 9),
    st.sampled_from([0.0, 0.5, 2.0, 20.0]),
    st.sampled_from([None, 0.7, 3.0, 50.0]),
    st.integers(1, 9),
)
def test_a_rate_is_never_above_what_the_trial_says_and_never_below_zero(
    name: str, epochs: int, warmup: float, decay: float | None, steps: int
) -> None:
    trial = spec(name, epochs=epochs, warmup_epochs=warmup, decay_epochs=decay)
    found = np.concatenate([learning_rates(trial, epoch, steps) for epoch in range(epochs)])
    assert found.dtype == np.float32
    assert found.shape == (epochs * steps,)
    assert (found >= 0).all()
    assert (found <= np.float32(RATE)).all()
    assert is_constant(trial) == (name == "constant" and not warmup)


@pytest.mark.parametrize("name", list(SCHEDULES))
@pytest.mark.parametrize("warmup", [0.0, 1.5])
def test_a_trial_that_is_made_shorter_has_the_rates_that_it_had(name: str, warmup: float) -> None:
    trial = spec(name, warmup_epochs=warmup)
    assert rates(shortened(trial, 4), 4) == rates(trial, 4)


@pytest.mark.parametrize(
    ("fields", "same"),
    [
        ({"learning_rate_schedule": "cosine", "decay_epochs": 6.0}, {"learning_rate_schedule": "cosine"}),
        ({"learning_rate_schedule": "step", "decay_epochs": 2.0}, {"learning_rate_schedule": "step"}),
        ({"decay_floor": 0.0, "decay_epochs": None}, {}),
    ],
)
def test_decay_that_takes_as_long_as_by_default_is_the_same(fields: dict[str, Any], same: dict[str, Any]) -> None:
    forms = [canonical(TrialSpec(epochs=EPOCHS, **each), sequences(200)) for each in (fields, same)]
    assert forms[0] == forms[1]
    assert rates(forms[0]) == rates(TrialSpec(epochs=EPOCHS, **fields))
