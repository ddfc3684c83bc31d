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
from workers.errors import DataError

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


def every(minutes: list[int], **fields: Any) -> Any:
    """Rows at these minutes, in which x and y count."""
    clock = [60 * minute for minute in minutes]
    text = "\n".join(["t,x,y", *(f"{at},{n},{n}" for n, at in enumerate(clock))])
    inputs = ["x", {"column": "x", "lag": ["10min", 1]}]
    return table(text, **{"time": "t", "inputs": inputs, "horizon": 1, **fields})


def test_a_lag_of_a_duration_is_the_earlier_row_nearest_to_that_time() -> None:
    minutes = [*range(0, 150, 5), 157, *range(162, 200, 5)]
    found = every(minutes)
    assert found.feature_names == ("x", "x (10min before)", "x (1 before)")
    assert found.features[:5, 1].tolist() == [0, 0, 0, 1, 2]
    assert [minutes[int(row)] for row in found.features[30:34, 1]] == [145, 157, 157, 162]
    assert "2 rows with fewer than 1 or 10min before them in their sequence: inputs look back as far" in found.notes[1]


def test_a_lag_of_a_duration_counts_intervals_where_rows_are_resampled() -> None:
    found = every([*range(20), *range(30, 60)], resample="5min", missing={"fill": "drop"})
    assert found.features[:8, 1].tolist() == pytest.approx([0, 0, 0, 3, 8, 13, 18, 20.5][:8], abs=6)


@pytest.mark.parametrize(
    ("minutes", "fields", "message"),
    [
        ([*range(30), *range(30, 300, 7)], {}, "rows are not evenly spaced: .* say lag: 1 for the row before"),
        ([*range(0, 300, 7)], {}, "10min is no whole number of steps of 7min; say lag: 7min"),
        ([*range(50)], {"inputs": ["x", {"column": "x", "lag": "30D"}]}, "a lag of 30D is 43,200 rows: at most 10,000"),
    ],
    ids=str,
)
def test_a_lag_of_a_duration_needs_even_rows(minutes: list[int], fields: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        every(minutes, **fields)
    assert caught.value.field == "data.inputs"


def test_a_lag_of_a_duration_needs_the_time_and_whole_intervals() -> None:
    said = {"path": "x.csv", "inputs": ["x", {"column": "x", "lag": ["10min"]}], "targets": ["y"]}
    with pytest.raises(ValidationError, match="a lag of 10min needs to know when each row was"):
        Table.model_validate(said)
    with pytest.raises(ValidationError, match="10min is no whole number of intervals of 4min"):
        Table.model_validate({**said, "time": "t", "resample": "4min"})
    kept = Table.model_validate({**said, "time": "t"})
    assert kept.model_dump(mode="json")["inputs"] == said["inputs"]


@given(at=st.integers(0, 59), seed=st.integers(0, 99))
def test_no_lag_of_a_duration_sees_the_row_itself_or_a_later_one(at: int, seed: int) -> None:
    clock = np.cumsum(60 + 300 * np.isin(np.arange(60), np.random.default_rng(seed).integers(0, 60, 2)))

    def features(values: np.ndarray) -> np.ndarray:
        text = pd.DataFrame({"t": clock, "x": values, "y": 1.0}).to_csv(index=False)
        entry = {"column": "x", "lag": ["2min", "5min"]}
        return table(text, time="t", inputs=[entry], horizon=0).features

    known = features(np.arange(60.0))
    other = features(np.where(np.arange(60) < max(at, 1), np.arange(60.0), 99.0))
    assert (other[: max(at, 1) + 1] == known[: max(at, 1) + 1]).all()
