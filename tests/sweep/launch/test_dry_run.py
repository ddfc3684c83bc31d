"""`--dry-run`: everything that can be known before a study runs, without what a study needs to run."""

import subprocess
import sys
from pathlib import Path

import pytest

from sweep.config.study_file import load
from sweep.launch.__main__ import main
from sweep.launch.dry_run import describe
from tests.sweep.worlds import RECORD, study_file

STUDY = "name: small\ndata: {kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}\n"
NEEDLESS = {"ray", "mlflow", "optuna", "scipy", "statsmodels", "matplotlib", "sqlalchemy", "tensorflow", "rich"}


def test_a_dry_run_loads_none_of_the_libraries_of_a_launch(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    launch = f"main([{str(tmp_path / 'study.yaml')!r}, '--dry-run'])"
    program = f"import sys; from sweep.launch.__main__ import main; {launch}; print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("study     small: 24 trials at most")
    assert NEEDLESS.isdisjoint(ended.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ((), "3 arms, 10 seeds that decide; at most 91 runs"),
        (("compare.seeds=4",), "3 arms, 4 seeds that decide; at most 49 runs"),
        (("compare.cross=false",), "3 arms, 10 seeds that decide; at most 30 runs"),
        (("compare.intervals=[2, 4]",), "3 arms, 10 seeds that decide; at most 111 runs"),
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
    rows = describe(config, RECORD).splitlines()
    assert [row for row in rows if row.startswith("compared")] == [f"compared  {said}"]


@pytest.mark.parametrize("dry_run", [["--dry-run"], []])
@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ("cpus: 4096", "workers.cpus: a worker of 4096 CPUs does not fit on this machine, which has "),
        ("cpus: 4096, count: 1", "workers.cpus: a worker of 4096 CPUs does not fit on this machine, which has "),
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
    assert found.startswith(f"{path}:3: {said}")
    assert found.count("\n") == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_worker_that_does_without_a_gpu_where_there_is_none_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (tmp_path / "study.yaml").write_text(f"{STUDY}workers: {{gpus: 1, cpu_workers: true}}\n")
    assert main([str(tmp_path / "study.yaml"), "--dry-run"]) == 0


def test_what_this_machine_lacks_a_cluster_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.7:6379")
    (tmp_path / "study.yaml").write_text(f"{STUDY}workers: {{gpus: 1, cpus: 4096}}\n")
    assert main([str(tmp_path / "study.yaml"), "--dry-run"]) == 0
