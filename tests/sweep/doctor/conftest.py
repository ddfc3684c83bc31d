"""Studies for the doctor to look at."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sweep.config import study_file
from sweep.execution.cluster import inspection
from sweep.report import write
from sweep.study.storage.lease import Lease
from tests.sweep.doctor.examined_study import ExaminedStudy, cut_off
from tests.sweep.tracking.mirrors import World
from tests.sweep.tracking.worlds import LONG


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        world = World(folder, f"sqlite:///{folder}/mlflow.db").open()
        world.search()
        world.compare()
        assert world.end(LONG) == 0
    return folder


@pytest.fixture
def examined(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExaminedStudy]:
    for name in ("sweep.db", "mlflow.db"):
        with closing(sqlite3.connect(finished / name)) as old, closing(sqlite3.connect(tmp_path / name)) as new:
            old.backup(new)
    text = (finished / "study.yaml").read_text().replace(str(finished), str(tmp_path))
    (tmp_path / "study.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr(inspection, "MARK", f"MARK_{secrets.token_hex(8)}")  # others leave processes of their own
    monkeypatch.setattr(write, "write", lambda *_: [])  # drawings take seconds
    examined = ExaminedStudy(tmp_path, study_file.load("study.yaml", [f"tracking=sqlite:///{tmp_path}/mlflow.db"]))
    yield examined
    for child in examined.children:
        child.kill()
        child.wait()


@pytest.fixture
def led(examined: ExaminedStudy) -> Iterator[ExaminedStudy]:
    """The same while somebody leads it, with a trial under way."""
    cut_off(examined)
    lease = Lease(examined.file.config.storage, "mirrored")
    lease.acquire()
    yield examined
    lease.release()
