"""The network of a trial, with its states going in and coming out, on batches of any size."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from workers.data.code_files import NO_CODE, Code
from workers.data.embeddings import Embedding
from workers.models import model as models
from workers.models.loaded import printing
from workers.spec import TrialSpec

Floats = NDArray[np.float32]


class Network:
    """The weights of a trial, ready to run.

    state_size  how many numbers all states of a row are
    """

    def __init__(
        self,
        spec: TrialSpec,
        n_features: int,
        n_outputs: int,
        weights: Sequence[NDArray[Any]],
        embeddings: Sequence[Embedding] = (),
        code: Code = NO_CODE,
    ) -> None:
        self._printing = printing(spec.network)
        with self._printing():
            model = models.build(spec, n_features, n_outputs, embeddings=embeddings, code=code)
        for variable, value in zip(model.trainable_variables, weights, strict=True):
            variable.assign(value)
        self._ends = np.cumsum([int(state.shape[-1]) for state in model.inputs[2:]])
        self.state_size, self._n_features = int(self._ends[-1]), n_features
        self._model = tf.function(model, reduce_retracing=True)

    def run(self, x: Floats, lengths: NDArray[np.int64], states: Floats) -> tuple[Floats, Floats]:
        """The outputs (batch, timesteps, n_outputs), and the states after each row's last timestep.

        x: (batch, timesteps, n_features), scaled; lengths: (batch,) the timesteps of each row that are no padding;
        states: (batch, state_size) those before the first timestep, in a row. Outputs are scaled values, or logits.
        """
        batch, timesteps = x.shape[:2]
        rows, columns = _room(batch), _room(timesteps)
        padded = np.zeros((rows, columns, self._n_features), np.float32)
        padded[:batch, :timesteps] = x
        mask = np.zeros((rows, columns), bool)
        mask[:batch] = np.arange(columns) < lengths[:, None]
        before = np.zeros((rows, self.state_size), np.float32)
        before[:batch] = states
        with self._printing():
            y, *after = self._model([padded, mask, *np.split(before, self._ends[:-1], axis=1)])
        kept = np.concatenate([keras.ops.convert_to_numpy(state)[:batch] for state in after], axis=1)
        return keras.ops.convert_to_numpy(y)[:batch, :timesteps], kept


def _room(count: int) -> int:
    """The next power of two, so that few shapes are traced."""
    return 1 << max(count - 1, 0).bit_length()
