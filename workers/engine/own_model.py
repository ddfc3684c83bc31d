"""Whether a model of the user's own goes on from its states wherever a window ends: looked at before any trial."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import keras
import numpy as np
from numpy.typing import NDArray
from pydantic import PydanticUserError, TypeAdapter, ValidationError

from workers.data.code_files import MODEL, Code
from workers.engine.first_step import refuse_results, tried
from workers.engine.own_errors import said
from workers.errors import DataError
from workers.models import own_models
from workers.models.loaded import loaded
from workers.models.model import random_states
from workers.models.streamed import Streamed, state_sizes, with_states
from workers.models.unstreamable import length_of_history
from workers.spec import TrialSpec

TIMESTEPS, PIECE = 13, 4  # of the sequence that is fed, beside what convolutions read, and of a window of it
TOLERANCE = 1e-5  # of the largest output, and of one at least


class Sizes(NamedTuple):
    """Of the study's data: inputs and outputs of a timestep, and whether the outputs are logits of classes."""

    n_features: int
    n_outputs: int
    classes: bool = False


def refuse(path: str, code: Code, sizes: Sizes, arguments: Sequence[Mapping[str, Any]] = ({},)) -> None:
    """Raises DataError with the first thing that is wrong with what the function at `module:function` builds.

    arguments: that it is called with beside the sizes; of all but the first what it builds is looked at alone
    """
    build = loaded(path, code, MODEL)
    keras.config.disable_traceback_filtering()  # which would hide where in the user's code an error was raised
    for given in arguments:
        _refuse_values(path, build, given)
    net = _built(path, code, sizes, arguments[0])
    _refuse_other_beginning(path, net, _built(path, code, sizes, arguments[0]))
    _refuse_unlike(path, net, sizes)
    for given in arguments[1:]:
        _built(path, code, sizes, given)
    with said(path, "its layers have to be such as Keras can make again of their get_config", MODEL):
        streamed = with_states(net, fused=True)
        step = tried(streamed.model, sizes.n_features, random_states(streamed.model))
    refuse_results(path, streamed.model, step, MODEL)
    with said(path, "it is fed a sequence whole, in windows, and timestep by timestep", MODEL):
        _refuse_other_outputs(path, net, sizes.n_features)
    with said(path, "it could not be saved and loaded; get_config of its layers returns their arguments", MODEL):
        same = _loaded_as_saved(net, sizes.n_features)
    if not same:
        raise _refusal(
            f"{path} computes something else once it was saved and loaded: a get_config leaves something out"
        )


def _built(path: str, code: Code, sizes: Sizes, given: Mapping[str, Any]) -> keras.Model:
    keras.utils.set_random_seed(0)
    named = "".join(f", {name}={value!r}" for name, value in given.items())
    function = path.partition(":")[2]
    call = f"a model is built by {function}({sizes.n_features}, {sizes.n_outputs}{named})"
    carrying = any("stateful=True" in text for text in code.values())
    hint = "; leave stateful=True out, since the reset policy says what is carried" if carrying else ""
    with said(path, f"{call}; all that is not given there needs a default{hint}", MODEL):
        spec = TrialSpec(model=path, **{f"model_{name}": value for name, value in given.items()})
        return own_models.network(spec, sizes.n_features, sizes.n_outputs, code=code)


def _refuse_values(path: str, build: Any, given: Mapping[str, Any]) -> None:
    """Refuse a value that is not of the type that the function says of its argument, with its range if it says one."""
    try:
        hints = get_type_hints(build, include_extras=True)
    except Exception:  # noqa: BLE001  (a name that is known to type checkers alone)
        return
    for name in given.keys() & hints.keys():
        try:
            TypeAdapter(hints[name]).validate_python(given[name])
        except ValidationError as error:
            why = error.errors()[0]["msg"]
            raise _refusal(f"{path} says of {name}: {why[:1].lower()}{why[1:]}; it was given {given[name]!r}") from None
        except PydanticUserError:  # a type of which nothing can be told
            continue


def _refuse_other_beginning(path: str, net: keras.Model, again: keras.Model) -> None:
    """Refuse a function whose model begins with other weights though all seeds are the same."""
    pairs = zip(net.get_weights(), again.get_weights(), strict=True)
    if not all(np.array_equal(one, other) for one, other in pairs):
        what = f"{path} builds a model that begins with other weights each time, though the seeds are the same"
        raise _refusal(f"{what}; keras.random and NumPy are seeded, other sources of chance are not")


def _refuse_unlike(path: str, net: keras.Model, sizes: Sizes) -> None:
    """Refuse a model that has no state, whose state begins elsewhere than at zero, or that asks for another loss."""
    if not state_sizes(net):
        raise _refusal(
            f"{path} builds a model without a recurrent layer and without a causal convolution: it has no state"
        )
    for layer in net.layers:
        if isinstance(layer, keras.layers.RNN):
            begins = keras.tree.flatten(layer.get_initial_state(batch_size=2))
            if any(np.any(keras.ops.convert_to_numpy(state)) for state in begins):
                raise _refusal(f"the state of its layer {layer.name} does not begin at zero, to which a reset sets it")
        if layer.losses:
            what = f"its layer {layer.name} adds to the loss (a regularizer), which trials are not compared by"
            raise _refusal(f"{path}: {what}; trial.weight_decay is what a study has for that")
    if sizes.classes and sizes.n_outputs > 1:
        y = np.asarray(net(_sequence(TIMESTEPS, sizes.n_features)))
        if np.all(y >= 0) and np.allclose(y.sum(axis=-1), 1, atol=1e-4):
            raise _refusal(f"{path} puts out probabilities; of classes it should put out logits, without the softmax")


