"""A first step of training, on random numbers, of a model with code of the user's own: what must be true of it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from workers.errors import DataError

ROWS, TIMESTEPS, INPUTS = 3, 4, 2


class Tried(NamedTuple):
    """What came of a step of training on random numbers, of whose rows the last is masked; all compiled.

    before, after  the states, each (rows, its size)
    again          the outputs of another such step, which changed nothing either
    gradients      of the trainable weights; none of what the outputs do not depend on
    """

    before: list[Any]
    after: list[Any]
    outputs: Any
    again: Any
    gradients: list[Any]


def tried(model: keras.Model, n_features: int = INPUTS, random_states: Sequence[keras.Variable] = ()) -> Tried:
    """What comes of a step of a model [x, mask, *states] -> [y, *states after].

    random_states: what it draws random numbers from, and is set back to before the second step
    """
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(ROWS, TIMESTEPS, n_features)), tf.float32)
    mask = tf.constant(np.arange(ROWS)[:, None] < np.full(TIMESTEPS, ROWS - 1))
    before = [tf.constant(rng.normal(size=(ROWS, state.shape[-1])), tf.float32) for state in model.inputs[2:]]

    def step() -> tuple[Any, list[Any], list[Any]]:
        with tf.GradientTape() as tape:
            y, *after = model([x, mask, *before], training=True)
            loss = tf.reduce_mean(tf.square(y))
        return y, after, tape.gradient(loss, [variable.value for variable in model.trainable_variables])

    run: Callable[[], Any] = tf.function(step, jit_compile=True, autograph=False)
    begun = [state.numpy() for state in random_states]
    outputs, after, gradients = run()
    for state, value in zip(random_states, begun, strict=True):
        state.assign(value)
    again, *_ = run()
    return Tried(before, after, outputs, again, gradients)


def refuse_results(path: str, model: keras.Model, tried: Tried, field: str) -> None:
    """Raises DataError where no trial could be trained with the code at this import path."""
    fixed = [weight.path for weight in model.non_trainable_weights]
    if fixed:
        what = f"{path} has a weight that is not trained, {fixed[0]}"
        raise _refusal(field, f"{what}; what is no trainable weight is lost when a trial goes on from a checkpoint")
    shapes = [tuple(state.shape) for state in tried.after]
    if shapes != [tuple(state.shape) for state in tried.before]:
        raise _refusal(
            field, f"{path} returns states of the shapes {shapes}; of each row there should be as many as its units"
        )
    if not all(np.all(np.isfinite(values)) for values in (tried.outputs, *tried.after)):
        raise _refusal(field, f"{path} makes of random numbers what is not finite")
    if not np.array_equal(tried.outputs, tried.again):
        raise _refusal(field, f"{path} draws random numbers in training, which would be others after a checkpoint")
    if any(not np.array_equal(a[-1], b[-1]) for a, b in zip(tried.before, tried.after, strict=True)):
        raise _refusal(field, f"{path} changes its state where a timestep is masked")
    for weight, gradient in zip(model.trainable_variables, tried.gradients, strict=True):
        if gradient is None:
            raise _refusal(
                field, f"{path} has a weight that no gradient reaches, {weight.path}: its outputs do not depend on it"
            )
        if not np.all(np.isfinite(tf.convert_to_tensor(gradient))):
            raise _refusal(field, f"{path} has a gradient that is not finite, for {weight.path}")


def _refusal(field: str, message: str) -> DataError:
    return DataError(message, field)
