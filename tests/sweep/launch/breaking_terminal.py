"""A terminal as most are: where it becomes narrower it breaks the lines that are longer, and joins them where wider."""

import re
from dataclasses import dataclass, field

# What a test's program writes at the moment at which it has resized the terminal.
RESIZED = "\x1b]columns=%d\x07"
TOKEN = re.compile(r"\x1b\]columns=(?P<columns>\d+)\x07|\x1b\[(?P<number>[0-9;?]*)(?P<kind>[A-Za-z])|.", re.DOTALL)


@dataclass
class Row:
    """broken: whether the terminal has broken it here, so that it goes on in the next row."""

    text: str = ""
    broken: bool = False


@dataclass
class Screen:
    """Its rows, those that scrolled away included. Every letter takes one column.

    seen  the rows as they were before each resize
    """

    columns: int
    rows: list[Row] = field(default_factory=lambda: [Row()])
    row: int = 0
    column: int = 0
    seen: list[list[Row]] = field(default_factory=list)

    def show(self, said: str) -> "Screen":
        for token in TOKEN.finditer(said):
            if token["columns"]:
                self._resize(int(token["columns"]))
            elif token["kind"] == "A":
                self.row = max(self.row - int(token["number"] or 1), 0)
            elif token["kind"] == "K":
                self.rows[self.row] = Row()
            elif not token["kind"]:
                self._write(token[0])
        return self

    @property
    def lines(self) -> list[str]:
        return texts(self.rows)

    def _write(self, letter: str) -> None:
        if letter == "\r":
            self.column = 0
            return
        if letter == "\n":
            self._down(broken=False)
            return
        if self.column == self.columns:
            self._down(broken=True)
            self.column = 0
        row = self.rows[self.row]
        row.text = row.text[: self.column].ljust(self.column) + letter + row.text[self.column + 1 :]
        self.column += 1

    def _down(self, *, broken: bool) -> None:
        self.rows[self.row].broken = broken
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append(Row())

    def _resize(self, columns: int) -> None:
        self.seen.append([Row(row.text, row.broken) for row in self.rows])
        rows: list[Row] = []
        cursor = self.row
        begun, place = "", None  # a line that the terminal has broken, and where in it the cursor is, if it is there
        for number, row in enumerate(self.rows):
            if number == cursor:
                place = len(begun) + self.column
            begun += row.text
            if row.broken and number < len(self.rows) - 1:
                continue
            pieces = [begun[at : at + columns] for at in range(0, len(begun), columns)] or [""]
            if place is not None:
                piece = min(place // columns, len(pieces) - 1)
                self.row, self.column = len(rows) + piece, place - piece * columns
            rows += [Row(piece, broken=at < len(pieces) - 1) for at, piece in enumerate(pieces)]
            begun, place = "", None
        self.rows, self.columns = rows, columns


def texts(rows: list[Row]) -> list[str]:
    """What stands in them."""
    return [row.text.rstrip() for row in rows if row.text.strip()]
