"""What is seen of a table: when rows were, what belongs together, and what columns hold."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workers.data.looking import part
from workers.data.looking.look import Look, looked_at

HOURS = [f"{moment:%Y-%m-%d %H:%M}" for moment in pd.date_range("2024-01-01", periods=60, freq="h")]


def seen(folder: Path, frame: pd.DataFrame, name: str = "data.csv") -> Look:
    frame.to_csv(folder / name, index=False)
    with looked_at(folder / name) as look:
        return look


@pytest.mark.parametrize(
    ("cells", "kind", "words"),
    [
        (list(range(60)), "numbers", ()),
        (["NA"] * 3 + [0.5] * 57, "numbers", ("NA",)),
        ([-999] * 3 + [1, 2, 3] * 19, "numbers", ("-999",)),
        (["?", "-"] + [1.5, 2.5] * 29, "numbers", ("?", "-")),
        (["true", "False"] * 30, "true and false", ()),
        (["a", "b", None] * 20, "texts", ()),
        (["12 %", "13 %"] * 30, "something else", ()),
        ([None] * 60, "nothing", ()),
    ],
)
def test_what_a_column_holds(tmp_path: Path, cells: list[object], kind: str, words: tuple[str, ...]) -> None:
    column = seen(tmp_path, pd.DataFrame({"x": cells, "other": range(60)})).columns["x"]
    assert (column.kind, column.words) == (kind, words)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"at": HOURS}, "at"),
        ({"ts": [1.7e9 + 60 * n for n in range(60)]}, "ts"),
        ({"stamp": [20240101000000 + 100 * n for n in range(60)]}, "stamp"),
        ({"t": list(range(60))}, "t"),
        ({"counter": list(range(60))}, None),
        ({"hour": [n % 24 for n in range(60)]}, None),
        ({"year": list(range(1950, 2010))}, {"column": "year", "format": "%Y"}),
        (
            {"day": [hour[:10] for hour in HOURS], "clock": [hour[11:] for hour in HOURS]},
            {"date": "day", "time": "clock"},
        ),
        ({"at": [*HOURS[:59], None]}, None),
    ],
)
def test_which_columns_say_when(tmp_path: Path, columns: dict[str, list[object]], said: object) -> None:
    look = seen(tmp_path, pd.DataFrame({**columns, "x": np.sin(range(60))}))
    assert (look.when and look.when.said) == said
    assert bool(look.found.broken) == (None in columns.get("at", ()))


def test_rows_of_several_sequences_are_told_apart_and_put_in_order(tmp_path: Path) -> None:
    rows = [(hour, shop, n * (1 if shop == "a" else -1)) for n, hour in enumerate(HOURS) for shop in "ba"]
    look = seen(tmp_path, pd.DataFrame(rows, columns=["when", "shop", "x"]))
    assert (look.group, look.sorted, list(look.lengths)) == ("shop", True, [60, 60])
    assert [list(values[:3]) for values in look.sequences("x")] == [[0, -1, -2], [0, 1, 2]]


def test_one_record_with_a_column_of_few_values_is_one_sequence(tmp_path: Path) -> None:
    frame = pd.DataFrame({"when": HOURS, "status": ["on", "off", "off"] * 20, "x": np.sin(range(60))})
    assert seen(tmp_path, frame).group == ""


def test_blocks_that_are_called_as_classes_are_no_sequences(tmp_path: Path) -> None:
    frame = pd.DataFrame({"species_id": np.repeat([1, 2, 3], 20), "x": np.sin(range(60))})
    assert seen(tmp_path, frame).group == ""


def test_without_a_time_blocks_that_are_called_so_are_sequences(tmp_path: Path) -> None:
    frame = pd.DataFrame({"run": np.repeat([3, 1, 2], 20), "x": np.sin(range(60)), "kind": np.repeat(["a", "b"], 30)})
    look = seen(tmp_path, frame)
    assert (look.group, list(look.lengths)) == ("run", [20, 20, 20])


@pytest.mark.parametrize(("name", "option"), [("data.csv", "MOST_BYTES"), ("data.parquet", "MOST_CELLS")])
def test_of_a_large_file_the_first_rows_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, option: str
) -> None:
    monkeypatch.setattr(part, option, 400)
    frame = pd.DataFrame({"t": range(500), "x": np.round(np.sin(range(500)), 2)})
    frame.to_csv(tmp_path / name, index=False) if name.endswith("csv") else frame.to_parquet(tmp_path / name)
    with looked_at(tmp_path / name) as look:
        assert not look.whole
        assert 20 <= look.rows < 250
        assert list(look.columns["t"].numbers) == list(range(look.rows))
        assert look.part.is_file()
    assert not look.part.exists()
