"""How a file of rows is written is said on the command line."""

from typing import Any

import pytest

from sweep.cli.model import _fields, _of_this_file, asked
from sweep.core.errors import ConfigError
from workers.errors import DataError


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        (["data.separator=,", "data.decimal=."], {"separator": ",", "decimal": "."}),
        (["data.separator=';'", 'data.quote="\'"'], {"separator": ";", "quote": "'"}),
        ([r"data.separator=\t", "data.thousands= "], {"separator": "\t", "thousands": " "}),
        (["data.comment=#", "data.quote='"], {"comment": "#", "quote": "'"}),
        (
            ["data.header=3", "data.units_row=true", "data.decimal=null"],
            {"header": 3, "units_row": True, "decimal": None},
        ),
        (["data.separator=;", "data.separator=|"], {"separator": "|"}),
        (["data.separator=="], {"separator": "="}),
        (["data.sheet='2024'"], {"sheet": "2024"}),
        ([], {}),
    ],
)
def test_any_sign_can_be_said_as_it_is(written: list[str], fields: dict[str, Any]) -> None:
    assert _fields(written) == fields


@pytest.mark.parametrize("written", ["separator=;", "data", "trial.units=3"])
def test_what_is_not_of_data_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match="should be FIELD=VALUE of data"):
        _fields([written])


def test_advice_on_how_a_file_is_written_tells_how_to_say_it_of_this_file_alone() -> None:
    assert _of_this_file("its cells are parted by commas: say separator: ','") == (
        "; of this file alone by --set data.separator=..."
    )
    assert _of_this_file("say missing: {fill: drop}") == ""

    def refused(_rows: Any) -> None:
        raise DataError("new.csv: has no column x; the names are in line 3: say header: 3")

    with pytest.raises(ConfigError, match=r"say header: 3; of this file alone by --set data.header=\.\.\."):
        asked(refused, None)  # type: ignore[arg-type]
