"""A folder in which a study's model is in MLflow."""

from pathlib import Path

from sweep.tracking import registry
from sweep.tracking.model import log_model
from sweep.tracking.recorder import Recorder
from tests.sweep.tracking.worlds import CARD
from workers.forecasting.package import Package

STUDY = "name: glucose\ndata: {kind: arrays, path: rows.npz}\n"


def deploy(folder: Path, package: Package) -> Path:
    """The folder, with a study file and with an MLflow that has the study's model."""
    (folder / "study.yaml").write_text(STUDY)
    uri = f"sqlite:///{folder}/mlflow.db"
    recorder = Recorder(uri, CARD)
    recorder.open(0.0)
    model = log_model(uri, str(recorder.await_study_run(30)), package)
    registry.register(uri, "glucose", model, {})
    recorder.close(10)
    return folder
