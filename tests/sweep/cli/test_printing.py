"""What is printed finds its way, or the command ends as other programs do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sweep.core.errors import CannotWrite, ReaderGone

TRY = """
import sys
import click
from sweep.core.guard import guarded
from sweep.core.terminal import put, say

@click.command
@click.option("--err", is_flag=True)
def command(err):
    say("line\\n" * 10000, err=err)
    put("{}")
    return 0

sys.exit(guarded(command, "sweep try", None))
"""


def printed(folder: Path, stdout: int, *arguments: str, stderr: int = subprocess.PIPE) -> tuple[int, str]:
    """The exit code, and what was said on stderr."""
    done = subprocess.run(
        [sys.executable, "-c", TRY, *arguments],
        stdout=stdout,
        stderr=stderr,
        text=True,
        cwd=folder,
        timeout=250,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("arguments", [[], ["--help"]], ids=["its answer", "its help"])
def test_a_reader_that_has_gone_ends_it_quietly(tmp_path: Path, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert printed(tmp_path, writer, *arguments) == (ReaderGone.exit_code, "")
    finally:
        os.close(writer)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("arguments", "code"), [(["--err"], 0), (["--unknown"], 2)], ids=["a note", "wrong usage"])
def test_where_nobody_reads_what_is_said_it_goes_on(tmp_path: Path, arguments: list[str], code: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert printed(tmp_path, subprocess.DEVNULL, *arguments, stderr=writer)[0] == code
    finally:
        os.close(writer)


def test_a_disk_that_is_full_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        code, said = printed(tmp_path, full.fileno())
    assert code == CannotWrite.exit_code
    assert said == "stdout cannot be written: No space left on device; make room there, or name another place\n"
    assert list(tmp_path.iterdir()) == []
