"""A study's baselines: those that it asks for, as far back as its windows, and none that takes the study down."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.config import preflight
from sweep.config.study_file import StudyFile
from sweep.core.errors import ConfigError
from sweep.launch.data import load_data
from sweep.study import baselines
from sweep.study.answer import FLOOR, question_of
from sweep.study.baselines import with_baselines
from tests.sweep.config.study_files import study
from workers.baselines.learned import SECONDS, applicable
from workers.data.dataset import Dataset

TASK = "name: x\ndata: {kind: task, name: random_labels, length: 600, seed: 0}\n"
TABLE = "name: x\ndata: {kind: table, path: rows.csv, inputs: [a], targets: [a], horizon: 1}\n"


def opened(folder: Path, text: str) -> tuple[StudyFile, Dataset]:
    walk = np.cumsum(np.random.default_rng(0).normal(size=400))
    (folder / "rows.csv").write_text("a\n" + "\n".join(map(str, walk)) + "\n")
    file = study(folder, text)
    return file, load_data(file)


def shown(folder: Path, text: str) -> list[str]:
    file, dataset = opened(folder, text)
    found = with_baselines(file.config, dataset)
    assert list(found.baselines) == list(found.test_baselines)
    return list(found.baselines)


def test_without_a_word_all_that_apply_are_shown(tmp_path: Path) -> None:
    assert shown(tmp_path, TABLE) == ["persistence", "linear", "boosting"]
    assert shown(tmp_path, TASK)[-2:] == ["logistic", "boosting"]


@pytest.mark.parametrize("nothing", ["none", "[]", "null"])
def test_none_are_shown_where_none_are_asked_for(tmp_path: Path, nothing: str) -> None:
    assert shown(tmp_path, f"{TABLE}baselines: {nothing}\n") == []


def test_those_that_are_named_are_shown_alone(tmp_path: Path) -> None:
    assert shown(tmp_path, f"{TABLE}baselines: [linear]\n") == ["linear"]


def test_one_that_does_not_apply_is_refused_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        opened(tmp_path, f"{TABLE}baselines: [linear, bigram, seasonal]\n")
    known = "there is persistence, linear, boosting; docs/study-file.md says for which data each is"
    what = f"not for these data: bigram, seasonal; {known}"
    assert str(refused.value).endswith(f"study.yaml:3: baselines: {what}")


def test_they_look_as_far_back_as_the_longest_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def noted(dataset: Dataset, _: object, window: int) -> Dataset:
        asked.append(window)
        return dataset

    monkeypatch.setattr(baselines, "with_learned", noted)
    file, dataset = opened(tmp_path, f"{TABLE}baselines: [linear]\nspace: {{window: [6, 24, 12]}}\n")
    with_baselines(file.config, dataset)
    assert asked == [24]


def test_what_each_took_is_known(tmp_path: Path) -> None:
    file, dataset = opened(tmp_path, TABLE)
    found = with_baselines(file.config, dataset).baselines
    assert [name for name, row in found.items() if SECONDS in row] == ["linear", "boosting"]


@pytest.mark.parametrize("error", [MemoryError("no room"), ValueError("odd numbers"), FloatingPointError("overflow")])
def test_one_that_cannot_be_fitted_costs_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fails(*_: Any) -> Dataset:
        raise error

    file, dataset = opened(tmp_path, TABLE)
    monkeypatch.setattr(baselines, "with_learned", fails)
    with caplog.at_level("WARNING", "sweep"):
        assert list(with_baselines(file.config, dataset).baselines) == ["persistence"]
    assert f"the baseline boosting could not be fitted: {error}" in caplog.text


def test_a_verdict_depends_on_none_of_them(tmp_path: Path) -> None:
    """The floor below which no difference is relative is that of forecasts that learn nothing, whatever is asked."""
    file, dataset = opened(tmp_path, TABLE)
    floors = set()
    for text in (TABLE, f"{TABLE}baselines: none\n", f"{TABLE}baselines: [linear]\n"):
        config = study(tmp_path, text).config
        assert config.compare is not None
        asked = question_of(config, config.compare, with_baselines(config, dataset), 0)
        floors.add(asked.floor)
        assert asked.forecasts.keys() == asked.baselines.keys()
    assert floors == {FLOOR * dataset.baseline_errors(file.config.objective.metric)["persistence"]}


def test_what_applies_is_known_before_anything_is_fitted(tmp_path: Path) -> None:
    file, dataset = opened(tmp_path, TABLE)
    assert applicable(dataset) == list(with_baselines(file.config, dataset).baselines)
    assert list(preflight.problems(file.config, dataset)) == []
