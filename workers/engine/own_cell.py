"""Whether a cell of the user's own keeps what every cell promises: looked at once, before any trial is trained."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from workers.data.code_files import CELL, Code
from workers.engine.first_step import INPUTS, ROWS, TIMESTEPS, refuse_results, tried
from workers.engine.own_errors import said
from workers.errors import DataError
from workers.models import model as models
from workers.models.own_cells import NOTHING, cell_class, known
from workers.spec import TrialSpec


def refuse(cell: str, code: Code, units: int, arguments: Sequence[Mapping[str, Any]] = (NOTHING,)) -> None:
    """Raises DataError with the first thing that is wrong with the class at `module:Class`, made of so many units.

    arguments: that it is made of beside; all but the first are only tried in the constructor
    """
    made = cell_class(cell, code)
    keras.config.disable_traceback_filtering()  # which would hide where in the user's code an error was raised
    keras.utils.set_random_seed(0)
    for given in reversed(arguments):
        named = "".join(f", {name}={value!r}" for name, value in given.items())
        with said(cell, f"a cell is made as Class({units}{named}); all that is not given there needs a default", CELL):
            one = made(units, **given)
        _refuse_sizes(cell, one, units)
    _refuse_beginning(cell, one)
    first = {f"cell_{name}": value for name, value in arguments[0].items()}
    spec = TrialSpec(cell=cell, units=units, **first)
    with said(
        cell,
        "it is called with inputs (batch, n) and a list of states, and returns its output and such a list",
        CELL,
    ):
        model = models.build(spec, INPUTS, 1, fused=True, code=code)
        step = tried(model)
    refuse_results(cell, model, step, CELL)
    with said(cell, "it could not be saved and loaded; its get_config has to return its constructor's arguments", CELL):
        same = _loaded_as_saved(cell, code, units, arguments[0])
    if not same:
        raise _refusal(f"{cell} computes something else once it was saved and loaded: get_config leaves something out")


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
    with said(cell, "its get_initial_state is called with batch_size", CELL):
        begins = keras.tree.flatten(one.get_initial_state(batch_size=ROWS))
    if any(np.any(keras.ops.convert_to_numpy(state)) for state in begins):
        raise _refusal(f"the get_initial_state of {cell} is not zero, and a reset of the state sets it to zero")


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


def _refusal(message: str) -> DataError:
    return DataError(message, CELL)
