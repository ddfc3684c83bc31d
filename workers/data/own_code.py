"""Code of the user's own: found beside the study file or on the path, and its faults are one message each."""

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, cast

from workers.errors import DataError
from workers.wording import instead

PATH = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"  # module:function
PRIVATE = "_study_factory"  # so that a study's data.py is never taken for another's, or for an installed package
OURS = str(Path(__file__).parent.parent)  # whose files call the user's


@contextmanager
def own_code(path: str, folder: Path, field: str, arguments: str = "") -> Iterator[None]:
    """Within the block code of the user's is imported, beside `folder` first, and called.

    path: `module:function`; field: of the study file, that names it; arguments: the field that has its arguments.
    Raises DataError for whatever is raised there, with its place in the user's code.
    """
    errors, beside = as_data_errors(path, field, arguments), _importing_beside(folder.resolve())
    with beside, errors, printing_elsewhere(), _going_on(field):
        yield


@contextmanager
def _importing_beside(folder: Path) -> Iterator[None]:
    """Puts `folder` first on the path within the block; afterwards it and all modules from it are removed again."""
    path, known = list(sys.path), set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - known:
            top = name.partition(".")[0]
            if top == PRIVATE or (top not in known and beside(top, folder) is not None):
                del sys.modules[name]


@contextmanager
def printing_elsewhere() -> Iterator[None]:
    """Lets what the user's code prints go to stderr: stdout may belong to a program that reads this one's results."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)  # of programs that it starts, too
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


@contextmanager
def _going_on(field: str) -> Iterator[None]:
    """Makes an error of `os._exit`, which would end this process without a word; those it has forked may end."""
    own, leave = os.getpid(), os._exit

    def refuse(status: int) -> NoReturn:
        if os.getpid() != own:
            leave(status)
        raise DataError(f"it called os._exit({status}), by which nothing can be returned", field)

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = leave


@contextmanager
def as_data_errors(path: str, field: str, arguments: str = "") -> Iterator[None]:
    """Turns any exception of the user's code into a DataError with its type, message and position in that code."""
    try:
        yield
    except (DataError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 - the user's code may raise anything
        module, position = path.partition(":")[0], _position(error)
        missing = (getattr(error, "name", "") or "").replace(PRIVATE, module.partition(".")[0])
        if not position and isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{missing}."):
            what = f"there is no module {missing}, beside the study file or on the path"
            raise DataError(what, field) from None
        found = arguments if arguments and not position and isinstance(error, TypeError) else field
        at = f" at {position}" if position else ""
        raise DataError(f"{path} raised {type(error).__name__}{at}: {_words(error)}", found) from None


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - so may its error's own text
        return "its message cannot be told"


def _position(error: BaseException) -> str:
    """`file:line` of the last call in the user's file; empty if the error came before any."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    ours = (OURS, importlib.__file__, "<frozen")
    calls = [call for call in traceback.extract_tb(error.__traceback__) if not call.filename.startswith(ours)]
    mine = [call for call in calls if call.filename == calls[0].filename]
    return f"{mine[-1].filename}:{mine[-1].lineno}" if mine else ""


def function(path: str, folder: Path, field: str, noun: str = "function") -> Callable[..., Any]:
    """The function at `module:function`; to be looked for within `own_code`. Raises DataError where there is none.

    noun: what messages call it
    """
    name, _, attribute = path.partition(":")
    module = _module(name, folder.resolve())
    function = getattr(module, attribute, None)
    if not callable(function):
        public = [known for known, value in vars(module).items() if callable(value) and not known.startswith("_")]
        raise DataError(f"{name} has no {noun} {attribute}; {instead(attribute, public)}", field)
    return cast(Callable[..., Any], function)


def _module(name: str, folder: Path) -> ModuleType:
    top, _, rest = name.partition(".")
    file = beside(top, folder)
    if file is None:
        return importlib.import_module(name)
    loader = SourceFileLoader(PRIVATE, str(file))
    spec = cast(ModuleSpec, importlib.util.spec_from_file_location(PRIVATE, file, loader=loader))
    module = sys.modules[PRIVATE] = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return importlib.import_module(f"{PRIVATE}.{rest}") if rest else module


def beside(top: str, folder: Path) -> Path | None:
    """The file of module or package `top` in `folder`, if it is there."""
    files = (folder / f"{top}.py", folder / top / "__init__.py")
    return next((file for file in files if file.is_file()), None)
