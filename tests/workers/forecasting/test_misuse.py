"""Misuse: the right numbers, or one message."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.workers.forecasting.worlds import ARRAYS, TABLES, World, trained
from workers.errors import DataError
from workers.forecasting.forecaster import Forecaster

pytestmark = pytest.mark.filterwarnings("ignore:.* leaves what training saw")
ROWS = TABLES["panel"].rows


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    return trained("panel", "every_sequence").forecaster


@pytest.fixture(scope="module")
def of_arrays() -> Forecaster:
    return trained("one record", "stateless").forecaster


def test_the_order_of_columns_and_their_type_do_not_matter(forecaster: Forecaster) -> None:
    expected = forecaster.predict(ROWS)
    turned = ROWS[ROWS.columns[::-1]].assign(extra="?").astype({"speed": np.float32, "level": object})
    pd.testing.assert_frame_equal(forecaster.predict(turned)[expected.columns], expected, rtol=1e-4)


def test_groups_may_come_in_any_order(forecaster: Forecaster) -> None:
    expected = forecaster.predict(ROWS)
    by_group = ROWS.sort_values(["town", "when"], ascending=[False, True], kind="stable")
    pd.testing.assert_frame_equal(forecaster.predict(by_group).loc[ROWS.index], expected, rtol=1e-4)


def test_one_row_has_a_forecast(forecaster: Forecaster) -> None:
    found = forecaster.predict(ROWS[5:6])
    assert found.index.tolist() == [5]
    assert np.isfinite(found["level"]).all()
    assert found["forecast_for"].tolist() == [pd.Timestamp(ROWS["when"][5]) + pd.Timedelta("1h")]


def test_the_time_that_is_forecast_is_that_of_the_row_so_many_rows_later(forecaster: Forecaster) -> None:
    found = forecaster.predict(ROWS)
    assert (found["forecast_for"] == pd.to_datetime(ROWS["when"]) + pd.Timedelta("1h")).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ROWS.drop(columns="speed"), "the rows given: has no column speed; there is "),
        (ROWS.drop(columns="town"), "the rows given: has no column town; there is "),
        (ROWS[:0], "the rows given: has 5 columns but no rows"),
        (ROWS.iloc[::-1], "the rows given, rows 5, 9, 13 and .* more: time goes back"),
        (ROWS.assign(speed="fast"), "the rows given, row 1: speed is 'fast', which is not a number"),
        (ROWS.assign(speed=np.nan), "values are missing"),
        (ROWS.assign(when="soon"), "the rows given, row 1: when is 'soon', which is not a date and time"),
    ],
    ids=["no input", "no group", "no rows", "time goes back", "text", "missing", "no time"],
)
def test_what_cannot_be_read_is_one_message(forecaster: Forecaster, rows: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        forecaster.predict(rows)


def test_what_is_unlike_the_training_data_is_said(forecaster: Forecaster) -> None:
    with pytest.warns(UserWarning, match="1 group that training did not have .town 9.: forecast all the same"):
        forecaster.predict(ROWS[:8].assign(town="town 9", when=ROWS["when"][::4][:8].to_numpy()))
    with pytest.warns(UserWarning, match="the step of time is 0 days 02:00:00, and in training it was 0 days 01:00:00"):
        forecaster.predict(ROWS[ROWS["when"].str.contains("[02468]:00:00")])
    with pytest.warns(UserWarning, match="speed leaves what training saw in 100% of the rows: training saw -"):
        forecaster.predict(ROWS.assign(speed=50.0))


@pytest.fixture
def fresh(forecaster: Forecaster) -> Forecaster:
    """The same model, which has warned of nothing yet."""
    return Forecaster(forecaster.recipe, forecaster._weights)


def test_update_warns_as_predict_does(fresh: Forecaster) -> None:
    with pytest.warns(UserWarning, match="speed leaves what training saw in 100% of the rows: training saw -"):
        fresh.update(ROWS[:8].assign(speed=50.0))
    with pytest.warns(UserWarning, match="1 group that training did not have .town 9.: forecast all the same"):
        fresh.update(ROWS[:1].assign(town="town 9"))


def test_row_by_row_it_is_said_once_of_each_input_and_group(fresh: Forecaster) -> None:
    rows = ROWS[ROWS["town"] == "town 1"][:6]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for number in range(len(rows)):
            row = rows[number : number + 1].assign(speed=50.0 + number)
            fresh.update(row)
            fresh.update(row.assign(town="town 9"))
        fresh.update(row.assign(town="town 8"))
    assert [str(warning.message).split(":")[0] for warning in caught] == [
        "speed leaves what training saw in 100% of the rows",
        "1 group that training did not have (town 9)",
        "1 group that training did not have (town 8)",
    ]


def test_where_warnings_are_errors_each_row_that_is_unlike_the_training_data_is_refused(fresh: Forecaster) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            with pytest.raises(UserWarning, match="speed leaves what training saw"):
                fresh.update(ROWS[:1].assign(speed=50.0))
        fresh.update(ROWS[:1])


@pytest.mark.parametrize("rows", [ROWS[8:12].drop(columns="speed"), ROWS[8:8], ROWS[8:12].assign(speed="fast")])
def test_rows_that_update_refuses_change_nothing(forecaster: Forecaster, rows: pd.DataFrame) -> None:
    forecaster.reset()
    forecaster.update(ROWS[:8])
    before = forecaster.state()
    with pytest.raises(DataError, match="the rows given"):
        forecaster.update(rows)
    assert forecaster.state() == before


def test_scores_warn_as_forecasts_do(forecaster: Forecaster) -> None:
    with pytest.warns(UserWarning, match="1 group that training did not have .town 9.: forecast all the same"):
        forecaster.score(ROWS[ROWS["town"] == "town 1"].assign(town="town 9"))
    with pytest.warns(UserWarning, match="the step of time is 0 days 02:00:00, and in training it was 0 days 01:00:00"):
        forecaster.score(ROWS[ROWS["when"].str.contains("[02468]:00:00")])


@pytest.mark.slow
def test_a_hundred_thousand_rows_and_three_thousand_groups_are_one_batch(forecaster: Forecaster) -> None:
    many = pd.concat([ROWS[ROWS["town"] == "town 1"][:34]] * 3000, ignore_index=True)
    many["town"] = np.repeat([f"town {n}" for n in range(3000)], 34)
    with pytest.warns(UserWarning, match="2,996 groups that training did not have"):
        found = forecaster.predict(many)
    one = forecaster.predict(many[:34])
    assert found["level"].to_numpy().reshape(3000, 34) == pytest.approx(np.tile(one["level"], (3000, 1)), rel=1e-4)


def test_numbers_without_names_are_taken_in_order(of_arrays: Forecaster) -> None:
    world: World = ARRAYS["one record"]
    named = of_arrays.predict(world.asked)
    plain = of_arrays.predict(world.rows["features"].astype(np.float64))
    pd.testing.assert_frame_equal(plain, named[plain.columns])
    with pytest.raises(DataError, match=r"numbers must be \(time, 2\), for input 1, input 2, not \(400, 3\)"):
        of_arrays.predict(np.zeros((400, 3)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(columns="input 2"), "the rows given: there is no column input 2; "),
        (lambda rows: rows[:0], "the rows given: there are no rows"),
        (lambda rows: rows.assign(**{"input 1": np.nan}), "the rows given, row 1: an input is not a finite number"),
        (lambda rows: rows.assign(**{"input 1": "high"}), "the rows given: not all inputs are numbers"),
    ],
    ids=["no input", "no rows", "missing", "text"],
)
def test_numbers_that_cannot_be_read_are_one_message(
    of_arrays: Forecaster, change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        of_arrays.predict(change(ARRAYS["one record"].asked))


def test_one_row_of_numbers_has_the_forecast_of_the_first_of_many(of_arrays: Forecaster) -> None:
    rows = ARRAYS["one record"].asked
    pd.testing.assert_frame_equal(of_arrays.predict(rows[:1]), of_arrays.predict(rows)[:1], rtol=1e-5)


def test_the_order_of_columns_of_numbers_and_their_type_do_not_matter(of_arrays: Forecaster) -> None:
    rows = ARRAYS["one record"].asked
    turned = rows[rows.columns[::-1]].assign(extra="?").astype({"input 1": np.float64, "input 2": object})
    pd.testing.assert_frame_equal(of_arrays.predict(turned), of_arrays.predict(rows))


@pytest.mark.lengthy
@pytest.mark.parametrize("given", ["", [], ["", ""]])
def test_no_text_is_one_message(given: str | list[str]) -> None:
    with pytest.raises(DataError, match="the rows given: there is no character"):
        trained("text", "stateless").forecaster.predict(given)


def test_a_forecaster_of_the_format_before_is_read(of_arrays: Forecaster, tmp_path: Path) -> None:
    of_arrays.save(tmp_path)
    recipe = json.loads((tmp_path / "recipe.json").read_text())
    later = ("test", "trained_until", "class_shares")
    earlier = {name: value for name, value in recipe.items() if name not in later} | {"format": 1}
    (tmp_path / "recipe.json").write_text(json.dumps(earlier))
    rows = ARRAYS["one record"].asked
    pd.testing.assert_frame_equal(Forecaster.load(tmp_path).predict(rows), of_arrays.predict(rows))


def test_a_forecaster_of_another_format_is_refused(of_arrays: Forecaster, tmp_path: Path) -> None:
    of_arrays.save(tmp_path)
    recipe = tmp_path / "recipe.json"
    recipe.write_text(recipe.read_text().replace('"format": 3', '"format": 99'))
    with pytest.raises(ValueError, match="its format is 99, not 3"):
        Forecaster.load(tmp_path)
