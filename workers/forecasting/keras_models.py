"""The bare Keras models of a trial: from inputs in their own units to predictions in the targets' own units."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from workers.data.code_files import Code
from workers.data.dataset import Dataset
from workers.data.timeline import Timeline
from workers.data.transforms import TRANSFORMS
from workers.engine.checkpoint import Checkpoint
from workers.forecasting.package import STREAMING, networks
from workers.models import own_models
from workers.models.lookup import looked_up
from workers.models.model import both_ways, recurrent
from workers.models.streamed import Streamed, carrying, with_states
from workers.spec import TrialSpec


def deployable(spec: TrialSpec, dataset: Dataset, weights: Sequence[NDArray[Any]], streaming: bool) -> keras.Model:
    """A model (batch, timesteps, n_features) -> (batch, timesteps, n_outputs), or the classes' probabilities.

    Of a trial that reads windows both ways the model is -> (batch, n_outputs), those of the last timestep: an earlier
    one's would know what comes. There is no streaming one.

    Inputs and targets are in their own units, so in double precision: single precision could not hold the differences
    between large numbers. Keras' own `predict` rounds inputs to single precision; a call of the model does not.

    For text the inputs are characters as their numbers in Unicode, (batch, timesteps, 1) int32; a character that the
    text did not have is refused. The probabilities of the next character are in the order of
    model.get_layer("characters").get_vocabulary().

    streaming: for one sequence at a time (batch 1), in pieces of any length; the state is carried from call to call
    until reset_state() of each layer that has one. Otherwise the state is zero at the start of every row of every call.
    """
    x, scaled = _inputs(dataset, 1 if streaming else None)
    if spec.model:
        return _own(spec, dataset, weights, x, scaled, streaming=streaming)
    hidden = looked_up(scaled, dataset.timeline.embeddings)
    for number in range(spec.layers):
        hidden = _recurrent(spec, number, dataset.code_of(spec.network), streaming=streaming)(hidden)
    classes = dataset.timeline.n_classes > 0
    y = keras.layers.Dense(dataset.n_outputs, activation="softmax" if classes else None, name="head")(hidden)
    model = keras.Model(x, y if classes else _in_own_units(y, dataset))
    for variable, value in zip(model.trainable_variables, weights, strict=True):
        variable.assign(value)
    return model


def _own(
    spec: TrialSpec, dataset: Dataset, weights: Sequence[NDArray[Any]], x: Any, scaled: Any, *, streaming: bool
) -> keras.Model:
    """The same of a model of the user's own; x: the input, scaled: what it comes to."""
    sizes, embeddings = (dataset.n_features, dataset.n_outputs), dataset.timeline.embeddings
    net = own_models.network(spec, *sizes, embeddings=embeddings, code=dataset.code_of(spec.network))
    trained = with_states(net, fused=False)
    for variable, value in zip(trained.model.trainable_variables, weights, strict=True):
        variable.assign(value)
    y = net.call(keras.ops.cast(scaled, "float32"))
    if dataset.timeline.n_classes:
        y = keras.layers.Softmax(name="probabilities")(y)
    model = keras.Model(x, y if dataset.timeline.n_classes else _in_own_units(y, dataset))
    made = carrying(model) if streaming else Streamed(model, model.layers)
    for variable, value in zip(made.variables, trained.variables, strict=True):
        variable.assign(value)
    return made.model


def _in_own_units(y: Any, dataset: Dataset) -> Any:
    """What the outputs of a network are in the targets' own units."""
    scaling, y = dataset.scaling, dataset.loss.link(keras.ops, y)
    y = keras.layers.Rescaling(
        _for_each(dataset, scaling.target_scale),
        offset=_for_each(dataset, scaling.target_mean),
        dtype="float64",
        name="unscale_targets",
    )(y)
    for layer in _levels(dataset.timeline):
        y = layer(y)
    return y


def _levels(timeline: Timeline) -> list[keras.layers.Layer]:
    """The layers that make levels of logarithms, and of changes of logarithms factors; of other targets none.

    What is in the scale of a group stays so, as the layers do not know which group it is.
    """
    if timeline.transform is None or timeline.group_scale is not None:
        return []
    less = 0.0 if timeline.of_changes else TRANSFORMS[timeline.transform].above
    return [
        keras.layers.Activation(keras.activations.exponential, dtype="float64", name="grow"),
        keras.layers.Rescaling(1.0, offset=less, dtype="float64", name="levels"),
    ]


def _recurrent(spec: TrialSpec, number: int, code: Code, *, streaming: bool) -> keras.layers.Layer:
    if not spec.bidirectional:
        return recurrent(spec, number, code=code, stateful=streaming)
    one_way = recurrent(spec, number, code=code, return_sequences=number < spec.layers - 1)
    return both_ways(spec, one_way, code, name=f"recurrent_{number}")


def _for_each(dataset: Dataset, of_targets: NDArray[Any]) -> NDArray[Any]:
    """(n_outputs,) what belongs to the targets (n_targets,)."""
    return np.tile(of_targets, dataset.n_outputs // len(of_targets))


def keras_files(spec: TrialSpec, dataset: Dataset, checkpoint: bytes) -> dict[str, bytes]:
    """The `.keras` files of a finished trial's best epoch, by their names: of the models that `deployable` makes.

    keras.models.load_model needs `import workers.models.layers` first if Keras lacks the cell, and a cell of the user's
    own among its custom_objects.
    """
    weights = Checkpoint.from_bytes(checkpoint).best
    return {name: _saved(deployable(spec, dataset, weights, streaming=name == STREAMING)) for name in networks(spec)}


def _saved(model: keras.Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def _inputs(dataset: Dataset, batch: int | None) -> tuple[Any, Any]:
    """The input of the model, and what it is scaled."""
    scaling, alphabet = dataset.scaling, dataset.timeline.alphabet
    if alphabet:
        characters = keras.Input(batch_shape=(batch, None, 1), dtype="int32", name="inputs")
        numbers = [ord(character) for character in alphabet]
        layer = keras.layers.IntegerLookup(
            vocabulary=numbers, num_oov_indices=0, output_mode="one_hot", name="characters"
        )
        return characters, layer(characters)
    x = keras.Input(batch_shape=(batch, None, dataset.n_features), dtype="float64", name="inputs")
    # As arrays: of lists Keras would make single precision.
    centered = keras.layers.Rescaling(1.0, offset=-scaling.feature_mean, dtype="float64", name="center_inputs")(x)
    return x, keras.layers.Rescaling(1 / scaling.feature_scale, dtype="float64", name="scale_inputs")(centered)
