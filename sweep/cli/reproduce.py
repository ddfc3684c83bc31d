"""`sweep reproduce`: a trial once more, and whether it gives the same losses."""

import json
from collections.abc import Sequence

import click

from sweep.cli.changed import changed_option
from sweep.core.commands import examples
from sweep.core.terminal import put, say


@click.command(
    epilog=examples(
        "sweep reproduce study.yaml 7",
        "sweep reproduce study.yaml 2 --comparison --json",
        "sweep reproduce study.yaml 7 --set trial.units=64",
    )
)
@click.argument("config")
@click.argument("number", type=click.IntRange(min=0))
@changed_option
@click.option("--comparison", is_flag=True, help="NUMBER is that of a run of the comparison")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object on stdout and nothing else")
def reproduce(config: str, number: int, overrides: Sequence[str], *, comparison: bool, as_json: bool) -> int:
    """Train a trial again, and compare every metric of every epoch with what is recorded, to the last bit.

    CONFIG is the study file, such as configs/study.yaml, and NUMBER a trial's number, as the report's table of
    trials has it. Nothing is recorded. The exit code is 1 where a number is another one.
    """
    from sweep.launch.reproducing import reproduce as again  # noqa: PLC0415  (takes seconds to import)

    found = again(config, overrides, number, compared=comparison)
    put(f"{json.dumps(found.as_json())}\n") if as_json else say(found.as_text())
    return 1 if found.differences else 0
