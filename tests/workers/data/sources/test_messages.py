"""What is wrong with a table is said in one sentence: where, what, and what instead."""

import contextlib
import gzip
import lzma
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.data.sources.tables import minutes, table
from workers.data.sources.table import Table
from workers.errors import DataError

Fields = dict[str, Any]
GOOD = "x,y\n" + "1,2\n" * 10_000


def refusal(text: str | bytes, name: str = "data.csv", **fields: object) -> tuple[str, str]:
    """The field to look at, and the message without the folder."""
    with pytest.raises(DataError) as caught:
        table(text, name, **fields)
    return caught.value.field, re.sub(r"^/\S*/", "", caught.value.message)


CELLS = [  # content, further fields, where to look, how the message begins
    (
        "x,y\n1,1\nnil,2\n3,3\n",
        {},
        "inputs",
        "data.csv, line 3: x is 'nil', which is not a number; if it means missing",
    ),
    (
        "x,y\na,1\nb,2\n",
        {},
        "inputs",
        "data.csv, line 2: x is 'a', which is not a number; if it holds categories, say {column: x, as: category}",
    ),
    ('x,y\n\n1,"1"\n\noops,2\n', {}, "inputs", "data.csv, line 5: x is 'oops', which is not a number"),
    ('x,y,z\n1,1,"a\nb"\noops,2,c\n', {}, "inputs", "data.csv, line 4: x is 'oops', which is not a number"),
    ("x,y\n1,1\n2,-inf\n", {}, "targets", "data.csv, line 3: y is '-inf', which is infinite or too large"),
    (
        "x,y\n1e200,1\n",
        {},
        "inputs",
        "data.csv, line 2: x is '1e+200', which is infinite or too large a number",
    ),
    (
        "x,y\n1,1\n,2\n3,\n",
        {},
        "missing",
        "data.csv, lines 3, 4: values are missing (x 1, y 1); say missing: {fill: forward}, or",
    ),
    ("x,y\n,1\n,2\n", {"missing": {"fill": "forward"}}, "missing", "data.csv: no row is left once those with missing"),
    ("x,y\n,1\n,2\n", {"missing": {"fill": "drop"}}, "missing", "data.csv: no row is left once those with missing"),
    ("t,x,y\n2024-03-31,1,1\nsoon,2,2\n", {"time": "t"}, "time", "data.csv, line 3: t is 'soon', which is not a date"),
    ("t,x,y\n31.03.2024,1,1\nsoon,2,2\n", {"time": "t"}, "time", "data.csv, line 3: t is 'soon', which is not a date"),
    ("t,x,y\n2024-03-31,1,1\n,2,2\n", {"time": "t"}, "time", "data.csv, line 3: t is empty, which is not a date"),
    ("t,x,y\n1/2/2024,1,1\n2/2/2024,2,2\n", {"time": "t"}, "time", "data.csv: t could be %m/%d/%Y or %d/%m/%Y"),
    ("g,x,y\na,1,1\n,2,2\n", {"group": "g"}, "group", "data.csv, line 3: g is empty, which names no group"),
    ("x,y\n1,low\n2,3\n3,low\n", {}, "targets", "data.csv, line 2: y is 'low', which is not a number"),
    ("x,y\n1,Ann\n2,Bob\n", {}, "targets", "data.csv: y holds text, and no two of its cells are alike (Ann, Bob)"),
    ("x,y\n1,a\n2,a\n", {}, "targets", "data.csv: y holds text, and all its cells are alike (a)"),
    ("x,y\n1,a\n2,b\n2,b\n", {"targets": ["x", "y"]}, "targets", "data.csv: y holds classes, so it must be the only"),
    ("x,y\n1,a\n2,b\n3,b\n", {"horizon": 1, "predict": "change"}, "predict", "data.csv: predict applies only to"),
    ("x,y\n1,a\n2,b\n3,b\n", {"horizon": 1, "season": 2}, "season", "data.csv: season applies only to"),
    ("x,y\n1,a\n2,b\n3,b\n", {"units": "mg/dL"}, "units", "data.csv: units applies only to"),
]

