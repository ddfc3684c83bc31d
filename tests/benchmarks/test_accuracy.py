"""The benchmark of accuracy compares forecasts of the same rows, and its page says what its numbers say."""

import ast
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.accuracy import __main__ as program
from benchmarks.accuracy import baselines, peers, study
from benchmarks.accuracy.forecasts import THIS, Forecasts, check
from benchmarks.accuracy.measured import summary
from benchmarks.accuracy.origins import Origins, origins
from benchmarks.accuracy.page import BEGIN, END, NUMBERS, PAGE, decided, page
from benchmarks.accuracy.series import SERIES
from sweep.config import study_file
from tests.paths import ROOT

HORIZON, ROWS, PAUSE = 3, 200, 180  # rows; the pause is within the test split
STUDY = """
name: rows
data:
  kind: table
  path: rows.csv
  time: when
  inputs: [level, {calendar: [hour]}]
  targets: [level]
  horizon: 3
  max_gap: 3h
"""


def written(folder: Path, *, pause: bool, more: str = "") -> Path:
    """A study of an hourly table whose level is the square of a row's number, perhaps with a pause of two days."""
    when = pd.date_range("2024-01-01", periods=ROWS, freq="h").to_series(index=range(ROWS))
    if pause:
        when[PAUSE:] += pd.Timedelta("2D")
    pd.DataFrame({"when": when, "level": np.arange(ROWS, dtype=float) ** 2}).to_csv(folder / "rows.csv", index=False)
    (folder / "study.yaml").write_text(f"{STUDY}{more}")
    return folder / "study.yaml"


@pytest.fixture
def rows(tmp_path: Path) -> Origins:
    return origins(written(tmp_path, pause=True))


def test_each_row_is_compared_with_the_value_so_many_rows_later_of_the_same_sequence(rows: Origins) -> None:
    assert (rows.timesteps + HORIZON < ROWS).all()
    assert rows.measured.tolist() == [(at + HORIZON) ** 2 for at in rows.timesteps]
    assert not any(at < PAUSE <= at + HORIZON for at in rows.timesteps)
    assert {PAUSE - HORIZON - 1, PAUSE} < set(rows.timesteps)
    assert rows.place.count == len(rows.timesteps)


def test_a_study_of_changes_is_compared_in_the_same_units(rows: Origins, tmp_path: Path) -> None:
    changes = origins(written(tmp_path, pause=True, more="  predict: change\n"))
    assert changes.base.tolist() == [at**2 for at in rows.timesteps]
    assert np.allclose(changes.measured, rows.measured)
    found = baselines.run(study_file.load(tmp_path / "study.yaml"), changes, {})
    assert found["persistence"].numbers.tolist() == [at**2 for at in rows.timesteps]
    assert np.median(np.abs(found["linear"].numbers - rows.measured)) < 5  # of forty thousand


def test_a_study_of_groups_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, pause=False, more="  group: place\n")
    pd.read_csv(tmp_path / "rows.csv").assign(place="a").to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(RuntimeError, match="place parts the table into groups"):
        origins(path)


def test_the_calendar_is_known_ahead_only_where_rows_are_evenly_spaced(rows: Origins, tmp_path: Path) -> None:
    assert rows.known == ()
    assert origins(written(tmp_path, pause=False)).known == ("hour sin", "hour cos")


def test_neuralforecast_is_shown_no_target_of_the_test_split_and_is_asked_from_each_of_its_rows(rows: Origins) -> None:
    task, frame = peers.task("AutoGRU", rows, seed=0, seconds=1), rows.frame()
    begin = ROWS - task["test"]
    assert begin == rows.timesteps.min()
    assert begin - task["validation"] == rows.dataset.validation.start.min()
    assert [*task["past"], *task["ahead"]] == list(frame.columns[3:]) == ["hour sin", "hour cos"]
    cutoffs = np.arange(begin - 1, ROWS - HORIZON)
    every = [(cutoff, cutoff + ahead) for cutoff in cutoffs for ahead in range(1, HORIZON + 1)]
    found = pd.DataFrame(every, columns=["cutoff", "ds"])
    found["AutoGRU"] = found["ds"].map(frame.set_index("ds")["y"])  # as if each row were foreseen
    assert peers.at_origins(found, "AutoGRU", rows).tolist() == rows.measured.tolist()
    with pytest.raises(RuntimeError, match="no forecast from 1 of"):
        peers.at_origins(found[found["cutoff"] != rows.timesteps[0]], "AutoGRU", rows)


