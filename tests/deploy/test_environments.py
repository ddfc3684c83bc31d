"""What is installed is what the locks list, with a Python that suits."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Protocol

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.paths import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
RUNNING = ROOT / "requirements.txt"
LOCKS = [RUNNING, *sorted((ROOT / "requirements").glob("*.txt")), *sorted((ROOT / "deploy").glob("*.txt"))]
PYTHONS = ["3.11", "3.12", "3.13"]


def pins(lock: Path) -> dict[str, str]:
    """What a lock says of each package: the version, perhaps a condition, and hashes."""
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(), flags=re.MULTILINE)
    return dict(re.findall(r"^([a-z0-9._-]+)==(.*(?:\n +.*)*)", text, re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_package_is_pinned_with_hashes_and_comes_from_no_index_in_particular(lock: Path) -> None:
    lines = lock.read_text().splitlines()
    assert sum(not line.startswith((" ", "#")) for line in lines) >= len(pins(lock)) > 0
    assert all("--hash=sha256:" in pin for pin in pins(lock).values())
    assert not re.search(r"://|^ *--(?!hash)", lock.read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        (RUNNING, PROJECT["dependencies"] + PROJECT["optional-dependencies"]["postgres"]),
        *((ROOT / "requirements" / f"{name}.txt", group) for name, group in PYPROJECT["dependency-groups"].items()),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_a_lock_has_what_is_declared_in_a_version_that_suits(lock: Path, declared: list[str]) -> None:
    locked = pins(RUNNING) | pins(lock)
    for requirement in map(Requirement, declared):
        version = locked[canonicalize_name(requirement.name)].split()[0]
        assert requirement.specifier.contains(version), f"{lock.name} has {requirement.name} {version}: make lock"


@pytest.mark.parametrize("layer", ["test", "benchmark"])
def test_a_layer_repeats_nothing_of_what_it_is_put_on(layer: str) -> None:
    assert not set(pins(ROOT / "requirements" / f"{layer}.txt")) & set(pins(RUNNING))


def test_running_installs_no_tools() -> None:
    tools = {"cyclonedx-bom", "hypothesis", "mypy", "pip-audit", "pre-commit", "pytest", "ruff", "tensorboardx", "uv"}
    assert not tools & set(pins(RUNNING))


def test_nothing_beside_ray_makes_it_slow_to_import() -> None:
    """With it, jsonschema spends two seconds on a grammar whenever Ray is imported."""
    for lock in set(LOCKS) - {ROOT / "requirements" / "tools.txt"}:
        assert "rfc3987-syntax" not in pins(lock)


def test_the_pythons_are_the_same_wherever_they_are_named() -> None:
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    assert [name[-4:] for name in PROJECT["classifiers"] if "Python ::" in name] == PYTHONS
    script = (ROOT / "requirements" / "environment.sh").read_text()
    assert re.findall(r"python(3\.\d+)(?= python3)", script) == PYTHONS
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in script
    for name in ("README.md", "CONTRIBUTING.md"):
        assert "Python 3.11, 3.12 or 3.13 and make" in (ROOT / name).read_text()


class MakeEnvironment(Protocol):
    """Makes an environment of nothing; gives how that ended."""

    def __call__(self, *arguments: str, python: str = ...) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def make_environment(tmp_path: Path) -> MakeEnvironment:
    (tmp_path / "lock.txt").write_text("# nothing\n")

    def make_environment(*arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
        command = [f"{ROOT}/requirements/environment.sh", *arguments]
        environment = os.environ | {"PYTHON": python}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return make_environment


def python_that(folder: Path, says: str) -> str:
    """A Python that does not suit, and says why."""
    python = folder / "unsuitable"
    python.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit 1\n")
    python.chmod(0o755)
    return str(python)


def test_a_python_that_is_named_and_does_not_suit_is_refused(make_environment: MakeEnvironment, tmp_path: Path) -> None:
    named = python_that(tmp_path, "is Python 3.10.1.")
    refused = make_environment("env", "lock.txt", python=named)
    assert refused.returncode == 1
    assert f"PYTHON={named} is Python 3.10.1." in refused.stderr
    assert "needs Python 3.11, 3.12 or 3.13" in refused.stderr
    assert not (tmp_path / "env").exists()


def test_a_python_that_is_named_and_not_there_is_refused(make_environment: MakeEnvironment, tmp_path: Path) -> None:
    refused = make_environment("env", "lock.txt", python="python3.99")
    assert refused.returncode == 1
    assert "PYTHON=python3.99 is not there." in refused.stderr
    assert not (tmp_path / "env").exists()


@pytest.mark.slow
def test_what_is_half_made_or_of_another_python_is_made_anew(make_environment: MakeEnvironment, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    stamp, left_over = environment / "installed", environment / "left_over"
    environment.mkdir()
    left_over.touch()
    assert make_environment("env", "lock.txt").returncode == 0
    assert not left_over.exists()
    complete = stamp.read_text()
    left_over.touch()
    stamp.write_text("3.11.0 /another/python3.11\n" + complete.partition("\n")[2])
    assert make_environment("env", "lock.txt").returncode == 0
    assert not left_over.exists()
    assert stamp.read_text() == complete


def test_what_is_complete_stays(make_environment: MakeEnvironment, tmp_path: Path) -> None:
    make_environment("env", "lock.txt")
    (tmp_path / "env" / "kept").touch()
    again = make_environment("env", "lock.txt")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert (tmp_path / "env" / "kept").exists()


@pytest.mark.slow
def test_a_layer_has_the_packages_and_the_commands_of_what_it_is_put_on(
    make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    make_environment("base", "lock.txt")
    base = tmp_path / "base"
    packages = next(base.glob("lib/*/site-packages"))
    (packages / "shared.py").write_text("import sys\n\ndef main(): print(sys.prefix)\n")
    (base / "bin" / "command").write_text(f"#!{base}/bin/python\nimport shared\nshared.main()\n")
    (base / "bin" / "command").chmod(0o755)
    (base / "ready").touch()
    assert make_environment("layer", "lock.txt", "base").returncode == 0
    layer = tmp_path / "layer"
    said = subprocess.run([layer / "bin" / "command"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(layer)
