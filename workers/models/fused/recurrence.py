"""Loops over timesteps. The gradient of one is written out: a product for each weight after it, no copies within it.

All is time-major here: (timesteps, batch, ...). A masked timestep leaves the states as they are, bit for bit.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import tensorflow as tf


class Equations(Protocol):
    """One timestep of a cell, forward and backward; its first state is its output.

    What a timestep keeps lies in slots, each (batch, width). The first is as wide as what is written, which it holds
    at first; `widths` are those of the others. Forward and backward name what they put into each; None: left as it is.
    """

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the slots but the first."""

    def forward(self, written: Any, states: Sequence[Any], weights: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The states after the timestep, each (batch, units), and what goes into the slots.

        written: (batch, width) what the inputs alone come to; states: those before; weights: those the loop reads.
        """

    def backward(
        self, slots: Sequence[Any], before: Sequence[Any], after: Sequence[Any], d_after: Sequence[Any], weights: Any
    ) -> tuple[list[Any], list[Any]]:
        """The gradients for the states before, and what goes into the slots: first the gradient for what was written.

        slots: what forward put there; before, after: the states; d_after: the gradients for those after.
        """

    def weight_gradients(self, slots: Sequence[Any], history: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
        """The gradient for each weight, from all timesteps at once.

        slots: each (timesteps, batch, width), what backward left; history: each state (timesteps + 1, batch, units).
        """


def run(
    equations: Equations, written: Any, mask: Any, states: Sequence[Any], weights: Sequence[Any]
) -> tuple[Any, list[Any]]:
    """The outputs (timesteps, batch, units) and the last states, each (batch, units); keeps nothing for a gradient.

    written: (timesteps, batch, width); mask: (timesteps, batch, 1), true where a timestep counts; states: those at the
    beginning; weights: those that the equations read.
    """
    timesteps = written.shape[0]

    def step(t: Any, states: list[Any], outputs: Any) -> tuple[Any, ...]:
        after, _ = equations.forward(written[t], states, weights)
        after = _where(mask[t], after, states)
        return t + 1, after, outputs.write(t, after[0])

    outputs = _empty(timesteps, states[0].shape, states[0].dtype)
    _, end, outputs = tf.while_loop(lambda t, *_: t < timesteps, step, (0, list(states), outputs))
    return outputs.stack(), end


def run_to_train(
    equations: Equations, written: Any, mask: Any, states: Sequence[Any], weights: Sequence[Any]
) -> tuple[Any, list[Any]]:
    """As `run`, with gradients for `written`, `states` and `weights`."""
    n_states = len(states)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def loop(written: Any, *tensors: Any) -> tuple[tuple[Any, ...], Any]:
        begin, weights = tensors[:n_states], tensors[n_states:]
        history, slots = _forward(equations, written, mask, begin, weights)

        def gradient(d_outputs: Any, *d_end: Any) -> tuple[Any, ...]:
            d_begin, left = _backward(equations, slots, history, mask, d_outputs, d_end, weights)
            return left[0], *d_begin, *equations.weight_gradients(left, history, weights)

        return (history[0][1:], *(state[-1] for state in history)), gradient

    outputs, *end = loop(written, *states, *weights)
    return outputs, end


def _forward(
    equations: Equations, written: Any, mask: Any, begin: Sequence[Any], weights: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """Each state (timesteps + 1, batch, units), the first timestep that at the beginning; the slots."""
    timesteps, batch, _ = written.shape
    slots = [_array(written), *(_empty(timesteps, (batch, width), written.dtype) for width in equations.widths)]
    history = [_empty(timesteps + 1, state.shape, state.dtype).write(0, state) for state in begin]

    def step(t: Any, states: list[Any], history: list[Any], slots: list[Any]) -> tuple[Any, ...]:
        after, kept = equations.forward(slots[0].read(t), states, weights)
        after = _where(mask[t], after, states)
        history = [array.write(t + 1, state) for array, state in zip(history, after, strict=True)]
        return t + 1, after, history, _put(slots, t, kept)

    _, _, history, slots = tf.while_loop(lambda t, *_: t < timesteps, step, (0, list(begin), history, slots))
    return [array.stack() for array in history], [array.stack() for array in slots]


def _backward(
    equations: Equations,
    slots: Sequence[Any],
    history: Sequence[Any],
    mask: Any,
    d_outputs: Any,
    d_end: Sequence[Any],
    weights: Sequence[Any],
) -> tuple[list[Any], list[Any]]:
    """The gradients for the states at the beginning; the slots as the equations leave them."""
    timesteps = d_outputs.shape[0]

    def step(left: Any, d_states: list[Any], slots: list[Any]) -> tuple[Any, ...]:
        t = left - 1
        d_after = [d_states[0] + d_outputs[t], *d_states[1:]]
        before, after = [state[t] for state in history], [state[t + 1] for state in history]
        kept = [array.read(t) for array in slots]
        d_before, put = equations.backward(kept, before, after, d_after, weights)
        put = [None if value is None else tf.where(mask[t], value, 0.0) for value in put]
        return t, _where(mask[t], d_before, d_after), _put(slots, t, put)

    arrays = [_array(values) for values in slots]
    _, d_begin, arrays = tf.while_loop(lambda left, *_: left > 0, step, (timesteps, list(d_end), arrays))
    return d_begin, [array.stack() for array in arrays]


def _array(values: Any) -> Any:
    """What is read at a timestep is overwritten there, which spares XLA a copy of it all."""
    return _empty(values.shape[0], values.shape[1:], values.dtype).unstack(values)


def _empty(size: int, shape: Any, dtype: Any) -> Any:
    return tf.TensorArray(dtype, size, element_shape=shape, clear_after_read=False)


def _where(counts: Any, new: Sequence[Any], old: Sequence[Any]) -> list[Any]:
    return [tf.where(counts, *pair) for pair in zip(new, old, strict=True)]


def _put(slots: Sequence[Any], t: Any, values: Sequence[Any]) -> list[Any]:
    pairs = zip(slots, values, strict=True)
    return [slot if value is None else slot.write(t, value) for slot, value in pairs]


def product(left: Any, right: Any) -> Any:
    """(m, n) the sum over all timesteps of left' right; left: (timesteps, batch, m), right: (timesteps, batch, n)."""
    rows = [tf.reshape(values, (-1, values.shape[-1])) for values in (left, right)]
    return tf.matmul(*rows, transpose_a=True)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def projected(x: Any, kernel: Any, bias: Any) -> tuple[Any, Any]:
    """(timesteps, batch, width) x kernel + bias, for x (timesteps, batch, features).

    The gradients for kernel and bias are one product: of a single feature XLA would make a slow loop.
    """
    timesteps, batch, features = x.shape

    def gradient(d: Any) -> tuple[Any, Any, Any]:
        with_ones = tf.concat([x, tf.ones((timesteps, batch, 1), x.dtype)], -1)
        d_weights = product(with_ones, d)
        return tf.matmul(d, kernel, transpose_b=True), d_weights[:features], d_weights[features]

    rows = tf.matmul(tf.reshape(x, (-1, features)), kernel) + bias
    return tf.reshape(rows, (timesteps, batch, -1)), gradient
