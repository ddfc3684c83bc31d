"""python -m sweep.launch CONFIG: runs a study, or continues it."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import click

from sweep.core.commands import examples
from sweep.core.errors import ConfigError, Mistake
from sweep.core.guard import guarded
from sweep.core.log import Format
from sweep.core.terminal import say
from sweep.tracking import settings

FIELDS = {"--trials": "budget.trials", "--workers": "workers.count"}  # that options are short for


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
    given = {"--trials": trials, "--workers": workers}
    options = {option: value for option, value in given.items() if value is not None}
    overrides = [*overrides, *(f"{FIELDS[option]}={value}" for option, value in options.items())]
    with _told_of_options(options):
        if dry_run:
            from sweep.launch.dry_run import described  # noqa: PLC0415  (without the libraries of a launch)

            say(described(config, overrides, log_format, as_json=as_json))
            return 0
        settings.configure()
        from sweep.launch.session import run  # noqa: PLC0415  (takes seconds, in which Ctrl-C is no error either)

        return run(config, overrides, log_format, as_json=as_json)


@contextmanager
def _told_of_options(options: Iterable[str]) -> Iterator[None]:
    """Say of an option, and not of --set, what is wrong with its value."""
    try:
        yield
    except ConfigError as error:
        said = {f"--set {FIELDS[option]}: ": f"{option}: " for option in options}
        raise ConfigError(*(_renamed(mistake, said) for mistake in error.mistakes)) from error


def _renamed(mistake: Mistake, names: Mapping[str, str]) -> Mistake:
    for name, other in names.items():
        if mistake.message.startswith(name):
            return replace(mistake, message=other + mistake.message.removeprefix(name))
    return mistake


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, which sweep.core.errors explains."""
    return guarded(launch, "sweep launch", argv)


if __name__ == "__main__":
    sys.exit(main())
