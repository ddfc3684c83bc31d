"""docs/first-study.md shows what the command writes, and its commands work."""

import re
from pathlib import Path

import pytest

from sweep.cli.main import main
from tests.paths import ROOT

TEXT = (ROOT / "docs" / "first-study.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    (block,) = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    return [line.split()[1:] for line in block.splitlines()]


def test_the_study_of_the_page_is_what_is_written_and_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("configs").symlink_to(ROOT / "configs")
    init, dry_run, launch = commands()
    assert main(init) == 0
    (shown,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert shown == Path("study.yaml").read_text(encoding="utf-8")
    assert main(dry_run) == 0
    assert "arms, 5 seeds that decide" in capsys.readouterr().out
    assert launch == ["launch", "study.yaml"]


def test_every_link_leads_to_a_heading() -> None:
    for file, anchor in re.findall(r"\(([\w-]+\.md)(?:#([\w-]+))?\)", TEXT):
        page = (ROOT / "docs" / file).read_text(encoding="utf-8")
        headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", page, re.MULTILINE)}
        assert not anchor or anchor in headings
