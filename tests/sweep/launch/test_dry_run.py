"""`--dry-run`: everything that can be known before a study runs, without what a study needs to run."""

import subprocess
import sys
from pathlib import Path

import pytest

from sweep.config.study_file import load
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
