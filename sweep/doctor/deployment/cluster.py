"""Checks of Ray: whether its head and its job API take orders from strangers, and who can listen in."""

import os
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.doctor.case import Finding, news
from sweep.doctor.deployment.http import Site
from sweep.doctor.deployment.network import unencrypted
from sweep.doctor.deployment.scene import Check, Surroundings, Unseen
from sweep.execution.cluster import inspection, unauthenticated

RUNS = "whoever reaches it runs any program on the cluster's nodes"
REMEDY = (
    "restart all of the cluster with RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN_PATH naming a file with the same token"
    " on every node and here"
)
OVERHEARD = "whoever listens on the wire reads the token, and then runs any program on the cluster's nodes"
JOBS = "/api/jobs/"


def head(_: Surroundings) -> str | Unseen:
    """The address of the head that RAY_ADDRESS names."""
    address = os.environ.get("RAY_ADDRESS")
    if not address or address == "local":
        return Unseen(_own_cluster())
    if "://" in address:
        told = f"RAY_ADDRESS is {redact.text(address)}, not the head's own address, host:port"
        return Unseen(news(told, "Ray's head was not looked at"))
    try:
        return inspection.head(address)
    except ServiceUnavailable as error:
        remedy = "start the cluster and look again, or unset RAY_ADDRESS"
        return Unseen(Finding(str(error), "whom it would let in cannot be seen", remedy))


def _own_cluster() -> Finding:
    if os.environ.get("RAY_AUTH_MODE", "token").lower() == "token":
        return news("RAY_ADDRESS is not set", "each launch has a cluster of its own, which asks for a token of Ray's")
    return Finding(
        "the cluster that a launch starts here asks nobody for a token",
        "while it runs, other users of this machine, and machines that reach it, run any program as this user",
        "unset RAY_AUTH_MODE, and Ray makes a token by itself",
    )


def intruders(address: str) -> Iterator[Finding]:
    """Whether the head carries out what it is asked without its token."""
    for how, token in (("without a token", None), ("with a wrong token", secrets.token_hex(32))):
        if not unauthenticated.refused(address, token):
            yield Finding(f"Ray's head at {address} lets anybody in {how}", RUNS, REMEDY)
            return


def wire(address: str) -> Iterator[Finding]:
    """Whether others can read along what is sent to the head."""
    if not unauthenticated.encrypted(address):
        host = address.rpartition(":")[0].strip("[]")
        yield from unencrypted("Ray's head", host, OVERHEARD, "turn Ray's TLS on: docs/security.md, TLS for Ray")


def jobs(_: Surroundings) -> Site | Unseen:
    """The dashboard, which takes jobs."""
    address = os.environ.get("RAY_API_SERVER_ADDRESS", "")
    if not address.startswith(("http://", "https://")):
        told = f"is {redact.text(address)}, not its http address" if address else "is not set"
        return Unseen(news(f"RAY_API_SERVER_ADDRESS {told}", "no dashboard and no job API was looked at"))
    site = Site(address)
    try:
        status = site.ask(JOBS).status
    except ServiceUnavailable as error:
        remedy = "start the cluster and look again, or unset RAY_API_SERVER_ADDRESS"
        return Unseen(Finding(str(error), "whom it would let in cannot be seen", remedy))
    if status in (200, 401, 403):
        return site
    what = f"{site.address} answers {status} where Ray has its jobs"
    remedy = "let RAY_API_SERVER_ADDRESS be the head's dashboard, such as http://127.0.0.1:8265"
    return Unseen(Finding(what, "it cannot be Ray's job API", remedy))


def strange_jobs(site: Site) -> Iterator[Finding]:
    """Whether the job API answers without Ray's token."""
    wrong = {"Authorization": f"Bearer {secrets.token_hex(32)}"}
    for how, headers in (("without a token", {}), ("with a wrong token", wrong)):
        if site.ask(JOBS, headers).let_in:
            yield Finding(f"Ray's job API at {site.address} lets anybody in {how}", RUNS, REMEDY)
            return


def jobs_wire(site: Site) -> Iterator[Finding]:
    """Whether others can read along what is sent to the dashboard."""
    if not site.encrypted:
        remedy = (
            "reach it through an ssh tunnel (ssh -L 8265:127.0.0.1:8265 HEAD), or through a proxy that speaks https"
        )
        yield from unencrypted("Ray's job API", site.host, OVERHEARD, remedy)


CHECKS: Iterable[Check[Any]] = (
    Check("Ray", "Ray's head refuses whoever has no token, or a wrong one", head, intruders),
    Check("Ray", "what is sent to Ray's head stays on this machine, or is encrypted", head, wire),
    Check("Ray", "Ray's job API refuses whoever has no token, or a wrong one", jobs, strange_jobs),
    Check("Ray", "what is sent to Ray's job API stays on this machine, or is encrypted", jobs, jobs_wire),
)
