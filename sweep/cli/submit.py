"""`sweep submit`: a study, handed to a Ray cluster with all it needs."""

import os
import shlex
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli.cluster import address_option
from sweep.cli.named_place import writing
from sweep.core.commands import command, examples
from sweep.core.errors import LedBySomeoneElse, SweepError
from sweep.core.terminal import say

if TYPE_CHECKING:
    from sweep.config.study_file import StudyFile


@click.command(
    epilog=examples("sweep submit study.yaml --address http://127.0.0.1:8265", "sweep submit study.yaml -- --trials 96")
)
@address_option
@click.argument("config")
@click.argument("options", nargs=-1, metavar="[-- OPTIONS]")
def submit(address: str | None, config: str, options: Sequence[str]) -> int:
    """Hand a study to a Ray cluster, and return.

    CONFIG is the study file, such as configs/study.yaml; OPTIONS are for the launcher, such as -- --trials 96
    """
    from sweep.config import study_file  # noqa: PLC0415
    from sweep.execution.cluster import jobs as ray_jobs  # noqa: PLC0415

    file = study_file.load(config)
    name = file.config.name
    running = [job for job in ray_jobs.jobs(address) if job.study == name and not job.over]
    if running:
        raise LedBySomeoneElse(
            f"{name} runs there already, as {running[0].id}; `{command('sweep', 'logs', name)}` reads along"
        )
    launch = shlex.join(["python", "-m", "sweep.launch", file.origin.path.name, *options])
    job_id = f"{name}-{datetime.now():%Y%m%d-%H%M%S}"  # noqa: DTZ005  (for people, who live by local time)
    with tempfile.TemporaryDirectory() as folder:
        pack(file, Path(folder))
        ray_jobs.submit(address, name, job_id, launch, Path(folder))
    logs, stop = command("sweep", "logs", name, "--follow"), command("sweep", "stop", name)
    say(f"{job_id}\n`{logs}` reads along, `{stop}` stops it")
    return 0


def pack(file: "StudyFile", folder: Path) -> None:
    """Copy what the study needs: its file, its data, and the user's own code beside it.

    Raises SweepError when the data are outside the study file's folder, ConfigError where a file cannot be read,
    CannotWrite where the folder cannot be written to.
    """
    source = file.origin.path.resolve().parent
    for path in _needed(file, source):
        if not path.is_relative_to(source):
            raise SweepError(
                f"{file.origin.path}: data.path: {getattr(file.config.data, 'path', '')} is outside the study file's"
                " folder, so it cannot be sent along; move it there, or give the absolute path that it has on the"
                " cluster"
            )
        if not os.access(path, os.R_OK):
            why = "cannot be read" if path.exists() else "no such file"
            raise file.problem("data.path", f"{path}: {why}, so it cannot be sent along")
        with writing("a copy at", folder):
            _copy(path, folder / path.relative_to(source))


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    copy = shutil.copytree if path.is_dir() else shutil.copy
    copy(path, target)


def _needed(file: "StudyFile", source: Path) -> list[Path]:
    """The files and folders to send, absolute; data with an absolute path are on the cluster already."""
    from workers.data.sources.files import matching  # noqa: PLC0415  (these take a second to import)
    from workers.errors import DataError  # noqa: PLC0415

    data = getattr(file.config.data, "path", None)
    try:
        sent = [path.resolve() for path in matching(source / data)] if data and not Path(data).is_absolute() else []
    except DataError as error:
        raise file.problem("data.path", error.message) from None
    return [file.origin.path.resolve(), *source.glob("*.py"), *sent]
