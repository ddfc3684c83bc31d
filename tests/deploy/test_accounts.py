"""MLflow's accounts are what the secrets say, whatever they were before."""

import importlib.util
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.paths import ROOT

pytestmark = pytest.mark.filterwarnings("ignore:No path_separator found in configuration:DeprecationWarning")
AUTH = "[mlflow]\ndefault_permission = NO_PERMISSIONS\ndatabase_uri = sqlite:///{}\nadmin_username = admin\n"


@pytest.fixture(scope="module")
def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mlflow_accounts", ROOT / "deploy" / "mlflow_accounts.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings(action="ignore"):  # MLflow's server is not ours to mend
        spec.loader.exec_module(module)
    return module


@pytest.fixture
def start(program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Starts the server with these secrets, as far as its accounts go; returns them."""
    (tmp_path / "auth.ini").write_text(AUTH.format(tmp_path / "auth.db"))
    monkeypatch.setenv("MLFLOW_AUTH_CONFIG_PATH", str(tmp_path / "auth.ini"))
    monkeypatch.setattr(program, "SECRETS", tmp_path)

    def begin(**secrets: str) -> Any:
        for name, text in secrets.items():
            (tmp_path / name).write_text(text)
        program.main()
        store = program.SqlAlchemyStore()
        store.init_db(f"sqlite:///{tmp_path}/auth.db")
        return store

    return begin


def test_what_studies_log_in_with_is_no_administrator(start: Any) -> None:
    store = start(mlflow_admin_password="a" * 64, mlflow_password="s" * 64)
    assert {user.username: user.is_admin for user in store.list_users()} == {"admin": True, "sweep": False}
    assert store.authenticate_user("admin", "a" * 64)
    assert store.authenticate_user("sweep", "s" * 64)


def test_a_changed_secret_is_the_password_from_the_next_start_on(start: Any) -> None:
    start(mlflow_admin_password="a" * 64, mlflow_password="s" * 64)
    store = start(mlflow_password="t" * 64)
    assert store.authenticate_user("sweep", "t" * 64)
    assert not store.authenticate_user("sweep", "s" * 64)
    assert store.authenticate_user("admin", "a" * 64)


def test_an_account_that_was_given_rights_loses_them(start: Any) -> None:
    start(mlflow_admin_password="a" * 64, mlflow_password="s" * 64).update_user("sweep", is_admin=True)
    assert not start().get_user("sweep").is_admin
