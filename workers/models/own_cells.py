"""Cells of the user's own: classes that are made of the code that travels with data and models."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import keras

from workers.cells import is_own
from workers.data.code_files import CELL, Code
from workers.errors import DataError
from workers.models.loaded import loaded

NOTHING: Mapping[str, Any] = MappingProxyType({})


def layer(cell: str, code: Code, arguments: Mapping[str, Any] = NOTHING) -> Callable[..., keras.layers.RNN]:
    """What builds the recurrent layer of a cell from its units and the options of keras.layers.RNN.

    arguments: of the cell beside its units

    The layer is Keras' own, which keeps the states where a timestep is masked, whatever the cell does.
    """
    made = cell_class(cell, code)
    return lambda units, **options: keras.layers.RNN(made(units, **arguments), **options)


def cell_class(cell: str, code: Code) -> type[keras.layers.Layer]:
    """The class at `module:Class` of this code.

    Raises DataError for what is raised where the code is run, where there is no such class, and for what is no layer.
    """
    found = loaded(cell, code, CELL, "class")
    if not (isinstance(found, type) and issubclass(found, keras.layers.Layer)):
        what = f"{cell} is a {type(found).__name__}" if not isinstance(found, type) else f"{cell} is no layer of Keras"
        raise DataError(f"{what}; a cell is a class derived from keras.layers.Layer", CELL)
    return found


@contextmanager
def known(cell: str, code: Code) -> Iterator[None]:
    """Within the block Keras finds the class by the name under which it saves it, if the cell is the user's own."""
    if not is_own(cell):
        yield
        return
    made = cell_class(cell, code)
    with keras.saving.custom_object_scope({keras.saving.get_registered_name(made): made}):
        yield
