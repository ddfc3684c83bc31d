"""What the commands for a Ray cluster share: its address, and a study's job there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sweep.core.errors import StudyUnknown

if TYPE_CHECKING:  # Ray takes seconds to import
    from sweep.execution.cluster.jobs import Job

POLL_SECONDS = 1.0

address_option = click.option("--address", metavar="URL", help="the cluster's head, such as http://127.0.0.1:8265")


def latest(jobs: Sequence["Job"], study: str) -> "Job":
    """The study's last job. Raises StudyUnknown, with the studies that have one."""
    mine = [job for job in jobs if job.study == study]
    if not mine:
        known = ", ".join(sorted({job.study for job in jobs})) or "none"
        raise StudyUnknown(f"{study!r} was not submitted to this cluster; what was: {known}")
    return mine[-1]
