"""`sweep.fit`: a table in memory becomes a file and a study beside it, which is run."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sweep
from sweep.api import launched
from sweep.core.errors import ConfigError


def load(rows: int = 24 * 40) -> pd.DataFrame:
    """An hourly load with a day in it, its times in the index."""
    hours = pd.date_range("2024-01-01", periods=rows, freq="h", name="when")
    wave = 100 + 20 * np.sin(2 * np.pi * np.arange(rows) / 24) + np.random.default_rng(0).normal(0, 3, rows)
    return pd.DataFrame({"load": wave.round(1), "wind": np.arange(rows) % 7}, index=hours)


@pytest.fixture
def launches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The launches that were asked for; none is made."""
    monkeypatch.chdir(tmp_path)
    asked: list[Any] = []
    monkeypatch.setattr(launched, "launch", lambda *arguments: asked.append(arguments))
    return asked


def test_the_table_and_a_study_of_it_are_files_that_can_be_looked_at_and_run_again(launches: list[Any]) -> None:
    study = sweep.fit(load(), "load", 6, name="load-6h", fields={"budget.trials": 3})
    assert study.name == "load-6h"
    assert launches == [(Path("load-6h.yaml"), ("budget.trials=3",))]
    text = Path("load-6h.yaml").read_text()
    assert "path: load-6h.parquet" in text
    assert "horizon: 6" in text
    assert "time: when" in text
    pd.testing.assert_frame_equal(pd.read_parquet("load-6h.parquet").set_index("when"), load(), check_freq=False)


def test_the_same_call_goes_on_with_the_same_study(launches: list[Any]) -> None:
    for _ in range(2):
        sweep.fit(load(), "load", 6, name="load-6h")
    assert launches[0] == launches[1]


def test_another_table_or_another_target_never_takes_the_place_of_one_that_is_there(launches: list[Any]) -> None:
    sweep.fit(load(), "load", 6, name="load-6h")
    with pytest.raises(ConfigError, match=r"load-6h\.parquet: holds another table"):
        sweep.fit(load(24 * 50), "load", 6, name="load-6h")
    with pytest.raises(ConfigError, match=r"load-6h\.yaml: is there already, and says otherwise"):
        sweep.fit(load(), "wind", 6, name="load-6h")
    assert len(launches) == 1


def test_a_name_that_no_study_may_have_is_refused_in_the_words_of_the_study_file(launches: list[Any]) -> None:
    with pytest.raises(ConfigError, match="name"):
        sweep.fit(load(), "load", 6, name="load 6 h!")
    assert launches == []


def test_what_cannot_be_forecast_is_said_in_a_line(launches: list[Any]) -> None:
    with pytest.raises(ConfigError, match="laod"):
        sweep.fit(load(), "laod", 6, name="load-6h")
    with pytest.raises(ConfigError, match=r"^horizon: 'soon' is not a duration; write a number and a unit"):
        sweep.fit(load(), "load", "soon", name="load-6h")
    assert list(Path().iterdir()) == []
