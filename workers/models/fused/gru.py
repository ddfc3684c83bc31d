"""GRU: Cho et al. 2014, with the reset gate before or after the recurrent product, as Keras has it."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from typing_extensions import override

from workers.models.fused.gates import sigmoid
from workers.models.fused.layer import FusedLoop
from workers.models.fused.recall import MaskedRecall, Recall
from workers.models.fused.recurrence import Equations, product, projected


class GRUSlots:
    """What both kinds of a GRU keep of a timestep: the gates, the candidate, and what is recalled."""

    def __init__(self, units: int) -> None:
        self.widths = (2 * units, units, units)  # joined in the first slot, they take XLA longer


class ResetAfter(GRUSlots):
    """z, r, n = x W + b,  n' = tanh(n + sigmoid(r) (h U_n + b_n)),  h' = sigmoid(z) h + (1 - sigmoid(z)) n'.

    z and r are meant with h U_z and h U_r added.
    """

    recall = Recall()

    def hide(self, masks: Sequence[Any]) -> None:
        """Let z, r and the candidate read the state through a mask each."""
        self.recall = MaskedRecall(masks)

    def forward(self, written: Any, states: Sequence[Any], weights: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """States [h]; written: (batch, 3 * units); weights: [U (units, 3 * units), b_n (units,)]."""
        (h,), (recurrent_kernel, recurrent_bias) = states, weights
        gates, candidate = _apart(written)
        recalled_gates, recalled = _apart(self.recall.forward(h, recurrent_kernel))
        gates, recalled = sigmoid(gates + recalled_gates), recalled + recurrent_bias
        z, r = tf.split(gates, 2, axis=-1)
        candidate = tf.tanh(candidate + r * recalled)
        return [z * h + (1 - z) * candidate], [None, gates, candidate, recalled]

    def backward(
        self, slots: Sequence[Any], before: Sequence[Any], after: Sequence[Any], d_after: Sequence[Any], weights: Any
    ) -> tuple[list[Any], list[Any]]:
        """The slots: z and r, activated; the candidate, activated; h U_n + b_n, and then the gradient for it."""
        (_, gates, candidate, recalled), (h,), (d_h,), (recurrent_kernel, _) = slots, before, d_after, weights
        z, r = tf.split(gates, 2, axis=-1)
        d_z = d_h * (h - candidate) * z * (1 - z)
        d_candidate = d_h * (1 - z) * (1 - candidate * candidate)
        d_r, d_recalled = d_candidate * recalled * r * (1 - r), d_candidate * r
        inner = tf.concat([d_z, d_r, d_recalled], -1)
        d_before = d_h * z + self.recall.backward(inner, recurrent_kernel)
        return [d_before], [tf.concat([d_z, d_r, d_candidate], -1), None, None, d_recalled]

    def weight_gradients(self, slots: Sequence[Any], history: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
        """Of the recurrent kernel and of the candidate's recurrent bias."""
        d_written, _, _, d_recalled = slots
        inner = tf.concat([_apart(d_written)[0], d_recalled], -1)
        return [self.recall.of_kernel(history[0][:-1], inner), tf.reduce_sum(d_recalled, (0, 1))]


class ResetBefore(GRUSlots):
    """z, r, n = x W + b,  n' = tanh(n + (sigmoid(r) h) U_n),  h' = sigmoid(z) h + (1 - sigmoid(z)) n'.

    z and r are meant with h U_z and h U_r added.
    """

    recall = Recall()
    mask: Any = None  # through which the candidate reads the state

    def hide(self, masks: Sequence[Any]) -> None:
        """Let z, r and the candidate read the state through a mask each."""
        *of_gates, self.mask = masks
        self.recall = MaskedRecall(of_gates)

    def forward(self, written: Any, states: Sequence[Any], weights: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """States [h]; written: (batch, 3 * units); weights: [U_z and U_r (units, 2 * units), U_n (units, units)]."""
        (h,), (gates_kernel, candidate_kernel) = states, weights
        gates, candidate = _apart(written)
        gates = sigmoid(gates + self.recall.forward(h, gates_kernel))
        z, r = tf.split(gates, 2, axis=-1)
        let_through = r * self._seen(h)
        candidate = tf.tanh(candidate + tf.matmul(let_through, candidate_kernel))
        return [z * h + (1 - z) * candidate], [None, gates, candidate, let_through]

    def backward(
        self, slots: Sequence[Any], before: Sequence[Any], after: Sequence[Any], d_after: Sequence[Any], weights: Any
    ) -> tuple[list[Any], list[Any]]:
        """The slots: z and r, activated; the candidate, activated; sigmoid(r) h, as it is read, which stays."""
        (_, gates, candidate, let_through), (h,), (d_h,) = slots, before, d_after
        gates_kernel, candidate_kernel = weights
        z, r = tf.split(gates, 2, axis=-1)
        d_z = d_h * (h - candidate) * z * (1 - z)
        d_candidate = d_h * (1 - z) * (1 - candidate * candidate)
        d_let_through = tf.matmul(d_candidate, candidate_kernel, transpose_b=True)
        d_gates = tf.concat([d_z, d_let_through * let_through * (1 - r)], -1)
        d_before = d_h * z + self._seen(d_let_through * r) + self.recall.backward(d_gates, gates_kernel)
        return [d_before], [tf.concat([d_gates, d_candidate], -1), None, None, None]

    def weight_gradients(self, slots: Sequence[Any], history: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
        """Of both parts of the recurrent kernel."""
        d_written, _, _, let_through = slots
        d_gates, d_candidate = _apart(d_written)
        return [self.recall.of_kernel(history[0][:-1], d_gates), product(let_through, d_candidate)]

    def _seen(self, h: Any) -> Any:
        return h if self.mask is None else h * self.mask


class FusedGRU(FusedLoop, keras.layers.GRU):  # type: ignore[misc]  # Keras ships no types
    """keras.layers.GRU, reset_after or not: the same weights, outputs and gradients."""

    @override
    def recurrence(self, x: Any) -> tuple[Any, Equations, list[Any]]:
        kernel, recurrent_kernel, bias = map(tf.convert_to_tensor, self.cell.trainable_variables)
        if not self.reset_after:
            return projected(x, kernel, bias), ResetBefore(self.units), list(_apart(recurrent_kernel))
        gates_bias, recurrent_bias = _apart(bias[1])
        bias = bias[0] + tf.concat([gates_bias, tf.zeros_like(recurrent_bias)], 0)
        return projected(x, kernel, bias), ResetAfter(self.units), [recurrent_kernel, recurrent_bias]


def _apart(values: Any) -> tuple[Any, Any]:
    """(..., 2 * units) both gates' and (..., units) the candidate's, of (..., 3 * units)."""
    units = values.shape[-1] // 3
    return values[..., : 2 * units], values[..., 2 * units :]