FILES = {
    "an empty file": (b"", "data.csv", "data.csv: is empty"),
    "a header only": (b"x,y\n", "data.csv", "data.csv: has a header but no rows"),
    "a longer row": (b"x,y\n1,1\n2,2,2\n", "data.csv", "data.csv: line 3 has 3 cells where the lines before have 2"),
    "longer rows": (b"x,y\n1,1,1\n2,2,2\n", "data.csv", "data.csv: the rows have more cells than the header has names"),
    "an open quotation mark": (b'x,y\n1,"1\n2,2\n', "data.csv", "data.csv: is not a CSV file"),
    "Latin-1": ("x,y\n1,é\n".encode("latin-1"), "data.csv", "data.csv: is not UTF-8 text"),
    "UTF-16": (GOOD.encode("utf-16"), "data.csv", "data.csv: is not UTF-8 text"),
    "gzip under another name": (gzip.compress(GOOD.encode()), "data.csv", "data.csv: is packed by gzip"),
    "text named gzip": (GOOD.encode(), "data.csv.gz", "data.csv.gz: is damaged, cut short, or not packed as"),
    "gzip cut short": (gzip.compress(GOOD.encode())[:-20], "data.csv.gz", "data.csv.gz: is damaged, cut short"),
    "text named xz": (GOOD.encode(), "data.csv.xz", "data.csv.xz: is damaged, cut short, or not packed as"),
    "xz cut short": (lzma.compress(GOOD.encode())[:-20], "data.csv.xz", "data.csv.xz: is damaged, cut short"),
    "text named Parquet": (GOOD.encode(), "data.parquet", "data.parquet: is not a Parquet file, or damaged"),
    "an empty Parquet file": (b"", "data.parquet", "data.parquet: is not a Parquet file, or damaged"),
}


@pytest.mark.parametrize(("text", "fields", "place", "message"), CELLS)
def test_what_cannot_be_used_is_named_with_its_place(text: str, fields: Fields, place: str, message: str) -> None:
    field, found = refusal(text, **fields)
    assert field == f"data.{place}"
    assert found.startswith(message)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(name: str) -> None:
    content, file, message = FILES[name]
    field, found = refusal(content, file)
    assert field == "data.path"
    assert found.startswith(message)


def test_a_file_that_is_not_there_is_refused_with_its_nearest_neighbour(tmp_path: Path) -> None:
    (tmp_path / "glucose.csv").touch()
    with pytest.raises(DataError, match=r"glucos.csv: no such file; did you mean glucose.csv\?"):
        Table(path="glucos.csv", inputs=("x",), targets=("y",)).load(tmp_path)


def test_a_file_in_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no directory .*data either"):
        Table(path="data/x.csv", inputs=("x",), targets=("y",)).load(tmp_path)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a folder; name the file in it"):
        Table(path=".", inputs=("x",), targets=("y",)).load(tmp_path)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("data.inputs", {"inputs": ["temp"]}),
        ("data.targets", {"inputs": ["y"], "targets": ["temp"]}),
        ("data.time", {"inputs": ["y"], "time": "temp"}),
        ("data.group", {"inputs": ["y"], "group": "temp"}),
    ],
)
def test_a_column_that_is_not_there_is_refused_with_the_nearest_name_and_all(field: str, fields: Fields) -> None:
    assert refusal("tmp,y\n1,2\n", **fields) == (
        field,
        "data.csv: has no column temp; did you mean tmp? There is tmp, y",
    )


def test_a_column_with_no_similar_name_is_refused_with_all() -> None:
    assert refusal("a,b\n1,2\n") == ("data.inputs", "data.csv: has no column x; there is a, b")


def test_a_file_that_is_parted_by_semicolons_is_refused_with_the_reason() -> None:
    assert refusal("x;y\n1;2\n") == (
        "data.inputs",
        "data.csv: has no column x; its cells are parted by semicolons: say separator: ';'",
    )


def test_two_columns_of_the_same_name_are_refused_when_the_name_is_used() -> None:
    assert refusal("x,x,y\n1,2,3\n") == ("data.inputs", "data.csv: has 2 columns named x; rename all but one")
    assert len(table("z,z,x,y\n1,2,3,4\n").features) == 1


def test_time_that_goes_back_is_refused_with_the_lines_unless_sorted() -> None:
    assert refusal(minutes(0, 5, 2, 1), time="t") == (
        "data.order",
        "data.csv, lines 4, 5: time goes back (2 times); if the rows are complete but out of order, set order: sort",
    )


@pytest.mark.parametrize(
    ("times", "instead"),
    [
        ([3, 9, 4, 8, 2, 7], "t does not say when a row was, name the column that does, or leave time out"),
        ([*range(24)] * 3, "t does not say when a row was"),
        ([*range(100), *range(100)], "stand one below the other, name the column that tells them apart in group"),
        ([*range(50), *range(60, 100), *range(50, 60)], "set order: sort"),
        ([*range(100, 0, -1)], "set order: sort"),
    ],
)
def test_of_numbers_that_may_be_no_times_sorting_is_not_advised(times: list[int], instead: str) -> None:
    field, message = refusal("t,x,y\n" + "".join(f"{t},1,2\n" for t in times), time="t")
    assert instead in message
    assert ("order: sort" in message) == (instead == "set order: sort")
    assert field == ("data.order" if instead == "set order: sort" else "data.time")


def test_dates_that_come_again_are_taken_for_several_series() -> None:
    message = refusal(minutes(*range(0, 50, 5), *range(0, 50, 5)), time="t")[1]
    assert "name the column that tells them apart in group" in message
    assert "order: sort" not in message


