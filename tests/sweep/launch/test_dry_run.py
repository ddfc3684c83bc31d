"""`--dry-run`: everything that can be known before a study runs, without what a study needs to run."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sweep.config.study_file import load
from sweep.core.errors import ConfigError, ServiceUnavailable, StudyChanged
from sweep.launch.__main__ import main
from sweep.launch.data import load_study
from sweep.launch.dry_run import as_text, describe, described, what_would_run
from sweep.study import Study
from tests.sweep.worlds import RECORD, NoLease, run, study_file

STUDY = "name: small\ndata: {kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}\n"
NEEDLESS = {"ray", "mlflow", "optuna", "scipy", "statsmodels", "matplotlib", "sqlalchemy", "tensorflow", "rich"}


def test_a_dry_run_loads_none_of_the_libraries_of_a_launch(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    launch = f"main([{str(tmp_path / 'study.yaml')!r}, '--dry-run'])"
    program = f"import sys; from sweep.launch.__main__ import main; {launch}; print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ended.stdout.startswith("study     small: 24 trials at most")
    assert ended.stdout.endswith("ledger    new\nMLflow    new\n")
    assert NEEDLESS.isdisjoint(ended.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ((), "3 arms, 10 seeds that decide; at most 91 runs"),
        (("compare.seeds=4",), "3 arms, 4 seeds that decide; at most 49 runs"),
        (
            ("compare.stop_when_decided=true",),
            "3 arms, 10 seeds that decide; at most 91 runs, fewer for arms that are decided before",
        ),
        (("compare.cross=false",), "3 arms, 10 seeds that decide; at most 30 runs"),
        (("compare.intervals=[2, 4]",), "3 arms, 10 seeds that decide; at most 111 runs"),
        (("compare.origins=3",), "3 arms, 10 seeds that decide at 3 origins; at most 231 runs"),
        (("compare.placebo=true",), "3 arms, 10 seeds that decide; at most 132 runs"),
        (("budget.trials=2",), "2 arms, 10 seeds that decide; at most 52 runs"),
        (("enqueue=[{stateful: false, shuffle: true}]",), "4 arms, 10 seeds that decide; at most 132 runs"),
        (("space={units: [16, 32]}",), "nothing, with a single arm"),
        (("compare=none",), "nothing"),
    ],
)
def test_a_dry_run_says_how_many_runs_the_comparison_takes_at_most(
    tmp_path: Path, overrides: tuple[str, ...], said: str
) -> None:
    config = load(study_file(tmp_path), ["compare={seeds: 10}", *overrides]).config
    rows = as_text(describe(config, RECORD)).splitlines()
    assert [row for row in rows if row.startswith("compared")] == [f"compared  {said}"]


@pytest.fixture
def launched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: bytes) -> Path:
    """A folder in which a study has been tried, and whose MLflow has nothing of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "mlflow.db").write_bytes(empty_database)
    file, dataset = load_study("study.yaml", ["budget.trials=2"], "text")
    with Study.open(file.config, dataset, NoLease()) as study:
        run(study)
    return tmp_path


def test_it_says_what_is_there_and_changes_nothing(launched: Path) -> None:
    before = {path: path.read_bytes() for path in launched.iterdir()}
    *_, ledger, mlflow = described("study.yaml", (), "text").splitlines()
    assert ledger == "ledger    would be continued; it has 1 trial that ended"
    assert mlflow == "MLflow    answers; its experiment is missing"
    assert {path: path.read_bytes() for path in launched.iterdir() if path in before} == before


