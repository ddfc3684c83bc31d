"""`sweep delete`: it says what there is, asks, and removes a study and nothing else, whatever interrupts it."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sweep.cli import deleting
from sweep.cli.main import main as sweep
from sweep.core.folders import ARTIFACTS, REPORTS
from sweep.study import deletion
from sweep.study.overview import overview
from sweep.study.storage.lease import Lease
from tests.sweep.study.test_comparison_runs import COMPARED, confirm, verdict
from tests.sweep.worlds import open_study, run, study_file

pytestmark = pytest.mark.lengthy

COMMAND = [sys.executable, "-c", "import sys; from sweep.cli.main import main; sys.exit(main(sys.argv[1:]))"]
LEDGER = "sqlite:///sweep.db"

# Kills the process at its so manieth call of a function that changes something.
KILLED = """
import os, shutil, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
at, left = sys.argv[1], int(sys.argv[2])

def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

if at == "folders":
    before = shutil.rmtree
    shutil.rmtree = lambda *what, **how: (before(*what, **how), count())
elif at == "rows":
    event.listen(Engine, "before_cursor_execute", lambda *seen: count() if seen[2].startswith("DELETE") else None)

from sweep.cli.main import main
sys.exit(main(sys.argv[3:]))
"""

# Lets no file grow beyond so many bytes.
LIMITED = """
import resource, sys
from sweep.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with two studies, of which one's name begins with the other's."""
    folder = tmp_path_factory.mktemp("two")
    for name in ("small", "small-2"):
        with open_study(folder, f"name={name}", "budget.trials=3") as study:
            run(study)
            study.end("finished")
    return folder / "sweep.db"


@pytest.fixture(autouse=True)
def here(two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both in the ledger of the working directory, each with a checkpoint and a report."""
    monkeypatch.chdir(tmp_path)
    for name in ("SWEEP_STORAGE", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(two, tmp_path)
    study_file(tmp_path)
    for name in ("small", "small-2"):
        for folder, file in ((ARTIFACTS, "search-1.checkpoint"), (REPORTS, "report.html")):
            (folder / name).mkdir(parents=True)
            (folder / name / file).write_bytes(b"x" * 1500)


def deleted(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = sweep(["delete", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def is_whole(study: str) -> bool:
    return study in {each.study for each in overview(LEDGER)} and all(
        (at / study).is_dir() for at in (ARTIFACTS, REPORTS)
    )


def is_gone(study: str) -> bool:
    there = deletion.rows(LEDGER, study)
    return not (there.of_tables or there.leader or (ARTIFACTS / study).exists() or (REPORTS / study).exists())


def test_it_says_what_there_is_and_removes_it_and_nothing_of_another_study(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = deleted(capsys, "small", "--yes")
    assert (code, err) == (0, "")
    assert "small, in the ledger sqlite:///sweep.db" in out
    assert "3 trials, 0 runs of the comparison, 15 epochs" in out
    assert "artifacts/small, 1 file, 1.5 kB" in out
    assert "reports/small, 1 file, 1.5 kB" in out
    assert "stays as it is: --mlflow would delete the study's part" in out
    assert out.splitlines()[-1] == "deleted small"
    assert is_gone("small")
    assert is_whole("small-2")


def test_on_a_terminal_of_80_columns_no_line_is_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    lines = deleting.as_text(deleting.found("small", LEDGER, None)).splitlines()
    assert max(map(len, lines)) <= 80
    assert {line[:15].strip() for line in lines[1:]} == {"", "ledger", "checkpoints", "report", "MLflow"}


def test_a_dry_run_deletes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    code, out, _ = deleted(capsys, "study.yaml", "--dry-run")
    assert code == 0
    assert "3 trials" in out
    assert out.splitlines()[-1] == "nothing was deleted"
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def test_one_object_says_what_there_was(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, gone in ((["--dry-run"], False), (["--yes"], True)):
        code, out, err = deleted(capsys, "small", *arguments, "--json")
        assert (code, err) == (0, "")
        told = json.loads(out)
        assert (told["study"], told["deleted"], told["mlflow"], told["looks_kept"]) == ("small", gone, None, 0)
        assert told["checkpoints"] == {"path": "artifacts/small", "files": 1, "bytes": 1500}
        assert told["ledger"]["rows"]["trials"] == 3
        assert told["ledger"]["file_bytes"] > 0
    assert is_gone("small")


def test_in_a_pipe_nobody_is_asked_and_nothing_is_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = deleted(capsys, "small")
    assert (code, out) == (2, "")
    assert "--yes deletes without asking" in err
    assert is_whole("small")


@pytest.mark.parametrize(("answer", "gone"), [(b"y\n", True), pytest.param(b"\n", False, marks=pytest.mark.slow)])
def test_on_a_terminal_it_asks_and_a_yes_is_needed(answer: bytes, gone: bool) -> None:
    controller, terminal = pty.openpty()
    os.write(controller, answer)
    done = subprocess.run(
        [*COMMAND, "delete", "small"], stdin=terminal, stdout=terminal, stderr=terminal, check=False, timeout=250
    )
    said = os.read(controller, 100_000).decode()
    os.close(controller)
    os.close(terminal)
    assert done.returncode == 0
    assert "Delete small? [y/N]:" in said
    assert ("deleted small" in said, "nothing was deleted" in said) == (gone, not gone)
    assert (is_gone("small"), is_whole("small")) == (gone, not gone)


def test_while_a_launcher_leads_it_it_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    lease = Lease(LEDGER, "small")
    lease.acquire()
    for option in ("--yes", "--dry-run"):
        code, out, err = deleted(capsys, "small", option)
        assert (code, out) == (75, "")
        assert f"a launcher leads this study: pid {os.getpid()}" in err
    lease.release()
    assert is_whole("small")
    assert deleted(capsys, "small", "--yes")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none", "--yes"], 65, "'none' is not in the ledger sqlite:///sweep.db: there is nothing to delete"),
        (["../small", "--yes"], 65, "'../small' is no name of a study"),
        (["small", "--yes", "--storage", "sqlite:///no.db"], 69, "there is no ledger at sqlite:///no.db"),
        (["small", "--yes", "--tracking", "sqlite:///mlflow.db"], 2, "which is left out"),
        (["other.yaml", "--yes"], 1, "other.yaml: no such file"),
    ],
)
def test_what_goes_wrong_is_one_message(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, out, err = deleted(capsys, *arguments)
    assert (ended, out) == (code, "")
    assert said in err
    assert is_whole("small")
    assert not Path("no.db").exists()


def test_folders_that_may_be_of_another_ledgers_study_are_left_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    (ARTIFACTS / "elsewhere").mkdir()
    code, _, err = deleted(capsys, "elsewhere", "--yes")
    assert code == 65
    assert "artifacts/elsewhere may be of another ledger's" in err
    assert (ARTIFACTS / "elsewhere").is_dir()


@pytest.mark.parametrize(
    ("at", "call"),
    [
        ("folders", 1),
        pytest.param("folders", 2, marks=pytest.mark.slow),
        pytest.param("rows", 5, marks=pytest.mark.slow),
        pytest.param("rows", 1, marks=pytest.mark.slow),
        pytest.param("rows", 13, marks=pytest.mark.slow),
    ],
)
def test_killed_in_the_middle_it_is_run_again_and_finishes(
    at: str, call: int, capsys: pytest.CaptureFixture[str]
) -> None:
    killed = [sys.executable, "-c", KILLED, at, str(call), "delete", "small", "--yes"]
    assert subprocess.run(killed, check=False, capture_output=True, timeout=250).returncode == -signal.SIGKILL
    assert "small" in {each.study for each in overview(LEDGER)}
    code, out, _ = deleted(capsys, "small", "--yes")
    assert (code, out.splitlines()[-1]) == (0, "deleted small")
    assert is_gone("small")
    assert is_whole("small-2")


@pytest.mark.slow
def test_where_the_disk_is_full_it_says_so_and_finishes_when_there_is_room(capsys: pytest.CaptureFixture[str]) -> None:
    program = [sys.executable, "-c", LIMITED, str(60_000), "delete", "small", "--yes"]
    full = subprocess.run(program, check=False, capture_output=True, text=True, timeout=250)
    assert (full.returncode, "the ledger cannot be written: " in full.stderr) == (74, True)
    assert "small" in {each.study for each in overview(LEDGER)}
    assert deleted(capsys, "small", "--yes")[0] == 0
    assert is_gone("small")
    assert is_whole("small-2")


def test_a_folder_that_cannot_be_removed_leaves_the_study_in_the_ledger(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as refusing:
        refusing.setattr("shutil.rmtree", refuse)
        code, _, err = deleted(capsys, "small", "--yes")
    assert code == 74
    assert "artifacts/small: cannot be removed: Permission denied" in err
    assert is_whole("small")
    assert deleted(capsys, "small", "--yes")[0] == 0


def test_of_a_link_what_it_leads_to_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("large").mkdir()
    Path("large/kept").write_text("")
    (ARTIFACTS / "small" / "search-1.checkpoint").unlink()
    (ARTIFACTS / "small").rmdir()
    (ARTIFACTS / "small").symlink_to(tmp_path / "large")
    assert deleted(capsys, "small", "--yes")[0] == 0
    assert Path("large/kept").exists()
    assert is_gone("small")


def test_looks_at_the_test_data_stay_and_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_study(tmp_path, "name=compared", "budget.trials=6", *COMPARED) as study:
        run(study)
        verdict(study, confirm(study))
    code, out, _ = deleted(capsys, "compared", "--yes")
    assert code == 0
    assert "1 look at test data, which count" in out
    assert deletion.rows(LEDGER, "compared").looks == 1
