"""A line of a study file with a mark under a place in it, as compilers show one."""

from typing import NamedTuple

from rich.cells import cell_len

from sweep.core import redact
from sweep.core.errors import Span
from sweep.core.plain import plain

TAB = " " * 4
CUT = "..."
LONGEST = 10_000  # characters; in a longer line nobody finds what a mark is under
BEFORE = 3  # of a line that is cut, a third of its room is before the mark


class Excerpt(NamedTuple):
    """number: the line's, with room around it; text: of the line; mark: the blanks and signs below it."""

    number: str
    text: str
    mark: str


def excerpt(source: str, span: Span, width: int) -> Excerpt | None:
    """The line as anybody may see it, in so many columns; None where the place lies in what nobody may see.

    source: the line as it stands in the file.
    """
    if len(source) > LONGEST:
        return None
    shown = redact.source(source)
    begin = max(span.column - 1, 0)
    end = begin + span.length if span.length else len(source.rstrip())
    if shown != source:
        rest = len(source) - end
        if shown[:begin] != source[:begin] or len(shown) <= begin:
            return None
        end = len(shown) - rest if shown.endswith(source[end:]) and len(shown) - rest > begin else len(shown)
    number = f"  {span.line} "
    before, marked, after = (_drawn(part) for part in (shown[:begin], shown[begin:end], shown[end:].rstrip()))
    before, marked, after = _cut(before, marked, after, width - len(number) - len("| "))
    mark = f"{' ' * cell_len(before)}{'^' * max(cell_len(marked), 1)}"
    return Excerpt(number, f"{before}{marked}{after}", mark)


def _drawn(part: str) -> str:
    """A part of a line with nothing in it that a terminal obeys, or makes wide as it likes."""
    return plain(part.replace("\t", TAB))


def _cut(before: str, marked: str, after: str, room: int) -> tuple[str, str, str]:
    """The parts of a line, as much of each as there is room for around the mark."""
    if cell_len(before + marked + after) <= room:
        return before, marked, after
    most = max(room // BEFORE, room - cell_len(marked + after))
    if cell_len(before) > most:
        before = f"{CUT}{_end(before, most - len(CUT))}"
    room -= cell_len(before)
    if cell_len(marked + after) <= room:
        return before, marked, after
    if cell_len(marked) > room - len(CUT):
        return before, f"{_beginning(marked, room - len(CUT))}{CUT}", ""
    return before, marked, f"{_beginning(after, room - len(CUT) - cell_len(marked))}{CUT}"


def _beginning(text: str, cells: int) -> str:
    """As much of its beginning as there is room for."""
    text = text[: max(cells, 0)]
    while cell_len(text) > cells:
        text = text[:-1]
    return text


def _end(text: str, cells: int) -> str:
    """As much of its end as there is room for."""
    return _beginning(text[::-1], cells)[::-1]
