"""Columns of categories as inputs: `{column: shop, as: category}`."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.dataset import prepare
from workers.data.sources.table import Table
from workers.data.sources.tabular.absent import Missing
from workers.data.sources.tabular.inputs.categories import MOST, category_of
from workers.data.splits import Split, cut
from workers.data.timeline import Timeline
from workers.errors import DataError

SHOP: dict[str, Any] = {"inputs": ["x", {"column": "shop", "as": "category"}], "horizon": 1}


def rows(shops: list[str], first: str = "shop") -> str:
    """Rows in which x and y count, with these cells in a column."""
    return f"x,y,{first}\n" + "".join(f"{n},{n},{shop}\n" for n, shop in enumerate(shops))


def of_shops(found: Timeline) -> list[list[float]]:
    """The inputs that are made of the shop."""
    values: list[list[float]] = found.features[:, 1:].tolist()
    return values


def test_a_category_is_an_input_that_is_1_where_a_row_has_it_and_0_elsewhere() -> None:
    found = table(rows(["b", "a", "b", "c"] * 5), **SHOP)
    assert found.feature_names == ("x", "shop=a", "shop=b", "shop=c")
    assert of_shops(found)[:4] == [[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert found.categories == {"shop": ("a", "b", "c")}


def test_of_a_category_that_training_does_not_have_all_inputs_are_0() -> None:
    found = table(rows(["b", "a"] * 9 + ["new", "b"]), **SHOP)
    assert found.categories == {"shop": ("a", "b")}
    assert of_shops(found)[-2:] == [[0, 0], [0, 1]]


def test_numbers_are_in_the_order_of_their_size() -> None:
    assert table(rows(["10", "9", "-1", "9"] * 5), **SHOP).categories == {"shop": ("-1", "9", "10")}


@pytest.mark.parametrize(
    ("cells", "same"),
    [
        (pd.Series([7, 8]), ["7", "8"]),
        (pd.Series([7.0, np.nan]), ["7", None]),
        (pd.Series(["7", " 7.0", "007", "7.5"]), ["7", "7", "007", "7.5"]),
        (pd.Series([True, False]), ["True", "False"]),
        (pd.Series(["TRUE", "true", "nil", ""]), ["True", "True", None, None]),
        (pd.Series([-1.0, 2.0]), [None, "2"]),
    ],
    ids=str,
)
def test_a_category_is_the_same_in_whichever_file_and_beside_whichever_other_cells(
    cells: pd.Series, same: list[str | None]
) -> None:
    found = category_of(cells, Missing(fill="drop", values=("nil", "-1")))
    assert [None if pd.isna(cell) else cell for cell in found] == same


def test_a_cell_that_is_missing_is_refused_dropped_or_filled_as_in_other_inputs() -> None:
    text = rows(["b", "", "a", "b"] * 5)
    with pytest.raises(DataError, match=r"lines 3, 7, 11 and 2 more: values are missing \(shop as category 5\)"):
        table(text, **SHOP)
    assert of_shops(table(text, **SHOP, missing={"fill": "forward"}))[:3] == [[0, 1], [0, 1], [1, 0]]
    assert of_shops(table(text, **SHOP, missing={"fill": "drop"}))[:3] == [[0, 1], [1, 0], [0, 1]]


def test_a_column_may_be_classes_to_forecast_and_a_category_to_forecast_from() -> None:
    text = rows(["b", "a", "b", "c"] * 5)
    found = table(text, inputs=[{"column": "shop", "as": "category"}], targets=["shop"])
    assert found.horizon == 1
    assert found.targets[:4].tolist() == [0, 1, 2, 1]
    assert found.features[:2].tolist() == [[0, 1, 0], [1, 0, 0]]
    with pytest.raises(ValueError, match="0 gives the answer away, since shop is among the inputs"):
        table(text, inputs=[{"column": "shop", "as": "category"}], targets=["shop"], horizon=0)


def test_a_column_may_be_a_number_and_a_category() -> None:
    found = table(rows(["1", "2"] * 10), inputs=["shop", {"column": "shop", "as": "category"}], horizon=1)
    assert found.features[:2].tolist() == [[1, 1, 0], [2, 0, 1]]


def test_an_interval_has_the_last_category_in_it() -> None:
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(40), "min")
    lines = [f"{when},{n},{n},{'ab'[n % 3 > 0]}" for n, when in enumerate(times)]
    found = table("\n".join(["t,x,y,shop", *lines]), **SHOP, time="t", resample="2min")
    assert of_shops(found)[:3] == [[1, 0], [0, 1], [0, 1]]  # of minutes 0, 2 and 4


def test_more_categories_than_a_model_should_have_inputs_are_refused() -> None:
    cure = f"shop holds 349 categories in training .* at most {MOST}: put rare ones"
    with pytest.raises(DataError, match=cure) as caught:
        table(rows([f"shop {n}" for n in range(500)]), **SHOP)
    assert caught.value.field == "data.inputs"


def test_what_a_study_is_known_by_says_of_an_entry_only_what_was_said() -> None:
    said = Table.model_validate({"path": "x.csv", "targets": ["y"], **SHOP})
    assert said.model_dump(mode="json")["inputs"] == SHOP["inputs"]
    assert Table.model_validate(said.model_dump(mode="json")) == said


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=12, max_size=40), st.data())
def test_no_category_of_a_later_row_or_of_a_part_held_back_changes_an_input(
    shops: list[str], data: st.DataObject
) -> None:
    found = table(rows(shops), **SHOP)
    stop = int(cut(found, Table(path=".", inputs=("x",), targets=("y",)).split)[0].stop[-1])
    assert set(found.categories["shop"]) == set(shops[:stop])
    at = data.draw(st.integers(stop, len(shops)))
    other = table(rows([*shops[:at], *("z" * (len(shops) - at))]), **SHOP)
    assert other.categories == found.categories
    assert (other.features[:at] == found.features[:at]).all()


def test_text_among_the_inputs_is_refused_with_how_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"if it holds categories, say \{column: shop, as: category\}"):
        table(rows(["a", "b"] * 9), inputs=["x", "shop"])


def test_categories_that_are_looked_up_are_inputs_as_ever_which_are_not_scaled() -> None:
    inputs = ["x", {"column": "shop", "embedding": 3}]
    found = table(rows(["b", "a", "b", "c"] * 5), **SHOP | {"inputs": inputs})
    assert of_shops(found)[:4] == [[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert found.embeddings == (("shop", 1, 4, 3),)
    scaled = prepare(found, Split()).timeline
    assert (scaled.features[:, 1:] == found.features[:, 1:]).all()
    assert scaled.embeddings == found.embeddings


def test_how_many_numbers_are_looked_up_is_part_of_what_the_data_are() -> None:
    entries = [{"column": "shop", "as": "category"}, *({"column": "shop", "embedding": size} for size in (1, 2))]
    timelines = [table(rows(["b", "a", "b", "c"] * 5), **SHOP | {"inputs": ["x", entry]}) for entry in entries]
    assert len({prepare(timeline, Split()).digest for timeline in timelines}) == 3


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"embedding": 0}, "greater than or equal to 1"),
        ({"embedding": 2, "as": None}, "is of categories: leave as out, or let it be category"),
        ({"embedding": 2, "lag": 1}, "cannot be said beside embedding: name the column once more"),
        ({"embedding": 2, "transform": "log"}, "is of numbers, and embedding has none"),
    ],
)
def test_only_categories_are_looked_up(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Table(path="x.csv", inputs=("x", {"column": "shop", **entry}), targets=("y",))  # type: ignore[arg-type]
