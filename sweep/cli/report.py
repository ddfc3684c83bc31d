"""`sweep report`: a study's report, written again."""

from collections.abc import Sequence

import click

from sweep.cli.changed import changed_option
from sweep.core.commands import examples
from sweep.core.terminal import say


@click.command(epilog=examples("sweep report study.yaml", "sweep report study.yaml --set trial.units=64"))
@click.argument("config")
@changed_option
def report(config: str, overrides: Sequence[str]) -> int:
    """Write a study's report again, from what its ledger holds.

    Prints the verdict, if there is one, and the page's path. CONFIG is the study file, such as configs/study.yaml.
    """
    from sweep.config import study_file  # noqa: PLC0415  (these take seconds to import, as in every command)
    from sweep.launch.data import load_data  # noqa: PLC0415
    from sweep.report.write import write_again  # noqa: PLC0415
    from sweep.study.baselines import with_baselines  # noqa: PLC0415

    file = study_file.load(config, overrides)
    dataset = with_baselines(file.config, load_data(file))
    verdict, page = write_again(file, dataset)
    say(f"{verdict.sentence}\n{page}" if verdict else page)
    return 0
