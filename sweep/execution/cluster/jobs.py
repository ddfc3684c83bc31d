"""Studies as jobs of a Ray cluster, through Ray's own job API: submitted, listed, read and stopped."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ray.exceptions import RayError
from ray.job_submission import JobStatus, JobSubmissionClient
from requests import Response, Session
from requests.adapters import HTTPAdapter
from typing_extensions import override

import sweep
import workers
from sweep.core.errors import ServiceUnavailable
from sweep.core.http_answers import Limits
from sweep.core.limited_sending import LimitedSending
from sweep.execution.cluster import ray_private
from sweep.execution.failures import describe

STUDY = "sweep.study"  # in a job's metadata
NO_AGENT = "No available agent"  # of a cluster that has only just begun
AGENT_SECONDS, POLL_SECONDS = 60.0, 1.0
STOP_SECONDS = "60"  # that a launcher may take to end by itself; Ray's default of 3 would cut it off
A_READ, READS = 30.0, 2  # seconds, which a head may take that is busy, and how many of them a whole answer may
ANSWER_BYTES, ANSWER_RATE = 500_000_000, 10_000.0  # a log may be long; bytes a second that are fast enough
PACKAGES = (sweep, workers)  # what the study runs with is what submitted it


@dataclass(frozen=True)
class Job:
    """A study's job. Times are in seconds since 1970."""

    id: str
    study: str
    state: str
    began: float | None
    ended: float | None
    message: str = ""

    @property
    def over(self) -> bool:
        """Whether it has ended, well or not."""
        return JobStatus(self.state).is_terminal()


def submit(address: str | None, study: str, name: str, command: str, folder: Path) -> None:
    """Hand a command to the cluster, to be run in a copy of the folder. Raises ServiceUnavailable."""
    environment: dict[str, Any] = {
        "working_dir": str(folder),
        "py_modules": [package.__path__[0] for package in PACKAGES],
        "env_vars": {"RAY_JOB_STOP_WAIT_TIME_S": STOP_SECONDS},
    }
    until = time.monotonic() + AGENT_SECONDS
    with _client(address) as client:
        while True:
            try:
                client.submit_job(
                    entrypoint=command, submission_id=name, runtime_env=environment, metadata={STUDY: study}
                )
            except RuntimeError as error:
                if NO_AGENT not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(POLL_SECONDS)
            else:
                return


def jobs(address: str | None) -> Sequence[Job]:
    """Every study's jobs, the oldest first. Raises ServiceUnavailable."""
    with _client(address) as client:
        found = [_job(details) for details in client.list_jobs() if STUDY in (details.metadata or {})]
    return sorted(found, key=lambda job: job.began or 0.0)


def stop(address: str | None, job: Job) -> None:
    """Ask a job to end, as Ctrl-C does. Raises ServiceUnavailable."""
    with _client(address) as client:
        client.stop_job(job.id)


def log(address: str | None, job: Job) -> str:
    """What a job has printed so far. Raises ServiceUnavailable."""
    with _client(address) as client:
        return str(client.get_job_logs(job.id))


def _job(details: Any) -> Job:
    began, ended = (time and time / 1000 for time in (details.start_time, details.end_time))
    study = details.metadata[STUDY]
    return Job(details.submission_id, study, details.status.value, began, ended, details.message or "")


@contextmanager
def _client(address: str | None) -> Iterator[JobSubmissionClient]:
    try:
        with _sending() as send, ray_private.job_requests_sent_by(send):
            client = JobSubmissionClient(address)
            ray_private.hide_uploads()
            yield client
    except (ConnectionError, RayError, RuntimeError, ValueError, OSError) as error:
        shown = address or os.environ.get("RAY_API_SERVER_ADDRESS") or os.environ.get("RAY_ADDRESS") or "this machine"
        raise ServiceUnavailable(
            f"the Ray cluster at {shown} cannot be used: {describe(error).splitlines()[0]}\n"
            "--address, or RAY_API_SERVER_ADDRESS, is its head's, such as http://127.0.0.1:8265."
            " With RAY_AUTH_MODE=token the token is read from RAY_AUTH_TOKEN_PATH."
        ) from None


class _Adapter(LimitedSending, HTTPAdapter):
    @override
    def limits(self, timeout: Any, *, is_file: bool) -> Limits:
        return Limits(READS * A_READ, ANSWER_BYTES, ANSWER_RATE)


@contextmanager
def _sending() -> Iterator[Callable[..., Response]]:
    """How requests are sent: as requests.request does, but no answer takes for ever."""
    with Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter())
        yield partial(session.request, timeout=A_READ)
