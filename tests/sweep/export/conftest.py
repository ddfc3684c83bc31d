"""Studies that were launched in this process, without Ray, with their ledger and an MLflow that has their models."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pandas as pd
import pytest

from sweep.execution import cluster
from sweep.execution.in_process import InProcessPool
from sweep.launch import services, session
from sweep.report import write
from tests.sweep.conftest import no_tracking_uri
from tests.workers.forecasting.worlds import walk
from workers.data.code_files import Code
from workers.data.dataset import Dataset
from workers.engine.training import Trainer
from workers.forecasting import packing
from workers.forecasting.package import FinishedTrial, Package
from workers.objective import Objective

__all__ = ["no_tracking_uri"]

STUDY = """
name: {name}
budget: {{trials: 2}}
sampler: random
seed: 1
tracking: sqlite:///{folder}/mlflow.db
data: {{kind: table, path: rows.csv, time: when, inputs: [level, speed], targets: [level], units: m}}
trial: {{epochs: 2, window: 6, units: 4, batch_size: 4, stateful: true, reset_policy: never}}
enqueue:
  - {{stateful: false}}
  - {{reset_policy: every_n_batches, reset_interval: 3}}
compare: {compare}
deploy: {deploy}
"""
STUDIES = {
    "compared": ("{seeds: 2, cross: false}", "{arm: every_n_batches}"),
    "searched": ("none", "{arm: stateless}"),
    "refit": ("none", "{arm: every_n_batches, refit: true}"),
}


class Pool(InProcessPool):
    """In the place of Ray's: one worker for all studies on the same data, so that it compiles once."""

    trainers: ClassVar[dict[tuple[str, Objective], Trainer]] = {}
    width = mean_width = 1
    warm_seconds = 1.0

    def __init__(self, dataset: Dataset, objective: Objective, *_: object, **__: object) -> None:
        key = dataset.digest, objective
        self.trainer = Pool.trainers.setdefault(key, Trainer(dataset, objective))
        super().__init__([self.trainer])

    def pack(self, trial: FinishedTrial) -> Package:
        return packing.packed(trial, self.trainer.dataset)


@contextmanager
def launching(folder: Path, empty_database: bytes) -> Iterator[None]:
    """Within the block launches run in this process and in this folder, which gets an MLflow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr(cluster, "RayPool", Pool)
        patch.setattr(services, "Interrupts", lambda: SimpleNamespace(asked=False, install=lambda: None))
        patch.setattr(write, "pngs", lambda report: {})
        for name in ("connect", "disconnect"):
            patch.setattr(cluster, name, lambda *_: None)
        Path("mlflow.db").write_bytes(empty_database)
        yield


def launch_own(folder: Path, empty_database: bytes, code: Code, rows: pd.DataFrame, study: str) -> Path:
    """The folder with a study that was launched there beside modules of the user's own, on rows.csv."""
    Pool.trainers.clear()  # those of other studies on the same rows know other code
    with launching(folder, empty_database):
        for name, text in code.items():
            Path(name).write_text(text)
        rows.to_csv("rows.csv", index=False)
        Path("study.yaml").write_text(study)
        assert session.run("study.yaml", (), "text", as_json=True) == 0
    return folder


@pytest.fixture(scope="session")
def launched(tmp_path_factory: pytest.TempPathFactory, empty_database: bytes) -> Iterator[Path]:
    """A folder with the files NAME.yaml of STUDIES, their data, ledger and MLflow."""
    folder = tmp_path_factory.mktemp("launched")
    with launching(folder, empty_database):
        walk(300).to_csv("rows.csv", index=False)
        for name, (compare, deploy) in STUDIES.items():
            Path(f"{name}.yaml").write_text(STUDY.format(name=name, folder=folder, compare=compare, deploy=deploy))
            assert session.run(f"{name}.yaml", (), "text", as_json=True) == 0
    yield folder
    Pool.trainers.clear()


@pytest.fixture
def there(launched: Path, monkeypatch: pytest.MonkeyPatch, no_tracking_uri: None) -> Path:
    """The folder that a file's `launched` made, as the working directory; its MLflow is meant in any other too."""
    monkeypatch.chdir(launched)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{launched}/mlflow.db")
    return launched


@pytest.fixture
def rows() -> pd.DataFrame:
    """Those of the studies."""
    return walk(300)
