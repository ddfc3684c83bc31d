"""What the commands that use a study's model share: the model, and how rows that cannot be read end."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

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


def forecaster_of(study: str, model: str | None) -> "Forecaster":
    """The deployed model of a study file or name, or another one. Raises SweepError."""
    import sweep  # noqa: PLC0415  (these take seconds to import)
    from sweep.tracking.model_address import address  # noqa: PLC0415

    found = named(study)
    return sweep.load(model or address(found.name), found.tracking)


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
