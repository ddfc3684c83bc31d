"""No file and no function of the product grows beyond what one reads at once, and each room has its tests."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40  # without its docstring
PRODUCT = ("sweep", "workers", "benchmarks", "deploy")
PACKAGES = ("sweep", "workers")


@pytest.mark.parametrize("part", PRODUCT)
def test_every_file_is_short(part: str) -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files(part)}
    assert lengths
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES_OF_A_FILE} == {}


@pytest.mark.parametrize("part", PRODUCT)
def test_every_function_is_short(part: str) -> None:
    lengths = {name: lines for path in files(part) for name, lines in functions(path)}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FUNCTION} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_has_its_tests_in_a_folder_of_the_same_name(package: str) -> None:
    rooms = {path.parent.relative_to(ROOT) for path in files(package)}
    tested = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests" / package).rglob("test_*.py")}
    assert len(rooms) > 1
    assert sorted(map(str, rooms - tested)) == []


def files(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a file, as file:line name, and how many lines it has without its docstring."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = node.body[0] if ast.get_docstring(node) is not None else None
            described = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
            length = (node.end_lineno or 0) - node.lineno + 1 - described
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", length
