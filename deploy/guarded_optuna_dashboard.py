"""Optuna's dashboard for reading: behind a password and a check of the Host header, with connections that cannot write.

gunicorn serves what `application` returns. The environment says which ledger (SWEEP_STORAGE), under which addresses
browsers open it (DASHBOARD_HOSTS) and where the password is (DASHBOARD_PASSWORD_FILE).
"""

import functools
import hmac
import os
from base64 import b64encode
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import optuna_dashboard
import sqlalchemy as sa

from sweep.core.errors import ServiceUnavailable
from sweep.study.storage import database
from sweep.study.storage.optuna_storage import read_storage

ACCOUNT = "viewer"
METHODS = ("GET", "HEAD")
HEALTH = "/health"


def application() -> WSGIApplication:
    """The dashboard behind its guard. Raises ValueError when the password's file is empty."""
    password = Path(os.environ["DASHBOARD_PASSWORD_FILE"]).read_text().strip()
    hosts = os.environ["DASHBOARD_HOSTS"].split(",")
    return _guarded(_dashboard(os.environ["SWEEP_STORAGE"]), hosts, password)


def _guarded(pages: WSGIApplication, hosts: list[str], password: str) -> WSGIApplication:
    if not password:
        raise ValueError("the dashboard's password is empty")
    login = b64encode(f"{ACCOUNT}:{password}".encode())

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = functools.partial(_answer, environ, start_response)
        if _is_health_check(environ):
            return answer(HTTPStatus.OK)
        if environ.get("HTTP_HOST") not in hosts:
            return answer(HTTPStatus.FORBIDDEN, f"open http://{hosts[0]}")
        if not _has(environ, login):
            return answer(HTTPStatus.UNAUTHORIZED, WWW_Authenticate='Basic realm="ledger", charset="UTF-8"')
        if environ["REQUEST_METHOD"] not in METHODS:
            return answer(HTTPStatus.METHOD_NOT_ALLOWED, "these pages only show the ledger", Allow=", ".join(METHODS))
        return pages(environ, start_response)

    return guarded


def _is_health_check(environ: WSGIEnvironment) -> bool:
    """Whether the container asks itself; it needs no password for what says nothing."""
    return environ["PATH_INFO"] == HEALTH and environ.get("HTTP_HOST") == f"127.0.0.1:{environ['SERVER_PORT']}"


def _has(environ: WSGIEnvironment, login: bytes) -> bool:
    scheme, _, given = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return scheme.lower() == "basic" and hmac.compare_digest(given.strip().encode(), login)


def _dashboard(storage: str) -> WSGIApplication:
    """Optuna's pages, opened by the first request that finds a ledger: the first study makes its tables."""

    @functools.cache  # which keeps no exception
    def opened() -> WSGIApplication:
        with database.reading(storage) as connection:
            if not sa.inspect(connection).has_table("studies"):
                raise ServiceUnavailable("the ledger is empty: no study has been launched yet")
        pages: WSGIApplication = optuna_dashboard.wsgi(read_storage(storage))
        return pages

    def pages(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            application = opened()
        except ServiceUnavailable as error:
            return _answer(environ, start_response, HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        return application(environ, start_response)

    return pages


def _answer(
    environ: WSGIEnvironment, start_response: StartResponse, status: HTTPStatus, why: str = "", **headers: str
) -> list[bytes]:
    text = f"{status.phrase}{': ' if why else ''}{why}\n".encode()
    told = [(name.replace("_", "-"), value) for name, value in headers.items()]
    plain = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
    start_response(f"{status.value} {status.phrase}", [*plain, *told])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [text]
