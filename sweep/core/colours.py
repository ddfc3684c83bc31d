"""Colours of a terminal: words of severity at the beginning of what is said, and marks."""

import os
import re
from typing import TextIO

ERROR, NOTE, QUIET = "1;31", "1;33", "34"  # as ANSI numbers them
SEVERITIES = re.compile(r"^(note|unsure)(?=: )")  # as the product says them


def shown_by(stream: TextIO) -> bool:
    """Whether it is a terminal that shows colours, and nobody has asked for none (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def coloured(text: str, colour: str) -> str:
    """The text in a colour of this module."""
    return f"\x1b[{colour}m{text}\x1b[0m"


def by_severity(said: str, stream: TextIO) -> str:
    """What is said, with `note` in colour where the stream shows colours."""
    if not shown_by(stream):
        return said
    return SEVERITIES.sub(lambda found: coloured(found[0], NOTE), said)
