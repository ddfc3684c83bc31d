"""Paragraphs for people at a terminal, which would break lines within words."""

import shutil
import sys
import textwrap

WIDEST = 120  # columns; longer lines are hard to read


def wrapped(paragraph: str, indent: str = "") -> str:
    """The paragraph in lines between words, where stdout is a terminal; elsewhere as it is, in one line.

    indent  of all lines but the first
    """
    if not sys.stdout.isatty():
        return paragraph
    return between_words(paragraph, min(shutil.get_terminal_size().columns, WIDEST), indent)


def between_words(paragraph: str, width: int, indent: str = "") -> str:
    """The paragraph in lines of so many columns, broken between words alone; indent: of all lines but the first."""
    lines = textwrap.wrap(paragraph, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
