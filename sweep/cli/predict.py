"""`sweep predict`: forecasts from the rows of a file, with a study's model."""

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli.model import asked, check_there, forecaster_of, model_option, note, written_option
from sweep.cli.named_place import check_folder, writing
from sweep.core.commands import examples
from sweep.core.terminal import put, say
from sweep.core.whole_file import write_whole

if TYPE_CHECKING:
    import pandas as pd

PARQUET = (".parquet", ".pq")


@click.command(
    epilog=examples(
        "sweep predict study.yaml new.csv --out forecast.csv",
        "sweep predict load new.csv --set data.separator=';' --set data.decimal=,",
        "sweep predict load new.csv --model models:/load/3",
    )
)
@click.argument("study")
@click.argument("rows", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="a .csv or .parquet file; without it CSV is printed")
@written_option
@model_option
def predict(study: str, rows: Path, out: Path | None, written: tuple[str, ...], model: str | None) -> int:
    """Forecast from each row of a file, and those before it.

    STUDY is the study file, or a study's name. ROWS is a file with the columns of the study's data, in which targets
    that are no inputs may be left out: CSV, Parquet, lines of JSON or Excel, or a pattern of such names; of data
    without names an .npz archive too; or text.
    """
    if out is not None and out.suffix.lower() not in (".csv", *PARQUET):
        raise click.UsageError(f"--out {out}: its name must end in .csv or .parquet")
    if out is not None:
        with writing("--out", out):  # which is known before the work
            _check(out)
        if out.exists() and rows.exists() and out.samefile(rows):
            raise click.UsageError(f"--out {out}: holds the rows to forecast from; name another file")
    check_there(rows)
    forecaster = forecaster_of(study, model, written)
    forecast, unlike = asked(forecaster.predict, rows)
    for sentence in (*forecast.attrs["notes"], *unlike, forecaster.described):
        note(sentence)
    _write(forecast, out)
    return 0


def _write(forecast: "pd.DataFrame", out: Path | None) -> None:
    if out is None:
        put(forecast.to_csv(index=False))
        return
    is_csv = out.suffix.lower() == ".csv"
    content = forecast.to_csv(index=False).encode() if is_csv else forecast.to_parquet(index=False)
    with writing("--out", out):
        write_whole(out, content)
    say(out)


def _check(out: Path) -> None:
    check_folder(out.parent)
    if out.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