def test_forecasts_of_a_file_are_of_the_timesteps_in_the_order_of_time() -> None:
    when = ["2024-01-01 03:00", "2024-01-01 01:00", "2024-01-01 01:00", "2024-01-01 02:00"]
    given = pd.DataFrame({"when": when, "forecast_for": when, "level": [3.0, np.nan, 1.0, 2.0]})
    assert study.of_timesteps(given, "level", 3).tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(RuntimeError, match="3 forecasts of 4 timesteps"):
        study.of_timesteps(given, "level", 4)


def test_other_rows_than_those_of_the_report_are_noticed() -> None:
    check("linear", 10.0, 10.005)
    with pytest.raises(RuntimeError, match=r"linear is 10 on these rows, and the study reports 10\.1"):
        check("linear", 10.0, 10.1)


def test_a_study_has_as_much_time_as_a_model_of_neuralforecast() -> None:
    assert study.budget(80) == {"budget.time": "40s", "compare.time": "40s"}


def test_the_peers_program_knows_nothing_of_this_project() -> None:
    tree = ast.parse(peers.PROGRAM.read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not {str(name).partition(".")[0] for name in imported} & {"sweep", "workers", "benchmarks"}


@pytest.mark.parametrize("name", ["sine", "autoregression"])
def test_a_generated_table_is_the_same_each_time(name: str, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    table, again = SERIES[name].table(tmp_path), SERIES[name].table(tmp_path / "again")
    assert table is not None
    assert again is not None
    assert table.read_bytes() == again.read_bytes()


def test_each_hour_of_traffic_is_there_once(tmp_path: Path) -> None:
    table = SERIES["traffic"].table(tmp_path)
    assert table is not None
    hours = pd.read_csv(table)["date_time"]
    assert hours.is_unique
    assert len(hours) == 40_575


def test_a_table_that_is_not_given_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BIKES", raising=False)
    assert SERIES["bikes"].table(tmp_path) is None
    monkeypatch.setenv("BIKES", "nowhere.csv")
    with pytest.raises(FileNotFoundError, match=r"BIKES=nowhere\.csv"):
        SERIES["bikes"].table(tmp_path)


def made_up(rows: Origins) -> dict[str, object]:
    """What is measured of a table, with one that is worse, one that is better and one that is nearly alike."""
    truth, sign = rows.measured, np.where(np.arange(len(rows.timesteps)) % 2, 1.0, -1.0)
    errors = {THIS: 2.0, "worse": 4.0, "better": 1.0}
    found = {name: [Forecasts(truth + size * sign, 10.0)] for name, size in errors.items()}
    found["alike"] = [Forecasts(truth + (2.01 + 0.1 * np.sin(rows.timesteps)) * sign, 0.0)]
    found["AutoGRU"] = [
        Forecasts(
            truth + 4 * sign, seconds, {"trials": 7, "cut": 3, "parameters": {"layers": 2}, "versions": "torch 0"}
        )
        for seconds in (20.0, 31.0, 30.0)
    ]
    forecasts = {name: summary(runs, found[THIS], truth, rows.place) for name, runs in found.items()}
    facts = {"rows": 200, "test_rows": len(truth), "inputs": 3, "known_ahead": ["hour sin"], "lacking": ["AutoLSTM"]}
    where = {"when": "2026-11-27", "machine": "a processor", "code": "0.1.0", "load": 0.1, "seconds": 60}
    return {**where, **facts, "forecasts": forecasts}


def test_a_table_of_the_page_is_what_was_measured(rows: Origins) -> None:
    result = json.loads(json.dumps(made_up(rows)))
    assert result["forecasts"]["worse"]["difference"] == pytest.approx(1.0)
    text = page(f"before\n{BEGIN}\nearlier\n{END}\nafter\n", {"glucose": result})
    assert "earlier" not in text
    assert text.startswith("before\n")
    assert text.endswith(f"{END}\nafter\n")
    lines = text.splitlines()
    table = [line for line in lines if line.startswith("| ")]
    assert table[0] == "|  | rmse | against this | 95 % interval | mae | seconds |"
    assert [line.split(" | ")[0] for line in table[2:]] == ["| better", "| **this**", "| alike", "| worse", "| AutoGRU"]
    assert table[2].startswith("| better | 1 | -50.0 % | -50.0 % to -50.0 % | 1 | 10 |")
    assert table[3] == "| **this** | 2 |  |  | 2 | 10 |"
    assert table[6].endswith("| 4 (4 to 4) | 30 (20 to 31) |")
    assert "`glucose`, 6 rows ahead, in mg/dL: 24 test rows of 200, 3 inputs; known ahead: hour sin." in lines
    assert "- AutoGRU: 7 trials and 3 that took too long; layers 2." in lines
    assert "Left out: AutoLSTM." in lines
    assert "Not measured: " in text  # of the table that is not in the repository
    assert lines[-3].endswith("on a processor; version 0.1.0. NeuralForecast with torch 0.") or "torch 0." in text


def test_where_the_product_loses_is_said_first(rows: Origins) -> None:
    result = json.loads(json.dumps(made_up(rows)))
    text = page(f"{BEGIN}{END}", {"glucose": result})
    line = next(line for line in text.splitlines() if line.startswith("- Blood glucose"))
    assert line.startswith(
        "- Blood glucose, half an hour ahead: it loses to better (-50.0 %); is not told apart from alike"
    )
    assert line.endswith("beats worse (+100.0 %), AutoGRU (+100.0 %).")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.2, -0.1, "loses to"),
        (-0.1, 0.1, "is not told apart from"),
        (0.1, 0.2, "beats"),
        (None, None, "is not told apart from"),
    ],
)
def test_a_claim_needs_the_whole_interval_on_one_side(low: float | None, high: float | None, said: str) -> None:
    assert decided({"low": low, "high": high}) == said


