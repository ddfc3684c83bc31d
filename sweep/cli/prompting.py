"""Whether somebody can be asked something."""

import sys


def on_a_terminal() -> bool:
    """Whether somebody can be asked: nothing comes from a pipe, and nothing goes to one."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
