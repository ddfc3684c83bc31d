"""`sweep doctor`: each row of its table finds its fault, repairs what can be repaired, and else says what to do."""

import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optuna
import psutil
import pytest
from mlflow import MlflowClient

from sweep import cli, config, doctor, launch, processes, reporting
from sweep.checkpoints import Checkpoints
from sweep.cluster import inspection
from sweep.cluster.inspection import Nodes
from sweep.config import StudyFile
from sweep.doctor import files
from sweep.errors import LedBySomeoneElse, StudyUnknown
from sweep.leadership import Leadership
from sweep.study import Study
from sweep.sync import sync
from tests.sweep.postgres import Postgres
from tests.sweep.recording.mirrors import World
from tests.sweep.recording.worlds import LONG
from tests.sweep.worlds import RECORD, run
from workers.spec import EpochReport

UNFINISHED = 6  # the number of the trial that `cut_off` leaves


@dataclass
class Clinic:
    """A finished study in the working directory, with its comparison and its mirror."""

    folder: Path
    file: StudyFile
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def study(self) -> Study:
        return Study(self.file.config, RECORD)

    def examine(self) -> doctor.Diagnosis:
        return doctor.examine(self.file, RECORD)

    def repair(self) -> doctor.Diagnosis:
        return doctor.repair(self.file, RECORD)

    def sql(self, *commands: str, database: str = "sweep.db") -> None:
        with closing(sqlite3.connect(self.folder / database)) as connection, connection:
            for command in commands:
                assert connection.execute(command).rowcount

    @property
    def mlflow(self) -> MlflowClient:
        return MlflowClient(self.file.config.tracking)

    def run(self, number: int) -> Any:
        """A search trial's run; -1: the study's own."""
        experiment = self.mlflow.get_experiment_by_name("mirrored").experiment_id
        stage = "search" if number >= 0 else "study"
        runs = self.mlflow.search_runs([experiment])
        return next(
            run
            for run in runs
            if (run.data.tags["sweep.stage"], run.data.tags.get("sweep.trial", "-1")) == (stage, str(number))
        )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        world = World(folder, f"sqlite:///{folder}/mlflow.db").open()
        world.search()
        world.compare()
        assert world.end(LONG) == 0
    return folder


