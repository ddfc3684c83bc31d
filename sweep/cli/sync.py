"""`sweep sync`: a study's mirror in MLflow, made complete."""

from collections.abc import Sequence

import click

from sweep.cli.changed import changed_option
from sweep.core.commands import examples
from sweep.core.terminal import say
from sweep.tracking import settings


@click.command(epilog=examples("sweep sync study.yaml", "sweep sync study.yaml --set trial.units=64"))
@click.argument("config")
@changed_option
def sync(config: str, overrides: Sequence[str]) -> int:
    """Make a study's mirror in MLflow complete, or anew, from what its ledger holds.

    Prints what the mirror holds now. CONFIG is the study file, such as configs/study.yaml.
    """
    settings.configure()
    from sweep.config import study_file  # noqa: PLC0415
    from sweep.launch.data import load_data  # noqa: PLC0415
    from sweep.tracking.sync import sync as send  # noqa: PLC0415

    file = study_file.load(config, overrides)
    say(f"{file.config.name}: {send(file, load_data(file))}")
    return 0
