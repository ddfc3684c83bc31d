"""Studies that are begun together where MLflow's file is not there yet: its tables are made once."""

import subprocess
import sys
from pathlib import Path

import pytest

OPEN = """
import sys
from sweep.tracking import settings
settings.configure()
from sweep.tracking.runs import StudyRuns
from sweep.config.addresses import absolute
print("ready", flush=True)
sys.stdin.readline()
StudyRuns(absolute("sqlite:///mlflow.db"), sys.argv[1]).open()
"""


@pytest.mark.slow
def test_four_studies_that_begin_in_a_new_folder_at_once_all_begin(tmp_path: Path) -> None:
    launchers = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, f"study-{number}"],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for launcher in launchers:
        assert launcher.stdout
        assert launcher.stdout.readline() == "ready\n"
    for launcher in launchers:
        assert launcher.stdin
        launcher.stdin.write("\n")
        launcher.stdin.flush()
    said = [launcher.communicate(timeout=250)[1] for launcher in launchers]
    assert [launcher.returncode for launcher in launchers] == [0] * 4, "\n".join(said)
