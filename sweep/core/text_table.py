"""Tables as plain text, as wide as they need to be: a pipe gets whole lines."""

import sys
import textwrap
from collections.abc import Iterator, Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table

from sweep.core.wrapped import columns

WIDEST = 100_000  # characters; nothing is wrapped before
NARROWEST = 20  # of what stands beside a heading in a block


def text_lines(table: Table) -> list[str]:
    """The table's lines, without colours and without spaces at their ends."""
    plain = StringIO()
    Console(file=plain, width=WIDEST, color_system=None, markup=False, emoji=False, highlight=False).print(table)
    return [line.rstrip() for line in plain.getvalue().splitlines()]


def fitted_lines(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table, a line for each row; on a terminal that is too narrow for it a block for each row.

    A block has the row's first cell above, and below it a line for each other cell, after its heading.
    """
    table = Table(*headings, box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for row in rows:
        table.add_row(*row)
    lines = text_lines(table)
    width = columns(sys.stdout)
    if width is None or max(map(len, lines)) <= width:
        return lines
    return [line for row in rows for line in _block(headings, row, width)]


def _block(headings: Sequence[str], row: Sequence[str], width: int) -> Iterator[str]:
    yield row[0]
    beside = max(map(len, headings[1:]), default=0) + 4
    for heading, cell in zip(headings[1:], row[1:], strict=True):
        if cell:
            first = f"  {heading}".ljust(beside)
            room = max(width, beside + NARROWEST)
            yield from textwrap.wrap(
                cell, room, initial_indent=first, subsequent_indent=" " * beside, break_long_words=False
            )
