"""A table is the same table in every kind of file, packed or not, in one file or in several."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.data.sources.tables import table
from workers.data.sources.table import Table
from workers.data.timeline import Timeline
from workers.errors import DataError

FRAME = pd.DataFrame({"t": ["2024-01-01", "2024-01-02", "2024-01-03"], "x": [1.5, -2.0, 1e-7], "y": [1, 2, 3000]})
SAME = {"time": "t"}
with_excel = pytest.mark.skipif(find_spec("openpyxl") is None, reason="openpyxl is an extra")


def zipped(content: bytes, *names: str) -> bytes:
    with zipfile.ZipFile(stream := io.BytesIO(), "w") as archive:
        for name in names or ("inner.csv",):
            archive.writestr(name, content)
    return stream.getvalue()


def parquet(frame: pd.DataFrame = FRAME) -> bytes:
    frame.to_parquet(stream := io.BytesIO())
    return stream.getvalue()


def lines(*records: Any) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def workbook(rows: list[list[Any]], **others: list[list[Any]]) -> bytes:
    with pd.ExcelWriter(stream := io.BytesIO(), engine="openpyxl") as writer:
        for name, cells in {"first": rows, **others}.items():
            width = max(map(len, cells))
            padded = [[*row, *[None] * (width - len(row))] for row in cells]
            pd.DataFrame(padded, dtype=object).to_excel(writer, sheet_name=name, header=False, index=False)
    return stream.getvalue()


CSV = FRAME.to_csv(index=False).encode()
RECORDS = lines(*FRAME.to_dict("records"))
FILES: dict[str, Callable[[], bytes]] = {
    "data.csv": lambda: CSV,
    "data.csv.gz": lambda: gzip.compress(CSV),
    "data.csv.xz": lambda: lzma.compress(CSV),
    "data.csv.bz2": lambda: bz2.compress(CSV),
    "data.csv.zip": lambda: zipped(CSV),
    "data.zip": lambda: zipped(CSV),
    "data.csv.zst": lambda: pa.compress(CSV, codec="zstd", asbytes=True),
    "data.parquet": parquet,
    "data.parquet.gz": lambda: gzip.compress(parquet()),
    "archive.zip": lambda: zipped(parquet(), "inner.parquet"),
    "data.jsonl": lambda: RECORDS,
    "data.ndjson": lambda: RECORDS.replace(b"\n", b"\r\n"),
    "data.jsonl.gz": lambda: gzip.compress(RECORDS),
    "data.jsonl.zst": lambda: pa.compress(RECORDS, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_gives_the_same_arrays(name: str) -> None:
    assert_alike(table(FILES[name](), name, **SAME), table(CSV, **SAME))


def assert_alike(found: Timeline, expected: Timeline) -> None:
    assert found.features.tolist() == expected.features.tolist()
    assert found.targets.tolist() == expected.targets.tolist()
    assert (found.clock is None) == (expected.clock is None)
    assert found.clock is None or found.clock.tolist() == expected.clock.tolist()  # type: ignore[union-attr]


def message(content: str | bytes, name: str, **fields: Any) -> str:
    with pytest.raises(DataError) as caught:
        table(content, name, **fields)
    return caught.value.message.partition(f"{name}")[2].removeprefix(": ").removeprefix(", ")


def test_an_archive_of_several_files_is_refused_with_their_names() -> None:
    content = zipped(CSV, "a.csv", "b.csv", "__MACOSX/._a.csv")
    assert message(content, "data.zip") == "holds 2 files (a.csv, b.csv), not one; unpack it, and name the file"
    assert table(zipped(CSV, "a.csv", "__MACOSX/._a.csv"), "data.zip").features.tolist() == [[1.5], [-2], [1e-7]]


# Lines of JSON


def test_what_a_line_of_json_lacks_or_says_null_is_missing() -> None:
    content = lines({"x": 1, "y": 1}, {"y": 2}, {"x": None, "y": 3}, {"x": 4.5, "y": 4})
    found = table(content, "data.jsonl", missing={"fill": "drop"})
    assert found.features.tolist() == [[1], [4.5]]
    assert message(content, "data.jsonl").startswith("lines 2, 3: values are missing (x 2)")


def test_numbers_as_text_in_json_follow_the_dialect_as_they_do_in_a_csv_file() -> None:
    content = lines({"x": "1.234,5", "y": 1.5}, {"x": "2,25", "y": 2}, {"x": 0.25, "y": 3})
    found = table(content, "data.jsonl", decimal=",", thousands=".")
    assert (found.features.tolist(), found.targets.tolist()) == ([[1234.5], [2.25], [0.25]], [[1.5], [2], [3]])
    assert "numbers with decimal commas" in message(lines({"x": "1,5", "y": 1}, {"x": "2,5", "y": 2}), "data.jsonl")


def test_true_and_false_of_json_are_1_and_0_and_texts_are_classes() -> None:
    content = lines(*({"x": n % 2 == 0, "y": "ab"[n % 2]} for n in range(4)))
    found = table(content, "data.jsonl")
    assert (found.features.tolist(), found.class_names) == ([[1], [0], [1], [0]], ("a", "b"))


def test_what_is_inside_an_object_is_named_with_a_point() -> None:
    content = lines({"at": 1, "of": {"x": 1, "in": {"y": 5}}}, {"at": 2, "of": {"x": 2, "in": {"y": 6}}})
    found = table(content, "data.jsonl", inputs=["of.x"], targets=["of.in.y"])
    assert (found.features.tolist(), found.targets.tolist()) == ([[1], [2]], [[5], [6]])


def test_groups_of_json_are_the_texts_of_the_file() -> None:
    content = lines(*({"g": g, "x": 1, "y": 1} for g in ("7", "007", "7", 7)))
    assert table(content, "data.jsonl", group="g").group_names == ("7", "007")


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        (b'{"x": 1, "y": 2}\n\n{"x": 1, "y"\n', 'line 3: is \'{"x": 1, "y"\', which is no JSON'),
        (b'{"x": 1, "y": 2}\n[1, 2]\n', "line 2: is a list, and each line should be an object such as {...}"),
        (b'{"x": 1, "y": 2}\n\n{"x": "nil", "y": 2}\n', "line 3: x is 'nil', which is not a number"),
        (b'{"x": 1, "z": 2}\n', "has no column y; there is x, z"),
        (b'{"x": [1, 2], "y": 2}\n', "line 1: x is '[1, 2]', which is not a number; the cells look like lists"),
        (b'[{"x": 1, "y": 2}]', "is JSON; if each line is an object"),
        (b"", "has no column x"),
    ],
)
def test_a_line_that_is_no_record_is_refused_by_its_number(content: bytes, whole: str) -> None:
    assert message(content, "data.jsonl").startswith(whole)


records = st.lists(
    st.tuples(st.floats(-1e9, 1e9, allow_nan=False), st.integers(-(2**40), 2**40), st.booleans()), min_size=1
)


@given(records)
def test_any_numbers_in_json_are_read_to_the_digit(rows: list[tuple[float, int, bool]]) -> None:
    content = lines(*({"x": str(x) if text else x, "y": y} for x, y, text in rows))
    found = table(content, "data.jsonl")
    assert found.features.ravel().tolist() == [x for x, _, _ in rows]
    assert found.targets.ravel().tolist() == [float(y) for _, y, _ in rows]


# Excel

SHEET: list[list[Any]] = [["t", "x", "y"], *FRAME.assign(t=pd.to_datetime(FRAME["t"])).to_numpy().tolist()]


@with_excel
def test_a_workbook_gives_the_same_arrays() -> None:
    assert_alike(table(workbook(SHEET), "data.xlsx", **SAME), table(CSV, **SAME))


@with_excel
def test_a_sheet_below_a_preamble_with_units_blank_rows_and_numbers_as_text() -> None:
    rows: list[list[Any]] = [
        ["about"],
        [],
        ["t", "x", "y"],
        ["", "kW", "V"],
        [],
        ["2024-01-01", "1,5", 1],
        ["2024-01-02", 2.25, "2"],
    ]
    found = table(workbook(rows), "data.xlsx", header=3, units_row=True, decimal=",", **SAME)
    assert (found.features.tolist(), found.targets.tolist()) == ([[1.5], [2.25]], [[1], [2]])
    broken = workbook([*rows, ["2024-01-03", "nil", 3]])
    assert message(broken, "data.xlsx", header=3, units_row=True, decimal=",").startswith("row 8: x is 'nil'")


@with_excel
def test_a_sheet_is_found_by_its_name_and_the_first_is_read_else() -> None:
    content = workbook([["about"]], second=SHEET)
    assert_alike(table(content, "data.xlsx", sheet="second", **SAME), table(CSV, **SAME))
    assert message(content, "data.xlsx") == (
        "has no column x; there is about; this is sheet first of first, second: say sheet"
    )
    assert message(content, "data.xlsx", sheet="secnd").startswith("has no sheet secnd; did you mean second?")


@with_excel
def test_a_date_and_a_time_of_day_in_two_columns_of_a_workbook() -> None:
    at = pd.date_range("2024-02-28 22:00", periods=5, freq="h")
    rows = [["d", "h", "x", "y"], *([when.normalize(), when.time(), 1, 1] for when in at)]
    found = table(workbook(rows), "data.xlsx", time={"date": "d", "time": "h"})
    assert found.clock is not None
    assert found.clock.tolist() == [when.timestamp() for when in at]


def test_a_workbook_says_what_to_install_where_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.data.sources.tabular.excel.find_spec", lambda _name: None)
    assert message(b"PK\x03\x04", "data.xlsx") == (
        "is an Excel workbook, which needs openpyxl to be read: pip install openpyxl, or save the sheet as CSV"
    )


# How a CSV file is written

PLAIN = "x,y\n1,10\n2,20\n3,30\n"
WRITTEN: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "comments": ("# by hand\nx,y\n1,10\n  # calibrated, twice\n2,20\n#,\n3,30\n#end", {"comment": "#"}),
    "comments of two signs": ("//\nx,y\n1,10\n// 1,2,3\n2,20\n3,30\n", {"comment": "//"}),
    "names in a comment": ("# by hand\n# x,y\n1,10\n# more\n2,20\n3,30\n", {"comment": "#", "header": 2}),
    "names in the first line, a comment": ("#x,y\n1,10\n2,20\n3,30\n", {"comment": "#", "header": 1}),
    "comments and units": (
        "# a\n\nx,y\n# b\nkW,V\n1,10\n# c\n2,20\n3,30\n",
        {"comment": "#", "units_row": True},
    ),
    "apostrophes as quotation marks": ("x,y,z\n1,'10','a,b'\n2,'20',c\n3,'30','d,e'\n", {"quote": "'"}),
    "no quotation marks": ('x,y,z\n1,10,5"\n2,20,6"\n3,30,"\n', {"quote": "none"}),
    "separators at the end of all lines": ("x;y;\n1;10;\n2;20;\n3;30;\n", {"separator": ";"}),
    "separators at the end of all lines but that of the names": ("x,y\n1,10,\n2,20,\n3,30,\n", {}),
    "a separator at the end of some lines": ("x,y\n1,10\n2,20,\n3,30\n", {}),
    "line ends of Windows": ("x,y\r\n1,10\r\n\r\n2,20\r\n3,30\r\n", {}),
    "line ends of Windows and comments": ("# a\r\nx,y\r\n1,10\r\n# b\r\n2,20\r\n3,30\r\n", {"comment": "#"}),
    "a byte order mark": (b"\xef\xbb\xbf" + PLAIN.encode(), {}),
    "a byte order mark in a quoted name": (b'\xef\xbb\xbf"x","y"\n1,10\n2,20\n3,30\n', {}),
    "UTF-16 with a mark": (PLAIN.encode("utf-16"), {"encoding": "utf-16"}),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_csv_file_is_read_however_it_is_written(name: str) -> None:
    content, fields = WRITTEN[name]
    assert_alike(table(content, **fields), table(PLAIN))


@pytest.mark.parametrize(
    ("content", "fields", "whole"),
    [
        ("# a\nx,y\n1,1\n# b\nnil,2\n", {"comment": "#"}, "line 5: x is 'nil', which is not a number"),
        ("x,y\n1,1\n#,2\n", {}, "line 3: x is '#', which is not a number; if lines that begin with # are comments"),
        ("x,y\n1,1,\n2,2,3\n", {}, "the rows have more cells than the header has names"),
        ("x,y\n1,1\n2,2,,\n", {}, "line 3 has 4 cells where the lines before have 2"),
    ],
)
def test_lines_keep_their_numbers(content: str, fields: dict[str, Any], whole: str) -> None:
    assert message(content, "data.csv", **fields).startswith(whole)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"comment": "a"}, "should be what such lines begin with"),
        ({"comment": "-"}, "may begin a cell"),
        ({"comment": ";", "separator": ";"}, "is what parts cells"),
        ({"quote": "ab"}, "should be one sign that stands around cells"),
        ({"quote": "'", "separator": "'"}, "is what parts cells"),
    ],
)
def test_signs_that_cannot_be_are_refused(fields: dict[str, str], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Table.model_validate({"path": "data.csv", "inputs": ["x"], "targets": ["y"], **fields})


@pytest.mark.parametrize(
    ("name", "field", "value", "whole"),
    [
        ("data.csv", "sheet", "a", "sheet is of Excel files, and this is CSV; leave it out"),
        ("data.jsonl", "header", 2, "header is of CSV, Excel files, and this is JSON lines; leave it out"),
        ("data.parquet", "comment", "#", "comment is of CSV files, and this is Parquet; leave it out"),
    ],
)
def test_what_says_nothing_of_such_a_file_is_refused(name: str, field: str, value: Any, whole: str) -> None:
    assert message(FILES[name](), name, **{field: value}) == whole


# Several files


def several(folder: Path, files: dict[str, str | bytes], **fields: Any) -> Timeline:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return Table.model_validate({"path": "*.csv", "inputs": ["x"], "targets": ["y"], **fields}).load(folder)


MONTHS: dict[str, str | bytes] = {"b-2.csv": "y,x\n20,2\n30,3\n", "b-1.csv": "x,y\n1,10\n"}


def test_files_of_a_pattern_follow_each_other_in_the_order_of_their_names(tmp_path: Path) -> None:
    found = several(tmp_path, {**MONTHS, "a.csv": "z\n1\n"}, path="b-*.csv")
    assert_alike(found, table(PLAIN))
    assert len(found.starts) == 1


def test_files_of_a_pattern_may_each_be_packed(tmp_path: Path) -> None:
    files = {"m-1.csv.gz": gzip.compress(b"x,y\n1,10\n"), "m-2.parquet": parquet(FRAME[["x", "y"]])}
    found = several(tmp_path, {**files}, path="m-*")
    assert found.targets.ravel().tolist() == [10, 1, 2, 3000]


def test_each_file_may_be_a_group_by_its_name(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"town/{n}/r.csv": f"x,y\n{n},1\n{n},2\n" for n in (1, 2)}
    found = several(tmp_path, files, path="town/*/r.csv", group={"file": True})
    assert (found.starts.tolist(), found.group_names) == ([0, 2], ("1/r", "2/r"))
    packed = several(tmp_path, {"a.csv.gz": gzip.compress(b"x,y\n1,2\n")}, path="a.csv.*", group={"file": True})
    assert packed.group_names == ("a",)
    assert several(tmp_path, {"one.csv": PLAIN}, path="one.csv", group={"file": True}).group_names == ("one",)


def test_an_error_names_the_file_and_the_line(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        several(tmp_path, {**MONTHS, "b-3.csv": "x,y\n4,40\nnil,50\n"})
    assert "*.csv, line 3 of b-3.csv: x is 'nil', which is not a number" in caught.value.message
    with pytest.raises(DataError, match=r"b-3.csv: has no column y; there is x"):
        several(tmp_path, {"b-3.csv": "x\n4\n"})
    (tmp_path / "b-3.csv").unlink()
    with pytest.raises(DataError, match=r"lines? .*line 2 of b-1.csv, line 3 of b-2.csv|line 2 of b-1"):
        several(tmp_path, {"b-1.csv": "x,y\n,10\n", "b-2.csv": "x,y\n2,20\n,3\n"})


def test_time_that_goes_back_from_file_to_file_is_refused(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"1.csv": "t,x,y\n2024-01-02,1,1\n", "2.csv": "t,x,y\n2024-01-01,1,1\n"}
    with pytest.raises(DataError, match=r"line 2 of 2.csv: time goes back"):
        several(tmp_path, files, time="t")


def test_a_pattern_that_fits_no_file_is_refused_with_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"2023-\*.csv: no file is named so; .*b-1.csv"):
        several(tmp_path, MONTHS, path="2023-*.csv")


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    assert_alike(several(tmp_path, {"a[1].csv": PLAIN, "a1.csv": "z\n"}, path="a[1].csv"), table(PLAIN))


def test_groups_by_file_leave_no_column_of_that_name() -> None:
    with pytest.raises(ValueError, match="a column is called file"):
        Table.model_validate({"path": "*.csv", "inputs": ["file"], "targets": ["y"], "group": {"file": True}})
