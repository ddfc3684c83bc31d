"""tests/README.md and the Makefile tell what is so."""

import re
import tomllib
from pathlib import Path

from tests.paths import ROOT

README = (ROOT / "tests" / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
MARKS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]


def test_every_mark_is_named_with_its_meaning() -> None:
    marks = dict(mark.split(": ", 1) for mark in MARKS)
    assert dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", README, re.MULTILINE)).keys() == marks.keys()
    assert [name for name, meaning in marks.items() if meaning.partition(";")[0] not in README] == []


def test_every_directory_is_named() -> None:
    directories = {path.parent.name for path in (ROOT / "tests").glob("*/*.py")}
    assert {name for name in directories if f"`{name}/`" not in README} == set()
    assert set(re.findall(r"^\| `(\w+)/`", README, re.MULTILINE)) == directories


def test_what_make_runs_is_there() -> None:
    named = [Path(path) for path in re.findall(r"\btests/[\w./]+", MAKEFILE)]
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert "make test " in (ROOT / "README.md").read_text()


def test_make_faults_runs_whatever_is_sampled() -> None:
    (paths,) = re.findall(r"FAULTS=whole \$\(PYTEST\) (.*)", MAKEFILE)
    tests = (ROOT / "tests").rglob("test_*.py")
    sampled = [path for path in tests if re.search("^from tests.sampling import", path.read_text(), re.MULTILINE)]
    assert sampled
    roots = [ROOT / path for path in paths.split()]
    assert [path for path in sampled if not any(path.is_relative_to(root) for root in roots)] == []


def test_continuous_integration_runs_the_checks_the_promises_and_every_test() -> None:
    [targets] = re.findall(r"^make ([\w -]+)", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert targets.split() == ["check", "test", "test-all"]
