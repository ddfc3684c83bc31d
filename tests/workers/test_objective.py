"""An objective alone knows which values are better."""

import ast
import math
from pathlib import Path
from typing import Literal

import pytest

from tests.paths import ROOT
from workers.objective import Objective, scored_once
from workers.spec import EpochReport

LOSS, ACCURACY = Objective(), Objective("validation/accuracy", "maximize")


def report(epoch: int, metric: str, value: float) -> EpochReport:
    return EpochReport(epoch, {metric: value}, 0.0)


def test_smaller_is_better_where_it_minimizes_and_larger_where_it_maximizes() -> None:
    assert LOSS.better(1.0, than=2.0)
    assert not LOSS.better(2.0, than=2.0)
    assert ACCURACY.better(2.0, than=1.0)


@pytest.mark.parametrize("objective", [LOSS, ACCURACY])
def test_a_nan_is_never_better(objective: Objective) -> None:
    assert not objective.better(math.nan, than=0.0)
    assert not objective.better(0.0, than=math.nan)


def test_the_best_is_the_first_of_equals_and_zero_is_a_value() -> None:
    values = [("a", 1.0), ("b", 0.0), ("c", 0.0), ("d", -1.0)]
    assert ACCURACY.best(values[1:], key=lambda pair: pair[1]) == ("b", 0.0)
    assert LOSS.best(values[:3], key=lambda pair: pair[1]) == ("b", 0.0)
    assert LOSS.best([], key=float) is None


@pytest.mark.parametrize(("at", "epoch"), [("best", 1), ("last", 2)])
def test_it_selects_the_best_epoch_or_the_last(at: Literal["best", "last"], epoch: int) -> None:
    objective = Objective("validation/accuracy", "maximize", at)
    reports = [report(n, objective.metric, value) for n, value in enumerate((0.1, 0.9, 0.5))]
    assert objective.select(reports).epoch == epoch
    with pytest.raises(ValueError, match="without epochs"):
        objective.select([])


def test_what_is_of_one_horizon_alone_is_never_scored_each_epoch() -> None:
    assert scored_once("validation/rmse_deployed/load_6", "validation/rmse_deployed", stateful=True)
    assert not scored_once("validation/rmse_deployed", "validation/rmse_deployed", stateful=True)


def test_nothing_else_compares_the_goal_with_a_word() -> None:
    """Other code asks an Objective which values are better."""
    files = [path for folder in ("sweep", "workers") for path in (ROOT / folder).rglob("*.py")]
    assert [str(path.relative_to(ROOT)) for path in files if _compares_goal(path)] == ["workers/objective.py"]


def _compares_goal(path: Path) -> bool:
    words = {"minimize", "maximize"}
    return any(
        isinstance(side, ast.Constant) and side.value in words
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
    )
