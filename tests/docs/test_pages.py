"""What pages without a test of their own show is right: study files, commands, programs of shell."""

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from sweep.cli.main import COMMANDS, _imported
from sweep.config.yaml_text import parse
from tests.docs.pages import DOCS, PAGES, blocks
from tests.sweep.config.study_files import DATA, study

HOW_TO = sorted((DOCS / "how-to").glob("*.md"))
OTHERS = [DOCS / name for name in ("index.md", "tutorial.md", "questions.md", "glossary.md")]
STUDIES = [(page, block) for page in [*HOW_TO, *OTHERS] for block in blocks(page, "yaml")]
SCRIPTS = [(page, block) for page in PAGES for block in blocks(page, "bash")]
CALL = re.compile(rf"(?:^|[\s;&|(`])sweep ((?:{'|'.join(COMMANDS)})\b[^`\n|&;>]*)", re.MULTILINE)


def options(call: str) -> tuple[click.Command, list[str]]:
    """The command of a call, and the options that it is given."""
    name, *rest = shlex.split(call.partition("  #")[0])
    return _imported(COMMANDS[name][0]), [word.partition("=")[0] for word in rest if word.startswith("--")]


@pytest.mark.parametrize(("page", "block"), STUDIES, ids=lambda value: getattr(value, "name", ""))
def test_a_study_file_is_accepted(page: Path, block: str, tmp_path: Path) -> None:
    given = parse(block).value
    missing = "".join(line for name, line in (("name", "name: x\n"), ("data", DATA)) if name not in given)
    assert study(tmp_path, missing + block).config.name


@pytest.mark.parametrize("page", [*HOW_TO, *OTHERS], ids=lambda page: page.name)
def test_a_command_has_the_options_that_it_is_given(page: Path) -> None:
    text = "\n".join([*blocks(page, "sh"), *blocks(page, "bash"), *blocks(page, "yml")])
    for call in CALL.findall(text):
        command, given = options(call)
        known = {name for parameter in command.params for name in parameter.opts}
        assert set(given) <= known, f"{page.name}: sweep {call}"


@pytest.mark.parametrize(("page", "block"), SCRIPTS, ids=lambda value: getattr(value, "name", ""))
def test_a_program_of_shell_is_one(page: Path, block: str) -> None:
    checked = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_word_of_the_glossary_stands_once_and_in_order() -> None:
    rows = re.findall(r"^\| ([^|]+?) \| [^|]+ \|$", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    words = [word for word in rows if word not in ("word", "---")]
    assert words == sorted(words)
    assert len(words) == len(set(words)) > 30
