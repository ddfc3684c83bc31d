"""Commands that are printed for people: they work where they are pasted, in the same folder of the same machine."""

import os
import shlex
import shutil
import sys
from pathlib import Path


def command(program: str, *arguments: object) -> str:
    """A shell's line that runs a program of this Python's environment, by its path where its name finds another."""
    beside = Path(sys.executable).parent / program
    found = shutil.which(program)
    if beside.exists() and not (found and Path(found).samefile(beside)):
        program = _shorter(beside)
    return shlex.join([program, *map(str, arguments)])


def examples(*lines: str) -> str:
    """The end of a command's help: lines of a shell, which click is kept from wrapping."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def _shorter(path: Path) -> str:
    """The path as it is, or from the working directory where it lies below that."""
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)
