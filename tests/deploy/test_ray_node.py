import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.paths import ROOT

Run = Callable[..., list[str]]
STUBS = {
    "ray": 'echo "ray $*" >>"$SAID"',
    "sweep": 'echo "sweep $*" >>"$SAID"',
    "python": "echo 10.0.0.7",  # its own address
    "df": "echo 1000",  # the size of /dev/shm
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the script with all that it calls written down instead; gives what that was, line by line."""
    for name, body in STUBS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    said = tmp_path / "said"

    def run(*arguments: str) -> list[str]:
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SAID": str(said)}
        subprocess.run([ROOT / "deploy" / "ray-node.sh", *arguments], env=environment, check=True)
        return said.read_text().splitlines()

    return run


def test_a_head_trains_nothing(run: Run) -> None:
    assert {"--head", "--num-cpus=0", "--node-ip-address=10.0.0.7"} <= set(run("head")[0].split())


def test_a_worker_joins_the_head_with_its_processors(run: Run) -> None:
    assert {"--address=ray-head:6379", "--num-cpus=1", "--block"} <= set(run("worker")[0].split())


def test_objects_may_take_seventy_percent_of_shared_memory(run: Run) -> None:
    assert "--object-store-memory=700" in run("worker")[0].split()


def test_a_study_file_alone_is_launched_on_a_node_that_trains_nothing(run: Run) -> None:
    joined, launched = run("launcher", "configs/study.yaml", "--trials", "9")
    assert {"--address=ray-head:6379", "--num-cpus=0"} <= set(joined.split())
    assert launched == "sweep launch configs/study.yaml --trials 9"


@pytest.mark.parametrize("command", [("doctor", "study.yaml"), ("report", "study.yaml"), ("--help",)])
def test_what_trains_nothing_joins_nothing(run: Run, command: tuple[str, ...]) -> None:
    assert run("launcher", *command) == [f"sweep {' '.join(command)}"]


def test_synchronising_joins_since_it_logs_the_model_there(run: Run) -> None:
    assert [line.split()[0] for line in run("launcher", "sync", "study.yaml")] == ["ray", "sweep"]
