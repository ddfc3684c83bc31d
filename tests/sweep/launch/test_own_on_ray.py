"""Networks of the user's own on Ray: a killed worker, a stopped launch and another order change no bit of a loss."""

import signal
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.ledger_check import Ledger
from tests.sweep.launch.test_launch import PATIENCE, alive, command, wait_until
from tests.workers import own_cells, own_models
from tests.workers.own_cells import KEEPER
from tests.workers.own_models import MIXED

STUDY = f"""
name: own
seed: 1
budget: {{trials: 2}}
data: {{kind: task, name: lag_copy, lag: 3, length: 6000, seed: 0}}
trial: {{cell: '{KEEPER}', epochs: 12, window: 5, batch_size: 8, units: 4, stateful: true, reset_policy: never}}
space: {{model: [null, '{MIXED}']}}
enqueue:
  - {{model: '{MIXED}'}}
  - {{model: null}}
compare: none
"""


@pytest.mark.services
def test_losses_are_the_same_bits_whoever_was_killed_or_stopped(tmp_path: Path) -> None:
    calm, wild = (_beside_its_modules(tmp_path / name) for name in ("calm", "wild"))
    _finish(command("--workers", "1", folder=calm))
    process = command("--workers", "2", folder=wild)
    wait_until(lambda: _epochs(wild) > 2)
    workers = [child for child in psutil.Process(process.pid).children(recursive=True) if _trains(child)]
    assert workers
    workers[0].kill()
    wait_until(lambda: not alive(workers[0]) and _epochs(wild) > 5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    _finish(command("--workers", "2", folder=wild))
    assert _losses(wild) == _losses(calm)
    assert [len(losses) for losses in _losses(calm).values()] == [12] * 2


def _beside_its_modules(folder: Path) -> Path:
    folder.mkdir()
    for name, text in {**own_cells.CODE, **own_models.CODE, "study.yaml": STUDY}.items():
        (folder / name).write_text(text)
    return folder


def _finish(process: "subprocess.Popen[str]") -> None:
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said


def _trains(process: psutil.Process) -> bool:
    """Whether it is one of the study's workers, by the title that Ray gives it."""
    with suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline()).startswith("ray::Worker")
    return False


def _losses(folder: Path) -> dict[Any, list[float]]:
    epochs = Ledger(f"sqlite:///{folder}/sweep.db", "own").epochs
    return {of: [each["validation/loss"] for each in rows] for of, rows in epochs.items()}


def _epochs(folder: Path) -> int:
    """How many are in the ledger."""
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"file:{folder}/sweep.db?mode=ro", uri=True)) as db,
    ):
        return int(db.execute("SELECT count(*) FROM sweep_epochs").fetchone()[0])
    return 0
