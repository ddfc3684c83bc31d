"""`sweep stop`: ends a study on a Ray cluster as Ctrl-C would."""

import time

import click

from sweep.cli.cluster import POLL_SECONDS, address_option, latest
from sweep.core.commands import examples
from sweep.core.errors import ServiceUnavailable
from sweep.core.terminal import say

STOP_SECONDS = 90.0


@click.command(epilog=examples("sweep stop load", "sweep stop load --address http://127.0.0.1:8265"))
@address_option
@click.argument("study")
def stop(address: str | None, study: str) -> int:
    """Stop STUDY; submitting it again continues. `sweep list` shows the names of studies."""
    from sweep.execution.cluster import jobs as ray_jobs  # noqa: PLC0415

    job = latest(ray_jobs.jobs(address), study)
    if job.over:
        say(f"{job.id} has ended already: {job.state.lower()}")
        return 0
    ray_jobs.stop(address, job)
    until = time.monotonic() + STOP_SECONDS
    while not (job := latest(ray_jobs.jobs(address), study)).over:
        if time.monotonic() > until:
            raise ServiceUnavailable(f"{job.id} was asked to stop, and has not ended in {STOP_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
    say(f"{job.id} has stopped; submitting the study again continues it")
    return 0
