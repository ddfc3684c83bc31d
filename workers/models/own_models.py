"""Models of the user's own: functional Keras models that a function of the code that travels builds."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from workers.data.code_files import MODEL, Code
from workers.data.embeddings import Embedding
from workers.errors import DataError
from workers.models.loaded import loaded
from workers.models.lookup import looked_up
from workers.models.streamed import called_again, flattened, own_classes
from workers.models.unstreamable import refused
from workers.spec import TrialSpec


def network(
    spec: TrialSpec, n_features: int, n_outputs: int, *, embeddings: Sequence[Embedding] = (), code: Code
) -> keras.Model:
    """What the trial's function builds, (batch, timesteps, n_features) -> (batch, timesteps, n_outputs), flattened.

    embeddings: inputs that are looked up first; the function is told how many inputs there are then.

    Raises DataError for what is no such model, and for layers that no state can be carried through.
    """
    x = keras.Input((None, n_features), name="x")
    hidden = looked_up(x, embeddings)
    made = loaded(str(spec.model), code, MODEL)(hidden.shape[-1], n_outputs, **spec.own_arguments)
    net = flattened(_functional(str(spec.model), made, hidden.shape[-1]))
    for problem in (*refused(net), *called_again(net)):
        raise DataError(f"{spec.model}: {problem}", MODEL)
    _refuse_shapes(str(spec.model), net, hidden.shape[-1], n_outputs)
    return flattened(keras.Model(x, net(hidden))) if embeddings else net


@contextmanager
def known(net: keras.Model) -> Iterator[None]:
    """Within the block Keras finds the user's own layers and cells of the model by the names it saves them under."""
    with keras.saving.custom_object_scope(own_classes(net.layers)):
        yield


def _functional(path: str, made: Any, n_features: int) -> keras.Model:
    """The model, if it is one whose layers are known."""
    if isinstance(made, keras.Sequential) and not made.built:
        made.build((None, None, n_features))
    is_known = isinstance(made, keras.Sequential) or hasattr(made, "operations")
    if not isinstance(made, keras.Model) or not getattr(made, "inputs", None) or not is_known:
        what = "a keras.Model with a call of its own" if isinstance(made, keras.Model) else f"a {type(made).__name__}"
        raise _refusal(path, f"returned {what}, and not a functional model, keras.Model(inputs, outputs)")
    is_plain = len(made.inputs) == len(made.outputs) == 1
    return keras.Model(made.inputs[0], made.outputs[0]) if is_plain else made


def _refuse_shapes(path: str, made: keras.Model, n_features: int, n_outputs: int) -> None:
    ins, outs = ([tuple(each.shape) for each in ends] for ends in (made.inputs, made.outputs))
    if ins != [(None, None, n_features)]:
        read = f"keras.Input((None, {n_features})), a batch of windows of any number of timesteps"
        raise _refusal(path, f"returned a model that reads {_shapes(ins)}; it should read {read}")
    if outs != [(None, None, n_outputs)]:
        wanted = f"{_shapes([(None, None, n_outputs)])}, of each timestep what is forecast"
        raise _refusal(path, f"returned a model that puts out {_shapes(outs)}; it should put out {wanted}")


def _shapes(shapes: Sequence[tuple[int | None, ...]]) -> str:
    return " and ".join(str(each) for each in shapes)


def _refusal(path: str, what: str) -> DataError:
    return DataError(f"{path} {what}", MODEL)
