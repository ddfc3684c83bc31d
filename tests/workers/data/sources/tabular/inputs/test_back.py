"""Inputs that look back: `{column: x, lag: [1, 2]}` and `{column: x, rolling: mean, over: 3}`."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table
from workers.data.sources.tabular.inputs import back

PANEL = "g,x,y\n" + "".join(f"{'ab'[n % 2]},{n},{n}\n" for n in range(24))
LAGS: dict[str, Any] = {"column": "x", "lag": [1, 3]}


def test_a_lag_is_the_value_so_many_rows_before_in_the_sequence_and_of_its_first_rows_that_of_the_first() -> None:
    found = table(PANEL, group="g", inputs=["x", LAGS], horizon=1)
    assert found.feature_names == ("x", "x (1 before)", "x (3 before)")
    assert found.features[:5].tolist() == [[0, 0, 0], [2, 0, 0], [4, 2, 0], [6, 4, 0], [8, 6, 2]]
    assert found.features[12:14].tolist() == [[1, 1, 1], [3, 1, 1]]
    note = "6 rows with fewer than 3 before them in their sequence: inputs look back as far as it goes"
    assert note in found.notes


@pytest.mark.parametrize("how", list(back.TOGETHER))
@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4), over=st.integers(2, 6), seed=st.integers(0, 99))
def test_what_rows_come_to_is_as_pandas_has_it(how: str, lengths: list[int], over: int, seed: int) -> None:
    lengths = [*lengths, 30]
    group = np.repeat(np.arange(len(lengths)), lengths)
    frame = pd.DataFrame({"g": group, "x": np.random.default_rng(seed).normal(size=len(group)).round(3), "y": 1.0})
    found = table(frame.to_csv(index=False), group="g", inputs=[{"column": "x", "rolling": how, "over": over}])
    rolling = frame.groupby("g")["x"].rolling(over, min_periods=1)
    assert found.feature_names == (f"x ({how} of {over})",)
    assert found.features[:, 0] == pytest.approx(getattr(rolling, how)().to_numpy())


def test_pieces_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"column": "x", "rolling": "mean", "over": 4}
    whole = table(PANEL, group="g", inputs=[entry]).features
    monkeypatch.setattr(back, "AT_ONCE", 12)
    assert (table(PANEL, group="g", inputs=[entry]).features == whole).all()


def test_intervals_that_were_dropped_are_counted() -> None:
    minutes = [0, 1, 2, 5, 6, 7, *range(20, 40)]
    lines = [f"2024-01-01 00:{minute:02}:00,{minute},{minute}" for minute in minutes]
    text = "\n".join(["t,x,y", *lines])
    found = table(
        text,
        time="t",
        resample="1min",
        missing={"fill": "drop"},
        inputs=["x", {"column": "x", "lag": 2}, {"column": "x", "rolling": "mean", "over": 3}],
        horizon=1,
    )
    assert found.features[:6].tolist() == [[0, 0, 0], [1, 0, 0.5], [2, 0, 1], [5, 2, 5], [6, 2, 5.5], [7, 5, 6]]


@given(at=st.integers(1, 39), gap=st.integers(0, 39), seed=st.integers(0, 99))
def test_no_later_row_changes_an_input_and_no_row_of_another_sequence(at: int, gap: int, seed: int) -> None:
    draws = np.random.default_rng(seed).normal(size=40).round(3)
    clock = np.arange(40) * 60 + np.where(np.arange(40) > gap, 9000, 0)
    inputs = ["x", {"column": "x", "lag": [1, 5]}, {"column": "x", "rolling": "max", "over": 4}]

    def features(values: np.ndarray) -> np.ndarray:
        frame = pd.DataFrame({"t": clock, "x": values, "y": values})
        return table(frame.to_csv(index=False), time="t", max_gap="1h", inputs=inputs, horizon=1).features

    known = features(draws)
    assert (features(np.where(np.arange(40) < at, draws, 50.0))[:at] == known[:at]).all()
    before = np.where(np.arange(40) <= gap, -50.0, draws)
    assert (features(before)[gap + 1 :] == known[gap + 1 :]).all()


@pytest.mark.parametrize(
    ("entry", "field", "message"),
    [
        ({"column": "x", "lag": 0}, "lag", "greater than or equal to 1"),
        ({"column": "x", "lag": []}, "lag", "at least 1"),
        ({"column": "x", "rolling": "mean"}, "over", "goes with rolling: {rolling: mean, over: 24}"),
        ({"column": "x", "over": 3}, "over", "goes with rolling"),
        ({"column": "x", "rolling": "median", "over": 3}, "rolling", "should be 'mean', 'min' or 'max'"),
        ({"column": "x", "lag": 1, "rolling": "mean", "over": 3}, "rolling", "cannot be said beside lag"),
        ({"column": "x", "as": "category", "lag": 1}, "lag", "cannot be said beside as: category"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(entry: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Table.model_validate({"path": "x.csv", "inputs": [entry], "targets": ["y"]})
    error = next(each for each in caught.value.errors() if field in each["loc"])
    assert message in error["msg"]


def test_a_target_of_before_does_not_give_the_answer_away() -> None:
    said = {"path": "x.csv", "inputs": [{"column": "y", "lag": 1}], "targets": ["y"]}
    assert Table.model_validate({**said, "horizon": 0}).horizon == 0
    assert table(PANEL, inputs=[{"column": "y", "lag": 1}]).horizon == 1
    with pytest.raises(ValidationError, match="0 gives the answer away"):
        Table.model_validate({**said, "inputs": [{"column": "y", "rolling": "max", "over": 2}], "horizon": 0})


def test_an_entry_keeps_what_was_said() -> None:
    said = Table.model_validate({"path": "x.csv", "inputs": [LAGS, "y"], "targets": ["y"]})
    assert said.model_dump(mode="json")["inputs"] == [LAGS, "y"]
    assert Table.model_validate(said.model_dump(mode="json")) == said
