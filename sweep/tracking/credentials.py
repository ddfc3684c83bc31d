"""What a launch shows MLflow's server so that it is let in, and how it knows that server."""

import base64
import ssl
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from mlflow.utils.credentials import get_default_host_creds


def headers(tracking_uri: str) -> Mapping[str, str]:
    """The header by which the server knows the launch; none where there is no account and no token for it."""
    told = get_default_host_creds(tracking_uri)  # type: ignore[no-untyped-call]
    if told.token:
        return {"Authorization": f"Bearer {told.token}"}
    user, password = told.username, told.password
    if not (user and password):
        parts = urlsplit(tracking_uri)
        user, password = (unquote(each or "") for each in (parts.username, parts.password))
    return basic(user, password) if user and password else {}


def basic(user: str, password: str) -> Mapping[str, str]:
    """The header of an account."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def trusted(tracking_uri: str) -> ssl.SSLContext:
    """The certificates that the launch believes. Raises OSError when they cannot be read."""
    told = get_default_host_creds(tracking_uri)  # type: ignore[no-untyped-call]
    context = ssl.create_default_context(cafile=told.server_cert_path)
    if told.ignore_tls_verification:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if told.client_cert_path:
        context.load_cert_chain(told.client_cert_path)
    return context
