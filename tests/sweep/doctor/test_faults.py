"""Each row of the doctor's table finds its fault, repairs what can be repaired, and else says what to do."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable

import optuna
import psutil
import pytest

from sweep.config import study_file
from sweep.core import processes
from sweep.execution.cluster import inspection
from tests.sweep.doctor.examined_study import UNFINISHED, ExaminedStudy, content, cut_off, keep, keep_best, lead

pytestmark = pytest.mark.lengthy


def leader_hangs(examined: ExaminedStudy) -> None:
    lead(psutil.Process(), until=time.time() - 60)


def state_not_written(examined: ExaminedStudy) -> None:
    examined.sql("UPDATE trials SET state = 'RUNNING', datetime_complete = NULL WHERE number = 2")


def stray_trial(examined: ExaminedStudy) -> None:
    optuna.load_study(study_name="mirrored", storage="sqlite:///sweep.db").ask()


def open_attempt(examined: ExaminedStudy) -> None:
    examined.sql("UPDATE sweep_attempts SET ended = NULL WHERE trial = 1 AND stage = 'search'")


def open_attempt_at_a_comparison_run(examined: ExaminedStudy) -> None:
    examined.sql("UPDATE sweep_attempts SET ended = NULL WHERE trial = 1 AND stage = 'compare'")


def gap_in_an_unfinished_trial(examined: ExaminedStudy) -> None:
    cut_off(examined)
    keep_best(examined)
    keep(examined, UNFINISHED)
    examined.sql(f"DELETE FROM sweep_epochs WHERE trial = {UNFINISHED} AND epoch = 0 AND stage = 'search'")


def torn_checkpoint(examined: ExaminedStudy) -> None:
    cut_off(examined)
    keep_best(examined)
    path = keep(examined, UNFINISHED)
    path.write_bytes(path.read_bytes()[:-1])


def leftover_checkpoint(examined: ExaminedStudy) -> None:
    best = keep_best(examined)
    shutil.copy(best, best.with_name("compare-1.checkpoint"))


def half_written_checkpoint(examined: ExaminedStudy) -> None:
    keep_best(examined).with_name("search-9.checkpoint.unfinished").write_bytes(b"wei")


def process_left_behind(examined: ExaminedStudy) -> None:
    mark = {inspection.MARK: f"1.0 {2**22 + 1} {processes.place()}"}
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"], env=mark)
    examined.children.append(child)
    while "sleep(100)" not in " ".join(psutil.Process(child.pid).cmdline()):
        time.sleep(0.01)


def experiment_deleted(examined: ExaminedStudy) -> None:
    examined.mlflow.delete_experiment(examined.run(0).info.experiment_id)


def experiment_lost(examined: ExaminedStudy) -> None:
    examined.mlflow.rename_experiment(examined.run(0).info.experiment_id, "another")


def run_of_no_trial(examined: ExaminedStudy) -> None:
    run = examined.run(1)
    tags = {"sweep.study": "mirrored", "sweep.stage": "search", "sweep.trial": "77", "sweep.key": "a-key"}
    examined.mlflow.create_run(run.info.experiment_id, 0, tags, "77 GRU")


def run_of_another_ledgers_trial(examined: ExaminedStudy) -> None:
    examined.mlflow.set_tag(examined.run(1).info.run_id, "sweep.key", "another")


def run_missing(examined: ExaminedStudy) -> None:
    examined.mlflow.delete_run(examined.run(1).info.run_id)


def run_doubled(examined: ExaminedStudy) -> None:
    run = examined.run(1)
    examined.mlflow.create_run(run.info.experiment_id, 0, run.data.tags, run.info.run_name)


def run_left_running(examined: ExaminedStudy) -> None:
    examined.mlflow.update_run(examined.run(1).info.run_id, status="RUNNING")


def studys_run_left_running(examined: ExaminedStudy) -> None:
    examined.mlflow.update_run(examined.run(-1).info.run_id, status="RUNNING")


def epoch_missing_in_mlflow(examined: ExaminedStudy) -> None:
    run_id = examined.run(1).info.run_id
    examined.sql(f"DELETE FROM metrics WHERE run_uuid = '{run_id}' AND step = 1", database="mlflow.db")


def epoch_doubled_in_mlflow(examined: ExaminedStudy) -> None:
    examined.mlflow.log_metric(examined.run(1).info.run_id, "validation/loss", 7.0, step=1)


REPAIRABLE: dict[Callable[[ExaminedStudy], None], str] = {
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
    examined: ExaminedStudy, fault: Callable[[ExaminedStudy], None]
) -> None:
    fault(examined)
    before = content(examined.folder)
    found = examined.examine()
    assert content(examined.folder) == before
    assert [finding.what for finding in found.wrong if REPAIRABLE[fault] in finding.what]
    assert all(finding.repairable for finding in found.wrong)
    assert examined.repair().sentence == "all is well"  # as it is after a second look


def gap_in_a_finished_trial(examined: ExaminedStudy) -> None:
    examined.sql("DELETE FROM sweep_epochs WHERE trial = 1 AND stage = 'search' AND epoch = 2")


def end_of_a_finished_trial_missing(examined: ExaminedStudy) -> None:
    examined.sql("DELETE FROM sweep_epochs WHERE trial = 1 AND stage = 'search' AND epoch = 3")


def best_weights_missing(examined: ExaminedStudy) -> None:
    keep_best(examined).unlink()


def best_weights_torn(examined: ExaminedStudy) -> None:
    keep_best(examined).write_bytes(b"torn")


def mlflow_away(examined: ExaminedStudy) -> None:
    examined.file = study_file.load("study.yaml", ["tracking=http://127.0.0.1:9"])


HOPELESS: dict[Callable[[ExaminedStudy], None], tuple[str, str]] = {  # what is found, what the user can do
    gap_in_a_finished_trial: ("trial 1 lacks epoch 2", "restore the ledger"),
    end_of_a_finished_trial_missing: ("trial 1 lacks epoch 3", "restore the ledger"),
    best_weights_missing: ("the best trial's weights are missing", "train it again"),
    best_weights_torn: ("the best trial's weights are not whole", "train it again"),
    mlflow_away: ("http://127.0.0.1:9: MLflow cannot be used there", "when it is back, `sweep sync`"),
}


@pytest.mark.parametrize("fault", HOPELESS, ids=lambda fault: fault.__name__)
def test_what_cannot_be_repaired_is_found_with_what_to_do(
    examined: ExaminedStudy, fault: Callable[[ExaminedStudy], None]
) -> None:
    fault(examined)
    what, remedy = HOPELESS[fault]
    for diagnose in (examined.examine, examined.repair):
        (finding,) = diagnose().wrong
        assert what in finding.what
        assert remedy in finding.remedy
        assert not finding.repairable
