"""What the commands that use a study's model share: the model, and how rows that cannot be read end."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sweep.cli.study_named import named
from sweep.core.errors import ConfigError
from sweep.core.terminal import say

if TYPE_CHECKING:
    from workers.forecasting.forecaster import Forecaster

T = TypeVar("T")

model_option = click.option(
    "--model", metavar="URI", help="another model of MLflow than the study's own, such as models:/NAME/3"
)


written_option = click.option(
    "--set",
    "written",
    multiple=True,
    metavar="FIELD=VALUE",
    help="how ROWS is written, where otherwise than the study's data: data.separator=';', data.decimal=','",
)


def forecaster_of(study: str, model: str | None, written: Sequence[str] = ()) -> "Forecaster":
    """The deployed model of a study file or name, or another one; written: how rows are. Raises SweepError."""
    fields = _fields(written)
    import sweep  # noqa: PLC0415  (these take seconds to import)
    from sweep.tracking.model_address import address  # noqa: PLC0415
    from workers.errors import DataError  # noqa: PLC0415

    found = named(study)
    forecaster = sweep.load(model or address(found.name), found.tracking)
    try:
        return forecaster.reading(**fields) if fields else forecaster
    except DataError as error:
        raise ConfigError(f"--set {error.message}") from None


def _fields(written: Sequence[str]) -> dict[str, Any]:
    """The fields of `data` that are set. Raises ConfigError."""
    from sweep.config import overrides  # noqa: PLC0415

    found, fields, problems = overrides.apply({}, written)
    for problem in problems:
        raise ConfigError(f"--set {'.'.join(map(str, problem.field))}: {problem.message}")
    for field in fields:
        if len(field) != 2 or field[0] != "data":
            raise ConfigError(f"--set {'.'.join(map(str, field))}: should be of data, such as data.separator=';'")
    return dict(found.get("data", {}))


def asked(ask: Callable[[Path], T], rows: Path) -> tuple[T, list[str]]:
    """The answer for the rows of a file, and what is unlike the training data. Raises ConfigError."""
    from workers.errors import DataError  # noqa: PLC0415

    with warnings.catch_warnings(record=True) as unlike:
        warnings.simplefilter("always", UserWarning)
        try:
            answer = ask(rows)
        except DataError as error:
            raise ConfigError(error.message) from None
    return answer, [str(warning.message) for warning in unlike]


def note(sentence: str) -> None:
    """Say it on stderr."""
    say(f"note: {sentence}", err=True)
