"""Checks of MLflow's server: who may use it, what it runs for them, and what web pages of others can make it do."""

import json
import secrets
import ssl
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.doctor.checks import Finding
from sweep.doctor.deployment.checks import Check, Deployment, Inconclusive, NotChecked, unreachable
from sweep.doctor.deployment.http_service import Answer, HttpService
from sweep.doctor.deployment.network import unencrypted
from sweep.tracking.server import accepted_certificates, basic_login, login_headers

SEARCH, ONE = "/api/2.0/mlflow/experiments/search", {"max_results": 1}
JOBS = "/ajax-api/3.0/jobs/"
INCOMPLETE_JOB = {"job_name": "invoke_scorer", "params": {}}  # a server that runs jobs refuses it for what it lacks
ASSISTANT = "/ajax-api/3.0/mlflow/assistant/config"
CURRENT_USER = "/api/2.0/mlflow/users/current"
FOREIGN_HOST = "evil.example"  # a name that nobody has: RFC 2606
OLD_ACCOUNT = ("admin", "password1234")  # MLflow before 3.0 created it, and many servers still have it
NO_ACCOUNT = "it takes an account, and here is none that it knows (MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD)"
BASIC_AUTH = "start it with `mlflow server --app-name basic-auth`, or behind a proxy that asks for a password"


def server(deployment: Deployment) -> HttpService | NotChecked | None:
    """The tracking server; None where a launch uses no server."""
    url = deployment.tracking
    if not url.startswith(("http://", "https://")):
        return None
    try:
        service = HttpService(url, login_headers(url), accepted_certificates(url))
        status = service.request(SEARCH, service.login, ONE).status
    except (ServiceUnavailable, OSError, ValueError) as error:
        return unreachable(f"MLflow: {redact.text(str(error))}", "start it, or say where it is, and look again")
    return service if status in (200, 401, 403) else NotChecked(_other_service(service, status))


def _other_service(service: HttpService, status: int) -> Finding:
    return Finding(
        f"{service.address} answers {status} where MLflow has its experiments",
        "it cannot be an MLflow server",
        "correct MLFLOW_TRACKING_URI, or `tracking`, and look again",
    )


def authentication(service: HttpService) -> Iterator[Finding]:
    """Whether it answers a caller without a password, with a wrong one, or with MLflow's old default password."""
    for how, headers, remedy in _logins():
        if service.request(SEARCH, headers, ONE).accepted:
            yield Finding(
                f"MLflow at {service.address} lets anybody in {how}",
                "anyone who can reach it can read, change and delete every run and model",
                remedy,
            )
            return


def _logins() -> Iterator[tuple[str, Mapping[str, str], str]]:
    """Logins that a server must refuse: in words, as HTTP headers, and what to do where they are accepted."""
    yield "without a password", {}, BASIC_AUTH
    yield "with a wrong password", basic_login("sweep-doctor", secrets.token_hex(8)), BASIC_AUTH
    name = f"as {OLD_ACCOUNT[0]} with the password that older versions of MLflow gave it"
    yield name, basic_login(*OLD_ACCOUNT), "change that password"


def administrator(service: HttpService) -> Iterator[Finding]:
    """Whether a launch's account may do more than write its experiments. Every worker knows its password."""
    answer = service.request(CURRENT_USER, service.login)
    if answer.status == 404:
        raise Inconclusive("it has no accounts, or is of a version that does not say")
    if _content(answer).get("user", {}).get("is_admin"):
        yield Finding(
            "a launch's account in MLflow is its administrator",
            "a program in any worker, a bad dependency, can read and delete everybody's runs and make accounts",
            "let a launch have an account of its own: MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD",
        )


def host_header(service: HttpService) -> Iterator[Finding]:
    """Whether it answers requests for another host name."""
    if service.request("/", {"Host": FOREIGN_HOST}).accepted:
        yield Finding(
            f"MLflow at {service.address} answers by any name (a foreign Host header)",
            "a web page whose name was made to point there can use MLflow through the browser that shows it",
            "`mlflow server --allowed-hosts`, with the names and ports by which it is reached",
        )


