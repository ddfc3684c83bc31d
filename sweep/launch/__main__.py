"""python -m sweep.launch CONFIG: runs a study, or continues it."""

import sys
from collections.abc import Sequence

import click

from sweep.core.commands import examples
from sweep.core.guard import guarded
from sweep.core.log import Format
from sweep.core.terminal import say
from sweep.tracking import settings


@click.command(
    "launch",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "sweep launch study.yaml --dry-run",
        "sweep launch study.yaml --trials 96 --workers 2 --set trial.units=64",
        "sweep launch study.yaml --json --log-format json",
    ),
)
@click.argument("config")
@click.option("--trials", metavar="N", help="trials over the study's life: budget.trials")
@click.option("--workers", metavar="N", help="trials trained at once: workers.count")
@click.option("--set", "overrides", multiple=True, metavar="FIELD=VALUE", help="such as trial.units=64")
@click.option("--dry-run", is_flag=True, help="check everything, print what would run, train nothing")
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="of the lines on stderr")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object on stdout and nothing else")
def launch(
    config: str,
    trials: str | None,
    workers: str | None,
    overrides: Sequence[str],
    log_format: Format,
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Run a study, or continue it. CONFIG is the study file, such as configs/study.yaml."""
    shorthands = {"budget.trials": trials, "workers.count": workers}
    overrides = [*overrides, *(f"{name}={value}" for name, value in shorthands.items() if value is not None)]
    if dry_run:
        from sweep.launch.dry_run import described  # noqa: PLC0415  (without the libraries of a launch)

        say(described(config, overrides, log_format, as_json=as_json))
        return 0
    settings.configure()
    from sweep.launch.session import run  # noqa: PLC0415  (takes seconds, in which Ctrl-C is no error either)

    return run(config, overrides, log_format, as_json=as_json)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, which sweep.core.errors explains."""
    return guarded(launch, "sweep launch", argv)


if __name__ == "__main__":
    sys.exit(main())
