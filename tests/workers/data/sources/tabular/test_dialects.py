"""A table in any dialect is the same table: the study file says how it is written, and nothing else differs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table

Row = tuple[float, float]

SPACE, APOSTROPHE = "\u202f", "\u2019"
CLEAN = "x,y\n1234.5,2\n-0.25,3000\n"
SAME: dict[str, tuple[str, dict[str, Any]]] = {
    "semicolons and decimal commas": ("x;y\n1234,5;2\n-0,25;3000\n", {"separator": ";", "decimal": ","}),
    "tabs": ("x\ty\n1234.5\t2\n-0.25\t3000\n", {"separator": "\t"}),
    "bars": ("x|y\n1234.5|2\n-0.25|3000\n", {"separator": "|"}),
    "quoted decimal commas": ('x,y\n"1234,5",2\n"-0,25",3000\n', {"decimal": ","}),
    "German": ("x;y\n1.234,5;2\n-0,25;3.000\n", {"separator": ";", "decimal": ",", "thousands": "."}),
    "American": ('x,y\n"1,234.5",2\n-0.25,"3,000"\n', {"thousands": ","}),
    "French": (f"x;y\n1{SPACE}234,5;2\n-0,25;3 000\n", {"separator": ";", "decimal": ",", "thousands": " "}),
    "Swiss": (f"x,y\n1{APOSTROPHE}234.5,2\n-0.25,3'000\n", {"thousands": "'"}),
    "a preamble": ("station 7\nread; daily, by hand\n\nx,y\n1234.5,2\n-0.25,3000\n", {"header": 4}),
    "a row of units": ("x,y\nkW,\u00b0C\n1234.5,2\n-0.25,3000\n", {"units_row": True}),
    "both": ("station 7\nx,y\n\nkW,\u00b0C\n1234.5,2\n-0.25,3000\n", {"header": 2, "units_row": True}),
}


@pytest.mark.parametrize("name", SAME)
def test_a_dialect_gives_the_same_arrays_as_the_clean_file(name: str) -> None:
    text, fields = SAME[name]
    found, clean = table(text, **fields), table(CLEAN)
    assert found.features.tolist() == clean.features.tolist()
    assert found.targets.tolist() == clean.targets.tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1", "windows-1252", "shift_jis", "mac_roman"])
def test_a_file_is_read_in_the_encoding_that_is_said(encoding: str) -> None:
    name = "\u6e29\u5ea6" if encoding == "shift_jis" else "temp\u00e9rature"
    text = f"x,{name}\n1,2\n"
    assert table(text.encode(encoding), targets=[name], encoding=encoding).targets.tolist() == [[2]]


def test_a_name_is_found_in_either_form_of_unicode() -> None:
    assert table("x,Ka\u0308lte\n1,2\n", targets=["K\u00e4lte"]).target_names == ("K\u00e4lte",)
    assert table("x,K\u00e4lte\n1,2\n", targets=["Ka\u0308lte"]).targets.tolist() == [[2]]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"separator": ";;"}, "should be one sign that parts cells"),
        ({"separator": "a"}, "should be one sign that parts cells"),
        ({"decimal": "5"}, "should be one sign that is neither a letter nor a digit"),
        ({"thousands": "."}, "is what stands before decimals"),
        ({"decimal": ",", "thousands": ","}, "is what stands before decimals"),
        ({"encoding": "rot13"}, "there is no encoding 'rot13'"),
        ({"encoding": "utf8mb4"}, "there is no encoding 'utf8mb4'"),
        ({"header": 0}, "greater than or equal to 1"),
    ],
)
def test_a_dialect_that_cannot_be_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Table.model_validate({"path": "data.csv", "inputs": ["x"], "targets": ["y"], **fields})


def test_what_is_not_said_is_left_out_of_what_is_kept_of_a_study() -> None:
    kept = Table(path="data.csv", inputs=("x",), targets=("y",)).model_dump(mode="json")
    assert not {"separator", "decimal", "thousands", "encoding", "header", "units_row", "classes"} & set(kept)
    assert Table(path="data.csv", inputs=("x",), targets=("y",), decimal=",").model_dump()["decimal"] == ","


numbers = st.floats(-1e7, 1e7, allow_nan=False).map(lambda value: round(value, 3))
dialects = st.tuples(
    st.sampled_from(";|\t"), st.sampled_from(".,"), st.sampled_from(["", ".", ",", " ", "'", "_"]), st.booleans()
).filter(lambda signs: signs[1] != signs[2])


def written(value: float, decimal: str, thousands: str) -> str:
    """The number with these signs."""
    whole, _, decimals = f"{value:,.3f}".partition(".")
    return whole.replace(",", thousands) + decimal + decimals


@settings(deadline=None)
@given(
    st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20),
    dialects,
    st.sampled_from(["utf-8", "utf-16", "latin-1"]),
    st.integers(0, 3),
)
def test_a_table_in_any_dialect_reads_back_as_it_was(
    rows: list[Row], signs: tuple[str, str, str, bool], encoding: str, preamble: int
) -> None:
    separator, decimal, thousands, units = signs
    lines = [separator.join(written(value, decimal, thousands) for value in row) for row in rows]
    text = "\n".join([*["about this file"] * preamble, f"x{separator}y", *(["kW" + separator + "V"] * units), *lines])
    fields = {"thousands": thousands} if thousands else {}
    found = table(
        text.encode(encoding),
        separator=separator,
        decimal=decimal,
        encoding=encoding,
        header=preamble + 1,
        units_row=units,
        **fields,
    )
    assert np.column_stack([found.features, found.targets]).tolist() == np.array(rows, float).tolist()
