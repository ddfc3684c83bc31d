"""`sweep check-cell`: whether a class is a cell that trials can have."""

import re
from collections.abc import Mapping
from pathlib import Path

import click

from sweep.core.commands import examples
from sweep.core.errors import ConfigError
from sweep.core.terminal import say

EXAMPLE = "my_cells:PeepholeLSTM"


@click.command(
    "check-cell",
    epilog=examples(f"sweep check-cell {EXAMPLE}", "sweep check-cell my_cells:Other --units 4 --folder code"),
)
@click.argument("cell")
@click.option("--units", type=click.IntRange(min=1), default=8, show_default=True, help="of which it is made")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="where its module lies; else here")
def check_cell(cell: str, units: int, folder: Path) -> int:
    """Try a cell of your own, as a launch does before anything is trained.

    CELL is its import path, such as my_cells:PeepholeLSTM.
    """
    from sweep.launch import own_code  # noqa: PLC0415  (these take a second to import)
    from workers.data.code_files import CELL  # noqa: PLC0415

    code = code_of(cell, folder, CELL, EXAMPLE)
    if problems := own_code.found(own_code.Wanted({cell: code}, units=units)):
        raise ConfigError(*problems.values())
    say(f"{cell} is a cell. Its code: {', '.join(sorted(code))}")
    return 0


def code_of(path: str, folder: Path, field: str, example: str) -> Mapping[str, str]:
    """The code of what is at an import path, by file. Raises click.UsageError for what is none, and ConfigError."""
    from workers.data.code_files import read  # noqa: PLC0415
    from workers.data.own_code import PATH  # noqa: PLC0415
    from workers.errors import DataError  # noqa: PLC0415

    if not re.fullmatch(PATH, path):
        raise click.UsageError(f"{path}: is no import path, such as {example}")
    try:
        return read(path, folder.resolve(), field)
    except DataError as error:
        raise ConfigError(f"{path}: {error.message}") from None
