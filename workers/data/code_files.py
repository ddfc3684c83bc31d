"""The code of the user's own cells and models: found without running it, known by its content, and sent along."""

import ast
import hashlib
import importlib.util
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError, core_schema
from typing_extensions import override

from workers.data.own_code import PATH, beside
from workers.errors import DataError
from workers.fields import KeyOf

Code = Mapping[str, str]
"""The files of a module and of what it imports from beside it, by their paths from the folder that Python searches."""

NO_CODE: Code = MappingProxyType({})
CELL, MODEL = "trial.cell", "trial.model"  # the fields of a study file that name one
MOST_CHARACTERS = 1_000_000  # of all files of one


@dataclass(frozen=True, eq=False)
class CellName(KeyOf):
    """The type of the name of a cell: of a row of the table, or `module:Class`."""

    @override
    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        known = super().__get_pydantic_json_schema__(schema, handler)
        return {"anyOf": [known, {"type": "string", "pattern": PATH}]}

    @override
    def _known(self, value: object) -> str:
        if not isinstance(value, str) or ":" not in value:
            return super()._known(value)
        if not re.fullmatch(PATH, value):
            raise ValueError(f"{value!r} is no cell's name and no class of a module, such as my_cells:PeepholeLSTM")
        return value


@dataclass(frozen=True)
class ModelPath:
    """The type of the import path of a function that builds a network."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._known)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": PATH}

    def _known(self, value: object) -> str:
        if not isinstance(value, str):
            raise PydanticKnownError("string_type")
        if not re.fullmatch(PATH, value):
            raise ValueError(f"{value!r} is no function of a module, such as my_models:build")
        return value


def read(path: str, folder: Path, field: str = CELL) -> Code:
    """The code of what is at `module:name`, whose module is looked for in `folder` first; nothing of it is run.

    field: of the study file, that names it. Raises DataError where there is no such module of Python source, and
    where it is no Python or is too large.
    """
    module = path.partition(":")[0]
    top = module.partition(".")[0]
    if beside(top, folder) is not None:
        return _imported(module, folder, lambda _: True, field)
    return _imported(module, _installed_in(top, module, field), lambda name: name == top, field)


def lies_in(folder: Path, path: str, code: Code) -> bool:
    """Whether what is at `module:name` has this very code where its module is looked for in `folder` first."""
    try:
        return read(path, folder) == code
    except DataError:
        return False


def digests_of(code: Code) -> dict[str, str]:
    """By file, 16 digits of the SHA-256 of its text."""
    return {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in sorted(code.items())}


def _installed_in(top: str, module: str, field: str) -> Path:
    """The folder of the path in which a module or package lies."""
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.has_location:  # as those have that are built in, and folders without an __init__.py
        raise _no_module(module, field)
    file = Path(str(spec.origin))
    return file.parent.parent if spec.submodule_search_locations else file.parent


def _imported(module: str, root: Path, may: Callable[[str], bool], field: str) -> Code:
    """The module's files, and those in `root` that they import, as far as top-level modules of these names `may`."""
    found: dict[str, str] = {}
    waiting, looked_at = [module], {module}
    if not _is_there(module, root):
        raise _no_module(module, field)
    while waiting:
        for name, file in _files(waiting.pop(), root):
            path = file.relative_to(root).as_posix()
            if path in found:
                continue
            found[path] = _text(file, path, field)
            package = name if file.name == "__init__.py" else name.rpartition(".")[0]
            names = {each for each in _imports(found[path], path, package, field) if may(each.partition(".")[0])}
            waiting += names - looked_at
            looked_at |= names
        if sum(map(len, found.values())) > MOST_CHARACTERS:
            what = f"{module} and what it imports beside it are more than {MOST_CHARACTERS // 10**6} million characters"
            raise DataError(
                f"{what}, too many to travel with each model; put {_noun(field)} into a module of its own", field
            )
    return found


def _files(module: str, root: Path) -> Iterator[tuple[str, Path]]:
    """Those that Python runs to import a module, with their names: its packages' files, and its own."""
    folder, names = root, module.split(".")
    for number, name in enumerate(names, start=1):
        if (file := beside(name, folder)) is not None:
            yield ".".join(names[:number]), file
        folder = folder / name


def _is_there(module: str, root: Path) -> bool:
    return any(name == module for name, _ in _files(module, root))


def _noun(field: str) -> str:
    return "the model" if "model" in field.split(".") else "the cell"


def _no_module(module: str, field: str) -> DataError:
    return DataError(f"there is no module {module} of Python source, beside the study file or on the path", field)


def _text(file: Path, path: str, field: str) -> str:
    try:
        return importlib.util.decode_source(file.read_bytes())
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise DataError(f"{path}, of which {_noun(field)} is made, cannot be read: {error}", field) from None


def _imports(text: str, path: str, package: str, field: str) -> Iterator[str]:
    """The modules that a file may import, wherever in it, by their whole names."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        at = f"{path}:{line}" if line else path
        raise DataError(
            f"{at}, of which {_noun(field)} is made, is no Python: {getattr(error, 'msg', error)}", field
        ) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            try:
                base = importlib.util.resolve_name("." * node.level + (node.module or ""), package or None)
            except ImportError:  # Python will say so
                continue
            yield from (base, *(f"{base}.{each.name}" for each in node.names))
