"""How a launch logs in at MLflow's server, and which certificates of the server it accepts."""

import base64
import ssl
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from sweep.tracking import mlflow_private


def headers(tracking_uri: str) -> Mapping[str, str]:
    """The HTTP header that logs the launch in at the server; empty without an account and without a token."""
    login = mlflow_private.login(tracking_uri)
    if login.token:
        return {"Authorization": f"Bearer {login.token}"}
    user, password = login.username, login.password
    if not (user and password):
        parts = urlsplit(tracking_uri)
        user, password = (unquote(each or "") for each in (parts.username, parts.password))
    return basic(user, password) if user and password else {}


def basic(user: str, password: str) -> Mapping[str, str]:
    """The HTTP header of an account, for basic authentication."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def trusted(tracking_uri: str) -> ssl.SSLContext:
    """The server's certificates that the launch accepts. Raises OSError when they cannot be read."""
    login = mlflow_private.login(tracking_uri)
    context = ssl.create_default_context(cafile=login.server_cert_path)
    if login.ignore_tls_verification:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if login.client_cert_path:
        context.load_cert_chain(login.client_cert_path)
    return context
