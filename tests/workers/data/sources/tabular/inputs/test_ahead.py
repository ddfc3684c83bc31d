"""Columns that are known ahead: `{column: promo, known: true}`."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table
from workers.data.timeline import Timeline

KNOWN: dict[str, Any] = {"column": "promo", "known": True}
CATEGORY: dict[str, Any] = {"column": "promo", "as": "category", "known": True}


def rows(n: int = 12, later: int = 0, cells: str = "promo") -> str:
    """Two groups of rows in which x and y count, and promo counts from 100; the last few have promo alone."""
    lines = [
        f"{60 * at},{group},{'' if at >= n else at},{'' if at >= n else at},{'abcde'[at % 5] if cells else 100 + at}"
        for group in "ab"
        for at in range(n + later)
    ]
    return "\n".join(["t,g,x,y,promo", *lines])


def of(text: str, known: dict[str, Any] = KNOWN, horizon: int | str = 3, **fields: Any) -> Timeline:
    return table(text, **{"time": "t", "group": "g", "inputs": ["x", known], "horizon": horizon, **fields})


def test_the_input_is_what_the_column_is_in_the_row_that_is_forecast_or_in_the_last_of_the_sequence() -> None:
    found = of(rows(6, cells=""))
    assert found.feature_names == ("x", "promo (ahead)")
    assert found.features[:, 1].tolist() == 2 * [103, 104, 105, 105, 105, 105]
    assert found.scored.tolist() == 2 * [True, True, True, False, False, False]


def test_rows_at_the_end_of_a_group_that_have_it_alone_tell_what_is_to_come_and_are_no_timesteps() -> None:
    found = of(rows(6, later=2, cells=""))
    assert found.features.tolist() == 2 * [[n, min(103 + n, 107)] for n in range(6)]
    assert (found.targets == of(rows(6, cells="")).targets).all()
    assert "4 rows at the end with promo alone: known ahead, and not forecast from" in found.notes


@pytest.mark.parametrize("fill", ["drop", "forward"])
def test_it_counts_rows_as_the_target_does_where_some_are_dropped(fill: str) -> None:
    text = rows(8, later=2, cells="").replace(",3,3,103", ",,3,103")
    known = of(text, horizon=2, missing={"fill": fill}).features[:7, 1].tolist()
    assert known[:4] == ([102, 104, 105, 106] if fill == "drop" else [102, 103, 104, 105])


def test_it_goes_no_further_than_the_sequence_and_than_a_horizon_in_time() -> None:
    clock = [*range(0, 1200, 60), 5000, *range(5060, 6200, 60)]
    text = "\n".join(["t,x,y,promo", *(f"{at},{n},{n},{n}" for n, at in enumerate(clock))])
    by_rows = table(text, time="t", inputs=["x", KNOWN], horizon=2, max_gap="5min")
    by_time = table(text, time="t", inputs=["x", KNOWN], horizon="2min")
    assert by_rows.features[17:22, 1].tolist() == [19, 19, 19, 22, 23]
    assert by_time.features[17:22, 1].tolist() == [19, 19, 19, 22, 23]


def test_it_may_be_a_category_of_which_training_knows_those_that_its_targets_have() -> None:
    found = of(rows(20), CATEGORY, horizon=2)
    assert found.feature_names[1:] == tuple(f"promo={name} (ahead)" for name in "abcde")
    assert found.features[:2, 1:].tolist() == [[0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]
    both = of(rows(20), horizon=2, inputs=["x", CATEGORY, {"column": "promo", "as": "category"}])
    assert both.features.shape[1] == 11


@given(at=st.integers(0, 39), horizon=st.integers(1, 4), seed=st.integers(0, 99))
def test_it_alone_sees_later_rows_and_of_these_the_one_that_is_forecast(at: int, horizon: int, seed: int) -> None:
    draws = np.random.default_rng(seed).normal(size=(40, 3)).round(3)

    def features(values: np.ndarray) -> np.ndarray:
        frame = pd.DataFrame(values, columns=["x", "promo", "y"])
        inputs = ["x", "y", KNOWN, {"column": "x", "lag": 2}, {"column": "promo", "rolling": "max", "over": 3}]
        return table(frame.to_csv(index=False), inputs=inputs, horizon=horizon).features

    as_it_was, others, ahead = features(draws), draws.copy(), draws.copy()
    others[at:, [0, 2]] += 50
    assert (features(others)[:at] == as_it_was[:at]).all()
    ahead[at, 1] += 50
    changed = (features(ahead) != as_it_was)[:at].any(axis=1)
    seers = np.arange(at) + horizon == at
    if at == 39:  # the last row stands for those after it
        seers = np.arange(at) + horizon >= at
    assert changed.tolist() == seers.tolist()


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"inputs": ["x", {**KNOWN, "lag": 1}]}, "known", "cannot be said beside lag: name the column once more"),
        ({"inputs": ["x", {**KNOWN, "static": True}]}, "static", "cannot be said beside known"),
        ({"inputs": [KNOWN]}, "inputs", "a column that is known ahead alone is not enough: name a column too"),
        ({"inputs": ["promo", KNOWN]}, "inputs", "alone is not enough"),
        ({"inputs": ["x", KNOWN, KNOWN]}, "inputs", r"promo (ahead) is named twice"),
        ({"inputs": ["x", CATEGORY, CATEGORY]}, "inputs", r"promo as category (ahead) is named twice"),
        (
            {"inputs": ["x", {"column": "y", "known": True}]},
            "targets",
            "y is known ahead among the inputs, which gives",
        ),
        ({"horizon": 0}, "horizon", "should be at least 1, since promo is known ahead"),
        ({"horizon": None}, "horizon", "should be at least 1, since promo is known ahead"),
        ({"resample": "1h", "time": "t"}, "inputs", "promo cannot be known ahead with resample"),
    ],
    ids=str,
)
def test_what_cannot_be_right_is_refused(fields: dict[str, Any], field: str, message: str) -> None:
    said = {"path": "x.csv", "inputs": ["x", KNOWN], "targets": ["y"], "horizon": 2, **fields}
    with pytest.raises(ValidationError) as caught:
        Table.model_validate(said)
    error = next(each for each in caught.value.errors() if field in each["loc"])
    assert message in error["msg"]


def test_what_a_study_is_known_by_says_of_an_entry_only_what_was_said() -> None:
    said = Table.model_validate({"path": "x.csv", "inputs": ["y", CATEGORY], "targets": ["y"]})
    assert said.model_dump(mode="json")["inputs"] == ["y", CATEGORY]
    assert Table.model_validate(said.model_dump(mode="json")) == said
