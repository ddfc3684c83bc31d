"""An MLflow database to mirror a study in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sweep.tracking.recorder import Recorder
from tests.sweep.tracking.worlds import CARD, LONG


@pytest.fixture(autouse=True)
def _no_tracking_uri(no_tracking_uri: None) -> None:
    """None of them has one."""


@pytest.fixture
def database(tmp_path: Path, empty_database: bytes) -> str:
    """The address of a database with MLflow's tables and nothing in them."""
    (tmp_path / "mlflow.db").write_bytes(empty_database)
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture
def recorder(database: str) -> Iterator[Recorder]:
    """One that is open, and from which everything must have been sent in the end."""
    recorder = Recorder(database, CARD)
    recorder.open()
    yield recorder
    assert recorder.close(LONG) == 0
