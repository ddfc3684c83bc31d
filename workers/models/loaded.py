"""What code of the user's own defines: the class or function at an import path, made of the code that travels."""

import linecache
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workers.cells import is_own
from workers.data.code_files import Code
from workers.data.own_code import PRIVATE, function, own_code, printing_elsewhere
from workers.errors import DataError

PREFIX = "sweep-code-"  # of the folder from which code is imported


def loaded(path: str, code: Code, field: str, noun: str = "function") -> Any:
    """What is at `module:name` of this code, the same object each time.

    field, noun: what messages call it. Raises DataError for what is raised where the code is run, and where there is no
    such thing.
    """
    return _loaded(path, tuple(sorted(code.items())), field, noun)


def printing(network: str) -> Callable[[], AbstractContextManager[None]]:
    """What lets code of the user's own print to stderr, if a trial's network has some: it may print at each call."""
    return printing_elsewhere if is_own(network) else nullcontext


@cache
def _loaded(path: str, files: tuple[tuple[str, str], ...], field: str, noun: str) -> Any:
    with TemporaryDirectory(prefix=PREFIX) as place:
        folder = Path(place).resolve()
        for name, text in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        try:
            with own_code(path, folder, field):
                found = function(path, folder, field, noun)
                _own_names(path.partition(":")[0].partition(".")[0])
        except DataError as error:
            raise DataError(error.message.replace(f"{folder}{os.sep}", ""), error.field) from None
        for name, text in files:  # which are gone when a traceback, or TensorFlow, looks for their lines
            linecache.cache[str(folder / name)] = (len(text), None, text.splitlines(keepends=True), name)
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
