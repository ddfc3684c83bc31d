"""What a study found is kept in its ledger, as its verdict says it, and read without its data."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.config.study_file import load
from sweep.study.finding import Finding, JudgedRows, finding, kept
from tests.sweep.study.test_comparison_runs import COMPARED, Slow, confirm, verdict
from tests.sweep.worlds import RECORD, open_study, run, study_file
from workers.data.dataset import prepare
from workers.data.splits import Split
from workers.data.timeline import Timeline

ROWS = JudgedRows("3f2a", 60, (1.5,))


def test_what_is_kept_is_what_the_verdict_says(tmp_path: Path, url: str) -> None:
    with open_study(tmp_path, f"storage={url}", *COMPARED) as study:
        run(study)
        assert kept(url, "small") is None
        said = verdict(study, confirm(study, trainer=Slow()))
        found = finding(study.config, RECORD, said)
        study.keep_finding(found)
    assert kept(url, "small") == Finding.of_json(json.loads(json.dumps(found.as_json())))
    assert found.verdict
    whole = said.as_json()
    assert found.verdict["recommendation"] == whole["recommendation"]
    assert found.verdict["sentence"] == said.sentence
    assert found.verdict["decision"] in {"better", "reference"}
    assert (found.data, found.measure) == (RECORD.digest, said.measure)
    assert found.test
    assert found.test.timesteps == len(RECORD.scored_timesteps(RECORD.test))


def test_a_launch_without_a_comparison_takes_the_earlier_finding_away(tmp_path: Path, url: str) -> None:
    with open_study(tmp_path, f"storage={url}") as study:
        study.keep_finding(Finding("3f2a", ROWS, verdict={"sentence": "use it"}))
        study.keep_finding(finding(study.config, RECORD, None))
    found = kept(url, "small")
    assert found
    assert (found.verdict, found.data) == (None, RECORD.digest)


def judged(
    tmp_path: Path, *, factor: float = 1.0, inputs: int = 1, last: int = 1000, validation: float = 0.2
) -> JudgedRows:
    """The test rows of one record of 1000 timesteps, whose last 200 test, told in some way."""
    values = np.random.default_rng(0).normal(20.0, 5.0, size=(1000, 1))[:last]
    features, targets = np.repeat(values, inputs, axis=1), values * factor
    starts, scored = np.zeros(1, np.int64), np.ones(last, np.bool_)
    timeline = Timeline(features.astype(np.float32), targets.astype(np.float32), starts, scored, record=True)
    dataset = prepare(timeline, Split(validation=validation, test=200 / last, by="time"))
    found = finding(load(study_file(tmp_path)).config, dataset, None).test
    assert found
    return found


@pytest.mark.parametrize("change", [{"inputs": 3}, {"validation": 0.15}])
def test_other_inputs_and_another_validation_split_leave_the_test_rows_the_same(tmp_path: Path, change: Any) -> None:
    assert judged(tmp_path).same_as(judged(tmp_path, **change))


@pytest.mark.parametrize("change", [{"factor": 1.8}, {"last": 990}])
def test_another_unit_or_other_rows_are_other_test_rows(tmp_path: Path, change: Any) -> None:
    assert not judged(tmp_path).same_as(judged(tmp_path, **change))


def test_a_number_that_was_read_in_single_precision_is_the_same() -> None:
    assert ROWS.same_as(replace(ROWS, spread=(float(np.float32(1.5) * (1 + 1e-7)),)))
