"""Paragraphs for people at a terminal, which would break lines within words; and how wide that is."""

import os
import re
import shutil
import sys
import textwrap
from contextlib import suppress
from typing import TextIO

USUAL, WIDEST, NARROWEST = 80, 120, 40  # columns; lines that are longer or shorter are hard to read
DEEPER = "  "
COMMAND, UNBROKEN = re.compile(r"`[^`\n]+`"), "\0"


def columns(stream: TextIO) -> int | None:
    """How wide the terminal is that a stream goes to; None where it goes to none."""
    if not stream.isatty():
        return None
    found = 0
    with suppress(OSError, ValueError):
        found = os.get_terminal_size(stream.fileno()).columns  # 0 of one that was never told its size
    named = shutil.get_terminal_size((found or USUAL, 0)).columns
    return min(found or named, named)  # an exported COLUMNS is of the time before a resize


def wrapped(paragraph: str, indent: str = "") -> str:
    """The paragraph in lines between words, where stdout is a terminal; elsewhere as it is, in one line.

    indent  of all lines but the first
    """
    width = columns(sys.stdout)
    return paragraph if width is None else between_words(paragraph, min(width, WIDEST), indent)


def as_read(text: str, stream: TextIO) -> str:
    """The text as the stream is given it: a line that its terminal would break is broken between words, and indented.

    What goes to no terminal is as it was.
    """
    width = columns(stream)
    return text if width is None else fitting(text, width)


def fitting(text: str, width: int) -> str:
    """The text with each line that is longer than so many columns broken between words, and indented."""
    room = max(min(width, WIDEST), NARROWEST)
    return "\n".join(line if len(line) <= room else _broken(line, room) for line in text.split("\n"))


def between_words(paragraph: str, width: int, indent: str = "") -> str:
    """The paragraph in lines of so many columns, broken between words alone; indent: of all lines but the first.

    A command in `backquotes` stays in one line, so that it works when it is pasted.
    """
    whole = COMMAND.sub(lambda command: command[0].replace(" ", UNBROKEN), paragraph)
    lines = textwrap.wrap(whole, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace(UNBROKEN, " ")


def _broken(line: str, width: int) -> str:
    beginning = line[: len(line) - len(line.lstrip())]
    return between_words(line, width, f"{beginning}{DEEPER}")
