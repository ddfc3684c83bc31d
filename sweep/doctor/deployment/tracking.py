"""Checks of MLflow's server: whom it lets in, what it runs for them, and what web pages can make it do."""

import json
import secrets
import ssl
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.doctor.case import Finding
from sweep.doctor.deployment.http import Answer, Site
from sweep.doctor.deployment.network import unencrypted
from sweep.doctor.deployment.scene import Check, Surroundings, Unclear, Unseen
from sweep.tracking import credentials

SEARCH, ONE = "/api/2.0/mlflow/experiments/search", {"max_results": 1}
JOBS = "/ajax-api/3.0/jobs/"
IMPOSSIBLE = {"job_name": "invoke_scorer", "params": {}}  # refused for what it lacks, where it is not for all jobs
ASSISTANT = "/ajax-api/3.0/mlflow/assistant/config"
WHO = "/api/2.0/mlflow/users/current"
STRANGE = "evil.example"  # a name that nobody has: RFC 2606
OLD_ACCOUNT = ("admin", "password1234")  # MLflow made it by itself before 3.0, and many have kept it
NO_ACCOUNT = "it takes an account, and here is none that it knows (MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD)"
UNSEEN = "whom it would let in cannot be seen"


def server(around: Surroundings) -> Site | Unseen | None:
    """The tracking server."""
    url = around.tracking
    if not url.startswith(("http://", "https://")):
        return None
    try:
        site = Site(url, credentials.headers(url), credentials.trusted(url))
        status = site.ask(SEARCH, site.own, ONE).status
    except (ServiceUnavailable, OSError, ValueError) as error:
        return Unseen(
            Finding(f"MLflow: {redact.text(str(error))}", UNSEEN, "start it, or say where it is, and look again")
        )
    if status in (200, 401, 403):
        return site
    what = f"{site.address} answers {status} where MLflow has its experiments"
    return Unseen(
        Finding(what, "it cannot be an MLflow server", "correct MLFLOW_TRACKING_URI, or `tracking`, and look again")
    )


def intruders(site: Site) -> Iterator[Finding]:
    """Whether it answers without a password, with a wrong one, or with one that everybody knows."""
    tries = {
        "without a password": {},
        "with a wrong password": credentials.basic("sweep-doctor", secrets.token_hex(8)),
        f"as {OLD_ACCOUNT[0]} with the password that older versions of MLflow gave it": credentials.basic(*OLD_ACCOUNT),
    }
    for how, shown in tries.items():
        if site.ask(SEARCH, shown, ONE).let_in:
            yield Finding(
                f"MLflow at {site.address} lets anybody in {how}",
                "whoever reaches it can read, change and delete every run and model",
                "change that password"
                if how.startswith("as")
                else "start it with `mlflow server --app-name basic-auth`, or behind a proxy that asks for a password",
            )
            return


def administrator(site: Site) -> Iterator[Finding]:
    """Whether a launch could do more than keep its experiments; each worker knows its password."""
    answer = site.ask(WHO, site.own)
    if answer.status == 404:
        raise Unclear("it has no accounts, or is of a version that does not say")
    if _told(answer).get("user", {}).get("is_admin"):
        yield Finding(
            "a launch's account in MLflow is its administrator",
            "a program in any worker, a bad dependency, can read and delete everybody's runs and make accounts",
            "let a launch have an account of its own: MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD",
        )


def rebinding(site: Site) -> Iterator[Finding]:
    """Whether it answers by a name that is not its own."""
    if site.ask("/", {"Host": STRANGE}).let_in:
        yield Finding(
            f"MLflow at {site.address} answers by any name (a foreign Host header)",
            "a web page whose name was made to point there can use MLflow through the browser that shows it",
            "`mlflow server --allowed-hosts`, with the names and ports by which it is reached",
        )


