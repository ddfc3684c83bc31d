"""tests/README.md and the Makefile tell what is so."""

import re
import tomllib
from pathlib import Path

from ruamel.yaml import YAML

from sweep import __version__
from tests.paths import ROOT

README = (ROOT / "tests" / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, MARKS = PYPROJECT["project"], PYPROJECT["tool"]["pytest"]["ini_options"]["markers"]


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


def test_the_public_checks_are_the_same() -> None:
    workflow = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "ci.yml")
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["bash .ci/run"]
    named = [line[-4:] for line in PROJECT["classifiers"] if "Python ::" in line]
    assert job["strategy"]["matrix"]["python"] == named
    assert workflow["permissions"] == {"contents": "read"}


def test_it_is_cited_as_what_it_is() -> None:
    citation = YAML(typ="safe").load(ROOT / "CITATION.cff")
    assert citation["title"] == PROJECT["name"]
    assert citation["license"] == PROJECT["license"]
    assert str(citation["version"]) == __version__


def test_who_finds_a_hole_is_led_to_what_is_promised() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    assert "(docs/security.md)" in text
    assert "@" not in text  # an address that nobody reads would be worse than none
