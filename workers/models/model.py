"""From a trial to a Keras model whose recurrent state goes in and comes out."""

import pkgutil
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from workers.cells import cell_named, is_own
from workers.data.code_files import NO_CODE, Code
from workers.data.embeddings import Embedding
from workers.models import own_cells, own_models, streamed
from workers.models.both_ways import BothWays
from workers.models.fused.recall import RecurrentDropout
from workers.models.lookup import looked_up
from workers.optimizers import OPTIMIZERS
from workers.signature import optimizer_options
from workers.spec import TrialSpec


class OutputDropout(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Dropout with one mask for all timesteps (Gal & Ghahramani 2016) and a rate that is a variable: one trace for all.

    Equals keras.layers.Dropout(rate, noise_shape=(None, 1, None)).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.rate = self.add_weight(shape=(), initializer="zeros", trainable=False, name="rate")
        self.seed_generator = keras.random.SeedGenerator(0)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """(batch, timesteps, units) -> the same shape, in training with a part set to zero and the rest scaled up."""
        if not training:
            return inputs
        batch, _, units = keras.ops.shape(inputs)
        draws = keras.random.uniform((batch, 1, units), seed=self.seed_generator)
        kept = keras.ops.cast(draws >= self.rate, inputs.dtype)
        return inputs * kept / (1 - self.rate)


def build(
    spec: TrialSpec,
    n_features: int,
    n_outputs: int,
    *,
    embeddings: Sequence[Embedding] = (),
    fused: bool = False,
    code: Code = NO_CODE,
) -> keras.Model:
    """A model [x, mask, *states] -> [y, *states after] of stock layers and those of workers.models.layers.

    x (batch, timesteps, n_features), mask (batch, timesteps) bool, each state (batch, units);
    y (batch, timesteps, n_outputs): values, or the logits of classes. Of a trial that reads windows both ways those of
    the last timestep alone mean something, the one at which both directions have read all of the window.

    embeddings: inputs that it looks up first.
    fused: of the layers in workers.models.fused where the cell has one, which differ in rounding alone; and they alone
    have the trial's recurrent dropout.
    code: the files of the user's own cell or model, if the trial has one; see workers.data.code_files. A model of the
    user's own has states of other sizes: of each layer's own units, and those of causal convolutions.
    """
    if spec.model:
        net = own_models.network(spec, n_features, n_outputs, embeddings=embeddings, code=code)
        return streamed.with_states(net, fused=fused).model
    x = keras.Input((None, n_features), name="x")
    mask = keras.Input((None,), dtype="bool", name="mask")
    hidden, states, after = _layers(spec, looked_up(x, embeddings), mask, fused=fused, code=code)
    y = keras.layers.Dense(n_outputs, name="head")(hidden)
    return keras.Model([x, mask, *states], [y, *after])


def _layers(spec: TrialSpec, hidden: Any, mask: Any, *, fused: bool, code: Code) -> tuple[Any, list[Any], list[Any]]:
    """The outputs of a trial's recurrent layers, their states (batch, units) before, and those after."""
    states: list[Any] = []
    new_states: list[Any] = []
    for number in range(spec.layers):
        read = []
        for layer in _directions(spec, number, fused=fused, code=code):
            before = [keras.Input((size,)) for size in layer.state_size]
            out, *after = layer(hidden, mask=mask, initial_state=before)
            read.append(out)
            states += before
            new_states += after
        hidden = BothWays(last=number == spec.layers - 1, name=f"both_{number}")(*read) if read[1:] else read[0]
        if spec.dropout:
            hidden = OutputDropout(name=f"dropout_{number}")(hidden)
    return hidden, states, new_states


def recurrent(
    spec: TrialSpec,
    number: int,
    *,
    fused: bool = False,
    backwards: bool = False,
    code: Code = NO_CODE,
    **layer_options: bool,
) -> keras.layers.Layer:
    """The trial's recurrent layer of this number, (batch, timesteps, features) -> (batch, timesteps, units).

    fused, code: as build has them; backwards: whether it is the one that reads backwards, whose outputs are in that
    order; layer_options: of keras.layers.RNN, such as return_state.
    """
    cell = cell_named(spec.cell)
    layer: Callable[..., keras.layers.Layer] = (
        own_cells.layer(spec.cell, code, spec.own_arguments)
        if is_own(spec.cell)
        else pkgutil.resolve_name((fused and cell.fused) or cell.layer)
    )
    name = f"recurrent_{number}{'_backwards' * backwards}"
    own = {name: getattr(spec, name) for name in cell.options} | ({"go_backwards": True} if backwards else {})
    return layer(spec.units, name=name, **{"return_sequences": True, **own, **layer_options})


def both_ways(spec: TrialSpec, one_way: keras.layers.Layer, code: Code, **options: Any) -> Any:
    """keras.layers.Bidirectional of a recurrent layer, which it copies by what the layer saves of itself."""
    with own_cells.known(spec.cell, code):
        return keras.layers.Bidirectional(one_way, **options)


def _directions(spec: TrialSpec, number: int, *, fused: bool, code: Code) -> list[keras.layers.Layer]:
    """The recurrent layer of this number, and where windows are read both ways that which reads backwards."""
    forwards = recurrent(spec, number, fused=fused, code=code, return_state=True)
    if fused or not spec.bidirectional:
        found = [forwards]
        if spec.bidirectional:
            found.append(recurrent(spec, number, fused=True, backwards=True, code=code, return_state=True))
        if fused and spec.recurrent_dropout:
            for layer in found:
                layer.hidden = RecurrentDropout(layer, cell_named(spec.cell).masks)
        return found
    both = both_ways(spec, forwards, code)  # whose copies begin with the weights that a program of Keras' own has
    return [both.forward_layer, both.backward_layer]


def dropouts(model: keras.Model) -> list[OutputDropout]:
    """The layers whose rate and random state belong to the trial, not to the program."""
    return [layer for layer in model.layers if isinstance(layer, OutputDropout)]


def recurrent_dropouts(model: keras.Model) -> list[RecurrentDropout]:
    """The same of the recurrent layers."""
    hidden = (getattr(layer, "hidden", None) for layer in model.layers)
    return [each for each in hidden if each is not None]


def random_states(model: keras.Model) -> list[keras.Variable]:
    """What the layers of a model of the user's own draw random numbers from."""
    weights = {id(weight) for weight in model.weights}
    return [variable for variable in model.variables if id(variable) not in weights]


def leave_cudnn_aside(model: keras.Model) -> None:
    """Let no layer of Keras' own take cuDNN's kernels, which XLA cannot compile."""
    for layer in model.layers:
        if hasattr(layer, "use_cudnn"):
            layer.use_cudnn = False


def optimizer(spec: TrialSpec) -> keras.optimizers.Optimizer:
    """The trial's optimizer; its rates are variables (set_rates), and the program clips the gradients it is given."""
    row, own = OPTIMIZERS[spec.optimizer], optimizer_options(spec)
    if spec.decay or row.weight_decay:
        own["weight_decay"] = spec.decay
    made = getattr(keras.optimizers, row.keras_name)(learning_rate=spec.learning_rate, **own)
    if spec.decay:
        made.weight_decay = tf.Variable(spec.decay, trainable=False, dtype=tf.float32)
    return made


def set_rates(made: keras.optimizers.Optimizer, spec: TrialSpec) -> None:
    """Set the trial's learning rate and weight decay in an optimizer of its signature."""
    made.learning_rate = spec.learning_rate
    if spec.decay:
        made.weight_decay.assign(spec.decay)
