"""What a message or note says to write in the study file is YAML, and does what it says."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.workers.data.sources.tables import table
from workers.data.sources.tabular.absent import Missing
from workers.errors import DataError
from workers.wording import as_yaml

Fields = dict[str, Any]

ADVICE = re.compile(
    r"(?:say|set|list it:|list them:) ([a-z_]+: (?:{.*?}(?=[;, )]|$)|'(?:[^']|'')*'|\"[^\"]*\"|[^ ;,]+))"
)


def rows(cells: list[str]) -> str:
    """A file in which these are the cells of x."""
    return "x,y\n" + "".join(f'"{cell}",{number}\n' for number, cell in enumerate(cells))


def times(cells: list[Any], name: str = "t") -> str:
    """A file with these times."""
    return f"{name},x,y\n" + "".join(f'"{cell}",{number},{number}\n' for number, cell in enumerate(cells))


BERLIN = [
    (datetime(2023, 10, 28, 22, tzinfo=UTC) + timedelta(minutes=15 * step)).astimezone(ZoneInfo("Europe/Berlin"))
    for step in range(60)
]
CASES: dict[str, tuple[str | bytes, Fields]] = {
    "decimal commas": (rows(["50,3", "4,25"]), {}),
    "decimal commas with points": (rows(["1.050,3", "4,25"]), {}),
    "commas between thousands": (rows(["1,050.3", "4.25"]), {}),
    "commas that may be either": (rows(["1,050", "4,250"]), {}),
    "blanks between thousands": (rows(["1 050", "4 250"]), {}),
    "apostrophes": (rows(["1'050", "4'250"]), {}),
    "underscores": (rows(["1_050", "4_250"]), {}),
    "decimal points": (rows(["1.5", "2.5"]), {"decimal": ","}),
    "decimal commas as a target": ("x,y\n" + '1,"50,3"\n2,"4,25"\n' * 2, {}),
    "many classes": ("x,y\n" + "".join(f"{n},name {'abcdefghijklmnopqrst'[n % 20]}\n" for n in range(40)), {}),
    "few numbers": ("x,y\n" + "".join(f"{n},{n % 3}\n" for n in range(60)), {}),
    "-999": (rows([str(-999 if n % 9 == 0 else n) for n in range(60)]), {}),
    "-999 beside another": (
        rows(["nil", *(str(-999 if n % 9 == 0 else n) for n in range(60))]),
        {"missing": {"fill": "drop", "values": ["nil"]}},
    ),
    "nil": (rows(["1", "nil", "3"]), {}),
    "marks": (rows(["1", "?", "#N/A", "-", "*", "3"]), {}),
    "words of YAML": (rows(["1", "NULL", "~", "no", "True", "3"]), {}),
    "quotes": (rows(["1", "n'a", "it's: none", "[]", "3"]), {}),
    "words beside those known": (
        rows(["1", "NA", "x y", "3"]),
        {"missing": {"fill": "drop", "values": ["NA", "?", "007"]}},
    ),
    "an empty cell": (rows(["1", "", "3"]), {}),
    "units": ("x,y\nkW,V\n1,1\n2,2\n", {}),
    "a preamble": ("about\n\nx,y\n1,1\n2,2\n", {}),
    "semicolons": ("x;y\n1;2\n", {}),
    "tabs": ("x\ty\n1\t2\n", {}),
    "bars": ("x|y\n1|2\n", {}),
    "semicolons below a preamble": ("sep=;\nx;y\n1;2\n", {}),
    "Windows": ("x,y,\u00e9\n1,2,3\n".encode("windows-1252"), {}),
    "UTF-16": ("x,y\n1,2\n".encode("utf-16"), {}),
    "out of order": (times(["2024-01-02", "2024-01-01"]), {"time": "t"}),
    "day or month": (times(["01/02/2024", "02/02/2024"]), {"time": "t"}),
    "day or month of a strange name": (times(["01/02/2024", "02/02/2024"], "t: [1]"), {"time": "t: [1]"}),
    "milliseconds": (times([1_700_000_000_000 + 1000 * n for n in range(5)]), {"time": "t"}),
    "days of Excel": (times([45_000 + n for n in range(5)]), {"time": "t"}),
    "daylight saving": (times([f"{each:%Y-%m-%d %H:%M}" for each in BERLIN]), {"time": "t"}),
    "a horizon between two rows": (
        times([300 * n for n in range(50)]),
        {"time": "t", "inputs": ["y"], "horizon": "33min"},
    ),
    "a horizon of uneven rows": (
        times([300 * n * n for n in range(50)]),
        {"time": "t", "inputs": ["y"], "horizon": "33min"},
    ),
}


def said(content: str | bytes, fields: Fields) -> list[str]:
    """The refusal, or the notes."""
    try:
        return list(table(content, **fields).notes)
    except DataError as error:
        return [error.message]


def advised(text: str) -> list[Fields]:
    """Each field that a message says to write; all together where it does not say `or`."""
    fields = [YAML(typ="safe").load(found) for found in ADVICE.findall(text)]
    alternatives = ", or say " in text or "; if these are classes" in text
    return fields if alternatives else [{name: value for each in fields for name, value in each.items()}]


@pytest.mark.parametrize("name", CASES)
def test_advice_is_yaml_and_leads_on_when_it_is_pasted(name: str) -> None:
    content, fields = CASES[name]
    before = said(content, fields)
    advice = [each for text in before for each in advised(text) if each]
    assert advice
    for each in advice:
        after = said(content, {**fields, **each})
        assert not set(after) & {text for text in before if ADVICE.search(text)}


cells = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(st.lists(cells, min_size=1, max_size=5))
def test_any_cells_are_advised_as_yaml_that_says_the_same_cells(texts: list[str]) -> None:
    advice = YAML(typ="safe").load(Missing(fill="drop").advice(texts))
    read = Missing.model_validate(advice["missing"])
    assert read.values == tuple(dict.fromkeys(texts))


@given(cells)
def test_any_text_is_written_as_yaml_that_is_that_text(text: str) -> None:
    assert str(YAML(typ="safe").load(f"[{as_yaml(text)}]")[0]) == text


@pytest.mark.parametrize("cell", ["\u22125", "<45.0", "1 kW", "12%", "0x1f", "1,5", "2024-01-01", "x", "3 500"])
def test_what_may_be_a_number_or_a_header_is_never_advised_as_missing(cell: str) -> None:
    (message,) = said(rows(["1", cell, "3"]), {})
    assert "missing" not in message
