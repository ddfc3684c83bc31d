"""All that this project uses of MLflow without MLflow's promise: private modules and names, as MLflow 3.17 has them.

tests/sweep/tracking/test_mlflow_private.py has a test of each.
"""

import re
from collections.abc import Mapping
from typing import Any

from mlflow.store.db.db_types import DATABASE_ENGINES
from mlflow.tracking.context.registry import resolve_tags
from mlflow.utils import request_utils
from mlflow.utils.credentials import get_default_host_creds

SHARED_VIEW_TAG = "mlflow.sharedViewState."  # of an experiment, then a name: a view of the page that users share
SHARED_VIEW_FIELD = "viewStateShareKey"  # of a link: the name of the shared view
VERSIONS_TAG = "mlflow.modelVersions"  # of a logged model: the names and numbers of its registered versions, in JSON
EXPERIMENT_KIND = {"mlflow.experimentKind": "custom_model_development"}  # tags; without them the page asks for the kind

Adapter: Any = request_utils.TCPKeepAliveHTTPAdapter  # by which the client sends its requests


def send_through(adapter: Any) -> Any:
    """Let the client send all that it sends to servers by another adapter; the one before."""
    module: Any = request_utils
    before = module.TCPKeepAliveHTTPAdapter
    if before is not adapter:
        module.TCPKeepAliveHTTPAdapter = adapter
        module._cached_get_request_session.cache_clear()  # noqa: SLF001  (of sessions that have the one before)
    return before


def is_database(tracking_uri: str) -> bool:
    """Whether MLflow would open the address as a database, not through a server nor as a folder."""
    return re.split(r"[:+]", tracking_uri, maxsplit=1)[0] in DATABASE_ENGINES


def status_of_foreign_answer(error: BaseException) -> int:
    """The HTTP status in the message of an error about an answer that is not MLflow's own; 0 in other messages."""
    match = re.search(r"failed with error code (\d{3})", str(error))
    return int(match[1]) if match else 0


def run_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """These tags, and those that MLflow gives every run: its user, its program, its Git commit."""
    return dict(resolve_tags(dict(tags)))


def login(tracking_uri: str) -> Any:
    """How MLflow's client would log in there, by its environment variables and ~/.mlflow/credentials.

    It has `username`, `password`, `token`, `ignore_tls_verification`, `server_cert_path` and `client_cert_path`; what
    is not set is None, or False.
    """
    return get_default_host_creds(tracking_uri)
