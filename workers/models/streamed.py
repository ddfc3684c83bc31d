"""A model of the user's own, rebuilt so that its states go in and come out, or are carried from call to call."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import keras

from workers.data.code_files import MODEL
from workers.errors import DataError
from workers.models.fused.gru import FusedGRU
from workers.models.fused.lstm import FusedLSTM
from workers.models.fused.simple_rnn import FusedSimpleRNN
from workers.models.history import CarriedHistory, History
from workers.models.unmasked import Unmasked
from workers.models.unstreamable import length_of_history

FUSED = {
    keras.layers.LSTM: FusedLSTM,
    keras.layers.GRU: FusedGRU,
    keras.layers.SimpleRNN: FusedSimpleRNN,
}
OF_FUSED = (
    "activation",
    "recurrent_activation",
    "use_bias",
    "dropout",
    "recurrent_dropout",
    "zero_output_for_mask",
)  # the options of Keras' layers that the fused ones have at their defaults alone
OURS = ("keras", "workers")  # packages whose classes Keras finds by itself


class Streamed(NamedTuple):
    """A model that was rebuilt.

    layers  its layers, in the order of those of the model that it was made of: so the weights of two models that were
            made of one belong together, however Keras orders them (variables)
    """

    model: keras.Model
    layers: Sequence[keras.layers.Layer]

    @property
    def variables(self) -> list[keras.Variable]:
        """The trainable weights, in the order of `layers`."""
        found = {id(each): each for layer in self.layers for each in layer.trainable_variables}
        return list(found.values())


def flattened(net: keras.Model) -> keras.Model:
    """The functional model of layers alone that computes the same, with the same layers: models within it resolved."""

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(operation, keras.Model):
            return operation.call(*args)
        return operation(*args, **_unasked(kwargs))

    while any(isinstance(layer, keras.Model) for layer in net.layers):
        net = keras.models.clone_model(net, clone_function=lambda layer: layer, call_function=call)
    return net


def with_states(net: keras.Model, *, fused: bool) -> Streamed:
    """A model [x, mask, *states] -> [y, *states after] out of a flattened one x -> y, with the same first weights.

    x (batch, timesteps, n), mask (batch, timesteps) bool, each state (batch, its size), in the order of the layers'
    calls: those of recurrent layers, and of causal convolutions what they read of earlier timesteps.

    fused: with the layers of workers.models.fused for those of Keras that are like them. Raises DataError for a layer
    that is given a state or a mask of the model's own.
    """
    x, mask = keras.Input(net.inputs[0].shape[1:], name="x"), keras.Input((None,), dtype="bool", name="mask")
    states = [keras.Input((size,)) for size in state_sizes(net)]
    whole = keras.Model([*net.inputs, mask, *states], net.outputs)  # clone_model asks for all inputs
    left, after = iter(states), []

    def remake(layer: Any) -> Any:
        if isinstance(layer, keras.layers.RNN):
            return _remade(layer, _class(layer, fused=fused), return_state=True, stateful=False)
        return _remade(layer, type(layer), padding="valid") if length_of_history(layer) else layer

    def call(layer: Any, original: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(layer, keras.layers.RNN):
            _refuse_given(original, args, kwargs)
            before = [next(left) for _ in keras.tree.flatten(layer.state_size)]
            out, *new = layer(args[0], mask=mask, initial_state=before)
            after.extend(new)
            out = Unmasked()(out)
            return (out, *new) if original.return_state else out
        if length := length_of_history(original):
            joined, new = History(length)(args[0], next(left), mask)
            after.append(new)
            return layer(joined)
        return layer(*args, **_unasked(kwargs))

    made = _rebuilt(whole, [x, mask, *states], remake, call)
    return made._replace(model=keras.Model([x, mask, *states], [made.model.outputs[0], *after]))


def carrying(net: keras.Model) -> Streamed:
    """A flattened model whose state is carried from call to call, until reset_state() of its layers that have one."""

    def remake(layer: Any) -> Any:
        if isinstance(layer, keras.layers.RNN):
            return _remade(layer, type(layer), stateful=True)
        return _remade(layer, type(layer), padding="valid") if length_of_history(layer) else layer

    def call(layer: Any, original: Any, *args: Any, **kwargs: Any) -> Any:
        if length := length_of_history(original):
            return layer(CarriedHistory(length)(args[0]))
        return layer(*args, **_unasked(kwargs))

    return _rebuilt(net, None, remake, call)


def _rebuilt(
    net: keras.Model, inputs: Sequence[Any] | None, remake: Callable[[Any], Any], call: Callable[..., Any]
) -> Streamed:
    """The model on other inputs, with layers that `remake` returns, each called by `call` with the one it stands for.

    Those that are other layers have the weights of those that they stand for.
    """
    made: dict[int, Any] = {}
    originals: dict[int, Any] = {}

    def clone(layer: Any) -> Any:
        made[id(layer)] = again = remake(layer)
        originals[id(again)] = layer
        return again

    model = keras.models.clone_model(
        net,
        inputs,
        clone_function=clone,
        call_function=lambda layer, *args, **kwargs: call(layer, originals.get(id(layer), layer), *args, **kwargs),
    )
    layers = [made.get(id(layer), layer) for layer in net.layers]
    for layer, again in zip(net.layers, layers, strict=True):
        for variable, same in zip(layer.trainable_variables, again.trainable_variables, strict=True):
            if same is not variable:
                same.assign(variable)
    return Streamed(model, layers)


def called_again(net: keras.Model) -> Iterator[str]:
    """Of each layer that has a state, and that a flattened model calls more than once, its name and class, and why not.

    Where a layer carries its state from call to call, it has one, which all calls would change.
    """
    calls = Counter[int]()

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        calls[id(layer)] += 1
        return layer(*args, **kwargs)

    keras.models.clone_model(net, clone_function=lambda layer: layer, call_function=call)
    for layer in net.layers:
        if calls[id(layer)] > 1 and (isinstance(layer, keras.layers.RNN) or length_of_history(layer)):
            yield (
                f"its layer {layer.name} ({type(layer).__name__}) is called {calls[id(layer)]} times, and carries one"
                " state; give each call a layer of its own"
            )


def state_sizes(net: keras.Model) -> list[int]:
    """The size of each state of a flattened model, in the order of its layers' calls."""
    sizes: list[int] = []

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(layer, keras.layers.RNN):
            sizes.extend(keras.tree.flatten(layer.state_size))
        elif length := length_of_history(layer):
            sizes.append(length * args[0].shape[-1])
        return layer(*args, **kwargs)

    keras.models.clone_model(net, clone_function=lambda layer: layer, call_function=call)
    return sizes


