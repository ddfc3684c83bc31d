"""`sweep doctor`: what is stuck or out of step in a study, and who may get at a deployment."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sweep.cli.changed import changed_option
from sweep.core.commands import examples
from sweep.core.terminal import put, say
from sweep.tracking import settings

if TYPE_CHECKING:
    from sweep.doctor import Diagnosis


@click.command(
    epilog=examples(
        "sweep doctor study.yaml",
        "sweep doctor study.yaml --repair",
        "sweep doctor --security --json",
        "sweep doctor study.yaml --set trial.units=64",
    )
)
@click.argument("config", required=False)
@changed_option
@click.option("--repair", is_flag=True, help="repair what can be; never while a launcher is at it")
@click.option("--security", is_flag=True, help="what unauthenticated callers could read, write or run instead")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object on stdout and nothing else")
def doctor(config: str | None, overrides: Sequence[str], *, repair: bool, security: bool, as_json: bool) -> int:
    """What is running, stuck, orphaned or out of step in a study.

    CONFIG is the study file, such as configs/study.yaml; --security does without. The exit code is 1 when something is
    wrong in the end.
    """
    if security and repair:
        raise click.UsageError("--security repairs nothing: leave out --repair")
    if not security and config is None:
        raise click.UsageError("CONFIG is missing: the study file, such as configs/study.yaml")
    settings.configure()
    found = _deployment(config) if config is None or security else _study(config, overrides, repair=repair)
    put(f"{json.dumps(found.as_json())}\n") if as_json else say(found.as_text())
    return 1 if found.wrong else 0


def _study(config: str, overrides: Sequence[str], *, repair: bool) -> "Diagnosis":
    from sweep import doctor  # noqa: PLC0415
    from sweep.config import study_file  # noqa: PLC0415
    from sweep.launch.data import load_data  # noqa: PLC0415

    file = study_file.load(config, overrides)
    diagnose = doctor.repair if repair else doctor.examine
    return diagnose(file, load_data(file))


def _deployment(config: str | None) -> "Diagnosis":
    from sweep.config import study_file  # noqa: PLC0415
    from sweep.doctor import deployment  # noqa: PLC0415

    return deployment.examine(study_file.load(config) if config else None)
