"""What stands on a terminal after what was written to it: as much of its language as a launch speaks."""

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

TOKEN = re.compile(r"\x1b\[(?P<number>[0-9;?]*)(?P<kind>[A-Za-z])|\x1b\][^\x07]*\x07|\x1b.|.", re.DOTALL)
END_OF_STYLE = "\x1b[0m"


class Cell(NamedTuple):
    """A letter, and the numbers of its style, such as 1;34: those of ECMA-48's SGR since the last reset."""

    letter: str
    style: str = ""


@dataclass
class Screen:
    """The rows of a terminal that is so many columns wide, with those that scrolled away."""

    columns: int
    rows: list[list[Cell]] = field(default_factory=lambda: [[]])
    row: int = 0
    column: int = 0
    style: str = ""

    def write(self, text: str) -> None:
        """Show what a program writes."""
        for token in TOKEN.finditer(text):
            kind, number = token["kind"], token["number"]
            if kind == "A":
                self.row = max(self.row - int(number or 1), 0)
            elif kind == "K":
                self._erase(number or "0")
            elif kind == "m":
                self.style = "" if number in ("", "0") else ";".join(filter(None, (self.style, number)))
            elif not token[0].startswith("\x1b"):
                self._put(token[0])

    def lines(self) -> list[str]:
        """Each row as text, with the signs that set its styles."""
        return [_line(row) for row in self.rows]

    def _erase(self, which: str) -> None:
        if which == "2":
            self.rows[self.row] = []
        elif which == "0":
            del self.rows[self.row][self.column :]

    def _put(self, letter: str) -> None:
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            self._down()
        elif letter.isprintable():
            if self.column == self.columns:
                self._down()
                self.column = 0
            row = self.rows[self.row]
            row.extend([Cell(" ")] * (self.column - len(row)))
            row[self.column : self.column + 1] = [Cell(letter, self.style)]
            self.column += 1

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])


def _line(row: list[Cell]) -> str:
    runs = ((style, "".join(cell.letter for cell in cells)) for style, cells in groupby(row, lambda cell: cell.style))
    return "".join(f"\x1b[{style}m{text}{END_OF_STYLE}" if style else text for style, text in runs).rstrip()
