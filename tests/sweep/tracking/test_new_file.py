"""That a new file can be made for MLflow is seen without MLflow."""

from pathlib import Path

import pytest

from sweep.tracking import new_file


def test_a_file_that_is_not_there_is_made_in_its_folder(tmp_path: Path) -> None:
    assert new_file.is_made(f"sqlite:///{tmp_path}/new/mlflow.db")
    assert (tmp_path / "new" / "mlflow.db").exists()
    assert new_file.is_made(f"sqlite:///{tmp_path}/new/mlflow.db")  # it still has no tables


def test_a_file_with_tables_is_not_new(tmp_path: Path, empty_database: bytes) -> None:
    (tmp_path / "mlflow.db").write_bytes(empty_database)
    assert not new_file.is_made(f"sqlite:///{tmp_path}/mlflow.db")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "postgresql+psycopg://me@nowhere/mlflow"])
def test_neither_is_what_is_no_file(address: str) -> None:
    assert not new_file.is_made(address)


def test_of_what_cannot_be_a_database_mlflow_itself_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database, but long enough to be looked at as one")
    assert not new_file.is_made(f"sqlite:///{tmp_path}/file")
    assert not new_file.is_made(f"sqlite:///{tmp_path}/file/mlflow.db")
