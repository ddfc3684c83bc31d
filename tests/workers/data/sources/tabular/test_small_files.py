"""Small files as people have them, one a row, each with the numbers or the whole message that it comes to."""

import io
import re
from typing import Any

import pandas as pd
import pytest

from tests.workers.data.sources.tables import table
from workers.errors import DataError

Fields = dict[str, Any]

AS_TEXT = (
    "data.csv, line 2: y is '{}', which is text; the cells look like {}; if these are"
    " classes, say classes: true (4 such cells)"
)
WRITTEN = [  # two cells, what they look like, and the advice
    ("50,3", "51,7", "numbers with decimal commas", "say decimal: ','"),
    (
        "3.830,00",
        "12,50",
        "numbers with decimal commas and points between thousands",
        "say decimal: ',' and say thousands: '.'",
    ),
    (
        "3,830",
        "4,120",
        "numbers with decimal commas, or with commas between thousands",
        "say decimal: ',', or say thousands: ','",
    ),
    ("38 300", "41 200", "numbers with blanks between thousands", "say thousands: ' '"),
    ("3_830", "4_120", "numbers with underscores between thousands", "say thousands: _"),
    ("38%", "41 %", "numbers with a percent sign", "write the numbers without it"),
    ("$38.3", "$1,041.2", "numbers with a currency", "write the numbers without it"),
    ("38,3 €", "41,2 €", "numbers with a currency", "write the numbers without it"),
    ("38 kW", "41 kW", "numbers with a unit", "write the numbers without it"),
    ("21.5°C", "22 °C", "numbers with a unit", "write the numbers without it"),
    ("0x26", "0x27", "hexadecimal numbers", "write them as decimal ones"),
    ("\u22125", "\u22123.5", "numbers with a minus sign of Unicode", "write the ordinary one, -"),
    ("<45.0", "<50", "numbers with a bound such as <", "put a number of your choice in the place of bounds"),
    ("2024-01-31", "2024-02-01", "dates", "a date may be time, but no input and no target"),
    ("31.01.2024", "01.02.2024", "dates", "a date may be time, but no input and no target"),
    ("12:30", "13:45", "times of day", "write them as numbers, such as minutes"),
    ("[1.0, 2.0]", "[3.0]", "lists", "give each item a column of its own"),
    ("1.5D+03", "2D+2", "numbers with a D for the exponent", "write an E in its place"),
    ("\u0663\u0668", "\u0663\u0669", "numbers in the digits of another script", "write them with the digits 0 to 9"),
]


def column(cells: tuple[str, ...], name: str = "y") -> str:
    """A file in which these are the cells of a column, and those of the other 0, 1, 2 and so on."""
    other = "x" if name == "y" else "y"
    return f"{other},{name}\n" + "".join(f'{number},"{cell}"\n' for number, cell in enumerate(cells))


def message(text: str | bytes, name: str = "data.csv", **fields: Any) -> str:
    """The whole message, without the folder."""
    with pytest.raises(DataError) as caught:
        table(text, name, **fields)
    return re.sub(r"^/\S*/", "", caught.value.message)


@pytest.mark.parametrize(("cell", "other", "look", "advice"), WRITTEN)
def test_numbers_written_as_text_are_no_classes(cell: str, other: str, look: str, advice: str) -> None:
    assert message(column((cell, other) * 2)) == AS_TEXT.format(cell, f"{look}: {advice}")
    assert table(column((cell, other) * 2), classes=True).n_classes == 2


@pytest.mark.parametrize(("cell", "other", "look", "advice"), WRITTEN)
def test_numbers_written_as_text_are_no_input(cell: str, other: str, look: str, advice: str) -> None:
    assert message(column((cell, other) * 2, "x")) == (
        f"data.csv, line 2: x is '{cell}', which is not a number; the cells look like {look}: {advice} (4 such cells)"
    )


@pytest.mark.parametrize("cells", [("speaker 1", "speaker 2"), ("A1", "B2"), ("0-10", "10-20"), ("1.2.3", "1.2.4")])
def test_text_with_digits_that_is_no_number_holds_classes(cells: tuple[str, str]) -> None:
    assert table(column(cells * 2)).class_names == tuple(sorted(cells))


