"""docs/article.md says what was measured, with the study files as they are."""

import json
import re
from pathlib import Path

import pytest

from benchmarks import article
from benchmarks.article_page import page
from sweep.launch.__main__ import main

RESULTS = json.loads(article.RESULTS.read_text(encoding="utf-8"))
PAGE = article.PAGE.read_text(encoding="utf-8")


def test_the_measured_part_is_what_was_recorded() -> None:
    assert page(PAGE, RESULTS) == PAGE


def test_every_study_of_the_suite_was_recorded() -> None:
    assert list(RESULTS["studies"]) == list(article.STUDIES)
    shipped = {f"configs/article/{path.name}" for path in (article.ROOT / "configs" / "article").iterdir()}
    assert shipped <= set(article.STUDIES)


@pytest.mark.parametrize("path", article.STUDIES)
def test_a_study_was_recorded_as_its_file_and_data_are_now(path: str) -> None:
    assert RESULTS["studies"][path]["digest"] == article.digest(path), "run make article again"


@pytest.mark.parametrize("path", article.STUDIES)
def test_a_study_can_be_launched(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(article.ROOT / path), "--dry-run"]) == 0
    assert "1-stateless, 2-reset-every-batch, 3-reset-every-epoch, or-every-sequence" in capsys.readouterr().out


@pytest.mark.parametrize("path", article.STUDIES)
def test_the_article_s_first_two_programs_are_one_computation(path: str) -> None:
    arms = article.arms(path)
    assert arms[:2] == ["stateless", "stateless"]
    assert arms == RESULTS["studies"][path]["arms"]


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:configs|tests|workers|sweep)/[\w/.]+)`", PAGE)
    assert named
    assert [name for name in named if not (Path(article.ROOT) / name).exists()] == []