def forgery(site: Site) -> Iterator[Finding]:
    """Whether it lets a web page of another origin write."""
    origin = {"Origin": f"http://{STRANGE}"}
    answer = site.ask(SEARCH, origin, ONE)
    if answer.status == 401:  # asked for the password first, which the browser of whoever has it sends along
        answer = site.ask(SEARCH, {**origin, **site.own}, ONE)
    if answer.status == 401:
        raise Unclear(NO_ACCOUNT)
    if answer.let_in:
        yield Finding(
            f"MLflow at {site.address} lets web pages of any origin write (a foreign Origin header)",
            "a page in the browser of somebody who may use MLflow changes and deletes runs there",
            "`mlflow server --cors-allowed-origins`, with the addresses of its own pages, never *",
        )


def jobs(site: Site) -> Iterator[Finding]:
    """Whether it takes jobs to run; what is sent lacks what any job needs, so that none is made."""
    answer = site.ask(JOBS, site.own, IMPOSSIBLE)
    if answer.status in (404, 405) or "not enabled" in answer.text or "not satisfied" in answer.text:
        return
    if "Missing required" not in answer.text:
        raise Unclear(_why(answer))
    yield Finding(
        f"MLflow at {site.address} runs jobs",
        "whoever may use it has its machine run programs of MLflow's with what the server may reach",
        "start it with MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false",
    )


def assistant(site: Site) -> Iterator[Finding]:
    """Whether its assistant works for other machines."""
    answer = site.ask(ASSISTANT, site.own)
    if answer.status != 404 and _told(answer).get("remote_access_allowed"):
        yield Finding(
            f"the assistant of MLflow at {site.address} works for other machines",
            "it runs commands on the server for whoever may use it",
            "start MLflow without MLFLOW_ENABLE_REMOTE_ASSISTANT",
        )


def framing(site: Site) -> Iterator[Finding]:
    """Whether its pages may be shown inside others'."""
    headers = site.ask("/", site.own).headers
    if "x-frame-options" not in headers and "frame-ancestors" not in headers.get("content-security-policy", ""):
        yield Finding(
            f"the pages of MLflow at {site.address} can be shown inside pages of others",
            "a click meant for the page around it deletes a run",
            "start it with MLFLOW_SERVER_X_FRAME_OPTIONS=DENY, and not NONE",
        )


def wire(site: Site) -> Iterator[Finding]:
    """Whether others can read along what is sent to it, or answer in its place."""
    if site.encrypted and site.trusted and site.trusted.verify_mode == ssl.CERT_NONE:
        why = "anybody on the way can answer in its place, and learn the password"
        remedy = "unset MLFLOW_TRACKING_INSECURE_TLS; MLFLOW_TRACKING_SERVER_CERT_PATH names a certificate of your own"
        yield Finding("MLflow's certificate is not checked", why, remedy)
    if not site.encrypted:
        why = "whoever listens on the wire reads the password and the results"
        yield from unencrypted("MLflow", site.host, why, "reach it by https, through a proxy or an ssh tunnel")


def _told(answer: Answer) -> Mapping[str, Any]:
    """An answer's JSON. Raises Unclear where there is none."""
    try:
        if answer.status == 200:
            return dict(json.loads(answer.text))
    except ValueError:
        pass
    raise Unclear(_why(answer))


def _why(answer: Answer) -> str:
    if answer.status == 401:
        return NO_ACCOUNT
    return f"{answer.address} answered {answer.status}"


CHECKS: Iterable[Check[Any]] = (
    Check("MLflow", "MLflow lets nobody in without a password, a wrong one, or the old default one", server, intruders),
    Check("MLflow", "a launch's account in MLflow is no administrator", server, administrator),
    Check("MLflow", "MLflow refuses a foreign Host header", server, rebinding),
    Check("MLflow", "MLflow refuses to write for a foreign Origin", server, forgery),
    Check("MLflow", "MLflow runs no jobs", server, jobs),
    Check("MLflow", "MLflow's assistant does not work for other machines", server, assistant),
    Check("MLflow", "MLflow's pages cannot be shown inside others", server, framing),
    Check("MLflow", "what is sent to MLflow stays on this machine, or is encrypted", server, wire),
)