READ: dict[str, tuple[str, Fields, list[list[float]], list[Any]]] = {
    "a true or false that is missing": (
        "x,y\nTrue,1\n,2\nFalse,3\n",
        {"missing": {"fill": "forward"}},
        [[1], [1], [0]],
        [[1], [2], [3]],
    ),
    "the same with a word for it": (
        "x,y\nTrue,1\nnil,2\nfalse,3\n",
        {"missing": {"fill": "drop", "values": ["nil"]}},
        [[1], [0]],
        [[1], [3]],
    ),
    "true and false as a target": (
        "x,y\n1,true\n2,\n3,false\n4,true\n",
        {"missing": {"fill": "drop"}},
        [[1], [2], [3], [4]],
        [1, 0, 1],
    ),
    "integers that are classes": ("x,y\n1,10\n2,9\n3,10\n4,9\n", {"classes": True}, [[1], [2], [3], [4]], [1, 0, 1, 0]),
    "integers with a missing one": (
        "x,y\n1,10\n2,\n3,9\n4,10\n",
        {"classes": True, "missing": {"fill": "drop"}},
        [[1], [2], [3], [4]],
        [1, 0, 1],
    ),
    "classes that are an input": (
        "y\n5\n7\n5\n7\n",
        {"inputs": ["y"], "classes": True},
        [[5], [7], [5], [7]],
        [1, 0, 1],
    ),
    "groups 7 and 007": ("g,x,y\n7,1,1\n007,2,2\n7,3,3\n", {"group": "g"}, [[1], [3], [2]], [[1], [3], [2]]),
    "groups 1e5 and 100000": (
        "g,x,y\n1e5,1,1\n100000,2,2\n1e5,3,3\n",
        {"group": "g"},
        [[1], [3], [2]],
        [[1], [3], [2]],
    ),
    "missing in words of YAML": (
        "x,y\n1,1\n?,2\nNULL,3\n#N/A,4\n5,5\n",
        {"missing": {"fill": "drop", "values": ["?", "NULL", "#N/A"]}},
        [[1], [5]],
        [[1], [5]],
    ),
}


@pytest.mark.parametrize("name", READ)
def test_a_small_file_comes_to_these_numbers(name: str) -> None:
    text, fields, features, targets = READ[name]
    found = table(text, **fields)
    scored = [target for target, counts in zip(found.targets.tolist(), found.scored, strict=True) if counts]
    assert (found.features.tolist(), scored) == (features, targets)


