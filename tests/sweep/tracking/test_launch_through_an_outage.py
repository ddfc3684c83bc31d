"""The command itself while MLflow hangs: real Ray, Optuna, TensorFlow, and MLflow's server behind a wire of ours."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.sampling import IS_WHOLE
from tests.sweep.proxy import Proxy
from tests.sweep.tracking_server import TrackingServer

EPOCHS = 30
STUDY = f"""
name: through
budget: {{trials: 6}}
workers: {{count: 1}}
data: {{kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}}
trial: {{units: 8, window: 5, epochs: {EPOCHS}, batch_size: 8}}
space: {{stateful: [true, false], learning_rate: {{low: 1e-3, high: 1e-1, log: true}}}}
compare: none
"""


@pytest.fixture
def server(real_services: None, tmp_path: Path) -> TrackingServer:
    server = TrackingServer(tmp_path, f"sqlite:///{tmp_path}/server.db")
    server.start()
    return server


def sweep(folder: Path, proxy: Proxy, *command: str) -> subprocess.Popen[str]:
    settings = {
        "MLFLOW_TRACKING_URI": proxy.address,
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "2" if "launch" in command else "240",
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "MLFLOW_"))}
    call = [
        sys.executable,
        "-c",
        "import sys; from sweep.cli.main import main; sys.exit(main())",
        *command,
        "study.yaml",
    ]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(call, cwd=folder, env=environment | settings | path, stderr=subprocess.PIPE, text=True)


def runs(server: TrackingServer) -> list[Run]:
    client = MlflowClient(server.address)
    experiment = client.get_experiment_by_name("through")
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 200
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.2)


@pytest.mark.skipif(not IS_WHOLE, reason="takes a minute: FAULTS=whole")
@pytest.mark.timeout(2400)
def test_mlflow_hangs_from_the_first_trial_on_and_the_study_ends_and_sync_completes_its_mirror(
    tmp_path: Path, server: TrackingServer
) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    proxy = Proxy(server.port)
    try:
        launch = sweep(tmp_path, proxy, "launch")
        wait_until(lambda: any("validation/loss" in run.data.metrics for run in runs(server)))
        proxy.fail("hang")
        _, said = launch.communicate(timeout=1000)
        assert launch.returncode == 0, said
        assert said.count("cannot be used: timed out") == 1
        assert "sweep sync study.yaml` sends them" in said

        proxy.heal()
        sync = sweep(tmp_path, proxy, "sync")
        _, said = sync.communicate(timeout=1000)
        assert sync.returncode == 0, said
        assert {run.info.status for run in runs(server)} == {"FINISHED"}
        assert sorted(run.data.tags.get("sweep.trial", "") for run in runs(server)) == ["", *"012345"]
        client = MlflowClient(server.address)
        for run in runs(server):
            if run.data.tags["sweep.stage"] == "search" and "sweep.reused_from" not in run.data.tags:
                steps = [point.step for point in client.get_metric_history(run.info.run_id, "validation/loss")]
                assert steps == list(range(EPOCHS))
        assert len(client.search_logged_models([runs(server)[0].info.experiment_id])) == 1
    finally:
        proxy.close()
        server.stop()
