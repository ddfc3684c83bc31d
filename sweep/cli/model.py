"""What the commands that use a study's model share: the model, and how rows that cannot be read end."""

import re
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

WRITTEN = re.compile(r"\bsay (separator|decimal|thousands|encoding|header|units_row|comment|sheet)\b")
PLAIN = {"null": None, "true": True, "false": False}
QUOTES = "'\""

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
    from sweep.core.model_address import address  # noqa: PLC0415
    from workers.errors import DataError  # noqa: PLC0415

    found = named(study)
    beside = found.file.origin.path.resolve().parent if found.file else Path()
    forecaster = sweep.load(model or address(found.name), found.tracking, beside)
    try:
        return forecaster.reading(**fields) if fields else forecaster
    except DataError as error:
        raise ConfigError(f"--set {error.message}") from None


def _fields(written: Sequence[str]) -> dict[str, Any]:
    """The fields of `data` that are set. Raises ConfigError."""
    fields: dict[str, Any] = {}
    for each in written:
        name, equals, text = each.partition("=")
        if not equals or not name.startswith("data."):
            raise ConfigError(f"--set {each}: should be FIELD=VALUE of data, such as data.separator=';'")
        fields[name.removeprefix("data.")] = _value(text)
    return fields


def _value(text: str) -> Any:
    """The value of a field, which may be a sign that is none of YAML, such as a comma."""
    if len(text) > 2 and text[0] == text[-1] and text[0] in QUOTES:
        text = text[1:-1]
    elif text in PLAIN or text.isdecimal():
        return PLAIN[text] if text in PLAIN else int(text)
    return text.replace(r"\t", "\t")


def check_there(rows: Path) -> None:
    """What needs no model, which takes seconds to load. Raises ConfigError for rows that are not there."""
    from workers.data.sources import files  # noqa: PLC0415  (these take a second to import)
    from workers.errors import DataError  # noqa: PLC0415

    try:
        files.check_there(rows)
    except DataError as error:
        raise ConfigError(error.message) from None


def asked(ask: Callable[[Path], T], rows: Path) -> tuple[T, list[str]]:
    """The answer for the rows of a file, and what is unlike the training data. Raises ConfigError."""
    from workers.errors import DataError  # noqa: PLC0415

    with warnings.catch_warnings(record=True) as unlike:
        warnings.simplefilter("always", UserWarning)
        try:
            answer = ask(rows)
        except DataError as error:
            raise ConfigError(f"{error.message}{_of_this_file(error.message)}") from None
    return answer, [str(warning.message) for warning in unlike]


def _of_this_file(message: str) -> str:
    """How to say of a file what the message says to say in the study file; empty where that is nothing of a file."""
    fields = dict.fromkeys(WRITTEN.findall(message))
    return f"; of this file alone by --set data.{next(iter(fields))}=..." if fields else ""


def note(sentence: str) -> None:
    """Say it on stderr."""
    say(f"note: {sentence}", err=True)
