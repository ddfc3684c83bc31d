"""`sweep list`: the studies that the ledger and a Ray cluster know."""

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sweep.cli.cluster import address_option
from sweep.cli.ledger import ledger_here, storage_option
from sweep.core.commands import examples
from sweep.core.errors import ServiceUnavailable
from sweep.core.terminal import put, say

if TYPE_CHECKING:
    from sweep.execution.cluster.jobs import Job
    from sweep.study.overview import Overview

ADDRESSES = ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS")  # in which Ray looks for a cluster


@click.command(
    epilog=examples(
        "sweep list", "sweep list --storage sqlite:///sweep.db --json", "sweep list --address http://127.0.0.1:8265"
    )
)
@address_option
@storage_option
@click.option("--json", "as_json", is_flag=True, help="print one JSON array on stdout and nothing else")
def list_studies(address: str | None, storage: str | None, *, as_json: bool) -> int:
    """Print the studies that a ledger knows, and those that were handed to a Ray cluster.

    Of each how far it is, and what its checkpoints and its report take on this machine's disk: sweep list --json
    """
    from sweep.cli import listing  # noqa: PLC0415

    storage = ledger_here(storage)
    if not storage and not _is_named(address):
        advice = "--storage or SWEEP_STORAGE would name one, --address or RAY_API_SERVER_ADDRESS a cluster"
        raise ServiceUnavailable(f"there is no ledger in this folder; {advice}")
    ledger = _overview(storage)
    studies = listing.listed(ledger, _jobs(address, needed=ledger is None))
    size = _size(storage) if storage and ledger is not None else None
    if as_json:
        put(f"{json.dumps(listing.as_json(studies, size))}\n")
        return 0
    say(listing.as_text(studies))
    if storage and size is not None:
        say(f"\n{listing.of_ledger(storage, size)}")
    return 0


def _size(storage: str) -> int | None:
    """The bytes of the ledger's file; None where it is on a server."""
    from sweep.study.storage import ledger_file  # noqa: PLC0415

    return ledger_file.size(storage)


def _is_named(address: str | None) -> bool:
    """Whether a cluster was named: none is looked for, since what is found may be others'."""
    return bool(address) or any(map(os.environ.get, ADDRESSES))


def _overview(storage: str | None) -> "Sequence[Overview] | None":
    """The ledger's studies; None, with the reason on stderr, where no ledger can be read."""
    from sweep.study.overview import overview  # noqa: PLC0415

    if not storage:
        say("jobs alone are listed: SWEEP_STORAGE, or --storage, would say where the ledger is", err=True)
        return None
    try:
        return overview(storage)
    except ServiceUnavailable as error:
        say(error, err=True)
        return None


def _jobs(address: str | None, *, needed: bool) -> "Sequence[Job] | None":
    """The cluster's jobs; None, with the reason on stderr, where none was named or it cannot be asked.

    Raises ServiceUnavailable where it cannot, if they are needed.
    """
    if not _is_named(address):
        say("jobs are not listed: --address, or RAY_API_SERVER_ADDRESS, would name a cluster", err=True)
        return None
    from sweep.execution.cluster import jobs as ray_jobs  # noqa: PLC0415

    try:
        return ray_jobs.jobs(address)
    except ServiceUnavailable as error:
        if needed:
            raise
        say(f"jobs are not listed: {error}", err=True)
        return None
