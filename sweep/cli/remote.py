"""Commands for a cluster: hand a study to it, see what runs there, read along, stop it."""

import argparse
import json
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sweep.core.errors import LedBySomeoneElse, ServiceUnavailable, StudyUnknown, SweepError
from sweep.core.exit import guarded

if TYPE_CHECKING:
    from sweep.config.study_file import StudyFile
    from sweep.execution.cluster.jobs import Job
    from sweep.study.overview import Overview

ADDRESSES = ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS")  # in which Ray looks for a cluster
POLL_SECONDS = 1.0
STOP_SECONDS = 90.0


def submit(argv: Sequence[str]) -> int:
    """Hand a study to the cluster and return; what follows -- is for its launcher."""
    parser = _parser("submit", "Hand a study to a Ray cluster, and return.")
    parser.add_argument("config", metavar="CONFIG", help="the study file, such as configs/study.yaml")
    parser.add_argument("options", nargs="*", metavar="-- OPTIONS", help="for the launcher, such as -- --trials 96")
    return guarded(lambda: _submit(parser.parse_args(argv)))


def studies(argv: Sequence[str]) -> int:
    """Print the studies that the ledger and the cluster know."""
    parser = _parser("list", "The studies that a ledger knows, and those that were handed to a Ray cluster.")
    parser.add_argument("--storage", metavar="URL", help="the ledger; without it the one that SWEEP_STORAGE names")
    parser.add_argument("--json", action="store_true", help="print one JSON array on stdout and nothing else")
    return guarded(lambda: _list(parser.parse_args(argv)))


def logs(argv: Sequence[str]) -> int:
    """Print what a study's launcher has printed."""
    parser = _parser("logs", "What a study's launcher on the cluster has printed.")
    parser.add_argument("study", metavar="STUDY", help="its name, as `sweep list` shows it")
    parser.add_argument("--follow", action="store_true", help="go on printing until it ends")
    return guarded(lambda: _logs(parser.parse_args(argv)))


def stop(argv: Sequence[str]) -> int:
    """Stop a study as Ctrl-C does: submitting it again continues."""
    parser = _parser("stop", "Stop a study on the cluster; submitting it again continues.")
    parser.add_argument("study", metavar="STUDY", help="its name, as `sweep list` shows it")
    return guarded(lambda: _stop(parser.parse_args(argv)))


def _submit(arguments: argparse.Namespace) -> int:
    from sweep.config import study_file  # noqa: PLC0415  (this and Ray take seconds to import)
    from sweep.execution.cluster import jobs as ray_jobs  # noqa: PLC0415

    file = study_file.load(arguments.config)
    name = file.config.name
    running = [job for job in ray_jobs.jobs(arguments.address) if job.study == name and not job.over]
    if running:
        raise LedBySomeoneElse(f"{name} runs there already, as {running[0].id}; `sweep logs {name}` reads along")
    command = shlex.join(["python", "-m", "sweep.launch", file.origin.path.name, *arguments.options])
    job_id = f"{name}-{datetime.now():%Y%m%d-%H%M%S}"  # noqa: DTZ005  (for people, who live by local time)
    with tempfile.TemporaryDirectory() as folder:
        _pack(file, Path(folder))
        ray_jobs.submit(arguments.address, name, job_id, command, Path(folder))
    print(f"{job_id}\n`sweep logs {name} --follow` reads along, `sweep stop {name}` stops it")
    return 0


def _pack(file: "StudyFile", folder: Path) -> None:
    """Copy what the study needs: its file, its data, and code of the user's own beside it. Raises SweepError."""
    source = file.origin.path.resolve().parent
    wanted = [file.origin.path.resolve(), *source.glob("*.py")]
    path = getattr(file.config.data, "path", None)
    if path and not Path(path).is_absolute():
        wanted.append((source / path).resolve())
    for each in wanted:
        if not each.is_relative_to(source):
            raise SweepError(
                f"{file.origin.path}: data.path: {path} is outside the study file's folder, so it cannot be sent along;"
                " move it there, or give the absolute path that it has on the cluster"
            )
        target = folder / each.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(each, target) if each.is_dir() else shutil.copy(each, target)


def _list(arguments: argparse.Namespace) -> int:
    from sweep.cli import listing  # noqa: PLC0415

    ledger = _overview(arguments.storage or os.environ.get("SWEEP_STORAGE"))
    found = listing.listed(ledger, _jobs(arguments.address, needed=ledger is None))
    print(json.dumps(listing.as_json(found)) if arguments.json else listing.as_text(found))
    return 0


def _overview(storage: str | None) -> "Sequence[Overview] | None":
    """What the ledger knows; None, and on stderr why, where there is none to be asked."""
    from sweep.study.overview import overview  # noqa: PLC0415

    if not storage:
        print("jobs alone are listed: SWEEP_STORAGE, or --storage, would say where the ledger is", file=sys.stderr)
        return None
    try:
        return overview(storage)
    except ServiceUnavailable as error:
        print(error, file=sys.stderr)
        return None


def _jobs(address: str | None, *, needed: bool) -> "Sequence[Job] | None":
    """The cluster's jobs; None, and on stderr why, where it cannot be asked. `needed`: raises that."""
    if not needed and not address and not any(map(os.environ.get, ADDRESSES)):
        print("jobs are not listed: --address, or RAY_API_SERVER_ADDRESS, would name a cluster", file=sys.stderr)
        return None
    from sweep.execution.cluster import jobs as ray_jobs  # noqa: PLC0415

    try:
        return ray_jobs.jobs(address)
    except ServiceUnavailable as error:
        if needed:
            raise
        print(f"jobs are not listed: {error}", file=sys.stderr)
        return None


def _logs(arguments: argparse.Namespace) -> int:
    from sweep.execution.cluster import jobs as ray_jobs  # noqa: PLC0415

    shown = 0  # Ray's own tail ends alike when the job and when its node does, and never when the network does
    while True:
        job = _latest(ray_jobs.jobs(arguments.address), arguments.study)
        text = ray_jobs.log(arguments.address, job)
        sys.stdout.write(text[shown:])
        sys.stdout.flush()
        shown = len(text)
        if job.over or not arguments.follow:
            return 0
        time.sleep(POLL_SECONDS)


def _stop(arguments: argparse.Namespace) -> int:
    from sweep.execution.cluster import jobs as ray_jobs  # noqa: PLC0415

    job = _latest(ray_jobs.jobs(arguments.address), arguments.study)
    if job.over:
        print(f"{job.id} has ended already: {job.state.lower()}")
        return 0
    ray_jobs.stop(arguments.address, job)
    until = time.monotonic() + STOP_SECONDS
    while not (job := _latest(ray_jobs.jobs(arguments.address), arguments.study)).over:
        if time.monotonic() > until:
            raise ServiceUnavailable(f"{job.id} was asked to stop, and has not ended in {STOP_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
    print(f"{job.id} has stopped; submitting the study again continues it")
    return 0


def _latest(found: Sequence["Job"], study: str) -> "Job":
    mine = [job for job in found if job.study == study]
    if not mine:
        known = ", ".join(sorted({job.study for job in found})) or "none"
        raise StudyUnknown(f"{study!r} was not submitted to this cluster; what was: {known}")
    return mine[-1]


def _parser(name: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"sweep {name}", description=description, allow_abbrev=False)
    parser.add_argument("--address", metavar="URL", help="the cluster's head, such as http://127.0.0.1:8265")
    return parser
