"""`sweep logs`: what a study's launcher on a Ray cluster has printed."""

import time

import click

from sweep.cli.cluster import POLL_SECONDS, address_option, latest
from sweep.core.commands import examples
from sweep.core.terminal import say


@click.command(epilog=examples("sweep logs load --follow", "sweep logs load --address http://127.0.0.1:8265"))
@address_option
@click.argument("study")
@click.option("--follow", is_flag=True, help="go on printing until it ends")
def logs(address: str | None, study: str, *, follow: bool) -> int:
    """Print what the launcher of STUDY has printed; `sweep list` shows the names of studies."""
    from sweep.execution.cluster import jobs as ray_jobs  # noqa: PLC0415

    shown = 0  # Ray's own tail ends alike when the job and when its node does, and never when the network does
    while True:
        job = latest(ray_jobs.jobs(address), study)
        text = ray_jobs.log(address, job)
        say(text[shown:], end="")
        shown = len(text)
        if job.over or not follow:
            return 0
        time.sleep(POLL_SECONDS)
