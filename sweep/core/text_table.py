"""Tables as plain text, as wide as they need to be: a pipe gets whole lines."""

from io import StringIO

from rich.console import Console
from rich.table import Table

WIDEST = 100_000  # characters; nothing is wrapped before


def text_lines(table: Table) -> list[str]:
    """The table's lines, without colours and without spaces at their ends."""
    plain = StringIO()
    Console(file=plain, width=WIDEST, color_system=None, markup=False, emoji=False, highlight=False).print(table)
    return [line.rstrip() for line in plain.getvalue().splitlines()]
