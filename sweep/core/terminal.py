"""What commands print: text for people, and data for programs."""

import os
import select
import sys
from contextlib import suppress
from typing import TextIO

import click

from sweep.core.colours import by_severity
from sweep.core.errors import CannotWrite, ReaderGone, SweepError
from sweep.core.plain import plain
from sweep.core.remedies import advice
from sweep.core.told import told
from sweep.core.wrapped import as_read


def say(said: object, *, err: bool = False, end: str = "\n") -> None:
    """Print something for people, on stdout or on stderr. Raises as `put`; what stderr does not take is lost."""
    text = plain(str(said))
    if err:
        _put_on_stderr(by_severity(f"{as_read(text, sys.stderr)}{end}", sys.stderr))
    else:
        put(f"{text}{end}")


def tell(error: SweepError) -> None:
    """Print on stderr what went wrong, and where; what stderr does not take is lost."""
    _put_on_stderr(f"{told(error)}\n")


def put(data: str) -> None:
    """Print something for programs on stdout, as it is.

    Raises ReaderGone where nobody reads on, CannotWrite where stdout is a file that cannot be written.
    """
    try:
        click.echo(data, nl=False)
    except BrokenPipeError:
        _give_up(sys.stdout)
        raise ReaderGone from None
    except OSError as error:
        _give_up(sys.stdout)
        raise CannotWrite(f"stdout cannot be written: {error.strerror or error}; {advice(error)}") from error


def _put_on_stderr(text: str) -> None:
    try:
        click.echo(text, err=True, nl=False)
    except OSError:  # there is no other place to tell it
        _give_up(sys.stderr)


def give_up_if_nobody_reads() -> bool:
    """Whether stdout is a pipe whose reader has gone; from then on what is printed there is lost."""
    with suppress(OSError, ValueError, AttributeError):
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
        if any(event & select.POLLERR for _, event in poll.poll(0)):
            _give_up(sys.stdout)
            return True
    return False


def _give_up(stream: TextIO) -> None:
    """Let the interpreter write what the stream still holds to nowhere: it would complain in its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