def test_for_programs_it_is_an_object_of_the_same_texts(launched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study.yaml", "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert as_text(found) == described("study.yaml", (), "text")
    assert found["distinct"] == "1 distinct configuration"


def test_what_a_launch_would_refuse_it_refuses(launched: Path) -> None:
    with pytest.raises(StudyChanged, match="asks something else there"):
        described("study.yaml", ["data.lag=2"], "text")


def test_a_service_that_cannot_be_reached_is_an_error_or_is_said(launched: Path) -> None:
    with pytest.raises(ServiceUnavailable):
        described("study.yaml", ["storage=postgresql+psycopg://me@127.0.0.1:1/x"], "text")
    said = described("study.yaml", ["tracking=http://127.0.0.1:1"], "text").splitlines()[-1]
    assert said.startswith("MLflow    does not answer, without which a new study would not begin: http://127.0.0.1:1: ")


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("storage=sqlite:///nowhere/sweep.db", "storage: there is no folder .*nowhere; make it, or name another file"),
        ("storage=sqlite:///other.db", "storage: other.db is MLflow's database; name another file"),
        ("tracking=sqlite:///ledger.db", "tracking: ledger.db is a ledger; name another file"),
    ],
)
def test_a_database_in_the_wrong_place_is_refused_and_is_left_as_it_is(
    launched: Path, override: str, says: str
) -> None:
    (launched / "sweep.db").rename(launched / "ledger.db")
    (launched / "mlflow.db").rename(launched / "other.db")
    before = (launched / "other.db").read_bytes()
    with pytest.raises(ConfigError, match=says):
        load_study("study.yaml", [override], "text")
    assert (launched / "other.db").read_bytes() == before
    assert not (launched / "nowhere").exists()


def test_enqueued_configurations_beyond_the_budget_are_named(
    launched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = "enqueue=[{name: one, units: 8}, {name: two, units: 9}, {name: three, units: 10}]"
    load_study("study.yaml", ["budget.trials=1", entries], "text")
    assert "budget.trials is 1: two, three are not tried" in capsys.readouterr().err


@pytest.mark.parametrize("dry_run", [["--dry-run"], []])
@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ("cpus: 4096", "workers.cpus: a worker of 4096 CPUs does not fit on this machine, where "),
        ("cpus: 4096, count: 1", "workers.cpus: a worker of 4096 CPUs does not fit on this machine, where "),
        ("gpus: 1", "workers.gpus: a worker with 1 of a GPU does not fit on this machine, which has none; gpus: 0"),
        ("gpus: 0.5", "workers.gpus: a worker with 0.5 of a GPU does not fit on this machine, which has none; gpus: 0"),
    ],
)
def test_workers_that_this_machine_has_no_room_for_are_refused_before_anything_starts(
    workers: str,
    said: str,
    dry_run: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    path = tmp_path / "study.yaml"
    path.write_text(f"{STUDY}workers: {{{workers}}}\n")
    monkeypatch.chdir(tmp_path)
    assert main([str(path), *dry_run]) == 65
    found = capsys.readouterr().err
    assert re.match(rf"{re.escape(str(path))}:3:\d+: {said}", found)
    assert found.count("\n") == 3  # with the line and its mark
    assert list(tmp_path.iterdir()) == [path]


def test_a_worker_that_does_without_a_gpu_where_there_is_none_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(f"{STUDY}workers: {{gpus: 1, cpu_workers: true}}\n")
    assert main([str(tmp_path / "study.yaml"), "--dry-run"]) == 0


def test_what_this_machine_lacks_a_cluster_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.7:6379")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(f"{STUDY}workers: {{gpus: 1, cpus: 4096}}\n")
    assert main([str(tmp_path / "study.yaml"), "--dry-run"]) == 0


def test_of_gpus_it_says_which_kernels_train_each_network(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(
        f"{STUDY}workers: {{gpus: 1, cpu_workers: true}}\n"
        "space: {cell: [LSTM, GRU, SimpleRNN], reset_after: [true, false], units: {low: 32, high: 512}}\n"
    )
    said = what_would_run(*load_study(str(tmp_path / "study.yaml"), (), "text"))["on GPUs"].split("; ")
    assert "LSTM by cuDNN" in said
    assert "LSTM by XLA, as below 256 units its calls would take longer than what they compute" in said
    assert "GRU by XLA, as cuDNN has no GRU with reset_after: false" in said
    assert "SimpleRNN by XLA, as cuDNN has no SimpleRNN" in said
    assert len(said) == 6
