"""MLflow's server or database: its address, how a launch logs in there, and what its errors mean."""

import base64
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import sqlalchemy
from google.protobuf.json_format import ParseError  # type: ignore[import-untyped]
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from sweep.config.addresses import absolute, sqlite_file
from sweep.core import redact
from sweep.core.alone import alone_in
from sweep.tracking import limits, mlflow_private

# What asking MLflow raises: its own errors and those of its database, of its wire and files, and of a strange answer.
ERRORS = (MlflowException, SQLAlchemyError, OSError, ParseError)
LONGEST_REASON = 500  # characters; an error may hold a whole answer
REFUSED = range(400, 500)
FOR_NOW = {401, 403, 404, 407, 408, 421, 425, 429, 499}  # a proxy without its server answers 404
FOR_GOOD = {"INVALID_STATE", "NOT_FOUND", "RESOURCE_DOES_NOT_EXIST"}  # with any status
ADVICE = {
    401: "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, for the next launch",
    403: "may this user write there, and does the server allow this host name (mlflow server --allowed-hosts)?",
}

T = TypeVar("T")


class ForeignAnswer(OSError):
    """What answers at MLflow's address is not MLflow, or not MLflow alone; why: what tells so."""

    def __init__(self, why: str) -> None:
        super().__init__(f"it answers, but not as MLflow does: {why}")


def new_client(tracking_uri: str) -> MlflowClient:
    """MLflow's client, which waits for no answer for ever.

    MLflow keeps the database that it opened for an address, so that `sqlite:///mlflow.db` would stay that of the
    working directory at the first use.
    """
    limits.enforce()
    return MlflowClient(absolute(tracking_uri))


def given(answered: T, what: str) -> T:
    """What MLflow has answered, where that is something. Raises ForeignAnswer: MLflow always says it.

    what  was asked for
    """
    if not answered:
        raise ForeignAnswer(f"its answer lacks {what}")
    return answered


def artifact_location(tracking_uri: str) -> str | None:
    """The address of the folder `mlruns` beside an SQLite file; None where a server decides."""
    path = sqlite_file(tracking_uri)
    return (path.parent / "mlruns").as_uri() if path else None


def try_database(tracking_uri: str) -> None:
    """Fail at once where MLflow would try ten times in 100 s; an SQLite file is created in its folder if need be.

    Raises OSError or SQLAlchemyError. SQLite is left in WAL mode, in which readers do not hold up the writer.
    """
    if not mlflow_private.is_database(tracking_uri):
        return
    path = sqlite_file(tracking_uri)
    engine = sqlalchemy.create_engine(tracking_uri)
    with engine.connect() as connection:
        if path:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    engine.dispose()


@contextmanager
def creating_alone(tracking_uri: str) -> Iterator[None]:
    """Let one launcher at a time make the tables of an SQLite file: MLflow fails where two do. Raises OSError."""
    path = sqlite_file(tracking_uri)
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with alone_in(path.parent):
        yield


def login_headers(tracking_uri: str) -> Mapping[str, str]:
    """The HTTP header that logs the launch in at the server; empty without an account and without a token."""
    login = mlflow_private.login(tracking_uri)
    if login.token:
        return {"Authorization": f"Bearer {login.token}"}
    user, password = login.username, login.password
    if not (user and password):
        parts = urlsplit(tracking_uri)
        user, password = (unquote(each or "") for each in (parts.username, parts.password))
    return basic_login(user, password) if user and password else {}


def basic_login(user: str, password: str) -> Mapping[str, str]:
    """The HTTP header of an account, for basic authentication."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def accepted_certificates(tracking_uri: str) -> ssl.SSLContext:
    """The server's certificates that the launch accepts. Raises OSError when they cannot be read."""
    login = mlflow_private.login(tracking_uri)
    context = ssl.create_default_context(cafile=login.server_cert_path)
    if login.ignore_tls_verification:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if login.client_cert_path:
        context.load_cert_chain(login.client_cert_path)
    return context


def refused(error: BaseException) -> bool:
    """Whether MLflow rejected a request permanently; after every other error a retry may succeed."""
    status = _status(error)
    if isinstance(error, MlflowException) and error.error_code in FOR_GOOD:
        return True
    return status in REFUSED and status not in FOR_NOW


def explained(error: BaseException) -> str:
    """Why a request failed, in one line without passwords, and what to do if anything helps."""
    advice = ADVICE.get(_status(error))
    return f"{reason(error)} ({advice})" if advice else reason(error)


def _status(error: BaseException) -> int:
    """The answer's HTTP status; 0 where there was no answer."""
    answer = getattr(error, "response", None)  # of an error of the library requests, which sends files
    if answer is not None:
        return int(answer.status_code)
    status = mlflow_private.status_of_foreign_answer(error)
    if not status and isinstance(error, MlflowException):
        return int(error.get_http_status_code())
    return status


def reason(error: BaseException) -> str:
    """The first cause of an error, in one line without passwords."""
    if isinstance(error, ParseError):
        error = ForeignAnswer(f"its answer is none to what was asked: {error}")
    while cause := _cause(error):
        error = cause
    lines = str(error).strip().splitlines() or [type(error).__name__]
    said = redact.text(lines[0][: 4 * LONGEST_REASON])  # a password that is cut here is not shown
    return said if len(said) <= LONGEST_REASON else f"{said[:LONGEST_REASON]}..."


def _cause(error: BaseException) -> BaseException | None:
    """The error that led to another one. urllib3 may have it as an argument alone."""
    within = error.args[-1] if error.args else None
    return error.__cause__ or error.__context__ or (within if isinstance(within, BaseException) else None)
