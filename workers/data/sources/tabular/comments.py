"""A text without its lines of comment."""

from collections.abc import Iterator
from typing import TextIO


class Uncommented:
    """The text, in which a line that begins with the sign is blank, so that the others keep their numbers.

    named: whether the first line has the names of the columns, also after the sign
    """

    def __init__(self, text: TextIO, sign: str, *, named: bool) -> None:
        self._text, self._sign, self._named, self._rest = text, sign, named, ""

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")

    def readline(self) -> str:
        """The next line; empty at the end."""
        if self._rest:
            line, self._rest = self._rest, ""
            return line
        line, named = self._text.readline(), self._named
        self._named = False
        bare = line.lstrip(" \t\ufeff")
        if not bare.startswith(self._sign):
            return line
        return bare.removeprefix(self._sign).lstrip(" \t") if named else "\n"

    def read(self, size: int = -1) -> str:
        """So many characters, or all that follow; fewer at the end."""
        lines, length = [], 0
        while (size < 0 or length < size) and (line := self.readline()):
            lines.append(line)
            length += len(line)
        text = "".join(lines)
        if 0 <= size < length:
            text, self._rest = text[:size], text[size:]
        return text
