"""A function of the user's own that returns the arrays; its module is found beside the study file or on the path."""

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, NoReturn, cast

from pydantic import Field

from workers.data.sources import arrays
from workers.data.sources.fields import ScoredKind
from workers.data.timeline import Timeline
from workers.errors import DataError
from workers.wording import instead

PRIVATE = "_study_factory"  # so that a study's data.py is never taken for another's, or for an installed package


class Python(ScoredKind):
    """The fields of `kind: python`."""

    kind: Literal["python"] = "python"
    factory: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]  # module:function
    arguments: dict[str, Any] = Field(default_factory=dict)

    def load(self, folder: Path) -> Timeline:
        """The timeline of the arrays that the factory returns, as those of `kind: arrays`.

        Raises DataError when there is no such module or function, when it raises, and when it returns anything else.
        """
        with _importing_beside(folder.resolve()), _as_data_errors(self.factory), _printing_elsewhere(), _going_on():
            returned = _function(self.factory, folder.resolve())(**self.arguments)
            if not isinstance(returned, Mapping):
                what = f"{self.factory} returned {type(returned).__name__}, not a mapping with features and targets"
                raise DataError(what, "data.factory")
            # Within, since arrays that are made when they are asked for are the user's code as well.
            return arrays.timeline(returned, self, f"what {self.factory} returned", "data.factory")


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
            if top == PRIVATE or (top not in known and _beside(top, folder) is not None):
                del sys.modules[name]


@contextmanager
def _printing_elsewhere() -> Iterator[None]:
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
def _going_on() -> Iterator[None]:
    """Makes an error of `os._exit`, which would end this process without a word; those it has forked may end."""
    own, leave = os.getpid(), os._exit

    def refuse(status: int) -> NoReturn:
        if os.getpid() != own:
            leave(status)
        raise DataError(f"it called os._exit({status}), by which nothing can be returned", "data.factory")

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = leave


@contextmanager
def _as_data_errors(factory: str) -> Iterator[None]:
    """Turns any exception of the user's code into a DataError with its type, message and position in that code."""
    try:
        yield
    except (DataError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 - the user's code may raise anything
        module, position = factory.partition(":")[0], _position(error)
        missing = (getattr(error, "name", "") or "").replace(PRIVATE, module.partition(".")[0])
        if not position and isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{missing}."):
            what = f"there is no module {missing}, beside the study file or on the path"
            raise DataError(what, "data.factory") from None
        field = "data.factory" if position or not isinstance(error, TypeError) else "data.arguments"
        at = f" at {position}" if position else ""
        raise DataError(f"{factory} raised {type(error).__name__}{at}: {_words(error)}", field) from None


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - so may its error's own text
        return "its message cannot be told"


def _position(error: BaseException) -> str:
    """`file:line` of the last call in the user's file; empty if the error came before any."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    ours = (__file__, importlib.__file__, "<frozen")
    calls = [call for call in traceback.extract_tb(error.__traceback__) if not call.filename.startswith(ours)]
    mine = [call for call in calls if call.filename == calls[0].filename]
    return f"{mine[-1].filename}:{mine[-1].lineno}" if mine else ""


def _function(factory: str, folder: Path) -> Callable[..., Any]:
    name, _, attribute = factory.partition(":")
    module = _module(name, folder)
    function = getattr(module, attribute, None)
    if not callable(function):
        public = [known for known, value in vars(module).items() if callable(value) and not known.startswith("_")]
        raise DataError(f"{name} has no function {attribute}; {instead(attribute, public)}", "data.factory")
    return cast(Callable[..., Any], function)


def _module(name: str, folder: Path) -> ModuleType:
    top, _, rest = name.partition(".")
    file = _beside(top, folder)
    if file is None:
        return importlib.import_module(name)
    loader = SourceFileLoader(PRIVATE, str(file))
    spec = cast(ModuleSpec, importlib.util.spec_from_file_location(PRIVATE, file, loader=loader))
    module = sys.modules[PRIVATE] = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return importlib.import_module(f"{PRIVATE}.{rest}") if rest else module


def _beside(top: str, folder: Path) -> Path | None:
    """The file of module or package `top` in `folder`, if it is there."""
    files = (folder / f"{top}.py", folder / top / "__init__.py")
    return next((file for file in files if file.is_file()), None)
