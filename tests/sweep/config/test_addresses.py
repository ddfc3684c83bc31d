"""The addresses of the ledger and of MLflow: one line says what is wrong, before anything is opened or written."""

from pathlib import Path

import pytest

from sweep.config.study_file import load
from sweep.core.errors import ConfigError

STUDY = "name: small\ndata: {kind: task, name: random_labels}\n"
WRONG = {
    "storage=sqlite://": "storage: is in memory, where nothing would be kept; name a file, as in sqlite:///sweep.db",
    "storage='sqlite:///:memory:'": "storage: is in memory, where nothing would be kept",
    "storage=sqlite:///sweep.db?mode=ro": "storage: takes no options, and mode would have no effect",
    "storage=mysql://me@db/sweep": "storage: should be a database of SQLite or PostgreSQL, .* and not of mysql",
    "storage=sweep.db": "storage: should be a database's URL, here sqlite:///sweep.db",
    "storage=/data/my study.sqlite": "storage: should be a database's URL, here sqlite:////data/my study.sqlite",
    "storage=db.example.com:5432": r"storage: .*, here postgresql\+psycopg://USER:PASSWORD@db.example.com:5432/DATABASE",
    "storage=sweep": "storage: should be a database's URL, such as sqlite:///sweep.db",
    "tracking=mlflow.db": "tracking: would be a folder of that name; write sqlite:///mlflow.db",
    "tracking=./runs/mlflow.sqlite3": "tracking: would be a folder of that name; write sqlite:///./runs/mlflow.sqlite3",
    "tracking=localhost:5000": "tracking: would be a folder of that name; write http://localhost:5000",
    "tracking=localhost": "tracking: would be a folder of that name; write http://localhost",
    "tracking=127.0.0.1:5000/base": "tracking: would be a folder of that name; write http://127.0.0.1:5000/base",
    "tracking='[::1]:5000'": r"tracking: would be a folder of that name; write http://\[::1\]:5000",
    "tracking=sqlite:mlflow.db": "tracking: would be a folder of that name; an address of sqlite begins with sqlite://",
    "tracking=http:/mlflow:5000": "tracking: would be a folder of that name; an address of http begins with http://",
    "tracking=htp://mlflow:5000": r"tracking: MLflow knows no htp://; did you mean http://\?",
    "tracking=wss://mlflow:5000": "tracking: MLflow knows no wss://; http:// is that of a server",
    "tracking=sqlite://": "tracking: is in memory, where nothing would be kept",
    "tracking=sqlite:///mlflow.db?cache=shared": "tracking: takes no options, and cache would have no effect",
}
SHARED = [
    ("sqlite:///sweep.db", "sqlite:///sweep.db"),
    ("sqlite:///sweep.db", "sqlite:///./there/../sweep.db"),
    ("postgresql+psycopg://sweep@db/one", "postgresql://mlflow:secret@db:5432/one"),
]
APART = [
    ("sqlite:///sweep.db", "sqlite:///mlflow.db"),
    ("postgresql+psycopg://sweep@db/one", "postgresql://mlflow@db/two"),
    ("postgresql+psycopg://sweep@db/one", "postgresql://mlflow@db:5433/one"),
    ("postgresql+psycopg:///one?host=/tmp", "postgresql:///one?host=/run"),
    ("sqlite:///sweep.db", "mlruns"),
    ("sqlite:///sweep.db", "./runs/mlflow.d/5000"),
    ("sqlite:///sweep.db", "databricks"),
    ("sqlite:///sweep.db", "http://[::1]:5000/base"),
]


@pytest.fixture(autouse=True)
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study file in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(STUDY)
    return tmp_path / "study.yaml"


@pytest.mark.parametrize("override", WRONG)
def test_what_is_wrong_with_an_address_is_said(override: str) -> None:
    with pytest.raises(ConfigError, match=f"^--set {WRONG[override]}"):
        load("study.yaml", [override])


@pytest.mark.parametrize("address", ["me:secret@localhost:5000", "postgresql:me:secret@host/db", "me:secret@x/a.db"])
@pytest.mark.parametrize("field", ["storage", "tracking"])
def test_a_password_in_what_is_no_address_is_not_repeated(field: str, address: str) -> None:
    try:
        load("study.yaml", [f"{field}={address}"])
    except ConfigError as error:
        assert "secret" not in str(error)  # noqa: PT017  (some are folders)


@pytest.mark.parametrize(("storage", "tracking"), SHARED)
def test_one_database_for_both_is_refused_however_it_is_written(storage: str, tracking: str) -> None:
    with pytest.raises(ConfigError, match=r"tracking: is the database of the ledger \(storage\) too") as error:
        load("study.yaml", [f"storage={storage}", f"tracking={tracking}"])
    assert "secret" not in str(error.value)


def test_a_link_to_the_ledger_is_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "sweep.db")
    with pytest.raises(ConfigError, match="is the database of the ledger"):
        load("study.yaml", ["tracking=sqlite:///link.db"])


@pytest.mark.parametrize(("storage", "tracking"), APART)
def test_two_databases_are_accepted(storage: str, tracking: str) -> None:
    config = load("study.yaml", [f"storage={storage}", f"tracking={tracking}"]).config
    assert (config.storage, config.tracking) == (storage, tracking)


def test_of_what_the_environment_sets_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWEEP_STORAGE", "sqlite://")
    with pytest.raises(ConfigError, match=r"^SWEEP_STORAGE: is in memory"):
        load("study.yaml")
    monkeypatch.setenv("SWEEP_STORAGE", "sqlite:///here.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///here.db")
    with pytest.raises(ConfigError, match=r"^MLFLOW_TRACKING_URI: is the database of the ledger"):
        load("study.yaml")
