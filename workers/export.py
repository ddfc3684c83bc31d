"""The model a user deploys: Keras layers, raw inputs in, predictions in the targets' own units out."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from workers.checkpoint import Checkpoint
from workers.model import recurrent
from workers.spec import TrialSpec
from workers.timeline import Dataset


def deployable(spec: TrialSpec, dataset: Dataset, weights: Sequence[NDArray[Any]], streaming: bool) -> keras.Model:
    """A model (batch, timesteps, n_features) -> (batch, timesteps, n_targets), or the classes' probabilities.

    streaming: for one sequence at a time (batch 1), fed in pieces of any length; its state is carried from call to call
    until each recurrent layer's reset_state(). Otherwise every row of every call starts at zero.
    """
    x = keras.Input(batch_shape=(1 if streaming else None, None, dataset.n_features), name="inputs")
    scaling = dataset.scaling
    hidden = keras.layers.Normalization(
        axis=-1, mean=scaling.feature_mean, variance=scaling.feature_scale.astype(np.float64) ** 2, name="scale_inputs"
    )(x)
    for number in range(spec.layers):
        hidden = recurrent(spec, number, stateful=streaming)(hidden)
    classes = dataset.timeline.n_classes > 0
    y = keras.layers.Dense(dataset.n_outputs, activation="softmax" if classes else None, name="head")(hidden)
    if not classes:
        y = keras.layers.Rescaling(
            scaling.target_scale.tolist(), offset=scaling.target_mean.tolist(), name="unscale_targets"
        )(y)
    model = keras.Model(x, y)
    for variable, value in zip(model.trainable_variables, weights, strict=True):
        variable.assign(value)
    return model


def keras_file(spec: TrialSpec, dataset: Dataset, checkpoint: bytes) -> bytes:
    """The `.keras` file of a finished trial's best epoch; streaming if the trial carried its state.

    Of a cell that Keras lacks, keras.models.load_model knows after `import workers.cells`.
    """
    model = deployable(spec, dataset, Checkpoint.from_bytes(checkpoint).best, streaming=spec.stateful)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
