"""`sweep check-cell`: whether a class is a cell that trials can have."""

import re
from pathlib import Path

import click

from sweep.core.commands import examples
from sweep.core.errors import ConfigError
from sweep.core.terminal import say


@click.command(
    "check-cell",
    epilog=examples(
        "sweep check-cell my_cells:PeepholeLSTM", "sweep check-cell my_cells:Other --units 4 --folder code"
    ),
)
@click.argument("cell")
@click.option("--units", type=click.IntRange(min=1), default=8, show_default=True, help="of which it is made")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="where its module lies; else here")
def check_cell(cell: str, units: int, folder: Path) -> int:
    """Try a cell of your own, as a launch does before anything is trained.

    CELL is its import path, such as my_cells:PeepholeLSTM.
    """
    from sweep.launch import own_cells  # noqa: PLC0415  (these take a second to import)
    from workers.data.cell_code import read  # noqa: PLC0415
    from workers.data.own_code import PATH  # noqa: PLC0415
    from workers.errors import DataError  # noqa: PLC0415

    if not re.fullmatch(PATH, cell):
        raise click.UsageError(f"{cell}: is no import path, such as my_cells:PeepholeLSTM")
    try:
        code = read(cell, folder.resolve())
    except DataError as error:
        raise ConfigError(f"{cell}: {error.message}") from None
    if problems := own_cells.found({cell: code}, units):
        raise ConfigError(*problems.values())
    say(f"{cell} is a cell. Its code: {', '.join(sorted(code))}")
    return 0
