"""A cluster for one launch: nobody else may look into it, it is started with patience, and nothing of it stays."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray

from sweep.config.sections import Workers
from sweep.core import processes
from sweep.core.errors import ServiceUnavailable
from sweep.execution import cluster
from sweep.execution.cluster import inspection, own_cluster

TOKEN = Path(".ray", "auth_token")


class Ray:
    """Stands in for ray.init: a start fails with each of these errors in turn, and then succeeds.

    at  the folders of the clusters that were started
    """

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.at = list(errors), list[Path]()

    def init(self, *_: Any, _temp_dir: str = "", **__: Any) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.at.append(Path(_temp_dir))


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A user who has started no cluster yet, with few permissions taken away from files by default."""
    for name in ("RAY_ADDRESS", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", inspection.MARK):
        monkeypatch.setenv(name, "")  # so that what is set meanwhile is removed in the end
        monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    (tmp_path / "t").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(own_cluster, "SOCKET_BYTES", 300)  # folders of tests have long names
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path / "t"))
    umask = os.umask(0o022)
    yield tmp_path / "home"
    os.umask(umask)
    own_cluster.end()


def start(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> Ray:
    stand_in = Ray(*errors)
    monkeypatch.setattr(ray, "init", stand_in.init)
    cluster.connect(Workers())
    return stand_in


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_may_enter_its_folder_nor_read_its_token(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    (folder,) = start(monkeypatch).at
    assert mode(folder) == 0o700
    assert mode(home / TOKEN) == 0o600
    assert len((home / TOKEN).read_text()) == 64
    assert [path.name for path in (home / TOKEN).parent.iterdir()] == [TOKEN.name]


def test_a_token_that_is_there_is_kept(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    (home / TOKEN).parent.mkdir()
    (home / TOKEN).write_text("mine")
    start(monkeypatch)
    assert (home / TOKEN).read_text() == "mine"


@pytest.mark.parametrize("setting", [("RAY_AUTH_MODE", "disabled"), ("RAY_AUTH_TOKEN_PATH", "elsewhere")])
def test_no_token_is_made_where_none_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, home: Path, setting: tuple[str, str]
) -> None:
    monkeypatch.setenv(*setting)
    start(monkeypatch)
    assert not (home / TOKEN).exists()


def test_nothing_stays_when_it_has_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for _ in range(3):
        start(monkeypatch)
        cluster.disconnect()
    assert list((tmp_path / "t").iterdir()) == []


def test_what_a_killed_launcher_has_left_is_removed_by_the_next_and_a_living_ones_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    me, here = os.getpid(), processes.place()
    owners = {
        "killed": f"1.0 {2**22 + 1} {here}",
        "alive": f"{processes.started(me)} {me} {here}",
        "elsewhere": f"1.0 {2**22 + 1} another-machine",
        "torn": "1.",
        "beginning": None,
        "forgotten": None,
    }
    for name, owner in owners.items():
        folder = tmp_path / "t" / f"{own_cluster.PREFIX}{name}"
        folder.mkdir()
        if owner is not None:
            (folder / own_cluster.OWNER).write_text(owner)
    os.utime(tmp_path / "t" / f"{own_cluster.PREFIX}forgotten", (1.0, 1.0))
    start(monkeypatch)
    cluster.disconnect()
    left = {path.name.removeprefix(own_cluster.PREFIX) for path in (tmp_path / "t").iterdir()}
    assert left == {"alive", "elsewhere", "torn", "beginning"}


def test_on_a_busy_machine_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = Exception("The current node timed out during startup. This could happen because")
    assert len(start(monkeypatch, slow, slow).at) == 1
    assert (
        capsys.readouterr().err.splitlines()
        == ["Ray is slow to start on this machine, which is busy; trying again"] * 2
    )


def test_what_is_no_matter_of_patience_is_said_at_once_and_nothing_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ServiceUnavailable, match="cannot reach a Ray cluster on this machine: ValueError: no"):
        start(monkeypatch, ValueError("no"))
    cluster.disconnect()
    assert list((tmp_path / "t").iterdir()) == []


@pytest.mark.parametrize("kind", ["missing", "a file"])
def test_a_folder_for_its_files_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    if kind == "a file":
        (tmp_path / "x").touch()
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path / "x"))
    with pytest.raises(ServiceUnavailable, match=r"no folder can be made in .*/x: .*; RAY_TMPDIR may name another one"):
        start(monkeypatch)


def test_a_folder_whose_name_is_too_long_for_sockets_is_refused_beforehand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setattr(own_cluster, "SOCKET_BYTES", 107)
    monkeypatch.setenv("RAY_TMPDIR", str(long))
    with pytest.raises(ServiceUnavailable, match=r"bytes too long a name .*; let RAY_TMPDIR name a shorter one"):
        start(monkeypatch)
    assert list(long.iterdir()) == []
