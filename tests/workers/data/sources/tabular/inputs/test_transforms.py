"""What is taken of a column of numbers in its place: `{column: price, transform: log}`."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table
from workers.data.transforms import TRANSFORMS
from workers.errors import DataError

PRICE = [1.0, 2.5, 40.0, 300.0] * 6


def rows(prices: list[float]) -> str:
    return "\n".join(["x,y,price", *(f"{n},{n},{price}" for n, price in enumerate(prices))])


@pytest.mark.parametrize("name", [*TRANSFORMS])
def test_it_stands_for_the_column_now_before_and_ahead(name: Any) -> None:
    entry: dict[str, Any] = {"column": "price", "transform": name}
    forms = [entry, {**entry, "lag": 1}, {**entry, "rolling": "mean", "over": 2}, {**entry, "known": True}]
    found = table(rows(PRICE), inputs=["x", *forms], horizon=1)
    of = getattr(np, name)(PRICE)
    called = f"{name}(price)"
    assert found.feature_names[1:] == (called, f"{called} (1 before)", f"{called} (mean of 2)", f"{called} (ahead)")
    assert found.features[1:4, 1:] == pytest.approx(np.column_stack([of[1:4], of[:3], (of[1:4] + of[:3]) / 2, of[2:5]]))
    assert TRANSFORMS[name].back(TRANSFORMS[name].of(np.array(PRICE))) == pytest.approx(PRICE)


@pytest.mark.parametrize(
    ("prices", "name", "message"),
    [
        ([0.0, *PRICE, -3.0], "log", r"lines 2, 27: price is 0, which has no log \(2 such values\); of 0 and more say"),
        ([*PRICE, -1.0], "log1p", r"line 26: price is -1, which has no log1p \(1 such value\); leave transform out"),
    ],
    ids=str,
)
def test_a_value_of_which_it_is_not_defined_is_refused_with_its_rows(
    prices: list[float], name: str, message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        table(rows(prices), inputs=["x", {"column": "price", "transform": name}], horizon=1)
    assert caught.value.field == "data.inputs"


def test_it_is_of_numbers_and_kept_as_it_was_said() -> None:
    said: dict[str, Any] = {"path": "x.csv", "inputs": ["x", {"column": "price", "transform": "log"}], "targets": ["y"]}
    assert Table.model_validate(said).model_dump(mode="json")["inputs"] == said["inputs"]
    with pytest.raises(ValidationError, match="is of numbers, and as: category has none"):
        Table.model_validate({**said, "inputs": ["x", {"column": "price", "as": "category", "transform": "log"}]})
    with pytest.raises(ValidationError, match="should be 'log' or 'log1p'"):
        Table.model_validate({**said, "inputs": ["x", {"column": "price", "transform": "root"}]})
