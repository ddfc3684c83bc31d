"""Several horizons at once: each target at each of them, as a study of that horizon alone would have it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.data.sources.tables import minutes, table
from workers.data.sources.table import Table
from workers.data.timeline import Timeline
from workers.errors import DataError

TEN = "x\n" + "\n".join(map(str, range(10)))
SAID: dict[str, Any] = {"path": "x.csv", "inputs": ["x"], "targets": ["x"]}


def rows(seed: int, n: int = 60) -> str:
    """Even rows of two groups, some of whose targets are missing."""
    draws = np.random.default_rng(seed)
    values = pd.DataFrame(draws.normal(size=(n, 3)).round(3), columns=["x", "y", "z"])
    values.loc[draws.random(n) < 0.1, "y"] = np.nan
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) % (n // 2) * 30, "min")
    return str(values.assign(t=when, g=np.arange(n) // (n // 2)).to_csv(index=False))


def of(text: str, horizon: Any, **fields: Any) -> Timeline:
    common = {"time": "t", "group": "g", "inputs": ["x", "z"], "targets": ["y", "x"], "missing": {"fill": "forward"}}
    return table(text, horizon=horizon, **{**common, **fields})


def test_each_horizon_is_a_target_and_a_row_counts_where_all_are_known() -> None:
    timeline = table(TEN, targets=["x"], horizon=[1, 3])
    assert timeline.target_names == ("x+1", "x+3")
    assert timeline.scored.tolist() == [True] * 7 + [False] * 3
    assert timeline.targets[:7].tolist() == [[now + 1, now + 3] for now in range(7)]
    assert (timeline.horizon, timeline.horizons) == (3, (1, 3))


@pytest.mark.parametrize(
    "said",
    [
        {"horizon": [1, 2, 4]},
        {"horizon": [1, 4], "predict": "change", "season": 5},
        {"horizon": ["30min", "2h"], "predict": "change"},
        {"horizon": [2, 3], "resample": "1h"},
    ],
    ids=str,
)
@settings(max_examples=5)
@given(seed=st.integers(0, 99))
def test_targets_and_naive_forecasts_are_those_of_each_horizon_alone(said: dict[str, Any], seed: int) -> None:
    text, fields = rows(seed), {name: value for name, value in said.items() if name != "horizon"}
    several, count = of(text, **said), len(said["horizon"])
    counts = np.ones(len(several.scored), bool)
    for number, horizon in enumerate(said["horizon"]):
        alone = of(text, horizon, **fields)
        counts &= alone.scored
        at, own = several.scored, slice(number, None, count)
        assert (several.targets[at][:, own] == alone.targets[at]).all()
        assert several.forecasts.keys() == alone.forecasts.keys()
        for name, forecast in alone.forecasts.items():
            assert np.array_equal(several.forecasts[name][:, own], forecast, equal_nan=True)
        assert (several.features == alone.features).all()
    assert (several.scored == counts).all()


def test_what_is_known_ahead_is_an_input_once_for_each_horizon() -> None:
    known = ["x", {"column": "z", "known": True}, {"column": "y", "as": "category", "known": True}]
    text = "x,y,z\n" + "\n".join(f"{n},{'ab'[n % 2]},{n**2}" for n in range(60))
    several = table(text, targets=["x"], inputs=known, horizon=[1, 3])
    names = ("z (1 ahead)", "z (3 ahead)", "y=a (1 ahead)", "y=b (1 ahead)", "y=a (3 ahead)", "y=b (3 ahead)")
    assert several.feature_names == ("x", *names)
    for number, horizon in enumerate((1, 3)):
        alone = table(text, targets=["x"], inputs=known, horizon=horizon)
        columns = [0, 1 + number, 3 + 2 * number, 4 + 2 * number]
        assert (several.features[:, columns] == alone.features).all()


def test_a_single_one_in_a_list_is_that_horizon() -> None:
    assert Table.model_validate(SAID | {"horizon": [6]}) == Table.model_validate(SAID | {"horizon": 6})


def test_a_range_is_the_list_of_its_rows() -> None:
    of_range, of_list = (Table.model_validate(SAID | {"horizon": said}) for said in ("1 .. 4", [1, 2, 3, 4]))
    assert of_range == of_list
    assert Table.model_validate(of_list.model_dump(mode="json")) == of_list
    assert of_list.forecast_names == ("x+1", "x+2", "x+3", "x+4")


def test_durations_that_are_one_row_are_refused() -> None:
    with pytest.raises(DataError, match=r"^30min and 31min are the same row, 3 rows ahead: say one of them$") as caught:
        table(minutes(*range(0, 400, 10)), time="t", horizon=["30min", "31min"])
    assert caught.value.field == "data.horizon"


def test_several_horizons_of_classes_are_refused() -> None:
    with pytest.raises(DataError, match=r"data.csv: several horizons are for targets that are numbers, and y holds"):
        table("x,y\n1,a\n2,b\n3,b\n", horizon=[1, 2])


@pytest.mark.parametrize(
    ("field", "fields", "message"),
    [
        ("horizon", {"horizon": []}, r"should be a list of rows ahead such as \[1, 6, 12\], .* and not \[\]"),
        ("horizon", {"horizon": [0, 1]}, "0 is not ahead: each of several horizons should be at least 1"),
        ("horizon", {"horizon": [6, 1]}, r"\[6, 1\] should be in order, the nearest first, and each once"),
        ("horizon", {"horizon": [1, 1]}, r"\[1, 1\] should be in order"),
        ("horizon", {"horizon": [1, "1h"]}, r"or a list of durations, of at most 500, and not \[1, '1h'\]"),
        ("horizon", {"horizon": [1, 2.5]}, "should be a list of rows ahead"),
        ("horizon", {"horizon": ["30min", "1h"]}, "needs to know when each row was: name the column in time"),
        ("horizon", {"horizon": "12..1"}, "12..1 should go up, from 1 or more to at most 500 horizons"),
        ("horizon", {"horizon": "1..999999999"}, "should go up"),
        ("horizon", {"horizon": ["30min", "1h"], "time": "t", "resample": "20min"}, "30min is no whole number of"),
        ("horizon_weights", {"horizon": [1, 2], "horizon_weights": [1]}, "has 1 weight, and horizon has 2 horizons"),
        ("horizon_weights", {"horizon_weights": [1, 2]}, "has 2 weights, and horizon has 1 horizon: one for each"),
        (
            "horizon_weights",
            {"horizon": [1, 2], "horizon_weights": [1, -1]},
            "should be a list of numbers of 0 or more",
        ),
        ("horizon_weights", {"horizon": [1, 2], "horizon_weights": [0, 0]}, "one for each horizon and not all 0"),
        ("horizon_weights", {"horizon": [1, 2], "horizon_weights": "1, 2"}, "not '1, 2'"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(field: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        Table.model_validate(SAID | fields)
    assert caught.value.errors()[0]["loc"][0] == field


def test_weights_are_on_average_1_and_those_that_are_alike_say_nothing() -> None:
    weighted = table(TEN, targets=["x"], horizon=[1, 3], horizon_weights=[3, 1])
    assert weighted.weights == (1.5, 0.5)
    alike, plain = (
        Table.model_validate(SAID | {"horizon": [1, 3], **more}) for more in ({"horizon_weights": [2, 2]}, {})
    )
    assert alike == plain
    assert "horizon_weights" not in plain.model_dump()
