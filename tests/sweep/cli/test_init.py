"""`sweep init`: a first study of a table, on a terminal and in a pipe."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from sweep.cli.main import main
from sweep.config.yaml_text import parse
from tests.sweep.init import tables

INIT = [sys.executable, "-c", "import sys; from sweep.cli.main import main; sys.exit(main(sys.argv[1:]))", "init"]


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table in the working directory, and a study."""
    monkeypatch.chdir(tmp_path)
    Path("xy.csv").write_bytes(tables.no_time())
    Path("old.yaml").write_text("name: old\n")
    Path("empty.csv").touch()


def test_without_out_the_study_is_printed_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "xy.csv", "--target", "x", "--horizon", "4"]) == 0
    said = capsys.readouterr()
    document = parse(said.out).value
    assert (document["data"]["targets"], document["data"]["horizon"]) == (["x"], 4)
    assert said.err == "unsure: no column says when rows are: they are taken to be in order and evenly spaced\n"


def test_a_study_in_another_folder_finds_its_data(capsys: pytest.CaptureFixture[str]) -> None:
    Path("studies").mkdir()
    assert main(["init", "xy.csv", "--out", "studies/xy.yaml"]) == 0
    said = capsys.readouterr()
    assert said.out == "studies/xy.yaml\n"
    assert "plan studies/xy.yaml` says what would run" in said.err
    assert parse(Path("studies/xy.yaml").read_text()).value["data"]["path"] == "../xy.csv"


def test_a_file_is_written_over_only_with_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "xy.csv", "--out", "old.yaml"]) == 2
    assert "--out old.yaml: is there already; name another file, or say --force" in capsys.readouterr().err
    assert Path("old.yaml").read_text() == "name: old\n"
    assert main(["init", "xy.csv", "--out", "old.yaml", "--force"]) == 0
    assert Path("old.yaml").read_text().startswith("# A first study of xy.csv")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["xyz.csv"], 65, "xyz.csv: no such file; did you mean xy.csv?"),
        (["empty.csv"], 65, "empty.csv: is empty"),
        (["*.csv"], 65, "*.csv: is a pattern; look at one of the files, and then write the pattern in data.path"),
        (["xy.csv", "--target", "z"], 65, "xy.csv: has no column z; there is x, y"),
        (["xy.csv", "--horizon", "240"], 65, "xy.csv: no study of it would run as it is: "),
        (["xy.csv", "--horizon", "soon"], 2, "--horizon: 'soon' is not a duration"),
        (["xy.csv", "--out", "study.txt"], 2, "--out study.txt: its name must end in .yaml"),
        (["xy.csv", "--out", "no/study.yaml"], 74, "--out no/study.yaml: cannot be written: "),
    ],
)
def test_what_goes_wrong_is_one_message(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", *arguments]) == code
    said = capsys.readouterr()
    assert message in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_on_a_terminal_it_asks_what_is_open_and_nothing_in_a_pipe() -> None:
    controller, terminal = pty.openpty()
    os.write(controller, b"x\n5\n")
    done = subprocess.run(
        [*INIT, "xy.csv", "--out", "asked.yaml"], stdin=terminal, stdout=terminal, stderr=terminal, check=False
    )
    said = os.read(controller, 100_000).decode()
    assert done.returncode == 0
    assert "Which column is to be forecast (y, x)? [y]:" in said
    assert "How many rows ahead, or how long, such as 30min?" in said
    document = parse(Path("asked.yaml").read_text()).value
    assert (document["data"]["targets"], document["data"]["horizon"]) == (["x"], 5)
    piped = subprocess.run([*INIT, "xy.csv"], stdin=terminal, capture_output=True, text=True, check=False)
    assert piped.returncode == 0
    assert "?" not in piped.stderr
    os.close(controller)
    os.close(terminal)
