"""A canary: passwords and tokens stand in nothing that is written or said, wherever they came from."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from sweep.cli.main import main as sweep
from tests.faults.launcher import STUDY, launch, world
from tests.sweep.postgres import PASSWORD, Postgres

CANARIES = {
    "RAY_AUTH_TOKEN": "canary-of-rays-token",
    "MLFLOW_TRACKING_PASSWORD": "canary-of-mlflows-password",
    "PGPASSWORD": "canary-of-the-environment",
}


def everything_written(folder: Path, ledger: str) -> bytes:
    """All files, and every row of every table."""
    files = b"".join(
        path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "study.yaml"
    )
    engine = sa.create_engine(ledger, poolclass=sa.NullPool)
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = [str(row) for table in tables.sorted_tables for row in connection.execute(sa.select(table))]
    return files + "\n".join(rows).encode()


@pytest.mark.timeout(300)
def test_no_secret_is_written_or_said(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, canary in CANARIES.items():
        monkeypatch.setenv(name, canary)
    ledger = postgres.database("canary")
    as_pretended = STUDY.replace("length: 4000", "length: 400")  # 60 timesteps of test data, as pretended trials have
    folder = world(tmp_path, f"{as_pretended}storage: {ledger}\n")
    assert launch(folder, "--trials", "5").wait() == 0
    monkeypatch.chdir(folder)
    assert sweep(["report", "study.yaml"]) == 0
    assert sweep(["doctor", "study.yaml"]) in (0, 1)
    written = everything_written(folder, ledger) + "".join(capfd.readouterr()).encode()
    assert b"stateless" in written
    assert [canary for canary in (*CANARIES.values(), PASSWORD) if canary.encode() in written] == []


@pytest.mark.parametrize("address", [f"me:{PASSWORD}@127.0.0.1:1/x", f"127.0.0.1:1/x?user=me&password={PASSWORD}"])
@pytest.mark.parametrize("command", ["launch", "report", "sync", "doctor"])
def test_an_error_tells_no_password(
    tmp_path: Path, command: str, address: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(f"{STUDY}storage: postgresql+psycopg://{address}\n")
    monkeypatch.chdir(tmp_path)
    assert sweep([command, str(study)]) == 69
    said = "".join(capfd.readouterr())
    assert "127.0.0.1:1" in said
    assert PASSWORD not in said
