"""`sweep predict`: forecasts from the rows of a file, with a study's model."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli.study_named import named
from sweep.core.errors import CannotWrite, ConfigError
from sweep.core.whole_file import write_whole

if TYPE_CHECKING:
    import pandas as pd

PARQUET = (".parquet", ".pq")


@click.command()
@click.argument("study")
@click.argument("rows", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="a .csv or .parquet file; without it CSV is printed")
@click.option("--model", metavar="URI", help="another model of MLflow than the study's own, such as models:/NAME/3")
def predict(study: str, rows: Path, out: Path | None, model: str | None) -> int:
    """Forecast from each row of a file, and those before it.

    STUDY is the study file, or a study's name. ROWS is a file with the columns of the study's data, in which targets
    that are no inputs may be left out: CSV or Parquet, .npz, or text, as the study's data are.
    """
    import sweep  # noqa: PLC0415  (these take seconds to import, as in every command)
    from sweep.tracking.model_address import address  # noqa: PLC0415
    from workers.errors import DataError  # noqa: PLC0415

    if out is not None and out.suffix.lower() not in (".csv", *PARQUET):
        raise click.UsageError(f"--out {out}: its name must end in .csv or .parquet")
    found = named(study)
    forecaster = sweep.load(model or address(found.name), found.tracking)
    with warnings.catch_warnings(record=True) as unlike:
        warnings.simplefilter("always", UserWarning)
        try:
            forecast = forecaster.predict(rows)
        except DataError as error:
            raise ConfigError(error.message) from None
    for sentence in (*forecast.attrs["notes"], *(str(warning.message) for warning in unlike)):
        click.echo(f"note: {sentence}", err=True)
    click.echo(f"note: {forecaster.described}", err=True)
    _write(forecast, out)
    return 0


def _write(forecast: "pd.DataFrame", out: Path | None) -> None:
    if out is None:
        click.echo(forecast.to_csv(index=False), nl=False)
        return
    is_csv = out.suffix.lower() == ".csv"
    content = forecast.to_csv(index=False).encode() if is_csv else forecast.to_parquet(index=False)
    try:
        write_whole(out, content)
    except OSError as error:
        raise CannotWrite(f"{out}: cannot be written: {error.strerror or error}") from error
    click.echo(out)
