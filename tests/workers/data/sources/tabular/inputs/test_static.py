"""Columns that are the same in all rows of a group: `{column: size, static: true}`."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table
from workers.errors import DataError

STATIC: dict[str, Any] = {"column": "size", "static": True}


def rows(sizes: list[str]) -> str:
    """Rows of three groups by turns, with these cells."""
    lines = [f"{'abc'[n % 3]},{n},{n},{sizes[n % len(sizes)]}" for n in range(36)]
    return "\n".join(["g,x,y,size", *lines])


def test_it_is_a_column_or_categories_like_any_other() -> None:
    found = table(rows(["3", "1", "2"]), group="g", inputs=["x", STATIC], horizon=1)
    assert found.feature_names == ("x", "size")
    assert found.features[::12, 1].tolist() == [3, 1, 2]
    of_kinds = table(rows(["s", "m", "s"]), group="g", inputs=["x", {**STATIC, "as": "category"}], horizon=1)
    assert of_kinds.feature_names == ("x", "size=m", "size=s")


def test_the_first_group_in_which_it_varies_is_named_with_both_values() -> None:
    what = (
        r"data.csv: size is static, but in group b it is 1 \(line 3\) and 7 \(line 6\), and so in 1 other group; make"
    )
    with pytest.raises(DataError, match=what) as caught:
        table(rows(["3", "1", "2", "3", "7", "5"]), group="g", inputs=["x", STATIC], horizon=1)
    assert caught.value.field == "data.inputs"
    with pytest.raises(DataError, match=r"in group a it is s \(line 2\) and m \(line 5\); make"):
        table(rows(["s", "s", "s", "m", "s", "s"]), group="g", inputs=["x", {**STATIC, "as": "category"}], horizon=1)


def test_a_missing_cell_is_no_other_value() -> None:
    text = rows(["3", "1", "2", "", "1", "2"])
    found = table(text, group="g", inputs=["x", STATIC], horizon=1, missing={"fill": "forward"})
    assert found.features[::12, 1].tolist() == [3, 1, 2]


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"inputs": ["x", STATIC]}, "group", "is needed, since size is static: the same in all rows of a group"),
        ({"inputs": [STATIC], "group": "g"}, "inputs", "a column that is the same throughout a group alone is not"),
        ({"inputs": ["x", {**STATIC, "lag": 1}], "group": "g"}, "static", "cannot be said beside lag"),
    ],
    ids=str,
)
def test_what_cannot_be_right_is_refused(fields: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Table.model_validate({"path": "x.csv", "targets": ["y"], **fields})
    error = next(each for each in caught.value.errors() if field in each["loc"])
    assert message in error["msg"]
