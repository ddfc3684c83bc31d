"""What results were computed on, and by what, in words."""

import os
import platform
import shutil
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

from sweep import __version__

ROOT = Path(__file__).parents[1]
LIBRARIES = ("numpy", "scipy", "optuna", "tensorflow", "keras")


@cache
def described() -> str:
    """The processor, its cores, and the versions of Python and of the libraries."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


@cache
def code() -> str:
    """The version of this program, with the commit that is checked out, if that is known."""
    git = shutil.which("git")
    asked = [str(git), "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout if git else ""  # noqa: S603
    return f"{__version__}, commit {told.strip()}" if told else __version__


def _processor() -> str:
    """Its name as Linux has it; elsewhere as Python has it."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