def origin_header(service: HttpService) -> Iterator[Finding]:
    """Whether it lets a web page of another origin write."""
    origin = {"Origin": f"http://{FOREIGN_HOST}"}
    answer = service.request(SEARCH, origin, ONE)
    if answer.status == 401:  # a browser that knows the password sends it along
        answer = service.request(SEARCH, {**origin, **service.login}, ONE)
    if answer.status == 401:
        raise Inconclusive(NO_ACCOUNT)
    if answer.accepted:
        yield Finding(
            f"MLflow at {service.address} lets web pages of any origin write (a foreign Origin header)",
            "a page in the browser of somebody who may use MLflow changes and deletes runs there",
            "`mlflow server --cors-allowed-origins`, with the addresses of its own pages, never *",
        )


def jobs(service: HttpService) -> Iterator[Finding]:
    """Whether it runs jobs. The job that is sent lacks required parameters, so that none is created."""
    answer = service.request(JOBS, service.login, INCOMPLETE_JOB)
    if answer.status in (404, 405) or "not enabled" in answer.text or "not satisfied" in answer.text:
        return
    if "Missing required" not in answer.text:
        raise Inconclusive(_reason(answer))
    yield Finding(
        f"MLflow at {service.address} runs jobs",
        "anyone who may use it can make its machine run programs of MLflow's, which reach what the server reaches",
        "start it with MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false",
    )


def assistant(service: HttpService) -> Iterator[Finding]:
    """Whether its assistant works for other machines."""
    answer = service.request(ASSISTANT, service.login)
    if answer.status != 404 and _content(answer).get("remote_access_allowed"):
        yield Finding(
            f"the assistant of MLflow at {service.address} works for other machines",
            "it runs commands on the server for anyone who may use it",
            "start MLflow without MLFLOW_ENABLE_REMOTE_ASSISTANT",
        )


def framing(service: HttpService) -> Iterator[Finding]:
    """Whether web pages of others may contain its pages."""
    headers = service.request("/", service.login).headers
    if "x-frame-options" not in headers and "frame-ancestors" not in headers.get("content-security-policy", ""):
        yield Finding(
            f"the pages of MLflow at {service.address} can be shown inside pages of others",
            "a click meant for the page around it deletes a run",
            "start it with MLFLOW_SERVER_X_FRAME_OPTIONS=DENY, and not NONE",
        )


def encryption(service: HttpService) -> Iterator[Finding]:
    """Whether others can read the traffic to it, or answer in its place."""
    if service.encrypted and service.certificates and service.certificates.verify_mode == ssl.CERT_NONE:
        why = "another machine on the way can answer in its place, and learn the password"
        remedy = "unset MLFLOW_TRACKING_INSECURE_TLS; MLFLOW_TRACKING_SERVER_CERT_PATH names a certificate of your own"
        yield Finding("MLflow's certificate is not checked", why, remedy)
    if not service.encrypted:
        why = "anyone who can read the traffic learns the password and the results"
        yield from unencrypted("MLflow", service.host, why, "reach it by https, through a proxy or an ssh tunnel")


def _content(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of an answer. Raises Inconclusive where there is none."""
    try:
        if answer.status == 200:
            return dict(json.loads(answer.text))
    except ValueError:
        pass
    raise Inconclusive(_reason(answer))


def _reason(answer: Answer) -> str:
    if answer.status == 401:
        return NO_ACCOUNT
    return f"{answer.address} answered {answer.status}"


CHECKS: Iterable[Check[Any]] = (
    Check(
        "MLflow",
        "MLflow lets nobody in without a password, a wrong one, or the old default one",
        server,
        authentication,
    ),
    Check("MLflow", "a launch's account in MLflow is no administrator", server, administrator),
    Check("MLflow", "MLflow refuses a foreign Host header", server, host_header),
    Check("MLflow", "MLflow refuses to write for a foreign Origin", server, origin_header),
    Check("MLflow", "MLflow runs no jobs", server, jobs),
    Check("MLflow", "MLflow's assistant does not work for other machines", server, assistant),
    Check("MLflow", "MLflow's pages cannot be shown inside others", server, framing),
    Check("MLflow", "what is sent to MLflow stays on this machine, or is encrypted", server, encryption),
)