REFUSED: dict[str, tuple[str | bytes, str, Fields, str]] = {
    "text as an input": (
        "y\na\nb\na\n",
        "data.csv",
        {"inputs": ["y"]},
        (
            "data.csv, line 2: y is 'a', which is not a number; if it holds categories, say {column: 'y', as: category}"
            " (3 such cells)"
        ),
    ),
    "many texts": (
        column(tuple(f"name {'abcdefghijklmnopqrst'[number % 20]}" for number in range(40))),
        "data.csv",
        {},
        (
            "data.csv: y holds 20 different texts in 40 rows (name a, name b, name c); if these"
            " are classes, say classes: true"
        ),
    ),
    "a number among classes": (
        "x,y\n1,low\n2,3\n3,low\n",
        "data.csv",
        {},
        (
            "data.csv, line 2: y is 'low', which is not a number; if it means missing, list it: missing: {values:"
            " [low], fill: forward}; if these are classes, say classes: true (2 such cells)"
        ),
    ),
    "decimal commas between commas": (
        "x,y\n1,5,2,5\n1,6,2,7\n",
        "data.csv",
        {},
        (
            "data.csv: the rows have more cells than the header has names; if numbers have decimal commas, put them"
            " in quotation marks, or part cells by another sign"
        ),
    ),
    "no class at all": (
        "x,y\n1,\n2,\n",
        "data.csv",
        {"classes": True, "missing": {"fill": "forward"}},
        "data.csv: y has no value",
    ),
    "classes with decimals": (
        "x,y\n1,0.5\n2,2\n",
        "data.csv",
        {"classes": True},
        "data.csv, line 2: y is '0.5', which is no class: classes are texts or whole numbers",
    ),
    "a few bounds": (
        "x,y\n1,1\n<2,2\n3,3\n",
        "data.csv",
        {},
        (
            "data.csv, line 3: x is '<2', which is not a number; the cells look like numbers with a bound such as <:"
            " put a number of your choice in the place of bounds"
        ),
    ),
    "words for missing": (
        "x,y\n1,1\n?,2\n#N/A,3\n4,4\n",
        "data.csv",
        {"missing": {"fill": "drop", "values": ["nil", "-999"]}},
        (
            "data.csv, line 3: x is '?', which is not a number; if they mean missing, list them:"
            " missing: {values: [nil, -999, '?', '#N/A'], fill: drop} (2 such cells)"
        ),
    ),
    "a row of units": (
        "x,y\nkW,V\n1,1\n2,2\n",
        "data.csv",
        {},
        "data.csv, line 2: x is 'kW', which is not a number; if that row says what the units are, say units_row: true",
    ),
    "a header in the middle": (
        "x,y\n1,1\nx,y\n2,2\n",
        "data.csv",
        {},
        "data.csv, line 3: x is 'x', which is not a number; the names of columns are repeated there: delete such lines",
    ),
    "a preamble": (
        "station 7\n\nx,y\n1,1\n",
        "data.csv",
        {},
        "data.csv: has no column x; the names are in line 3: say header: 3",
    ),
    "names before the line that is said": (
        "x,y\n1,1\n2,2\n",
        "data.csv",
        {"header": 3},
        "data.csv: has no column x; the names are in line 1: say header: 1",
    ),
    "one long line": ("a" * 200_000, "data.csv", {}, f"data.csv: has no column x; there is {'a' * 60}"),
    "lines counted from the top": (
        "a\nb\nx,y\nkW,V\n1,1\nz,2\n",
        "data.csv",
        {"header": 3, "units_row": True},
        (
            "data.csv, line 6: x is 'z', which is not a number; if it means missing, list it:"
            " missing: {values: [z], fill: forward}"
        ),
    ),
    "a longer row below a preamble": (
        "a\nx,y\n1,1\n2,2,2\n",
        "data.csv",
        {"header": 2},
        "data.csv: line 4 has 3 cells where the lines before have 2",
    ),
    "semicolons": (
        "x;y\n1;2\n",
        "data.csv",
        {},
        "data.csv: has no column x; its cells are parted by semicolons: say separator: ';'",
    ),
    "semicolons in a header with a comma": (
        "x, kW;y\n1;2\n",
        "data.csv",
        {"inputs": ["x, kW"]},
        "data.csv: has no column x, kW; its cells are parted by semicolons: say separator: ';'",
    ),
    "tabs": (
        "x\ty\n1\t2\n",
        "data.csv",
        {},
        'data.csv: has no column x; its cells are parted by tabs: say separator: "\\t"',
    ),
    "a name that is not there, and semicolons": (
        "xx;y\n1;2\n",
        "data.csv",
        {},
        "data.csv: has no column x; there is xx;y; if semicolons part the cells, say separator: ';'",
    ),
    "what Excel writes": (
        "sep=;\nx;y\n1;2\n",
        "data.csv",
        {},
        (
            "data.csv: has no column x; its cells are parted by semicolons: say separator: ';';"
            " and the names are in line 2: say header: 2"
        ),
    ),
    "Latin-1": (
        "x,y\n1,é\n".encode("latin-1"),
        "data.csv",
        {},
        (
            "data.csv: is not UTF-8 text (invalid continuation byte); save it as UTF-8, or of a"
            " table say encoding: windows-1252"
        ),
    ),
    "UTF-16": (
        "x,y\n1,2\n".encode("utf-16"),
        "data.csv",
        {},
        "data.csv: is not UTF-8 text (invalid start byte); save it as UTF-8, or of a table say encoding: utf-16",
    ),
    "another encoding than is said": (
        "x,y\n1,é\n".encode("latin-1"),
        "data.csv",
        {"encoding": "ascii"},
        "data.csv: is not text in ascii (ordinal not in range(128)); say the encoding it has, or save it as UTF-8",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_small_file_is_refused_with_the_cause_and_the_cure(name: str) -> None:
    content, file, fields, whole = REFUSED[name]
    assert message(content, file, **fields) == whole


PARQUET = {
    "lists": (
        [[1.0, 2.0], [3.0]],
        (
            "data.parquet, row 1: y is '[1. 2.]', which is text; the cells look like lists: give"
            " each item a column of its own; if these are classes, say classes: true (2 such"
            " cells)"
        ),
    ),
    "dates": (
        pd.date_range("2024", periods=2),
        (
            "data.parquet, row 1: y is '2024-01-01 00:00:00', which is not a number; the cells"
            " look like dates: a date may be time, but no input and no target; if these are"
            " classes, say classes: true (2 such cells)"
        ),
    ),
}


@pytest.mark.parametrize("name", PARQUET)
def test_what_parquet_has_beside_numbers_and_text_is_refused(name: str) -> None:
    cells, whole = PARQUET[name]
    assert message(parquet(x=[1, 2], y=cells), "data.parquet") == whole


def test_booleans_and_integers_of_parquet_may_be_missing() -> None:
    content = parquet(x=pd.array([True, None, False], "boolean"), y=pd.array([1, 2, None], "Int64"))
    found = table(content, "data.parquet", missing={"fill": "forward"})
    assert (found.features.tolist(), found.scored.tolist()) == ([[1], [1], [0]], [True, True, False])


def test_how_a_csv_file_is_written_is_not_said_of_parquet() -> None:
    assert message(parquet(x=[1], y=[2]), "data.parquet", decimal=",") == (
        "data.parquet: decimal is of CSV, JSON lines, Excel files, and this is Parquet; leave it out"
    )


def parquet(**columns: Any) -> bytes:
    """A Parquet file of these columns."""
    pd.DataFrame(columns).to_parquet(stream := io.BytesIO())
    return stream.getvalue()


def test_whole_numbers_that_take_few_values_are_noted() -> None:
    text = "x,y\n" + "".join(f"{number},{number % 3}\n" for number in range(60))
    assert table(text).notes == (
        "y takes only 3 values, whole numbers, and was read as a number; if these are classes, say classes: true",
    )
    assert table(text, classes=True).class_names == ("0", "1", "2")


def test_a_number_that_often_means_missing_is_noted_where_it_recurs_far_from_all_others() -> None:
    text = "x,y\n" + "".join(f"{-999 if number % 9 == 0 else number},{number}\n" for number in range(60))
    assert table(text).notes == (
        "x is -999 in 7 rows, and else 1 to 59; if it means missing, say missing: {values: [-999], fill: forward}",
    )
    assert table(text, missing={"values": [-999], "fill": "forward"}).features.min() == 1


def test_ids_of_groups_are_the_texts_of_the_file() -> None:
    assert table("g,x,y\n007,1,1\n7,2,2\n", group="g").group_names == ("007", "7")
