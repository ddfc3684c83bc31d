"""Whether a cell of the user's own keeps what every cell promises: looked at once, before any trial is trained."""

import json
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from workers.data.cell_code import FIELD, Code
from workers.errors import DataError
from workers.models import model as models
from workers.models.own_cells import NOTHING, PREFIX, cell_class, known
from workers.spec import ARGUMENT, TrialSpec

ROWS, TIMESTEPS, INPUTS = 3, 4, 2
SHOWN = 300  # characters of what a cell raises


def refuse(cell: str, code: Code, units: int, arguments: Sequence[Mapping[str, Any]] = (NOTHING,)) -> None:
    """Raises DataError with the first thing that is wrong with the class at `module:Class`, made of so many units.

    arguments: that it is made of beside; all but the first are only tried in the constructor
    """
    made = cell_class(cell, code)
    keras.config.disable_traceback_filtering()  # which would hide where in the user's code an error was raised
    keras.utils.set_random_seed(0)
    for given in reversed(arguments):
        named = "".join(f", {name}={value!r}" for name, value in given.items())
        with _said(cell, f"a cell is made as Class({units}{named}); all that is not given there needs a default"):
            one = made(units, **given)
        _refuse_sizes(cell, one, units)
    _refuse_beginning(cell, one)
    first = {f"{ARGUMENT}{name}": value for name, value in arguments[0].items()}
    spec = TrialSpec(cell=cell, units=units, **first)
    with _said(
        cell, "it is called with inputs (batch, n) and a list of states, and returns its output and such a list"
    ):
        model = models.build(spec, INPUTS, 1, fused=True, code=code)
        tried = _tried(model)
    _refuse_results(cell, model, tried)
    with _said(cell, "it could not be saved and loaded; its get_config has to return its constructor's arguments"):
        same = _loaded_as_saved(cell, code, units, arguments[0])
    if not same:
        raise _refusal(f"{cell} computes something else once it was saved and loaded: get_config leaves something out")


class Tried(NamedTuple):
    """What came of a step of training on random numbers, of whose rows the last is masked; all compiled.

    before, after  the states, each (rows, units)
    again          the outputs of another such step, which changed nothing either
    gradients      of the trainable weights; none of what the outputs do not depend on
    """

    before: list[Any]
    after: list[Any]
    outputs: Any
    again: Any
    gradients: list[Any]


def _tried(model: keras.Model) -> Tried:
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(ROWS, TIMESTEPS, INPUTS)), tf.float32)
    mask = tf.constant(np.arange(ROWS)[:, None] < np.full(TIMESTEPS, ROWS - 1))
    before = [tf.constant(rng.normal(size=(ROWS, state.shape[-1])), tf.float32) for state in model.inputs[2:]]

    def step() -> tuple[Any, list[Any], list[Any]]:
        with tf.GradientTape() as tape:
            y, *after = model([x, mask, *before], training=True)
            loss = tf.reduce_mean(tf.square(y))
        return y, after, tape.gradient(loss, [variable.value for variable in model.trainable_variables])

    run: Callable[[], Any] = tf.function(step, jit_compile=True, autograph=False)
    (outputs, after, gradients), (again, *_) = run(), run()
    return Tried(before, after, outputs, again, gradients)


def _refuse_sizes(cell: str, one: keras.layers.Layer, units: int) -> None:
    sizes = getattr(one, "state_size", None)
    if sizes is None:
        raise _refusal(f"{cell} has no state_size: the size of its state, or a list of the sizes of several")
    if not isinstance(sizes, Sequence):
        sizes = [sizes]
    if not sizes or any(size != units for size in sizes):
        what = f"the state_size of {cell} with {units} units is {list(sizes)}"
        raise _refusal(f"{what}; each state has to be as large as its units say")
    size = getattr(one, "output_size", units)
    if not isinstance(size, int) or size < 1:
        raise _refusal(f"the output_size of {cell} is {size!r}, and not a whole number above 0")


def _refuse_beginning(cell: str, one: keras.layers.Layer) -> None:
    """Refuse a cell whose state does not begin at zero, which is what a reset sets it to."""
    if not hasattr(one, "get_initial_state"):
        return
    with _said(cell, "its get_initial_state is called with batch_size"):
        begins = keras.tree.flatten(one.get_initial_state(batch_size=ROWS))
    if any(np.any(keras.ops.convert_to_numpy(state)) for state in begins):
        raise _refusal(f"the get_initial_state of {cell} is not zero, and a reset of the state sets it to zero")


def _refuse_results(cell: str, model: keras.Model, tried: Tried) -> None:
    fixed = [weight.path for weight in model.non_trainable_weights]
    if fixed:
        what = f"{cell} has a weight that is not trained, {fixed[0]}"
        raise _refusal(f"{what}; what is no trainable weight is lost when a trial goes on from a checkpoint")
    shapes = [tuple(state.shape) for state in tried.after]
    if shapes != [tuple(state.shape) for state in tried.before]:
        raise _refusal(
            f"{cell} returns states of the shapes {shapes}; of each row there should be as many as its units"
        )
    if not all(np.all(np.isfinite(values)) for values in (tried.outputs, *tried.after)):
        raise _refusal(f"{cell} makes of random numbers what is not finite")
    if not np.array_equal(tried.outputs, tried.again):
        raise _refusal(f"{cell} draws random numbers in training, which would be others after a checkpoint")
    if any(not np.array_equal(a[-1], b[-1]) for a, b in zip(tried.before, tried.after, strict=True)):
        raise _refusal(f"{cell} changes its state where a timestep is masked")
    for weight, gradient in zip(model.trainable_variables, tried.gradients, strict=True):
        if gradient is None:
            raise _refusal(
                f"{cell} has a weight that no gradient reaches, {weight.path}: its outputs do not depend on it"
            )
        if not np.all(np.isfinite(tf.convert_to_tensor(gradient))):
            raise _refusal(f"{cell} has a gradient that is not finite, for {weight.path}")


def _loaded_as_saved(cell: str, code: Code, units: int, arguments: Mapping[str, Any]) -> bool:
    """Whether the layer gives the same outputs once it was saved and loaded as Keras does, with the same weights."""
    layer = keras.layers.RNN(cell_class(cell, code)(units, **arguments), return_sequences=True)
    saved = json.dumps(keras.saving.serialize_keras_object(layer))
    with known(cell, code):
        again = keras.saving.deserialize_keras_object(json.loads(saved))
    x = np.random.default_rng(0).normal(size=(ROWS, TIMESTEPS, INPUTS)).astype(np.float32)
    outputs = layer(x)
    again(x)
    again.set_weights(layer.get_weights())
    return bool(np.array_equal(outputs, again(x)))


@contextmanager
def _said(cell: str, instead: str) -> Iterator[None]:
    """Makes one message of whatever the user's code raises within the block: what, where, and what was expected."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # noqa: BLE001  (the user's code may raise anything)
        calls = traceback.extract_tb(error.__traceback__)
        mine = [call for call in calls if PREFIX in call.filename]
        at = f" at {_file(mine[-1].filename)}:{mine[-1].lineno}" if mine else ""
        words = " ".join(str(error).split())[:SHOWN]
        raise _refusal(f"{cell} raised {type(error).__name__}{at}: {words}; {instead}") from None


def _file(name: str) -> str:
    """The path of a file of the code, without the folder that it was imported from."""
    parts = Path(name).parts
    root = next(number for number, part in enumerate(parts) if part.startswith(PREFIX))
    return "/".join(parts[root + 1 :])


def _refusal(message: str) -> DataError:
    return DataError(message, FIELD)
