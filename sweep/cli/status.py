"""`sweep status`: how far a study is."""

import json
from collections.abc import Sequence

import click

from sweep.cli.changed import changed_option
from sweep.core.commands import examples
from sweep.core.terminal import put, say


@click.command(epilog=examples("sweep status study.yaml", "sweep status study.yaml --set trial.units=64 --json"))
@click.argument("config")
@changed_option
@click.option("--json", "as_json", is_flag=True, help="print one JSON object on stdout and nothing else")
def status(config: str, overrides: Sequence[str], *, as_json: bool) -> int:
    """How far a study is: from another terminal, or another machine that reaches its ledger.

    CONFIG is the study file, such as configs/study.yaml. Nothing is changed.
    """
    from sweep.config import study_file  # noqa: PLC0415  (these take seconds to import)
    from sweep.launch.data import load_data  # noqa: PLC0415
    from sweep.launch.standing import standing  # noqa: PLC0415

    file = study_file.load(config, overrides)
    found = standing(file, load_data(file))
    put(f"{json.dumps(found.as_json())}\n") if as_json else say(found.as_text())
    return 0
