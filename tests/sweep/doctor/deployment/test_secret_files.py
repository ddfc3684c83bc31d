"""Where secrets lie, and who else can read them."""

import subprocess

import pytest
import ray

from sweep.doctor.deployment import file_checks
from sweep.execution.cluster import own_cluster
from tests.paths import ROOT
from tests.sweep.doctor.deployment.worlds import World

PROMISE = "files with secrets can be read and written by nobody else"
MAKE = ROOT / "deploy" / "make_secrets.sh"


@pytest.mark.parametrize("name", [".ray/auth_token", ".pgpass", ".mlflow/credentials"])
def test_secrets_in_a_home_that_others_can_enter_are_found(world: World, name: str) -> None:
    world.environment(HOME=str(world.public))
    (world.public / name).parent.mkdir(exist_ok=True)
    (world.public / name).write_text("canary")
    (found,) = world.look(PROMISE)
    assert str(world.public / name) in found.what
    assert found.remedy == f"chmod 600 {world.public / name}, and change what is in it"


def test_a_secret_that_others_could_replace_is_found(world: World) -> None:
    world.environment(PGPASSFILE=str(world.public / "passwords"))
    (world.public / "passwords").touch(mode=0o600)
    assert world.look(PROMISE) == []
    (world.public / "passwords").chmod(0o602)
    assert len(world.look(PROMISE)) == 1


def test_the_cluster_s_secrets_are_safe_as_they_are_made_and_not_in_a_folder_that_was_opened(world: World) -> None:
    world.patch.chdir(world.public)
    (world.public / "deploy").mkdir()
    (world.public / "deploy" / MAKE.name).write_bytes(MAKE.read_bytes())
    subprocess.run(["sh", f"deploy/{MAKE.name}"], check=True, capture_output=True)
    assert world.look(PROMISE) == []
    (world.public / "deploy" / "secrets").chmod(0o755)
    (found,) = world.look(PROMISE)
    assert "deploy/secrets/ray_token" in found.what
    assert found.remedy == "chmod 700 deploy/secrets, and change what is in it"


def test_what_is_mounted_into_a_container_is_its_own(world: World) -> None:
    world.environment(RAY_AUTH_TOKEN_PATH=str(world.public / "ray_token"))
    (world.public / "ray_token").write_text("canary")
    assert len(world.look(PROMISE)) == 1
    world.patch.setattr(file_checks, "MOUNTED", world.public)
    assert not world.not_checked(PROMISE).wrong


def test_folders_of_clusters_that_others_can_enter_are_noted_and_a_launchs_own_is_closed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise = "Ray's files can be read by nobody else"
    world.environment(RAY_TMPDIR=str(world.public))
    assert "no cluster of Ray has files here" in world.not_checked(promise).what
    monkeypatch.setattr(own_cluster, "SOCKET_BYTES", 300)
    monkeypatch.setattr(ray, "init", lambda *_, **__: None)
    own_cluster.start(1)
    assert world.look(promise) == []
    (world.public / "ray").mkdir()
    (found,) = world.look(promise)
    assert not found.wrong
    assert found.what == f"every user of this machine can read {world.public / 'ray'}"
    own_cluster.end()
