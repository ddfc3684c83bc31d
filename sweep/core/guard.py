"""How every command ends: with an exit code, and with a message on stderr for what went wrong."""

import sys
from collections.abc import Sequence

import click
from click.exceptions import Exit

from sweep.core.errors import Interrupted, SweepError

INTERRUPTED = Interrupted.exit_code


def guarded(command: click.Command, name: str, argv: Sequence[str] | None) -> int:
    """Run a command line; returns the exit code: of sweep.core.errors, or 2 for wrong usage.

    `argv`: what follows the name; this process's own arguments if left out. click's own `main` would hide an EOFError,
    and end the process when a pipe is closed.
    """
    try:
        with command.make_context(name, list(sys.argv[1:] if argv is None else argv)) as context:
            return int(command.invoke(context))
    except Exit as end:  # of --help
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SweepError as error:
        click.echo(error, err=True)
        return error.exit_code
    except KeyboardInterrupt:  # before the command handles signals itself
        return INTERRUPTED
