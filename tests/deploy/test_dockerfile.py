import re
import tomllib
from pathlib import Path

import pytest

from sweep import __version__
from tests.deploy.files import instructions
from tests.paths import ROOT

TOLD = instructions()
LOCKS = [ROOT / "deploy" / name for name in ("requirements.txt", "requirements-gpu.txt")]
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def arguments_of(name: str) -> list[str]:
    return [arguments for instruction, arguments in TOLD if instruction == name]


def test_the_base_image_is_pinned_by_digest() -> None:
    assert set(arguments_of("FROM")) == {"${PYTHON_IMAGE} AS build", "${PYTHON_IMAGE}"}
    assert re.fullmatch(r"PYTHON_IMAGE=python:[\w.-]+@sha256:[0-9a-f]{64}", arguments_of("ARG")[0])


def test_it_runs_as_a_user_who_is_nobody_elsewhere() -> None:
    last = max(index for index, (name, _) in enumerate(TOLD) if name == "FROM")
    assert ("USER", "10001:10001") in TOLD[last:]


def test_everything_that_is_installed_is_checked_by_its_hash() -> None:
    installs = [line for line in arguments_of("RUN") if "pip install" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_nothing_is_fetched_but_through_pip() -> None:
    assert "ADD" not in dict(TOLD)
    assert not re.search(r"curl|wget|apt-get|git clone", " ".join(arguments_of("RUN")))


def test_the_older_builder_can_build_it() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "--mount" not in text
    assert "<<" not in text
    assert "--chmod" not in text
    assert "# syntax" not in text


def test_it_is_labelled_with_what_it_holds() -> None:
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', " ".join(arguments_of("LABEL"))))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert labels.keys() == {"title", "description", "version", "licenses", "vendor"}
    assert (labels["title"], labels["licenses"]) == (project["name"], project["license"])
    assert project["description"].startswith(labels["description"])
    assert labels["version"] == __version__


def test_the_builder_sees_only_what_is_copied() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert not any("secret" in rule for rule in rules if rule.startswith("!"))


def test_the_image_has_every_program_that_its_services_run() -> None:
    programs = {path for kind in ("*.py", "*.sh") for path in (ROOT / "deploy").glob(kind)}
    names = {f"deploy/{path.name}" for path in programs} - {"deploy/make_secrets.sh"}
    copied = {name for line in arguments_of("COPY") for name in line.split()}
    assert names <= copied
    assert {f"!{name}" for name in names} <= set((ROOT / ".dockerignore").read_text().splitlines())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_what_the_image_holds_has_the_versions_that_are_tested(lock: Path) -> None:
    tested: dict[str, set[str]] = {}
    for path in (ROOT / "requirements.txt", ROOT / "requirements" / "test.txt"):
        for name, version in PIN.findall(path.read_text()):
            tested.setdefault(name, set()).add(version)
    held = [(name, version) for name, version in PIN.findall(lock.read_text()) if name in tested]
    assert len(held) > 50
    assert all(version in tested[name] for name, version in held)
