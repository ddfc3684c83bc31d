import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT


@pytest.mark.parametrize(
    ("secret", "line"),
    [
        ("ledger_password", "postgres:5432:sweep:sweep:canary"),
        ("viewer_password", "postgres:5432:sweep:viewer:canary"),
        ("mlflow_database_password", "postgres:5432:*:mlflow:canary"),
    ],
)
def test_libpq_finds_the_password_of_the_role_whose_secret_the_service_has(
    tmp_path: Path, secret: str, line: str
) -> None:
    (tmp_path / secret).write_text("canary")
    script = (ROOT / "deploy" / "entrypoint.sh").read_text().replace("/run/secrets", str(tmp_path))
    show = ["sh", "-c", 'cat "$PGPASSFILE"; stat -c %a "$PGPASSFILE"']
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    shown = subprocess.run(
        ["sh", "-c", script, "entrypoint", *show], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines() == [line, "600"]
