"""`transform: log`: what is learnt is the logarithm of the targets, and all that is known of them now is too."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table
from workers.errors import DataError

SALES = np.exp(np.random.default_rng(2).normal(size=30))
SAID: dict[str, Any] = {"inputs": ["sales"], "targets": ["sales"], "transform": "log"}


def rows(sales: Any) -> str:
    shops = ("north", "south")
    return "\n".join(["sales,shop", *(f"{float(value)!r},{shops[n % 2]}" for n, value in enumerate(sales))])


def test_targets_naive_forecasts_and_the_present_are_logarithms_and_inputs_are_not() -> None:
    level, change = (table(rows(SALES), **SAID, season=7, predict=predict) for predict in ("level", "change"))
    logs, at = np.log(SALES), np.flatnonzero(level.scored)
    assert level.targets[at, 0] == pytest.approx(logs[1:])
    assert level.forecasts["persistence"][at, 0] == pytest.approx(logs[:-1])
    assert level.forecasts["seasonal"][8:29, 0] == pytest.approx(logs[2:23])
    assert level.features[:, 0] == pytest.approx(SALES)
    assert change.targets[at, 0] == pytest.approx(np.diff(logs))
    for timeline in (level, change):
        assert timeline.levels(at)[:, 0] == pytest.approx(SALES[1:])
        assert any(note.startswith("log(sales) is learnt; forecasts and scores are in") for note in timeline.notes)


@pytest.mark.parametrize(
    ("sales", "transform", "message"),
    [
        (
            [1.0, 0.0, *SALES, -2.0],
            "log",
            r"lines 3, 34: sales is 0, which has no log \(2 such values\); of 0 and more",
        ),
        ([*SALES, -1.0], "log1p", r"line 32: sales is -1, which has no log1p \(1 such value\); leave transform out"),
    ],
    ids=["log", "log1p"],
)
def test_a_target_that_has_no_logarithm_is_refused_with_its_rows(sales: Any, transform: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        table(rows(sales), **SAID | {"transform": transform})
    assert caught.value.field == "data.transform"


def test_it_is_of_numbers_that_no_loss_takes_the_logarithm_of() -> None:
    with pytest.raises(ValidationError, match="loss: poisson has the model forecast the logarithm as it is"):
        Table.model_validate({"path": "x.csv", **SAID, "loss": "poisson"})
    with pytest.raises(DataError, match="transform applies only to targets that are numbers, and shop holds classes"):
        table(rows(SALES), **SAID | {"targets": ["shop"]})


def test_a_study_file_without_it_is_kept_as_before() -> None:
    said = Table.model_validate({"path": "x.csv", "inputs": ["x"], "targets": ["x"]})
    assert "transform" not in said.model_dump(mode="json")
