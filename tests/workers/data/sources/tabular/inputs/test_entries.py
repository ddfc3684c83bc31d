"""The inputs of a table that are no column: the time since the row before, and the calendar."""

import numpy as np
import pytest
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table

ROWS = "t,g,x,y\n0,a,1,1\n60,a,2,2\n90,b,3,3\n360,a,4,4\n390,a,5,5\n450,b,6,6\n7990,b,7,7\n"


def test_a_step_is_the_time_since_the_row_before_of_its_sequence_and_0_at_the_first() -> None:
    found = table(ROWS, time="t", group="g", inputs=[{"step": "s"}, "x"], max_gap="1h")
    assert found.features[:, 0].tolist() == [0, 60, 300, 30, 0, 360, 0]
    assert found.features[:, 1].tolist() == [1, 2, 4, 5, 3, 6, 7]
    assert found.feature_names == ("step (s)", "x")


def test_a_step_is_counted_in_the_unit_that_is_said() -> None:
    found = table(ROWS, time="t", group="g", inputs=["x", {"step": "min"}], max_gap="1h")
    assert found.features[:, 1].tolist() == [0, 1, 5, 0.5, 0, 6, 0]
    assert found.feature_names == ("x", "step (min)")


def test_a_row_that_is_dropped_is_no_row_before() -> None:
    text = "t,x,y\n0,1,1\n60,,2\n90,3,3\n"
    found = table(text, time="t", inputs=["x", {"step": "s"}], missing={"fill": "drop"})
    assert found.features[:, 1].tolist() == [0, 90]


@pytest.mark.parametrize(
    ("zone", "hour", "weekday"),
    [(None, 23.5, 6), ("Europe/Berlin", 0.5, 0)],  # a Sunday in UTC, and already Monday where it is an hour later
)
def test_a_calendar_is_the_sine_and_cosine_of_the_hour_the_weekday_and_the_month(
    zone: str | None, hour: float, weekday: int
) -> None:
    text = "t,x,y\n2026-03-01 23:30:00Z,1,2\n2026-03-02 23:30:00Z,3,4\n"
    found = table(
        text,
        time={"column": "t", "zone": zone} if zone else "t",
        inputs=["x", {"calendar": ["hour", "weekday", "month"]}],
    )
    names = ("x", "hour sin", "hour cos", "weekday sin", "weekday cos", "month sin", "month cos")
    assert found.feature_names == names
    phases = 2 * np.pi * np.array([hour / 24, weekday / 7, 2 / 12])
    assert found.features[0, 1:] == pytest.approx(np.column_stack([np.sin(phases), np.cos(phases)]).ravel())


def test_a_calendar_as_category_has_an_input_for_each_piece_that_is_1_in_the_rows_which_lie_in_it() -> None:
    text = "t,x,y\n2026-03-01 23:30:00Z,1,2\n2026-03-02 23:30:00Z,3,4\n"
    said = {"calendar": ["hour", "weekday", "month"], "as": "category"}
    found = table(text, time={"column": "t", "zone": "Europe/Berlin"}, inputs=["x", said])
    assert len(found.feature_names) == 1 + 24 + 7 + 12
    ones = [np.array(found.feature_names)[1:][row == 1].tolist() for row in found.features[:, 1:]]
    assert ones == [["hour=0", "weekday=Monday", "month=March"], ["hour=0", "weekday=Tuesday", "month=March"]]
    fields = {"path": "x.csv", "time": "t", "inputs": ["x", said, {"calendar": ["hour"]}], "targets": ["y"]}
    assert Table.model_validate(fields).model_dump(mode="json")["inputs"] == fields["inputs"]


REFUSED = [
    ({"inputs": ["x", {"calendar": []}], "time": "t"}, ("inputs", 1, "a calendar", "calendar"), "at least one of"),
    ({"inputs": ["x", {"calendar": ["hour"]}]}, ("inputs",), "a calendar needs to know when each row was"),
    (
        {"inputs": [{"calendar": ["hour"]}, {"step": "s"}], "time": "t"},
        ("inputs",),
        "a calendar and a step alone is not enough: name a column too",
    ),
    ({"inputs": ["x", {"calendar": ["hour", "hour"]}], "time": "t"}, ("inputs",), "hour sin, hour cos is named twice"),
    (
        {"inputs": ["x", {"calendar": ["minute"]}], "time": "t"},
        ("inputs", 1, "a calendar", "calendar", 0),
        "should be 'hour', 'weekday' or 'month'",
    ),
    ({"inputs": ["x", {"step": "s"}]}, ("inputs",), "a step needs to know when each row was: name the column in time"),
    ({"inputs": [{"step": "s"}], "time": "t"}, ("inputs",), "a step alone is not enough: name a column too"),
    ({"inputs": ["x", {"step": "s"}, {"step": "h"}], "time": "t"}, ("inputs",), "the step is named twice"),
    ({"inputs": ["x", "x"]}, ("inputs",), "x is named twice"),
    (
        {"inputs": ["x", {"step": "y"}], "time": "t"},
        ("inputs", 1, "a step", "step"),
        "should be 's', 'min', 'h' or 'd'",
    ),
]


@pytest.mark.parametrize(("fields", "field", "message"), REFUSED)
def test_inputs_that_make_no_sense_are_refused(fields: dict[str, object], field: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Table.model_validate({"path": "x.csv", "targets": ["y"], **fields})
    [error] = caught.value.errors()
    assert error["loc"] == field
    assert message in error["msg"]


def test_what_a_study_is_known_by_has_neither_field_unless_it_is_said() -> None:
    plain = Table.model_validate({"path": "x.csv", "inputs": ["x"], "targets": ["y"], "time": "t"})
    said = Table.model_validate(
        {"path": "x.csv", "inputs": ["x", {"step": "h"}], "targets": ["y"], "time": "t", "resample": "5min"}
    )
    assert "resample" not in plain.model_dump(mode="json")
    assert plain.model_dump(mode="json")["inputs"] == ["x"]
    assert said.model_dump(mode="json")["inputs"] == ["x", {"step": "h"}]
    assert Table.model_validate(said.model_dump(mode="json")) == said