def own_classes(layers: Sequence[keras.layers.Layer]) -> dict[str, type]:
    """By the names under which Keras saves them, the classes of layers and cells that are the user's own."""
    classes = {type(part) for layer in layers for part in _parts(layer)}
    return {
        keras.saving.get_registered_name(each): each
        for each in classes
        if each.__module__.partition(".")[0] not in OURS
    }


def _parts(layer: Any) -> Iterator[Any]:
    """The layer, and the layers and cells within it."""
    yield layer
    for name in ("cell", "layer"):
        if (inner := getattr(layer, name, None)) is not None:
            yield from _parts(inner)
    for inner in getattr(layer, "cells", ()):
        yield from _parts(inner)


def _remade(layer: Any, of: type, **changes: Any) -> Any:
    """A layer of a class with the same options, but for those that change; its weights are its own."""
    with keras.saving.custom_object_scope(own_classes([layer])):
        return of.from_config({**layer.get_config(), **changes})  # type: ignore[attr-defined]


def _class(layer: Any, *, fused: bool) -> type:
    """The class of the fused layer that computes the same; that of the layer itself where there is none."""
    kind = type(layer)
    if not fused or kind not in FUSED:
        return kind
    usual, own = kind(1).get_config(), layer.get_config()
    return FUSED[kind] if all(own.get(name) == usual.get(name) for name in OF_FUSED) else kind


def _refuse_given(layer: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    given = [name for name in ("initial_state", "mask") if kwargs.get(name) is not None]
    given += ["initial_state"] if len(args) > 1 else []
    if given:
        what = (
            "the study's reset policy says which state it begins with" if "initial_state" in given else "masks are ours"
        )
        raise DataError(
            f"the layer {layer.name} ({type(layer).__name__}) of the model is given its {given[0]}; {what}", MODEL
        )


def _unasked(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a layer's call without those that Keras notes in every call."""
    return {name: value for name, value in kwargs.items() if name != "training" and value is not None}
