"""`sweep export`: a study's model as a folder that one can take away."""

from pathlib import Path

import click

from sweep.cli.model import model_option, note
from sweep.cli.named_place import check_folder, nearest_folder, writing
from sweep.cli.study_named import named
from sweep.core.commands import examples
from sweep.core.terminal import say


@click.command(
    epilog=examples(
        "sweep export study.yaml --to load-model", "sweep export load --model models:/load/3 --to load-model"
    )
)
@click.argument("study")
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="a folder that is not there yet")
@model_option
def export(study: str, folder: Path, model: str | None) -> int:
    """Write a study's model into a folder, with what it takes to use it elsewhere.

    STUDY is the study file, or a study's name. The folder gets the Keras models batch.keras and streaming.keras, the
    forecaster, a card (MODEL.md), and with a study file train.py, which trains the model with plain Keras and NumPy.
    """
    with writing("--to", folder):  # which is known before the work
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise click.UsageError(f"--to {folder}: is not empty; name a folder that is not there yet")
        check_folder(nearest_folder(folder))
    from sweep.core.model_address import address  # noqa: PLC0415
    from sweep.core.whole_folder import write_folder  # noqa: PLC0415  (these take seconds to import)
    from sweep.export.exported import exported  # noqa: PLC0415
    from sweep.tracking.settings import tracking_uri  # noqa: PLC0415

    found = named(study)
    result = exported(model or address(found.name), tracking_uri(found.tracking), found.file)
    for sentence in result.notes:
        note(sentence)
    with writing("--to", folder):
        write_folder(folder, result.files)
    for name in sorted(result.files):
        say(folder / name)
    say(f"Read {folder / 'MODEL.md'} first; in Python, sweep.load({str(folder / 'forecaster')!r}).predict(rows).")
    return 0
