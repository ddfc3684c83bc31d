"""Makes MLflow's accounts what the secrets say: admin, for people who administer it; sweep, which has only its own."""

from pathlib import Path
from typing import Any

from mlflow.server.auth.config import read_auth_config
from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

SECRETS = Path("/run/secrets")
ACCOUNTS = {"admin": ("mlflow_admin_password", True), "sweep": ("mlflow_password", False)}


def main() -> None:
    """Make those that are missing; give the others their password and their rights."""
    store: Any = SqlAlchemyStore()
    store.init_db(read_auth_config().database_uri)
    for name, (secret, is_admin) in ACCOUNTS.items():
        password = (SECRETS / secret).read_text()
        if not store.has_user(name):
            store.create_user(name, password, is_admin)
        elif not store.authenticate_user(name, password) or store.get_user(name).is_admin != is_admin:
            store.update_user(name, password, is_admin)


if __name__ == "__main__":
    main()
