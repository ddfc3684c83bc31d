"""A launch from Python: a process of its own, whose signals, libraries and memory are not those of the program."""

import json
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
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

LAST_WORDS = 5  # lines of stderr that an error repeats
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
    interrupted, words = False, deque[str](maxlen=LAST_WORDS)
    while True:
        try:
            for line in stderr:
                words.append(line.rstrip())
                sys.stderr.write(line)
            process.wait()
        except KeyboardInterrupt:
            interrupted = True
            process.send_signal(signal.SIGINT)
        except BaseException:
            process.kill()  # or the block would wait for all of the study
            raise
        else:
            return interrupted, words


def _error(code: int, words: Sequence[str]) -> SweepError:
    said = "\n".join(words)
    return ERRORS.get(code, SweepError)(f"the launch ended with exit code {code}; its last words:\n{said}")
