"""What all commands have in common: whatever goes wrong is a message on stderr and an exit code."""

import sys
from collections.abc import Callable

from sweep.core.errors import SweepError

INTERRUPTED = 130


def guarded(command: Callable[[], int]) -> int:
    """Run a command; returns its exit code, which sweep.core.errors explains."""
    try:
        return command()
    except SweepError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:  # before there was anything to finish
        return INTERRUPTED