def test_time_stamps_that_do_not_tell_rows_apart_are_refused() -> None:
    field, message = refusal(minutes(0, 0, 0, 5, 5, 5), time="t")
    assert field == "data.time"
    assert message.startswith(
        "data.csv: 4 of 6 rows with the same time stamp as a later one (lines 2, 3, 5 and 1 more); name"
    )


def test_a_horizon_beyond_every_sequence_is_refused() -> None:
    assert refusal("x,y\n1,1\n2,2\n", horizon=2) == (
        "data.horizon",
        "no row has a target that counts: 1 sequence of at most 2 rows, horizon 2, score every_step",
    )


def test_places_in_a_parquet_file_are_rows(tmp_path: Path) -> None:
    pd.DataFrame({"x": ["1", "nil"], "y": [1, 2]}).to_parquet(tmp_path / "data.parquet")
    with pytest.raises(DataError, match=r"data.parquet, row 2: x is 'nil'"):
        Table(path="data.parquet", inputs=("x",), targets=("y",)).load(tmp_path)


@pytest.mark.parametrize(
    ("field", "fields", "message"),
    [
        ("horizon", {"targets": ["x"], "horizon": 0}, "0 gives the answer away, since x is among the inputs"),
        ("horizon", {"horizon": -1}, "greater than or equal to 0"),
        ("inputs", {"inputs": ["x", "x"]}, "x is named twice"),
        ("inputs", {"inputs": []}, "at least 1 item"),
        ("inputs", {"inputs": "x"}, "valid tuple"),
        ("max_gap", {"max_gap": "15min"}, "needs to know when each row was: name the column in time"),
        ("order", {"order": "sort"}, "needs to know when each row was: name the column in time"),
        ("max_gap", {"time": "t", "max_gap": "15"}, "'15' is not a duration; write a number and a unit"),
        ("max_gap", {"time": "t", "max_gap": 15}, "'15' is not a duration; write a number and a unit"),
        ("max_gap", {"time": "t", "max_gap": "-15min"}, "'-15min' is not a duration"),
        ("max_gap", {"time": "t", "max_gap": "soon"}, "'soon' is not a duration"),
        ("predict", {"predict": "change"}, "applies only to forecasts: set a horizon of at least 1"),
        ("season", {"season": 24}, "applies only to forecasts: set a horizon of at least 1"),
        ("missing", {"missing": {"values": ["nil"]}}, "Field required"),
        ("colour", {"colour": "red"}, "not permitted"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(field: str, fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        Table.model_validate({"path": "data.csv", "inputs": ["x"], "targets": ["y"], **fields})
    assert caught.value.errors()[0]["loc"][0] == field


cells = st.sampled_from(
    [
        *("", "1", "-2.5", "x", "nil", "nan", "inf", "1e40", '"', '"a,b"', "2024-03-31", "31/03/2024", "\n", "é"),
        *(
            "True",
            "45000",
            "1700000000000",
            "202401010100",
            "2024-03-31 02:30",
            "2023-10-29 02:30",
            "3 kW",
            "<5",
            "1,5",
        ),
    ]
)
tables = st.lists(st.lists(cells, min_size=1, max_size=4).map(",".join), max_size=8).map("\n".join)
fields = st.fixed_dictionaries(
    {},
    optional={
        "time": st.sampled_from(
            [
                "t",
                {"column": "t", "unit": "ms"},
                {"column": "t", "unit": "excel", "zone": "Europe/Berlin"},
                {"column": "t", "format": "%d/%m/%Y", "zone": "Europe/Berlin"},
                {"column": "t", "zone": "America/New_York"},
            ]
        ),
        "separator": st.sampled_from(",; "),
        "decimal": st.sampled_from(",."),
        "thousands": st.sampled_from(" '"),
        "encoding": st.sampled_from(["latin-1", "utf-16", "shift_jis"]),
        "header": st.integers(1, 3),
        "units_row": st.booleans(),
        "classes": st.booleans(),
        "inputs": st.just(["x", "y"]),
        "order": st.just("sort"),
        "group": st.just("g"),
        "horizon": st.sampled_from([1, 2, 3, "1D", "30min"]),
        "missing": st.sampled_from([{"fill": "forward"}, {"fill": "drop", "values": ["x", "nil", "inf"]}]),
        "score": st.just("sequence_end"),
    },
)


@settings(deadline=None, max_examples=200)
@given(st.one_of(tables.map(lambda rows: f"t,g,x,y\n{rows}".encode()), st.binary(max_size=60)), fields)
def test_whatever_is_in_the_file_there_is_a_timeline_or_a_refusal(content: bytes, fields: Fields) -> None:
    with contextlib.suppress(DataError, ValidationError):
        assert len(table(content, **fields).features)