@pytest.fixture
def clinic(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    for name in ("sweep.db", "mlflow.db"):
        with closing(sqlite3.connect(finished / name)) as old, closing(sqlite3.connect(tmp_path / name)) as new:
            old.backup(new)
    text = (finished / "study.yaml").read_text().replace(str(finished), str(tmp_path))
    (tmp_path / "study.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr(inspection, "MARK", "MARK_OF_THIS_TEST")  # what others left on this machine is not its matter
    monkeypatch.setattr(reporting, "write", lambda *_: (None, []))  # drawings take seconds
    clinic = Clinic(tmp_path, config.load("study.yaml", [f"tracking=sqlite:///{tmp_path}/mlflow.db"]))
    yield clinic
    for child in clinic.children:
        child.kill()
        child.wait()


def content(folder: Path) -> dict[str, object]:
    """All that lies in a folder: of databases the rows, of other files the bytes."""
    names = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
    return {str(path): rows(path) if path.suffix == ".db" else path.read_bytes() for path in names}


def rows(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


def cut_off(clinic: Clinic) -> None:
    """One more trial, two epochs of which were trained when its launcher was killed; the mirror knows it."""
    more = config.load("study.yaml", [f"tracking={clinic.file.config.tracking}", "budget.trials=7"])
    study = Study(more.config, RECORD)
    trial = study.ask()
    assert trial
    assert trial.number == UNFINISHED
    study.begin(trial, "pid 7 on box")
    study.report(trial, [EpochReport(epoch, {"validation/loss": 1.0}, time.time()) for epoch in range(2)])
    sync(clinic.file, RECORD)


def keep(clinic: Clinic, number: int, content: bytes = b"weights") -> Path:
    """A trial's checkpoint."""
    kept = Checkpoints("mirrored", clinic.study.objective)
    trial = next(trial for trial, _ in clinic.study if trial.number == number)
    kept.save(trial, 2, content)
    return kept.folder / f"search-{number}.checkpoint"


def keep_best(clinic: Clinic) -> Path:
    best = clinic.study.best
    assert best
    return keep(clinic, best[0].number)


# ---- faults, each with what the doctor says of it -------------------------------------------------------------------


def leader_hangs(clinic: Clinic) -> None:
    lead(psutil.Process(), until=time.time() - 60)


def lead(process: psutil.Process | None, until: float) -> None:
    """A lease of a process of this machine, or of one that is dead."""
    pid, started = (process.pid, process.create_time()) if process else (2**22 + 1, 1.0)
    Leadership("sqlite:///sweep.db", "mirrored").release()  # so that there is its table
    with closing(sqlite3.connect("sweep.db")) as connection, connection:
        row = ("mirrored", "token", "box", processes.place(), pid, started, time.time() - 3600, until)
        columns = "study, token, host, place, pid, started, since, until"
        connection.execute(f"INSERT INTO sweep_leaders ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def state_not_written(clinic: Clinic) -> None:
    clinic.sql("UPDATE trials SET state = 'RUNNING', datetime_complete = NULL WHERE number = 2")


def stray_trial(clinic: Clinic) -> None:
    optuna.load_study(study_name="mirrored", storage="sqlite:///sweep.db").ask()


def open_attempt(clinic: Clinic) -> None:
    clinic.sql("UPDATE sweep_attempts SET ended = NULL WHERE trial = 1 AND stage = 'search'")


def open_attempt_at_a_comparison_run(clinic: Clinic) -> None:
    clinic.sql("UPDATE sweep_attempts SET ended = NULL WHERE trial = 1 AND stage = 'compare'")


def gap_in_an_unfinished_trial(clinic: Clinic) -> None:
    cut_off(clinic)
    keep_best(clinic)
    keep(clinic, UNFINISHED)
    clinic.sql(f"DELETE FROM sweep_epochs WHERE trial = {UNFINISHED} AND epoch = 0")


def torn_checkpoint(clinic: Clinic) -> None:
    cut_off(clinic)
    keep_best(clinic)
    path = keep(clinic, UNFINISHED)
    path.write_bytes(path.read_bytes()[:-1])


def leftover_checkpoint(clinic: Clinic) -> None:
    best = keep_best(clinic)
    shutil.copy(best, best.with_name("compare-1.checkpoint"))


def half_written_checkpoint(clinic: Clinic) -> None:
    keep_best(clinic).with_name("search-9.checkpoint.unfinished").write_bytes(b"wei")


def process_left_behind(clinic: Clinic) -> None:
    mark = {inspection.MARK: f"1.0 {2**22 + 1} {processes.place()}"}
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"], env=mark)
    clinic.children.append(child)
    while "sleep(100)" not in " ".join(psutil.Process(child.pid).cmdline()):
        time.sleep(0.01)


def experiment_deleted(clinic: Clinic) -> None:
    clinic.mlflow.delete_experiment(clinic.run(0).info.experiment_id)


def experiment_lost(clinic: Clinic) -> None:
    clinic.mlflow.rename_experiment(clinic.run(0).info.experiment_id, "another")


def run_of_no_trial(clinic: Clinic) -> None:
    run = clinic.run(1)
    tags = {"sweep.study": "mirrored", "sweep.stage": "search", "sweep.trial": "77", "sweep.key": "a-key"}
    clinic.mlflow.create_run(run.info.experiment_id, 0, tags, "77 GRU")


def run_of_another_ledgers_trial(clinic: Clinic) -> None:
    clinic.mlflow.set_tag(clinic.run(1).info.run_id, "sweep.key", "another")


def run_missing(clinic: Clinic) -> None:
    clinic.mlflow.delete_run(clinic.run(1).info.run_id)


def run_doubled(clinic: Clinic) -> None:
    run = clinic.run(1)
    clinic.mlflow.create_run(run.info.experiment_id, 0, run.data.tags, run.info.run_name)


def run_left_running(clinic: Clinic) -> None:
    clinic.mlflow.update_run(clinic.run(1).info.run_id, status="RUNNING")


def studys_run_left_running(clinic: Clinic) -> None:
    clinic.mlflow.update_run(clinic.run(-1).info.run_id, status="RUNNING")


def epoch_missing_in_mlflow(clinic: Clinic) -> None:
    run_id = clinic.run(1).info.run_id
    clinic.sql(f"DELETE FROM metrics WHERE run_uuid = '{run_id}' AND step = 1", database="mlflow.db")


def epoch_doubled_in_mlflow(clinic: Clinic) -> None:
    clinic.mlflow.log_metric(clinic.run(1).info.run_id, "validation/loss", 7.0, step=1)


REPAIRABLE: dict[Callable[[Clinic], None], str] = {
    leader_hangs: "leads the study, and has not renewed its lease for 60 s",
    state_not_written: "the outcome of trial 2 is known, and its state still says RUNNING",
    stray_trial: "trial 6 is RUNNING, and is not this program's",
    open_attempt: "trial 1 has ended, and an attempt at it has not",
    open_attempt_at_a_comparison_run: "comparison run 1 has ended, and an attempt at it has not",
    gap_in_an_unfinished_trial: "trial 6 lacks epoch 0",
    torn_checkpoint: "search-6.checkpoint is not whole",
    leftover_checkpoint: "compare-1.checkpoint is of no use any more",
    half_written_checkpoint: "search-9.checkpoint.unfinished was not written to its end",
    process_left_behind: "was left behind by a launcher that is gone",
    experiment_deleted: "the experiment mirrored was deleted in MLflow",
    experiment_lost: "the experiment mirrored is not in MLflow",
    run_of_no_trial: "run '77 GRU' mirrors no trial of this ledger",
    run_of_another_ledgers_trial: "mirrors no trial of this ledger",
    run_missing: "no run in MLflow: trial 1",
    run_doubled: "more than one run in MLflow: trial 1",
    run_left_running: "says RUNNING, not FINISHED",
    studys_run_left_running: "the study's own run says RUNNING",
    epoch_missing_in_mlflow: "lacks 1 epoch of 4",
    epoch_doubled_in_mlflow: "has 1 point of validation/loss more than epochs",
}


@pytest.mark.parametrize("fault", REPAIRABLE, ids=lambda fault: fault.__name__)
def test_what_can_be_repaired_is_found_without_a_touch_and_repaired_when_asked(
    clinic: Clinic, fault: Callable[[Clinic], None]
) -> None:
    fault(clinic)
    before = content(clinic.folder)
    found = clinic.examine()
    assert content(clinic.folder) == before
    assert [finding.what for finding in found.wrong if REPAIRABLE[fault] in finding.what]
    assert all(finding.can_be_mended for finding in found.wrong)
    assert clinic.repair().sentence == "all is well"  # as it is after a second look


def gap_in_a_finished_trial(clinic: Clinic) -> None:
    clinic.sql("DELETE FROM sweep_epochs WHERE trial = 1 AND stage = 'search' AND epoch = 2")


def end_of_a_finished_trial_missing(clinic: Clinic) -> None:
    clinic.sql("DELETE FROM sweep_epochs WHERE trial = 1 AND stage = 'search' AND epoch = 3")


def best_weights_missing(clinic: Clinic) -> None:
    keep_best(clinic).unlink()


def best_weights_torn(clinic: Clinic) -> None:
    keep_best(clinic).write_bytes(b"torn")


def mlflow_away(clinic: Clinic) -> None:
    clinic.file = config.load("study.yaml", ["tracking=http://127.0.0.1:9"])


HOPELESS: dict[Callable[[Clinic], None], tuple[str, str]] = {  # what is found, what the user can do
    gap_in_a_finished_trial: ("trial 1 lacks epoch 2", "restore the ledger"),
    end_of_a_finished_trial_missing: ("trial 1 lacks epoch 3", "restore the ledger"),
    best_weights_missing: ("the best trial's weights are missing", "train it again"),
    best_weights_torn: ("the best trial's weights are not whole", "train it again"),
    mlflow_away: ("http://127.0.0.1:9: MLflow cannot be used there", "when it is back, `sweep sync`"),
}


@pytest.mark.parametrize("fault", HOPELESS, ids=lambda fault: fault.__name__)
def test_what_cannot_be_repaired_is_found_with_what_to_do(clinic: Clinic, fault: Callable[[Clinic], None]) -> None:
    fault(clinic)
    what, remedy = HOPELESS[fault]
    for visit in (clinic.examine, clinic.repair):
        (finding,) = visit().wrong
        assert what in finding.what
        assert remedy in finding.remedy
        assert not finding.can_be_mended


def test_every_row_of_the_table_has_a_fault_that_it_finds() -> None:
    tested = {"nobody leads", "state fits", "this program's", "its epochs", "every attempt", "is whole", "is left of"}
    tested |= {"half written", "weights are there", "no process was left", "MLflow answers", "every run mirrors"}
    tested |= {"exactly one run", "ended as its trial did", "every epoch is there once"}
    elsewhere = {"waits to be gone on with", "heard of lately", "room on the disk", "RAY_ADDRESS", "begun has its run"}
    for check in doctor.CHECKS:
        assert any(words in check.promise for words in tested | elsewhere), check.promise


def test_a_healthy_finished_study_is_well(clinic: Clinic) -> None:
    keep_best(clinic)
    before = content(clinic.folder)
    diagnosis = clinic.examine()
    assert content(clinic.folder) == before
    assert [finding for line in diagnosis.lines for finding in line.findings] == []
    assert diagnosis.sentence == "all is well"


def test_an_mlflow_database_that_is_not_there_is_not_created_by_looking(clinic: Clinic) -> None:
    (clinic.folder / "mlflow.db").unlink()
    (finding,) = clinic.examine().wrong
    assert finding.what == "the experiment mirrored is not in MLflow"
    assert not (clinic.folder / "mlflow.db").exists()


@pytest.fixture
def led(clinic: Clinic) -> Iterator[Clinic]:
    """The same while somebody leads it, with a trial under way."""
    cut_off(clinic)
    leadership = Leadership(clinic.file.config.storage, "mirrored")
    leadership.acquire()
    yield clinic
    leadership.release()


def test_a_running_study_is_well_and_is_not_disturbed(led: Clinic) -> None:
    before = content(led.folder)
    diagnosis = led.examine()
    assert {**content(led.folder), f"{led.folder}/sweep.db": 0} == {**before, f"{led.folder}/sweep.db": 0}
    assert diagnosis.wrong == []
    assert "leads the study" in diagnosis.as_text()


def test_what_a_running_study_is_just_writing_is_not_taken_for_a_fault(led: Clinic) -> None:
    half_written_checkpoint(led)
    leftover_checkpoint(led)
    open_attempt(led)
    run_left_running(led)
    assert led.examine().wrong == []


def test_a_running_study_s_mirror_that_is_behind_is_news(led: Clinic) -> None:
    run_missing(led)
    assert "[.] 1 trial not yet in MLflow: the launcher sends them by itself" in led.examine().as_text()


def test_a_running_study_is_not_repaired(led: Clinic) -> None:
    with pytest.raises(LedBySomeoneElse):
        led.repair()


def test_a_trial_of_which_nothing_is_heard_is_stuck(led: Clinic) -> None:
    long_ago = time.time() - 700
    led.sql(f"UPDATE sweep_attempts SET began = {long_ago} WHERE trial = {UNFINISHED}")
    assert led.examine().wrong == []  # its epochs came later
    led.sql(f"UPDATE sweep_epochs SET timestamp = {long_ago} WHERE trial = {UNFINISHED}")
    (finding,) = led.examine().wrong
    assert finding.what == f"nothing was heard of trial {UNFINISHED} for 11 min"
    keep(led, UNFINISHED)  # a part of a long epoch
    assert led.examine().wrong == []


def test_an_interrupted_study_is_well_and_says_what_goes_on(clinic: Clinic) -> None:
    cut_off(clinic)
    lead(None, until=time.time() + 20)
    diagnosis = clinic.examine()
    assert diagnosis.wrong == []
    assert f"pid {2**22 + 1} on box led the study and was killed: the next launch takes over" in diagnosis.as_text()
    assert "1 trial is unfinished (6): the next launch goes on" in diagnosis.as_text()


def test_a_disk_that_is_nearly_full_is_found(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ENOUGH_BYTES", 10**18)
    (finding,) = clinic.examine().wrong
    assert "MB are free" in finding.what


def test_a_cluster_that_does_not_answer_is_found(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
    (finding,) = clinic.examine().wrong
    assert finding.what.startswith(f"cannot reach the Ray cluster at 127.0.0.1:{port} (RAY_ADDRESS)")


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        (Nodes([{"CPU": 0.5}], [], []), "no node has room for a worker: 1 CPUs and 0 GPUs"),
        (Nodes([{"CPU": 2.0}], [], ["pid 7 on 10.0.0.2"]), "workers whose launcher is gone: pid 7 on 10.0.0.2"),
    ],
)
def test_a_cluster_that_cannot_work_for_the_study_is_found(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, nodes: Nodes, says: str
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    monkeypatch.setattr(inspection, "nodes", lambda address: nodes)
    (finding,) = clinic.examine().wrong
    assert finding.what == says


@pytest.mark.parametrize("mark", ["1.0 {pid} another-machine", "{started} {me} {place}", "nonsense", ""])
def test_a_process_that_is_not_known_to_be_left_behind_is_left_alone(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    me = psutil.Process()
    told = mark.format(pid=2**22 + 1, started=me.create_time(), me=me.pid, place=processes.place())
    child = subprocess.Popen([sys.executable, "-c", "input()"], env={inspection.MARK: told}, stdin=subprocess.PIPE)
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
    file = config.load("study.yaml")
    for content in (None, b""):
        if content is not None:
            (tmp_path / "sweep.db").write_bytes(content)
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}
        with pytest.raises(StudyUnknown, match="has not been launched"):
            doctor.examine(file, RECORD)
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_ledger_may_be_on_a_server(clinic: Clinic, postgres: Postgres) -> None:
    url = postgres.database("doctor")
    clinic.file = config.load("study.yaml", [f"storage={url}", "tracking=http://127.0.0.1:9"])
    storage = optuna.storages.RDBStorage(url)
    engines = [storage.engine]
    run(Study(clinic.file.config, RECORD, guard=engines.append))
    stray = optuna.load_study(study_name="mirrored", storage=storage).ask()
    for engine in engines:
        engine.dispose()
    assert clinic.examine().wrong[0].what == f"trial {stray.number} is RUNNING, and is not this program's"
    (left,) = clinic.repair().wrong
    assert "MLflow cannot be used there" in left.what


@pytest.fixture
def command(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command, on the study's own data."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", clinic.file.config.tracking)
    monkeypatch.setattr(launch, "load_data", lambda file: RECORD)
    return lambda *options: cli.main(["doctor", "study.yaml", *options])


def test_the_command_says_line_by_line_what_is_wrong_and_what_repairing_does(
    clinic: Clinic, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    run_missing(clinic)
    assert command() == 1
    said = capsys.readouterr().out
    assert "[x] no run in MLflow: trial 1: MLflow shows less than there is\n      --repair: sends what" in said
    assert said.endswith("1 thing is wrong; `sweep doctor study.yaml --repair` would repair it\n")
    assert command("--repair") == 0
    assert "repaired\n  [+] no run in MLflow: trial 1\n\nall is well\n" in capsys.readouterr().out
    assert command() == 0


def test_for_programs_it_says_one_object(
    clinic: Clinic, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    run_missing(clinic)
    assert command("--json") == 1
    told = json.loads(capsys.readouterr().out)
    (finding,) = [each for each in told["findings"] if each["wrong"]]
    assert (told["study"], told["well"]) == ("mirrored", False)
    assert (finding["place"], finding["what"], finding["repairable"]) == ("MLflow", "no run in MLflow: trial 1", True)


def test_while_a_launcher_leads_repairing_ends_with_75(
    led: Clinic, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("--repair") == 75
    assert "another launcher leads this study" in capsys.readouterr().err
