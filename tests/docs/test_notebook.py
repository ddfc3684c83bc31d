"""docs/notebook.ipynb is a notebook without outputs, and its cells run one after the other."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from sweep.comparison.measure import in_table
from tests.docs.pages import DOCS
from tests.sweep.conftest import no_tracking_uri

__all__ = ["no_tracking_uri"]

NOTEBOOK = json.loads((DOCS / "notebook.ipynb").read_text(encoding="utf-8"))
CODE = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def shown(cell: str, names: dict[str, Any]) -> Any:
    """Runs a cell; what a notebook would show below it."""
    lines = ast.parse(cell)
    last = lines.body.pop() if isinstance(lines.body[-1], ast.Expr) else None
    exec(compile(lines, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None


def test_it_is_a_notebook_whose_outputs_are_left_to_the_reader() -> None:
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in NOTEBOOK["cells"]}) == len(NOTEBOOK["cells"])
    for cell in NOTEBOOK["cells"]:
        filled: dict[str, Any] = {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}
        assert {name: cell.get(name) for name in filled} == filled


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.* leaves what training saw")
def test_its_cells_run_and_show_an_answer_and_a_forecast(
    real_services: None, no_tracking_uri: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_TMPDIR", "/tmp")
    names: dict[str, Any] = {}
    _, table, _, study, recommended, trials, forecast, next_row = [shown(cell, names) for cell in CODE]
    verdict = names["verdict"]
    assert table["load"].notna().all()
    assert verdict.sentence in study._repr_html_().replace("&#39;", "'")
    assert in_table(recommended[1]) in study._repr_html_()
    assert trials.loc["search"]["count"].sum() == names["fields"]["budget.trials"]
    assert forecast["load"].notna().all()
    assert next_row["load"].notna().all()
