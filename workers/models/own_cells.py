"""Cells of the user's own: classes that are made of the code that travels with data and models."""

import linecache
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import keras

from workers.cells import is_own
from workers.data.cell_code import FIELD, Code
from workers.data.own_code import PRIVATE, function, own_code, printing_elsewhere
from workers.errors import DataError

NOTHING: Mapping[str, Any] = MappingProxyType({})
PREFIX = "sweep-cell-"  # of the folder from which code is imported


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
    return _made(cell, tuple(sorted(code.items())))


@contextmanager
def known(cell: str, code: Code) -> Iterator[None]:
    """Within the block Keras finds the class by the name under which it saves it, if the cell is the user's own."""
    if not is_own(cell):
        yield
        return
    made = cell_class(cell, code)
    with keras.saving.custom_object_scope({keras.saving.get_registered_name(made): made}):
        yield


def printing(cell: str) -> Callable[[], AbstractContextManager[None]]:
    """What lets a cell of the user's own print to stderr: it may print whenever it is called."""
    return printing_elsewhere if is_own(cell) else nullcontext


@cache
def _made(cell: str, files: tuple[tuple[str, str], ...]) -> type[keras.layers.Layer]:
    with TemporaryDirectory(prefix=PREFIX) as place:
        folder = Path(place).resolve()
        for name, text in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        try:
            with own_code(cell, folder, FIELD):
                found = function(cell, folder, FIELD, "class")
                _own_names(cell.partition(":")[0].partition(".")[0])
        except DataError as error:
            raise DataError(error.message.replace(f"{folder}{os.sep}", ""), error.field) from None
        for name, text in files:  # which are gone when a traceback, or TensorFlow, looks for their lines
            linecache.cache[str(folder / name)] = (len(text), None, text.splitlines(keepends=True), name)
    if not (isinstance(found, type) and issubclass(found, keras.layers.Layer)):
        what = f"{cell} is a {type(found).__name__}" if not isinstance(found, type) else f"{cell} is no layer of Keras"
        raise DataError(f"{what}; a cell is a class derived from keras.layers.Layer", FIELD)
    return found


def _own_names(top: str) -> None:
    """Let the classes of the modules that were imported under another name say the name that the user knows."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != PRIVATE:
            continue
        values: list[Any] = list(vars(module).values())
        for value in values:
            if getattr(value, "__module__", None) == name and isinstance(value, type):
                value.__module__ = name.replace(PRIVATE, top, 1)
