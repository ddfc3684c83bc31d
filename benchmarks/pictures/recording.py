"""Runs a command in a pseudo-terminal, and keeps what it writes with the time at which it does."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

AT_ONCE = 65536  # bytes that are read at most


class Written(NamedTuple):
    """What was written to the terminal, so many seconds after the command began."""

    seconds: float
    text: str


def recorded(command: Sequence[str], folder: Path, columns: int, rows: int) -> list[Written]:
    """What a command writes, run in a folder and to its end, on a terminal of this size.

    Raises CalledProcessError where it does not end with 0.
    """
    terminal, its_side = pty.openpty()
    fcntl.ioctl(its_side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    began = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    process = subprocess.Popen(  # noqa: S603  (our own command)
        command,
        cwd=folder,
        env=environment | {"TERM": "xterm-256color"},
        stdin=its_side,
        stdout=its_side,
        stderr=its_side,
        start_new_session=True,
    )
    os.close(its_side)
    said = []
    with suppress(OSError):  # which Linux raises when nobody has the other side open
        while piece := os.read(terminal, AT_ONCE):
            said.append((time.monotonic() - began, piece))
    os.close(terminal)
    if code := process.wait():
        raise subprocess.CalledProcessError(code, list(command), b"".join(piece for _, piece in said).decode())
    return _decoded(said)


def _decoded(said: Sequence[tuple[float, bytes]]) -> list[Written]:
    """The same as text: a letter may have been read in two pieces."""
    found, left = [], b""
    for seconds, piece in said:
        text = (left + piece).decode("utf-8", errors="ignore")
        left = (left + piece)[len(text.encode()) :]
        found.append(Written(seconds, text))
    return found
