"""Optuna's dashboard shows the ledger to people who know its password, and changes nothing."""

import importlib.util
import sqlite3
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import pytest
from optuna.storages import RDBStorage

from sweep.study.storage.optuna_storage import close_storage, create_study, open_storage
from tests.paths import ROOT

PASSWORD = "canary-of-the-dashboard"
HOST = "127.0.0.1:18080"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


Ask = Callable[..., Answer]


def fake_pages(storage: RDBStorage) -> WSGIApplication:
    """The names of the studies: what Optuna's dashboard shows, as plain text, whatever the method."""

    def pages(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [study.study_name.encode() for study in storage.get_all_studies()]

    return pages


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The program with a ledger, addresses and a password of the test's own; the pages are in the image only."""
    pages = ModuleType("optuna_dashboard")
    pages.wsgi = fake_pages  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "optuna_dashboard", pages)
    (tmp_path / "password").write_text(PASSWORD)
    monkeypatch.setenv("DASHBOARD_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("DASHBOARD_HOSTS", f"{HOST},localhost:18080")
    monkeypatch.setenv("SWEEP_STORAGE", f"sqlite:///{tmp_path}/sweep.db")
    spec = importlib.util.spec_from_file_location("dashboard", ROOT / "deploy" / "guarded_optuna_dashboard.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def study(program: ModuleType, tmp_path: Path) -> str:
    """The name of a study in the ledger."""
    storage = open_storage(f"sqlite:///{tmp_path}/sweep.db")
    create_study(storage, "traffic-6h", "minimize")
    close_storage(storage)
    return "traffic-6h"


@pytest.fixture
def ask(program: ModuleType) -> Ask:
    """Sends a request, as of a person who knows the password unless told otherwise."""
    application = program.application()

    def ask(path: str = "/", *, host: str | None = HOST, login: str = basic(), method: str = "GET") -> Answer:
        environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "SERVER_PORT": "8080", "HTTP_AUTHORIZATION": login}
        setup_testing_defaults(environ)
        environ.pop("HTTP_HOST") if host is None else environ.update(HTTP_HOST=host)
        told: list[tuple[str, dict[str, str]]] = []
        body = application(environ, lambda status, headers: told.append((status, dict(headers))))
        status, headers = told[0]
        return Answer(int(status[:3]), headers, b"".join(body).decode())

    return ask


def basic(account: str = "viewer", password: str = PASSWORD) -> str:
    return "Basic " + b64encode(f"{account}:{password}".encode()).decode()


@pytest.mark.parametrize("host", [HOST, "localhost:18080"])
def test_the_ledger_is_shown_at_the_published_addresses(ask: Ask, study: str, host: str) -> None:
    assert ask(host=host) == Answer(200, {}, study)


@pytest.mark.parametrize(
    "login",
    ["", "Basic", "Basic é", basic(password=""), basic(password="guess"), basic("sweep"), f"Bearer {PASSWORD}"],
)
def test_nothing_is_shown_without_the_password(ask: Ask, study: str, login: str) -> None:
    answer = ask(login=login)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert study not in answer.text


@pytest.mark.parametrize("host", [None, "", "evil.example", "evil.example:18080", f"{HOST},evil.example", "127.0.0.1"])
def test_a_web_page_that_makes_its_own_name_point_here_is_shown_nothing(ask: Ask, study: str, host: str | None) -> None:
    answer = ask(host=host)
    assert (answer.status, study in answer.text) == (403, False)


@pytest.mark.parametrize("method", ["DELETE", "POST", "PUT", "PATCH", "OPTIONS", "TRACE"])
def test_not_even_with_the_password_is_anything_changed(ask: Ask, method: str) -> None:
    answer = ask("/api/studies/1", method=method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_the_container_s_own_health_check_needs_no_password_and_opens_no_other_page(ask: Ask, study: str) -> None:
    assert ask("/health", host="127.0.0.1:8080", login="") == ask("/health", host="127.0.0.1:8080")
    assert ask("/health", host="127.0.0.1:8080", login="").status == 200
    assert ask("/health", host="evil.example", login="").status == 403
    assert ask("/", host="127.0.0.1:8080").status == 403


def test_a_refusal_of_a_head_request_has_no_body(ask: Ask) -> None:
    assert ask(login="", method="HEAD").text == ""


def test_before_the_first_study_it_says_so_and_shows_that_study_later(
    ask: Ask, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    assert ask().status == 503
    sqlite3.connect(tmp_path / "sweep.db").close()
    answer = ask()
    assert (answer.status, "no study has been launched yet" in answer.text) == (503, True)
    study: str = request.getfixturevalue("study")
    assert ask().text == study


def test_an_empty_password_lets_nobody_in_since_it_does_not_start(program: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("\n")
    with pytest.raises(ValueError, match="password is empty"):
        program.application()
