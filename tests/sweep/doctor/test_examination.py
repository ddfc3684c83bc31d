"""`sweep doctor`: what it says of healthy, running and interrupted studies, and of clusters."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import optuna
import psutil
import pytest

from sweep import doctor
from sweep.cli.main import main as sweep
from sweep.config import study_file
from sweep.core import processes
from sweep.core.errors import LedBySomeoneElse, StudyUnknown
from sweep.doctor import file_checks
from sweep.execution.cluster import inspection
from sweep.execution.cluster.inspection import Nodes
from sweep.launch import data
from sweep.study import Study
from tests.sweep.doctor.examined_study import UNFINISHED, ExaminedStudy, content, cut_off, keep, keep_best, lead
from tests.sweep.doctor.test_faults import (
    half_written_checkpoint,
    leftover_checkpoint,
    open_attempt,
    run_left_running,
    run_missing,
)
from tests.sweep.postgres import Postgres
from tests.sweep.worlds import RECORD, NoLease, run


def test_every_row_of_the_table_has_a_fault_that_it_finds() -> None:
    tested = {"nobody leads", "state fits", "this program's", "its epochs", "every attempt", "is whole", "is left of"}
    tested |= {"half written", "weights are there", "no process was left", "MLflow answers", "every run mirrors"}
    tested |= {"exactly one run", "ended as its trial did", "every epoch is there once"}
    elsewhere = {"waits to be gone on with", "heard of lately", "room on the disk", "RAY_ADDRESS", "begun has its run"}
    for check in doctor.CHECKS:
        assert any(words in check.promise for words in tested | elsewhere), check.promise


def test_a_healthy_finished_study_is_well(examined: ExaminedStudy) -> None:
    keep_best(examined)
    before = content(examined.folder)
    diagnosis = examined.examine()
    assert content(examined.folder) == before
    assert [finding for result in diagnosis.results for finding in result.findings] == []
    assert diagnosis.sentence == "all is well"


def test_an_mlflow_database_that_is_not_there_is_not_created_by_looking(examined: ExaminedStudy) -> None:
    (examined.folder / "mlflow.db").unlink()
    (finding,) = examined.examine().wrong
    assert finding.what == "the experiment mirrored is not in MLflow"
    assert not (examined.folder / "mlflow.db").exists()


def test_a_running_study_is_well_and_is_not_disturbed(led: ExaminedStudy) -> None:
    before = content(led.folder)
    diagnosis = led.examine()
    assert {**content(led.folder), f"{led.folder}/sweep.db": 0} == {**before, f"{led.folder}/sweep.db": 0}
    assert diagnosis.wrong == []
    assert "leads the study" in diagnosis.as_text()


def test_what_a_running_study_is_just_writing_is_not_taken_for_a_fault(led: ExaminedStudy) -> None:
    half_written_checkpoint(led)
    leftover_checkpoint(led)
    open_attempt(led)
    run_left_running(led)
    assert led.examine().wrong == []


def test_a_running_study_s_mirror_that_is_behind_is_a_note(led: ExaminedStudy) -> None:
    run_missing(led)
    assert "[.] 1 trial not yet in MLflow: the launcher sends them by itself" in led.examine().as_text()


def test_a_running_study_is_not_repaired(led: ExaminedStudy) -> None:
    with pytest.raises(LedBySomeoneElse):
        led.repair()


def test_a_trial_of_which_nothing_is_heard_is_stuck(led: ExaminedStudy) -> None:
    long_ago = time.time() - 700
    led.sql(f"UPDATE sweep_attempts SET began = {long_ago} WHERE trial = {UNFINISHED}")
    assert led.examine().wrong == []  # its epochs came later
    led.sql(f"UPDATE sweep_epochs SET timestamp = {long_ago} WHERE trial = {UNFINISHED}")
    (finding,) = led.examine().wrong
    assert finding.what == f"nothing was heard of trial {UNFINISHED} for 11 min"
    keep(led, UNFINISHED)  # a part of a long epoch
    assert led.examine().wrong == []


def test_an_interrupted_study_is_well_and_says_what_goes_on(examined: ExaminedStudy) -> None:
    cut_off(examined)
    lead(None, until=time.time() + 20)
    diagnosis = examined.examine()
    assert diagnosis.wrong == []
    assert f"pid {2**22 + 1} on box led the study and was killed: the next launch takes over" in diagnosis.as_text()
    assert "1 trial is unfinished (6): the next launch goes on" in diagnosis.as_text()


def test_a_disk_that_is_nearly_full_is_found(examined: ExaminedStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_checks, "MIN_FREE_BYTES", 10**18)
    (finding,) = examined.examine().wrong
    assert "MB are free" in finding.what


def test_a_cluster_that_does_not_answer_is_found(examined: ExaminedStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
    (finding,) = examined.examine().wrong
    assert finding.what.startswith(f"cannot reach the Ray cluster at 127.0.0.1:{port} (RAY_ADDRESS)")


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        (Nodes([{"CPU": 0.5}], [], []), "no node has room for a worker: 1 CPUs and 0 GPUs"),
        (Nodes([{"CPU": 2.0}], [], ["pid 7 on 10.0.0.2"]), "workers whose launcher is gone: pid 7 on 10.0.0.2"),
    ],
)
def test_a_cluster_that_cannot_work_for_the_study_is_found(
    examined: ExaminedStudy, monkeypatch: pytest.MonkeyPatch, nodes: Nodes, says: str
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    monkeypatch.setattr(inspection, "nodes", lambda address: nodes)
    (finding,) = examined.examine().wrong
    assert finding.what == says


@pytest.mark.parametrize("mark", ["1.0 {pid} another-machine", "{started} {me} {place}", "nonsense", ""])
def test_a_process_that_is_not_known_to_be_left_behind_is_left_alone(
    examined: ExaminedStudy, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    me = psutil.Process()
    value = mark.format(pid=2**22 + 1, started=processes.started(me.pid), me=me.pid, place=processes.place())
    child = subprocess.Popen([sys.executable, "-c", "input()"], env={inspection.MARK: value}, stdin=subprocess.PIPE)
    try:
        assert inspection.left_behind() == []
        inspection.end(psutil.Process(child.pid))
        assert child.poll() is None
    finally:
        child.kill()
        child.communicate()


def test_a_study_that_was_not_launched_is_unknown_and_nothing_is_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text("name: new\ndata: {kind: task, name: random_labels}\n")
    file = study_file.load("study.yaml")
    for ledger in (None, b""):
        if ledger is not None:
            (tmp_path / "sweep.db").write_bytes(ledger)
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}
        with pytest.raises(StudyUnknown, match="has not been launched"):
            doctor.examine(file, RECORD)
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_ledger_may_be_on_a_server(examined: ExaminedStudy, postgres: Postgres) -> None:
    url = postgres.database("doctor")
    examined.file = study_file.load("study.yaml", [f"storage={url}", "tracking=http://127.0.0.1:9"])
    storage = optuna.storages.RDBStorage(url)
    with Study.open(examined.file.config, RECORD, NoLease()) as study:
        run(study)
    stray = optuna.load_study(study_name="mirrored", storage=storage).ask()
    storage.engine.dispose()
    assert examined.examine().wrong[0].what == f"trial {stray.number} is RUNNING, and is not this program's"
    (left,) = examined.repair().wrong
    assert "MLflow cannot be used there" in left.what


@pytest.fixture
def command(examined: ExaminedStudy, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command, on the study's own data."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", examined.file.config.tracking)
    monkeypatch.setattr(data, "load_data", lambda file: RECORD)
    return lambda *options: sweep(["doctor", "study.yaml", *options])


def test_the_command_says_line_by_line_what_is_wrong_and_what_repairing_does(
    examined: ExaminedStudy, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    run_missing(examined)
    assert command() == 1
    said = capsys.readouterr().out
    assert "[x] no run in MLflow: trial 1: MLflow shows less than there is\n      --repair: sends what" in said
    assert said.endswith("1 thing is wrong; `sweep doctor study.yaml --repair` would repair it\n")
    assert command("--repair") == 0
    assert "repaired\n  [+] no run in MLflow: trial 1\n\nall is well\n" in capsys.readouterr().out
    assert command() == 0


def test_for_programs_it_says_one_object(
    examined: ExaminedStudy, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    run_missing(examined)
    assert command("--json") == 1
    output = json.loads(capsys.readouterr().out)
    (finding,) = [each for each in output["findings"] if each["wrong"]]
    assert (output["study"], output["well"]) == ("mirrored", False)
    assert (finding["place"], finding["what"], finding["repairable"]) == ("MLflow", "no run in MLflow: trial 1", True)


def test_while_a_launcher_leads_repairing_ends_with_75(
    led: ExaminedStudy, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("--repair") == 75
    assert "another launcher leads this study" in capsys.readouterr().err
