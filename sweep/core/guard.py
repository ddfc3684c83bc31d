"""How every command ends: with an exit code, and with a message on stderr for what went wrong."""

import atexit
import gc
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from click.exceptions import Exit

from sweep.core import prompt_end, redact
from sweep.core.errors import Interrupted, ReaderGone, SweepError, Unforeseen
from sweep.core.folders import ARTIFACTS
from sweep.core.terminal import give_up_if_nobody_reads, say, tell
from sweep.core.usage import wrong_usage

INTERRUPTED = Interrupted.exit_code
A_MOMENT = 0.1  # seconds


def guarded(command: click.Command, name: str, argv: Sequence[str] | None) -> int:
    """Run a command line; returns the exit code: of sweep.core.errors.

    `argv`: what follows the name; this process's own arguments if left out. Ctrl-C and SIGTERM end it promptly, until
    it handles them itself. What nobody has foreseen is told in a line, and its traceback goes to a file. click's own
    `main` would hide an EOFError, and end the process when a pipe is closed.
    """
    atexit.register(gc.freeze)  # or the interpreter's end looks through all that the libraries have made, for a second
    with prompt_end.listening() as interrupted:
        try:
            return _run(command, name, list(sys.argv[1:] if argv is None else argv))
        except KeyboardInterrupt:
            return INTERRUPTED
        except SystemExit:  # with which a library ends the process at SIGTERM
            if interrupted.wait(A_MOMENT):
                return INTERRUPTED
            raise
        except BaseException as error:  # noqa: BLE001  (of a library, or of a program of the user's)
            if interrupted.is_set():
                return INTERRUPTED
            if isinstance(error, BrokenPipeError) and give_up_if_nobody_reads():  # of --help, which click prints
                return ReaderGone.exit_code
            say(f"{name} failed, which nobody has foreseen: {_told(error)}\n{_written_down(error)}", err=True)
            return Unforeseen.exit_code


def _run(command: click.Command, name: str, argv: list[str]) -> int:
    try:
        with command.make_context(name, argv) as context:
            return int(command.invoke(context))
    except Exit as end:  # of --help
        return end.exit_code
    except click.Abort:  # Ctrl-D, or the end of what can be read, in place of an answer
        return INTERRUPTED
    except click.ClickException as error:
        tell(wrong_usage(error, command, name, argv))
        return error.exit_code
    except SweepError as error:
        if str(error):
            tell(error)
        return error.exit_code


def _told(error: BaseException) -> str:
    """The error in a line; its own words may fail."""
    try:
        words = str(error).strip().splitlines() or ["no message"]
    except Exception:  # noqa: BLE001
        words = ["its message cannot be told"]
    return redact.text(f"{type(error).__name__}: {words[0]}")


def _written_down(error: BaseException) -> str:
    """Where the error's traceback has been written, in words; the working directory may not be writable."""
    content = redact.text("".join(traceback.format_exception(error)))
    name = f"error-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.log"
    for folder in (ARTIFACTS, Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(content, errors="backslashreplace")
        except OSError:
            continue
        return f"The details are in {folder / name}."
    return content