def test_what_is_measured_of_one_table_leaves_the_others(rows: Origins, tmp_path: Path) -> None:
    text, numbers = tmp_path / "page.md", tmp_path / "numbers.json"
    text.write_text(f"{BEGIN}{END}")
    program.write("glucose", made_up(rows), text, numbers)
    program.write("sine", made_up(rows), text, numbers)
    assert json.loads(numbers.read_text()).keys() == {"glucose", "sine"}
    assert "### Blood glucose, half an hour ahead" in text.read_text()
    assert "No forecast can have an rmse below 0.5" in text.read_text()


def test_a_table_that_cannot_be_measured_costs_the_others_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(name: str, *_: object) -> None:
        if name == "glucose":
            raise RuntimeError("no trial completed")

    monkeypatch.setattr(program, "measured", measured)
    assert program.main(["glucose", "bikes"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "glucose: not measured: no trial completed",
        f"bikes: left out; {SERIES['bikes'].lacking}",
    ]


def test_the_page_says_what_its_numbers_say() -> None:
    text, recorded = PAGE.read_text(), json.loads(NUMBERS.read_text())
    assert page(text, recorded) == text
    assert set(recorded) <= set(SERIES)


def test_the_page_names_what_there_is() -> None:
    text = PAGE.read_text()
    assert "make accuracy" in (ROOT / "CONTRIBUTING.md").read_text()
    assert [model for model in peers.MODELS if f"`{model}`" not in text] == []
