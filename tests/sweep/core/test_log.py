"""What is said: lines for people, or an object a line for machines, with study and trial on each."""

import json
from collections import Counter
from pathlib import Path

import pytest

from sweep.comparison.measure import Measure
from sweep.core import log
from sweep.launch.progress import Progress
from tests.sweep.worlds import open_study, run


def test_for_people_a_line_is_what_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("small", "text")
    log.logger.warning("the ledger is away")
    assert capsys.readouterr().err == "the ledger is away\n"


def test_for_machines_each_line_is_an_object_with_the_study_and_the_trial_it_is_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure("small", "json")
    study = open_study(tmp_path, "budget.trials=2")
    with Progress(study.config, Measure(), lambda: 2, Counter()) as progress:
        run(study, callbacks=[progress])
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["study"], line["level"], line["trial"], line["state"]) for line in lines] == [
        ("small", "info", 0, "complete"),
        ("small", "info", 1, "complete"),
    ]
    assert all(line["message"].startswith("[") and line["value"] > 1 for line in lines)
