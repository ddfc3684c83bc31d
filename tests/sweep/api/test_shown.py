"""What a notebook shows agrees with the terminal."""

import pytest

from sweep.api import shown
from sweep.comparison.measure import in_table
from sweep.comparison.sentence import recommended, title
from tests.sweep.launch.test_one_answer import RMSE, SITUATIONS


@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_a_notebook_names_the_winner_of_the_terminal_with_its_number(situation: str) -> None:
    verdict = SITUATIONS[situation]()
    html = shown.html("glucose", [], verdict)
    assert f"{title(verdict)}: {recommended(verdict)}" in html
    assert verdict.sentence.replace("'", "&#39;") in html
    assert "rmse, mg/dL" in html
    for row in verdict.arms:
        assert f"<th style='text-align: left'>{row.arm}</th><td>{in_table(RMSE.value(row.test_mean))}</td>" in html


def test_names_of_a_study_file_are_text_and_no_markup() -> None:
    assert "<script>" not in shown.html("<script>", [], None) + shown.not_launched("<script>")
