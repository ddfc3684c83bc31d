"""Writes a file whole or not at all."""

from contextlib import suppress
from pathlib import Path

UNFINISHED = ".unfinished"  # ends the name of a file that is being written


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in place of an earlier one: a reader finds either of them whole, even if the writer is killed.

    Raises OSError, and leaves the earlier one as it was.
    """
    unfinished = path.with_name(f"{path.name}{UNFINISHED}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):  # where there is no folder, or none that may be written to
            unfinished.unlink(missing_ok=True)
        raise
