"""What the callback refuses, before anything is trained."""

from typing import Any

import keras
import numpy as np
import pytest

import workers
from workers.errors import SpecError
from workers.loop.plan import Plan

NUMBERS = np.arange(40.0)[:, None]


def planned(**fields: Any) -> Plan:
    return workers.plan(NUMBERS, NUMBERS, window=5, batch_size=2, **{"epochs": 2, **fields})


def fit(plan: Plan, *layers: Any, **options: Any) -> None:
    """Fit a model of these layers; options: of fit, and steps_per_execution."""
    model = keras.Sequential([keras.Input(batch_shape=(2, 5, 1)), *layers, keras.layers.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=options.pop("steps_per_execution", 1))
    asked = {"steps_per_epoch": plan.steps_per_epoch, "epochs": len(plan), "verbose": 0, "shuffle": False, **options}
    model.fit(plan.batches(), callbacks=[workers.StateResets(plan)], **asked)


def lstm(**options: Any) -> Any:
    return keras.layers.LSTM(3, return_sequences=True, **{"stateful": True, **options})


def test_a_model_that_carries_nothing_is_refused_a_plan_that_carries() -> None:
    with pytest.raises(SpecError, match=r"carries state \(every_epoch\), and no layer of the model is stateful=True"):
        fit(planned(reset_policy="every_epoch"), lstm(stateful=False))
    fit(planned(stateful=False), lstm(stateful=False))


@pytest.mark.parametrize("layer", [lambda: keras.layers.Bidirectional(lstm()), lambda: lstm(go_backwards=True)])
def test_a_layer_that_knows_what_comes_is_refused(layer: Any) -> None:
    with pytest.raises(SpecError, match="reads backwards: it knows what comes, and can carry no state"):
        fit(planned(reset_policy="every_epoch"), layer())


def test_layers_within_models_are_found() -> None:
    inner = keras.Sequential([keras.Input(batch_shape=(2, 5, 1)), lstm()])
    fit(planned(reset_policy="every_epoch"), inner)
    states = inner.layers[0].states
    assert any(np.any(state.numpy() != 0) for state in states)
    callback = workers.StateResets(planned(reset_policy="every_epoch"))
    callback.set_model(keras.Sequential([inner]))
    callback.on_train_begin()
    assert all(np.all(state.numpy() == 0) for state in states)


def test_steps_that_are_run_together_are_refused() -> None:
    with pytest.raises(SpecError, match="steps_per_execution=1"):
        fit(planned(reset_policy="every_epoch"), lstm(), steps_per_execution=2)


def test_more_steps_or_epochs_than_planned_are_refused() -> None:
    plan = planned(reset_policy="every_epoch")
    with pytest.raises(SpecError, match="the epoch has 4 steps, and fit makes more"):
        fit(plan, lstm(), steps_per_epoch=5, epochs=1)
    short = planned(reset_policy="every_epoch", epochs=1)
    model = keras.Sequential([keras.Input(batch_shape=(2, 5, 1)), lstm(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(SpecError, match="the plan has 1 epochs, and fit has begun another one"):
        model.fit(
            plan.batches(),
            steps_per_epoch=4,
            epochs=2,
            verbose=0,
            shuffle=False,
            callbacks=[workers.StateResets(short)],
        )
