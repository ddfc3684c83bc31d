"""The secrets are made whole or not at all, once, and others cannot reach them."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.files import COMPOSE, load, services
from tests.paths import ROOT

FULL = ["prlimit", "--fsize=20"]  # no file can grow beyond 20 bytes, as on a disk that has no more

Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes the secrets in a folder of the test's own, by a command that runs the script, if there is one."""
    script = shutil.copy(ROOT / "deploy" / "make_secrets.sh", tmp_path)

    def make(*by: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*by, script], capture_output=True, text=True, check=False)

    return make


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    return tmp_path / "secrets"


def texts(secrets: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in secrets.iterdir()}


def test_every_secret_that_is_used_is_declared_and_made_by_the_script(make: Make, secrets: Path) -> None:
    used = {secret for service in services().values() for secret in service.get("secrets", [])}
    make()
    assert used == set(load(COMPOSE)["secrets"]) == set(texts(secrets))


def test_secrets_are_made_once_and_others_cannot_reach_them(make: Make, secrets: Path) -> None:
    make()
    made = texts(secrets)
    assert make().returncode == 0
    assert texts(secrets) == made
    assert all(re.fullmatch("[0-9a-f]{64}", text) for text in made.values())
    assert len(set(made.values())) == len(made)
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o444}


def test_a_full_disk_leaves_no_part_of_a_secret(make: Make, secrets: Path) -> None:
    refused = make(*FULL)
    assert refused.returncode == 1
    assert "postgres_password was not made: it could not be written whole" in refused.stderr.splitlines()[-1]
    assert texts(secrets) == {}
    assert make().returncode == 0
    assert {len(text) for text in texts(secrets).values()} == {64}


def test_an_empty_secret_is_made_again(make: Make, secrets: Path) -> None:
    secrets.mkdir()
    (secrets / "ray_token").touch()
    assert make().returncode == 0
    assert len(texts(secrets)["ray_token"]) == 64


def test_a_secret_that_is_too_short_is_refused_in_one_line_and_stays_for_who_uses_it(make: Make, secrets: Path) -> None:
    make()
    (secrets / "ray_token").unlink()
    (secrets / "ray_token").write_text("0123456789")
    refused = make()
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "secrets/ray_token is shorter than the 64 characters of a secret" in refused.stderr
    assert texts(secrets)["ray_token"] == "0123456789"
