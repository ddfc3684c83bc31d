"""How an error is told on stderr: with severity and colour on a terminal, in plain lines elsewhere."""

import sys
from collections.abc import Iterator
from typing import NamedTuple, TextIO

from sweep.core import colours
from sweep.core.errors import ConfigError, Interrupted, Mistake, SweepError
from sweep.core.plain import plain
from sweep.core.wrapped import NARROWEST, USUAL, WIDEST, columns, fitting

SEVERITY = "error: "


class Look(NamedTuple):
    """What an error is told for: columns, whether they are a terminal's, and whether that shows colours."""

    width: int = USUAL
    terminal: bool = False
    colours: bool = False


def look_of(stream: TextIO) -> Look:
    """What a stream is."""
    width = columns(stream)
    if width is None:
        return Look()
    return Look(max(min(width, WIDEST), NARROWEST), terminal=True, colours=colours.shown_by(stream))


def told(error: SweepError, look: Look | None = None) -> str:
    """The error for people; what is wrong with a study file with the line that is meant, and a mark below it.

    look: what it is told for; left out: this process's stderr.
    """
    look = look or look_of(sys.stderr)
    if not isinstance(error, ConfigError):
        message = plain(str(error))
        if isinstance(error, Interrupted):
            return fitting(message, look.width) if look.terminal else message
        return _with_severity(message, look)
    return "\n".join(line for mistake in error.mistakes for line in _lines(mistake, look))


def _lines(mistake: Mistake, look: Look) -> Iterator[str]:
    yield _with_severity(plain(mistake.exactly), look)
    if mistake.span is None or not mistake.span.column or not mistake.source.strip():
        return
    from sweep.core.excerpt import excerpt  # noqa: PLC0415  (what goes well needs nothing of it)

    found = excerpt(mistake.source, mistake.span, look.width)
    if found:
        yield f"{_in(colours.QUIET, f'{found.number}|', look)} {found.text}"
        gutter = " " * len(found.number) + "|"
        yield f"{_in(colours.QUIET, gutter, look)} {_in(colours.ERROR, found.mark, look)}"


def _with_severity(message: str, look: Look) -> str:
    if not look.terminal:
        return message
    lines = fitting(f"{SEVERITY}{message}", look.width)
    return f"{_in(colours.ERROR, SEVERITY, look)}{lines.removeprefix(SEVERITY)}"


def _in(colour: str, text: str, look: Look) -> str:
    return colours.coloured(text, colour) if look.colours else text