def _refuse_other_outputs(path: str, net: keras.Model, n_features: int) -> None:
    """Refuse a model that puts out something else when a sequence comes in windows, with its states carried on."""
    if found := list(_reading_beyond(net)):
        names = " and what ".join(found)
        what = f"{path}: what {names} computes at a timestep depends on others of its window"
        raise _refusal(f"{what}, and where the window ends no state of the model holds them")
    x = _sequence(TIMESTEPS + 2 * _longest(net), n_features)
    whole, streamed = np.asarray(net(x)), with_states(net, fused=False)
    for piece in (PIECE, 1):
        found = np.abs(_in_pieces(streamed, x, piece) - whole).max()
        if not found <= TOLERANCE * max(1.0, float(np.abs(whole).max())):
            how = "timestep by timestep" if piece == 1 else f"in windows of {piece}"
            what = (
                f"{path} puts out other numbers when a sequence comes {how} than when it comes whole (by {found:.2g})"
            )
            raise _refusal(f"{what}: something in it reads other timesteps without a state")


def _in_pieces(streamed: Streamed, x: NDArray[np.float32], piece: int) -> NDArray[np.float32]:
    states = [np.zeros((len(x), state.shape[-1]), np.float32) for state in streamed.model.inputs[2:]]
    found = []
    for begin in range(0, x.shape[1], piece):
        part = x[:, begin : begin + piece]
        window = np.zeros((len(x), piece, x.shape[2]), np.float32)
        window[:, : part.shape[1]] = part
        mask = np.tile(np.arange(piece) < part.shape[1], (len(x), 1))
        y, *states = (np.asarray(each) for each in streamed.model([window, mask, *states]))
        found.append(y[:, : part.shape[1]])
    return np.concatenate(found, axis=1)


def _reading_beyond(net: keras.Model) -> Iterator[str]:
    """The names of what puts out something else, of random numbers, when the timesteps come in pieces."""
    found: dict[str, None] = {}

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        outputs = operation(*args, **kwargs)
        stateful = isinstance(operation, keras.layers.RNN) or length_of_history(operation)
        if not stateful and not _is_of_each_timestep(operation, args, kwargs):
            kind = type(operation).__name__
            found[f"{operation.name} ({kind})" if isinstance(operation, keras.layers.Layer) else kind] = None
        return outputs

    keras.models.clone_model(net, clone_function=lambda layer: layer, call_function=call)
    return iter(found)


def _is_of_each_timestep(operation: Any, args: Any, kwargs: Any) -> bool:
    rng = np.random.default_rng(0)

    def drawn(part: Any) -> Any:
        if not isinstance(part, keras.KerasTensor):
            return part
        shape = [size or (2 if axis == 0 else TIMESTEPS) for axis, size in enumerate(part.shape)]
        return rng.normal(size=shape).astype(part.dtype)

    given = keras.tree.map_structure(drawn, (args, kwargs))
    timed = keras.tree.map_structure(_has_timesteps, (args, kwargs))

    def outputs(timesteps: slice) -> Any:
        cut = keras.tree.map_structure(
            lambda value, has: keras.ops.convert_to_tensor(value[:, timesteps]) if has else value, given, timed
        )
        return keras.tree.flatten(operation(*cut[0], **cut[1]))

    whole = [np.asarray(each) for each in outputs(slice(None))]
    try:
        pieces = [outputs(slice(begin, begin + PIECE)) for begin in range(0, TIMESTEPS, PIECE)]
        joined = [np.concatenate([np.asarray(each) for each in parts], axis=1) for parts in zip(*pieces, strict=True)]
    except Exception:  # noqa: BLE001  (what cannot read fewer timesteps reads them together)
        return False
    return all(
        a.shape == b.shape and np.allclose(a, b, atol=1e-5, rtol=1e-4) for a, b in zip(whole, joined, strict=True)
    )


def _has_timesteps(part: Any) -> bool:
    return isinstance(part, keras.KerasTensor) and len(part.shape) > 1 and part.shape[1] is None


def _longest(net: keras.Model) -> int:
    return sum(map(length_of_history, net.layers))


def _sequence(timesteps: int, n_features: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(2, timesteps, n_features)).astype(np.float32)


def _loaded_as_saved(net: keras.Model, n_features: int) -> bool:
    """Whether the model puts out the same once it was saved and loaded."""
    x = _sequence(TIMESTEPS, n_features)
    with tempfile.TemporaryDirectory() as folder, own_models.known(net):
        net.save(Path(folder) / "model.keras")
        again = keras.saving.load_model(Path(folder) / "model.keras", compile=False)
    return bool(np.array_equal(np.asarray(net(x)), np.asarray(again(x))))


def _refusal(message: str) -> DataError:
    return DataError(message, MODEL)
