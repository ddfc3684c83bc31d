"""The commands of docs/tutorial.md work one after the other, and so does the short study of docs/how-to/ci.md."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sweep.cli.main import main
from tests.docs.pages import DOCS, blocks
from tests.paths import ROOT
from tests.sweep.conftest import no_tracking_uri

__all__ = ["no_tracking_uri"]

PAGE = DOCS / "tutorial.md"
PATIENCE = 250  # seconds
INIT, PLAN, LAUNCH, FIRST_LOOK, PREDICT = [block.split()[1:] for block in blocks(PAGE, "sh")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("configs").symlink_to(ROOT / "configs")
    assert main(INIT) == 0
    return tmp_path


def test_what_would_run_is_what_the_page_shows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(PLAN) == 0
    said = capsys.readouterr().out
    shown = blocks(PAGE, "text")[0].splitlines()
    assert [line for line in shown if line.strip() and line not in said.splitlines()] == []


def test_the_smaller_study_is_one_that_would_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main([*FIRST_LOOK, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "first-look: 10 trials at most" in said
    assert "3 seeds that decide" in said


@pytest.mark.slow
def test_from_the_table_to_a_forecast_row_by_row(
    real_services: None, no_tracking_uri: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = [word for word in blocks(DOCS / "how-to" / "ci.md", "sh")[1].split()[3:] if word != "name=smoke"]
    short.remove("--set")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "MLFLOW_"))}
    done = subprocess.run(
        [sys.executable, "-m", "sweep.launch", *LAUNCH[1:], *short],
        cwd=folder,
        env=environment | {"RAY_TMPDIR": "/tmp"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["trials"]["complete"] == 2
    table, on_line = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(table, names)
    assert main(PREDICT) == 0
    assert len(pd.read_csv("forecast.csv")) == 200
    exec(on_line, names)
    at_once = pd.read_csv("forecast.csv")["temperature (celsius)"].iloc[-1]
    assert names["forecast"]["temperature (celsius)"].tolist() == pytest.approx([at_once], rel=1e-4)
