"""Studies on a cluster: handed over with all they need, listed, read and stopped through Ray's own job API."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweep.cli.main import main
from sweep.cli.submit import pack
from sweep.config import study_file
from sweep.core.errors import CannotWrite, ConfigError, SweepError
from tests.sweep.ray_head import ray_head

STUDY = "name: {name}\ndata: {{kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}}\n"


@pytest.fixture(scope="module")
def head(real_services: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of those who may use a Ray head with a token."""
    with ray_head(tmp_path_factory.mktemp("head")) as started:
        yield started.environment


def sweep(head: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "sweep"), *arguments]
    return subprocess.run(command, env=os.environ | head, capture_output=True, text=True, timeout=200, check=False)


def awaited(head: dict[str, str]) -> None:
    for _ in range(60):
        if sweep(head, "list").returncode == 0:
            return
        time.sleep(1)


@pytest.mark.timeout(300)
def test_a_study_runs_on_the_cluster_with_the_code_and_the_files_that_were_sent(
    head: dict[str, str], tmp_path: Path
) -> None:
    awaited(head)
    (tmp_path / "study.yaml").write_text(STUDY.format(name="sent"))
    submitted = sweep(head, "submit", str(tmp_path / "study.yaml"), "--", "--dry-run", "--trials", "7")
    assert submitted.stderr == ""
    read = sweep(head, "logs", "sent", "--follow")
    assert "sent: 7 trials at most" in read.stdout
    listed = sweep(head, "list").stdout.splitlines()
    assert listed[0].split() == ["study", "state", "began", "job"]
    assert listed[1].split()[:2] == ["sent", "succeeded"]
    assert listed[1].split()[-1] == submitted.stdout.split()[0]
    stopped = sweep(head, "stop", "sent")
    assert "has ended already: succeeded" in stopped.stdout


@pytest.mark.timeout(300)
def test_who_has_no_token_is_refused_with_advice(head: dict[str, str], tmp_path: Path) -> None:
    awaited(head)
    (tmp_path / "wrong").write_text(secrets.token_hex(32))
    refused = sweep(head | {"RAY_AUTH_TOKEN_PATH": str(tmp_path / "wrong")}, "list")
    assert refused.returncode == 69
    assert "the token is read from RAY_AUTH_TOKEN_PATH" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.timeout(300)
def test_a_study_that_was_never_submitted_is_named_with_those_that_were(head: dict[str, str]) -> None:
    awaited(head)
    missing = sweep(head, "logs", "nobody")
    assert (missing.returncode, missing.stdout) == (65, "")
    assert missing.stderr.startswith("'nobody' was not submitted to this cluster")


def test_a_cluster_that_does_not_answer_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--address", "http://127.0.0.1:9"]) == 69
    assert "the Ray cluster at http://127.0.0.1:9 cannot be used" in capsys.readouterr().err


def test_what_is_sent_is_the_study_its_data_and_the_users_code_and_nothing_else(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "data").mkdir(parents=True)
    (source / "study.yaml").write_text(
        "name: mine\ndata: {kind: table, path: data/x.csv, inputs: [a], targets: [a], horizon: 1}\n"
    )
    for name in ("data/x.csv", "data/other.csv", "factory.py", "secret.env", "sweep.db"):
        (source / name).write_text("")
    target.mkdir()
    pack(study_file.load(source / "study.yaml"), target)
    sent = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
    assert sent == ["data/x.csv", "factory.py", "study.yaml"]


def test_all_files_of_a_pattern_are_sent(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "data").mkdir(parents=True)
    target.mkdir()
    (source / "study.yaml").write_text(
        "name: mine\ndata: {kind: table, path: data/x-*.csv, inputs: [a], targets: [a], group: {file: true}}\n"
    )
    with pytest.raises(ConfigError, match=r"study.yaml:2: data.path: .*x-\*.csv: no file is named so"):
        pack(study_file.load(source / "study.yaml"), target)
    for name in ("data/x-1.csv", "data/x-2.csv", "data/other.csv"):
        (source / name).write_text("")
    pack(study_file.load(source / "study.yaml"), target)
    sent = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
    assert sent == ["data/x-1.csv", "data/x-2.csv", "study.yaml"]


def test_data_outside_the_studys_folder_are_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("")
    (tmp_path / "studies").mkdir()
    file = tmp_path / "studies" / "study.yaml"
    file.write_text("name: mine\ndata: {kind: table, path: ../x.csv, inputs: [a], targets: [a], horizon: 1}\n")
    with pytest.raises(SweepError, match="outside the study file's folder"):
        pack(study_file.load(file), tmp_path)


def test_data_that_are_not_there_are_refused_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text("name: mine\ndata: {kind: table, path: x.csv, inputs: [a], targets: [a], horizon: 1}\n")
    with pytest.raises(ConfigError, match=r"study.yaml:2: data.path: .*x.csv: no such file, so it cannot"):
        pack(study_file.load(file), tmp_path / "copy")


def test_a_copy_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text("name: mine\ndata: {kind: task, name: lag_copy}\n")
    (tmp_path / "copy").write_text("a file in its place")
    with pytest.raises(CannotWrite, match=r"a copy at .*copy: cannot be written: "):
        pack(study_file.load(file), tmp_path / "copy")
