"""Checks of Ray: its head and its job API refuse unauthenticated callers, and traffic to them is encrypted."""

import os
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

from sweep.config.addresses import shared_cluster
from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.doctor.checks import Finding, note
from sweep.doctor.deployment.checks import Check, Deployment, NotChecked, unreachable
from sweep.doctor.deployment.http_service import HttpService
from sweep.doctor.deployment.network import unencrypted
from sweep.execution.cluster import inspection, unauthenticated

RUNS_PROGRAMS = "anyone who can reach it can run any program on the cluster's nodes"
REMEDY = (
    "restart all of the cluster with RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN_PATH naming a file with the same token"
    " on every node and here"
)
TRAFFIC_READABLE = "anyone who can read the traffic learns the token, and can run any program on the cluster's nodes"
TUNNEL = "reach it through an ssh tunnel (ssh -L 8265:127.0.0.1:8265 HEAD), or through a proxy that speaks https"
JOBS = "/api/jobs/"


def head(_: Deployment) -> str | NotChecked:
    """The host:port of the head that RAY_ADDRESS names."""
    address = shared_cluster()
    if not address:
        return NotChecked(_own_cluster())
    if "://" in address:
        what = f"RAY_ADDRESS is {redact.text(address)}, not the head's own address, host:port"
        return NotChecked(note(what, "Ray's head was not looked at"))
    try:
        return inspection.head(address)
    except ServiceUnavailable as error:
        return unreachable(str(error), "start the cluster and look again, or unset RAY_ADDRESS")


def _own_cluster() -> Finding:
    if os.environ.get("RAY_AUTH_MODE", "token").lower() == "token":
        return note("RAY_ADDRESS is not set", "each launch has a cluster of its own, which asks for a token of Ray's")
    return Finding(
        "the cluster that a launch starts here asks nobody for a token",
        "while it runs, other users of this machine, and machines that reach it, run any program as this user",
        "unset RAY_AUTH_MODE, and Ray makes a token by itself",
    )


def head_authentication(address: str) -> Iterator[Finding]:
    """Whether the head answers a caller without the token, or with a wrong one."""
    for how, token in (("without a token", None), ("with a wrong token", secrets.token_hex(32))):
        if not unauthenticated.refused(address, token):
            yield Finding(f"Ray's head at {address} lets anybody in {how}", RUNS_PROGRAMS, REMEDY)
            return


def head_encryption(address: str) -> Iterator[Finding]:
    """Whether others can read the traffic to the head."""
    if not unauthenticated.encrypted(address):
        host = address.rpartition(":")[0].strip("[]")
        yield from unencrypted("Ray's head", host, TRAFFIC_READABLE, "turn Ray's TLS on: docs/security.md, TLS for Ray")


def job_api(_: Deployment) -> HttpService | NotChecked:
    """The dashboard that RAY_API_SERVER_ADDRESS names; it takes jobs."""
    address = os.environ.get("RAY_API_SERVER_ADDRESS", "")
    if not address.startswith(("http://", "https://")):
        problem = f"is {redact.text(address)}, not its http address" if address else "is not set"
        what = f"RAY_API_SERVER_ADDRESS {problem}"
        return NotChecked(note(what, "no dashboard and no job API was looked at"))
    service = HttpService(address)
    try:
        status = service.request(JOBS).status
    except ServiceUnavailable as error:
        return unreachable(str(error), "start the cluster and look again, or unset RAY_API_SERVER_ADDRESS")
    return service if status in (200, 401, 403) else NotChecked(_other_service(service, status))


def _other_service(service: HttpService, status: int) -> Finding:
    return Finding(
        f"{service.address} answers {status} where Ray has its jobs",
        "it cannot be Ray's job API",
        "let RAY_API_SERVER_ADDRESS be the head's dashboard, such as http://127.0.0.1:8265",
    )


def job_api_authentication(service: HttpService) -> Iterator[Finding]:
    """Whether the job API answers a caller without the token, or with a wrong one."""
    wrong = {"Authorization": f"Bearer {secrets.token_hex(32)}"}
    for how, headers in (("without a token", {}), ("with a wrong token", wrong)):
        if service.request(JOBS, headers).accepted:
            yield Finding(f"Ray's job API at {service.address} lets anybody in {how}", RUNS_PROGRAMS, REMEDY)
            return


def job_api_encryption(service: HttpService) -> Iterator[Finding]:
    """Whether others can read the traffic to the dashboard."""
    if not service.encrypted:
        yield from unencrypted("Ray's job API", service.host, TRAFFIC_READABLE, TUNNEL)


CHECKS: Iterable[Check[Any]] = (
    Check("Ray", "Ray's head refuses whoever has no token, or a wrong one", head, head_authentication),
    Check("Ray", "what is sent to Ray's head stays on this machine, or is encrypted", head, head_encryption),
    Check("Ray", "Ray's job API refuses whoever has no token, or a wrong one", job_api, job_api_authentication),
    Check("Ray", "what is sent to Ray's job API stays on this machine, or is encrypted", job_api, job_api_encryption),
)
