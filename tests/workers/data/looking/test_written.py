"""How a file is written is found from its first lines."""

from pathlib import Path
from typing import Any

import pytest

from workers.data.looking.written import written
from workers.errors import DataError

PLAIN = "2024-01-01,1.5,2"


def fields(folder: Path, content: bytes | str, name: str = "data.csv") -> dict[str, Any]:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return {field: said.value for field, said in written(folder / name).fields.items()}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("t,x,y\n" + f"{PLAIN}\n" * 5, {}),
        ("x\n1\n2\n3\n", {}),
        ("t;x;y\n" + f"{PLAIN}\n".replace(",", ";") * 5, {"separator": ";"}),
        ("t\tx\n" + "1\t2,5\n" * 5, {"separator": "\t", "decimal": ","}),
        ("t;x\n" + "1;2,5\n2;3,75\n" * 3, {"separator": ";", "decimal": ","}),
        ("t;x\n" + "1;1.234,5\n" * 5, {"separator": ";", "decimal": ",", "thousands": "."}),
        ('t,x\n' + '1,"1,234.5"\n' * 5, {"thousands": ","}),
        ('t,x\n' + '1,"1,234"\n' * 5, {"thousands": ","}),
        ("t;x\n" + "1;1,234\n" * 5, {"separator": ";", "decimal": ","}),
        ("a title\n\nt,x,y\n" + f"{PLAIN}\n" * 5, {"header": 3}),
        ("t,x,y\n,kW,m\n" + f"{PLAIN}\n" * 5, {"units_row": True}),
        ("t,x,y\n,NA,NA\n" + f"{PLAIN}\n" * 5, {}),
        ("# by hand\n# again\nt,x,y\n" + f"{PLAIN}\n" * 5, {"comment": "#"}),
        ("# by hand\n# t,x,y\n" + f"{PLAIN}\n" * 5, {"comment": "#", "header": 2}),
        ("#,x,y\n" + "1,2,3\n" * 5, {}),
        ("t,x,y\n" + f"{PLAIN},\n" * 5, {}),
        ("name,x\n" + '"Smith, J.",1\n' * 5, {}),
        ("t,größe\n1,2\n2,3\n".encode("windows-1252"), {"encoding": "windows-1252"}),
        ("t,x\n1,2\n2,3\n".encode("utf-16"), {"encoding": "utf-16"}),
        ("\ufefft,x\n1,2\n2,3\n", {}),
    ],
)  # fmt: skip
def test_what_is_not_as_usual_is_said(tmp_path: Path, content: bytes | str, expected: dict[str, Any]) -> None:
    assert fields(tmp_path, content) == expected


def test_units_are_told_by_their_columns(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("t,x,y\n,kW,m\n" + f"{PLAIN}\n" * 5)
    assert written(tmp_path / "data.csv").units == {"x": "kW", "y": "m"}


@pytest.mark.parametrize("content", ["1,2\n3,4\n", "2024-01-01,4\n2024-01-02,5\n"])
def test_a_file_without_names_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataError, match=r"line 1: holds values .* where the names of columns should be; write a line"):
        fields(tmp_path, content)
