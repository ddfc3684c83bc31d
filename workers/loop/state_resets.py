"""The states of a stateful Keras model, carried and reset under `model.fit` as a plan says."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from workers.errors import SpecError
from workers.loop.plan import Floats, Plan


class StateResets(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Carries and resets the states of every `stateful=True` layer before each step, as the plan's `keep` says.

        model.fit(plan.batches(), steps_per_epoch=plan.steps_per_epoch, epochs=len(plan), shuffle=False,
                  callbacks=[StateResets(plan)])

    Validation begins with zero states, and leaves those of training as they were, which `fit` alone does not.

    Raises SpecError at the beginning of `fit` for a model that cannot carry state as planned: without a stateful layer,
    with one that reads backwards or both ways, of another batch size, or with steps_per_execution above 1.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan
        self._keep: Floats = np.zeros((0, 0), np.float32)
        self._kept: list[Any] = []

    def on_train_begin(self, logs: object = None) -> None:
        """Check the model, and begin with zero states."""
        self._check()
        self._set_to_zero()

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        """Take the epoch's resets. Raises SpecError beyond the plan's last epoch."""
        if epoch >= len(self._plan):
            raise SpecError(f"the plan has {len(self._plan)} epochs, and fit has begun another one: give it as many")
        self._keep = self._plan[epoch].keep

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        """Keep so much of each row's state. Raises SpecError beyond the epoch's last step."""
        if batch >= len(self._keep):
            raise SpecError(f"the epoch has {len(self._keep)} steps, and fit makes more: give it plan.steps_per_epoch")
        keep = self._keep[batch][:, None]
        if (keep == 1).all():
            return
        for state in self._states():
            state.assign(np.where(keep > 0, keep * state.numpy(), np.float32(0)))

    def on_test_begin(self, logs: object = None) -> None:
        """Put the states of training aside."""
        self._kept = [state.numpy() for state in self._states()]
        self._set_to_zero()

    def on_test_end(self, logs: object = None) -> None:
        """Put them back."""
        for state, kept in zip(self._states(), self._kept, strict=True):
            state.assign(kept)

    def _set_to_zero(self) -> None:
        for state in self._states():
            state.assign(np.zeros(state.shape, np.float32))

    def _states(self) -> Iterator[Any]:
        for layer in _layers(self.model):
            if isinstance(layer, keras.layers.RNN) and layer.stateful:
                yield from layer.states

    def _check(self) -> None:
        for layer in _layers(self.model):
            both_ways = isinstance(layer, keras.layers.Bidirectional)
            if self._plan.carries and (both_ways or getattr(layer, "go_backwards", False)):
                raise SpecError(f"layer {layer.name} reads backwards: it knows what comes, and can carry no state")
        sizes = {int(state.shape[0]) for state in self._states()}
        if self._plan.carries and not sizes:
            raise SpecError(f"the plan carries state ({self._plan.arm}), and no layer of the model is stateful=True")
        if sizes - {self._plan.batch_size}:
            raise SpecError(f"the model has states of {max(sizes)} rows, and the plan {self._plan.batch_size} a batch")
        if getattr(self.model, "steps_per_execution", 1) != 1:
            raise SpecError("compile the model with steps_per_execution=1: states are reset between steps")


def _layers(model: Any) -> Iterator[Any]:
    """Every layer, and those within it."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers(layer)
