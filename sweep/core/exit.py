"""How every command ends: an error is a message on stderr and an exit code."""

import sys
from collections.abc import Callable

from sweep.core.errors import Interrupted, SweepError

INTERRUPTED = Interrupted.exit_code


def guarded(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; sweep.core.errors lists the codes."""
    try:
        return command()
    except SweepError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:  # before the command handles signals itself
        return INTERRUPTED
