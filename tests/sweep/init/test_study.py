"""What a first study is made of: the columns, how far ahead, and what to try."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.config.yaml_text import parse
from sweep.init.asked import Asked
from sweep.init.study import FirstStudy, first_study
from tests.sweep.init import tables
from workers.data.looking import part
from workers.data.looking.look import looked_at
from workers.errors import DataError


def study_of(folder: Path, content: bytes, *targets: str, horizon: int | str | None = None) -> FirstStudy:
    (folder / "data.csv").write_bytes(content)
    with looked_at(folder / "data.csv") as look:
        return first_study(look, Asked(targets, horizon), folder / "study.yaml")


def said(found: FirstStudy) -> dict[str, Any]:
    document: dict[str, Any] = parse(found.text).value
    return document


def two_columns() -> bytes:
    """Sales by shop and article."""
    days = [f"2024-01-{day:02}" for day in range(1, 31)]
    rows = [f"{day},{shop},{article},{len(day)}" for day in days for shop in "ns" for article in "abc"]
    return "\n".join(["day,shop,article,sales", *rows]).encode()


def test_what_is_asked_for_is_taken(tmp_path: Path) -> None:
    found = said(study_of(tmp_path, tables.sensor(), "pressure", horizon="30min"))
    assert (found["name"], found["data"]["targets"], found["data"]["horizon"]) == ("data-30min", ["pressure"], "30min")
    assert found["data"]["inputs"][:2] == ["pressure", "flow"]


def test_several_columns_may_be_forecast(tmp_path: Path) -> None:
    found = said(study_of(tmp_path, tables.no_time(), "x", "y"))
    assert found["data"]["targets"] == found["data"]["inputs"] == ["x", "y"]


def test_with_a_horizon_of_0_the_target_is_no_input(tmp_path: Path) -> None:
    data = said(study_of(tmp_path, tables.no_time(), "y", horizon=0))["data"]
    assert (data["inputs"], data["horizon"], "season" in data) == (["x"], 0, False)


def test_a_column_that_wanders_slowly_is_learnt_by_its_changes(tmp_path: Path) -> None:
    rows = "\n".join(["t,y", *(f"{t},{np.sin(t / 90):.4f}" for t in range(900))])
    assert said(study_of(tmp_path, rows.encode()))["data"]["predict"] == "change"


def test_of_many_columns_those_that_tell_of_the_target_are_inputs(tmp_path: Path) -> None:
    found = study_of(tmp_path, tables.wide(), "sensor 7")
    inputs = said(found)["data"]["inputs"]
    assert len([entry for entry in inputs if isinstance(entry, str)]) == 21
    assert "left out: sensor 1, others tell more of the target" in found.text or "sensor 1" in inputs


@pytest.mark.parametrize("content", [tables.retail(), tables.no_time()], ids=["several sequences", "one record"])
def test_only_ways_to_treat_state_that_differ_are_tried_and_each_has_four_trials(
    tmp_path: Path, content: bytes
) -> None:
    found = study_of(tmp_path, content)
    document = said(found)
    policies = document["space"]["reset_policy"]
    assert document["budget"]["trials"] == 4 * (2 + len(policies))
    one_record = content == tables.no_time()
    assert ("every_sequence" in policies) == (not one_record)
    assert ("# not tried: every_sequence, the same as every_epoch here" in found.text) == one_record
    assert "# not tried: every_batch, the same as stateless here" in found.text


def test_what_says_the_same_as_the_class_is_no_input(tmp_path: Path) -> None:
    rows = "\n".join(["x,species,species_id", *(f"{n % 7},{'abc'[n % 3]},{n % 3}" for n in range(90))])
    found = study_of(tmp_path, rows.encode(), "species")
    assert said(found)["data"]["inputs"] == ["x"]
    assert "left out: species_id, it says the same as species" in found.text


def test_a_large_file_is_looked_at_in_part_and_may_lack_values_further_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "MOST_BYTES", 8_000)
    found = study_of(tmp_path, tables.sensor())
    data = said(found)["data"]
    assert (data["path"], data["missing"], data["order"]) == ("data.csv", {"fill": "forward"}, "sort")
    assert found.text.splitlines()[1].startswith("# It has looked at the first 2")
    assert "# steps are counted in the part that was looked at; there are more" in found.text


@pytest.mark.parametrize(
    ("content", "targets", "message"),
    [
        (
            b"when,name\n" + b"".join(b"2024-01-01,n%d\n" % n for n in range(30)),
            (),
            "data.csv: has no column of numbers that",
        ),
        (tables.sensor(), ("presure",), "data.csv: has no column presure; did you mean pressure? There is timestamp"),
        (tables.sensor(), ("timestamp",), "data.csv: timestamp cannot be forecast: it says when"),
        (tables.constants(), ("version",), "data.csv: version cannot be forecast: it has the same value throughout"),
        (tables.categories(), ("rides", "weather"), "data.csv: weather holds classes, so it must be the only target"),
        (
            two_columns(),
            (),
            "data.csv: shop and article together tell the rows of one time apart, and no column alone;",
        ),
        (b"", (), "data.csv: is empty"),
        (b"x,y\n1,2\n", (), "data.csv: has 1 row; a study needs some hundred, and at least 20"),
        (b"1,2\n3,4\n5,6\n", (), "data.csv, line 1: holds values (1, 2) where the names of columns should be"),
    ],
    ids=[
        "no numbers",
        "no such column",
        "time",
        "constant",
        "two of classes",
        "two columns",
        "empty",
        "one row",
        "no names",
    ],
)
def test_a_table_of_which_no_study_can_be_made_is_refused(
    tmp_path: Path, content: bytes, targets: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError) as error:
        study_of(tmp_path, content, *targets)
    assert error.value.message.replace(f"{tmp_path}/", "").startswith(message)
