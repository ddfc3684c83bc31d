"""A launch from Python: a process of its own, whose signals, libraries and memory are not those of the program."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

from sweep.core.background import in_background
from sweep.core.errors import (
    CannotWrite,
    ConfigError,
    LedBySomeoneElse,
    ServiceUnavailable,
    StudyFailed,
    SweepError,
    Unforeseen,
)

LAST_WORDS = 12  # lines of stderr that an error repeats
LOOK_SECONDS = 0.2  # a signal that comes just before a thread begins to wait does not wake it
ERRORS: dict[int, type[SweepError]] = {
    error.exit_code: error
    for error in (StudyFailed, ConfigError, ServiceUnavailable, Unforeseen, CannotWrite, LedBySomeoneElse)
}


def launch(path: Path, overrides: Sequence[str]) -> dict[str, Any]:
    """Launch a study, or continue it; the object that `--json` prints. What a launch says is written to sys.stderr.

    Raises KeyboardInterrupt once the launch has stopped as after Ctrl-C, which it is asked to; else, for whatever
    ends it early, the SweepError of its exit code.
    """
    changed = [part for override in overrides for part in ("--set", override)]
    command = [sys.executable, "-m", "sweep.launch", str(path), *changed, "--json"]
    with subprocess.Popen(  # noqa: S603  (this program)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # a terminal sends Ctrl-C to all processes; twice would end the launch at once
    ) as process:
        assert process.stdout is not None  # noqa: S101  (for mypy: both are pipes)
        assert process.stderr is not None  # noqa: S101
        printed: Future[str] = in_background(process.stdout.read, "launch")
        interrupted, words = _until_it_ends(process, process.stderr)
        result = printed.result()
    if interrupted:
        raise KeyboardInterrupt
    if process.returncode:
        raise _error(process.returncode, words)
    found: dict[str, Any] = json.loads(result.splitlines()[-1])
    return found


def _until_it_ends(process: "subprocess.Popen[str]", stderr: IO[str]) -> tuple[bool, Sequence[str]]:
    """Pass on what it says, and each Ctrl-C; whether there was one, and its last words."""
    words, said = deque[str](maxlen=LAST_WORDS), SimpleQueue[str]()
    reading = in_background(lambda: deque(map(said.put, stderr), maxlen=0), "said")
    with _handing_on_interrupts(process) as interrupts:
        try:
            while not (reading.done() and said.empty() and process.poll() is not None):
                with contextlib.suppress(Empty):
                    line = said.get(timeout=LOOK_SECONDS)
                    words.append(line.rstrip())
                    sys.stderr.write(line)
        except BaseException:
            process.kill()  # or the block would wait for all of the study
            raise
    return bool(interrupts), words


@contextlib.contextmanager
def _handing_on_interrupts(process: "subprocess.Popen[str]") -> Iterator[list[int]]:
    """Send the process each SIGINT that comes meanwhile; the signals that came."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():  # no other hears of signals
        yield came
        return

    def hand_on(number: int, _frame: object) -> None:
        came.append(number)
        process.send_signal(number)

    before = signal.signal(signal.SIGINT, hand_on)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)


def _error(code: int, words: Sequence[str]) -> SweepError:
    said = "\n".join(words)
    return ERRORS.get(code, SweepError)(f"the launch ended with exit code {code}; its last words:\n{said}")
