"""What is compiled is kept on disk: the same bits as compiled anew, nobody else's, and never torn."""

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.paths import ROOT
from workers.cells import CELLS
from workers.engine import compile_cache
from workers.engine.compile_cache import DIGEST, VARIABLE

QUICK = ("LSTM", "GRU")
pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.lengthy,
]  # a minute on a quiet machine, and ten times that on one that is taken


def trained(cells: list[str], cache: Path | None, *options: str) -> dict[str, str]:
    """The digest of what a trial of each cell came to, trained in this order by a process of its own."""
    environment = {**os.environ, VARIABLE: str(cache or ""), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-m", "tests.workers.engine.compile_in_a_process", ",".join(cells), "cached", *options]
    done = subprocess.run(program, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def entries(cache: Path) -> list[Path]:
    """The compiled functions in a cache, the newest of which has been written last."""
    return sorted(cache.rglob("*.pb"), key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="module", params=[QUICK, pytest.param(tuple(CELLS), marks=pytest.mark.slow)], ids=["two", "all"])
def order(request: pytest.FixtureRequest) -> list[str]:
    """The cells that are trained."""
    return list(request.param)


@pytest.fixture(scope="module")
def uncached(order: list[str]) -> dict[str, str]:
    """What each cell's trial comes to without a cache."""
    return trained(order, None)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, order: list[str], uncached: dict[str, str]) -> Path:
    """A cache with all that the trials need, from which nothing may be removed."""
    cache: Path = tmp_path_factory.mktemp("cache")
    assert trained(order, cache) == uncached  # cold: the same bits
    return cache


@pytest.fixture
def cache(filled: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    subprocess.run(["cp", "-a", str(filled), str(tmp_path / "cache")], check=True)
    return tmp_path / "cache"


@pytest.mark.slow
def test_a_warm_cache_gives_the_same_bits_in_any_order_and_nothing_is_compiled_again(
    filled: Path, order: list[str], uncached: dict[str, str]
) -> None:
    before = entries(filled)
    assert len(before) >= 2 * len(order) - 1  # a training function of each, and its evaluation
    assert trained(order[::-1], filled) == uncached
    assert entries(filled) == before


@pytest.mark.slow
def test_what_is_torn_is_compiled_anew(cache: Path, order: list[str], uncached: dict[str, str]) -> None:
    torn, changed, unsigned, *_ = entries(cache)
    torn.write_bytes(torn.read_bytes()[:1000])
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    unsigned.with_name(unsigned.name + DIGEST).unlink()
    assert trained(order, cache) == uncached
    assert not [entry for entry in entries(cache) if not entry.with_name(entry.name + DIGEST).exists()]


@pytest.mark.usefixtures("using")
def test_a_file_that_is_torn_after_the_start_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_cache, "_folder", tmp_path)
    torn = tmp_path / "a.pb"
    torn.write_bytes(b"torn")
    attempts = []

    def compiles() -> None:
        attempts.append(torn.exists())
        if torn.exists():
            raise OSError("Read less bytes than requested")

    compile_cache.compiled(compiles)
    assert attempts == [True, False]


def test_a_cache_that_cannot_be_written_any_more_is_said_to_have_failed(tmp_path: Path) -> None:
    assert trained(["LSTM"], tmp_path, "full") == {"LSTM": "cache failed"}


@pytest.mark.usefixtures("using")
def test_where_there_is_no_room_at_the_start_none_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path), len(content))

    monkeypatch.setattr(Path, "write_bytes", full)
    compile_cache.use()
    assert not compile_cache.is_used()


@pytest.fixture
def using(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever a test lets this process use is forgotten at its end."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(compile_cache.FLAGS, "")
    monkeypatch.setattr(compile_cache, "_folder", None)


@pytest.mark.usefixtures("using")
def test_its_folders_are_this_users_alone(tmp_path: Path) -> None:
    compile_cache.use()
    assert compile_cache.is_used()
    folders = [tmp_path / "cache/compiled", *(tmp_path / "cache/compiled").iterdir()]
    assert [oct(path.stat().st_mode & 0o777) for path in folders] == ["0o700", "0o700"]
    assert str(folders[1]) in os.environ[compile_cache.FLAGS]


@pytest.mark.usefixtures("using")
def test_a_folder_that_leads_elsewhere_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/compiled").symlink_to(tmp_path / "elsewhere")
    compile_cache.use()
    assert not compile_cache.is_used()
    assert not os.environ[compile_cache.FLAGS]


@pytest.mark.usefixtures("using")
def test_an_empty_name_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    compile_cache.use()
    assert not compile_cache.is_used()


@pytest.mark.usefixtures("using")
def test_a_cache_of_tensorflows_own_that_a_user_has_set_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    own = f"{compile_cache.DIRECTORY_FLAG}=/somewhere"
    monkeypatch.setenv(compile_cache.FLAGS, own)
    compile_cache.use()
    assert not compile_cache.is_used()
    assert os.environ[compile_cache.FLAGS] == own


@pytest.mark.usefixtures("using")
def test_it_is_bounded_and_what_was_used_last_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_cache.use()
    (folder,) = (tmp_path / "cache/compiled").iterdir()
    for age in range(5):
        (folder / f"{age}.pb").write_bytes(bytes(100))
    compile_cache.compiled(lambda: None)  # which notes their digests
    for age in range(5):
        when = time.time() - 1000 * age
        os.utime(folder / f"{age}.pb", (when, when))
    monkeypatch.setattr(compile_cache, "MAX_BYTES", 250)
    monkeypatch.setenv(compile_cache.FLAGS, "")
    compile_cache.use()
    assert sorted(path.name for path in folder.iterdir()) == ["0.pb", f"0.pb{DIGEST}", "1.pb", f"1.pb{DIGEST}"]


@pytest.mark.usefixtures("using")
def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    compile_cache.use()
    (folder,) = (tmp_path / "cache/compiled").iterdir()
    for name, age in {"old.tmp": 7200, "new.tmp": 0}.items():
        (folder / name).touch()
        os.utime(folder / name, (time.time() - age,) * 2)
    (folder / f"gone.pb{DIGEST}").touch()
    compile_cache.remove_unsound(folder)
    assert [path.name for path in folder.iterdir()] == ["new.tmp"]
