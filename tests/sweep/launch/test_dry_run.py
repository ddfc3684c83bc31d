"""`--dry-run`: everything that can be known before a study runs, without what a study needs to run."""

import subprocess
import sys
from pathlib import Path

STUDY = "name: small\ndata: {kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}\n"
NEEDLESS = {"ray", "mlflow", "optuna", "scipy", "statsmodels", "matplotlib", "sqlalchemy", "tensorflow", "rich"}


def test_a_dry_run_loads_none_of_the_libraries_of_a_launch(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    launch = f"main([{str(tmp_path / 'study.yaml')!r}, '--dry-run'])"
    program = f"import sys; from sweep.launch.__main__ import main; {launch}; print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("study     small: 24 trials at most")
    assert NEEDLESS.isdisjoint(ended.stderr.splitlines()[-1].split())
