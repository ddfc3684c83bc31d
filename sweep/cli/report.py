"""`sweep report`: a study's report, written again."""

from collections.abc import Sequence

import click

from sweep.cli.changed import changed_option
from sweep.core.errors import CannotWrite
from sweep.core.remedies import remedy
from sweep.core.terminal import say


@click.command()
@click.argument("config")
@changed_option
def report(config: str, overrides: Sequence[str]) -> int:
    """Write a study's report again, from what its ledger holds.

    Prints the verdict, if there is one, and the page's path. CONFIG is the study file, such as configs/study.yaml.
    """
    from sweep.config import study_file  # noqa: PLC0415  (these take seconds to import, as in every command)
    from sweep.launch.data import load_data  # noqa: PLC0415
    from sweep.report import write  # noqa: PLC0415
    from sweep.study import Study  # noqa: PLC0415
    from sweep.study.baselines import with_baselines  # noqa: PLC0415

    file = study_file.load(config, overrides)
    dataset = with_baselines(file.config, load_data(file))
    with Study.read(file.config, dataset) as study:
        runs = study.comparison_runs(file.config.compare.seeds) if file.config.compare else None
        try:
            verdict = write.verdict_of(study, runs, dataset)
            files = write.write(file, study, runs, dataset, verdict)
        except OSError as error:
            raise CannotWrite(f"the report cannot be written: {error}\n{remedy(error)}") from error
    say(f"{verdict.sentence}\n{files[0]}" if verdict else files[0])
    return 0
