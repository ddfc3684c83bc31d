"""What a study's trials have in common, and what of it another version may have written otherwise."""

import json
from pathlib import Path

import pytest

from sweep.core.errors import StudyChanged
from sweep.study.fingerprint import begun, fingerprint
from tests.sweep.config.study_files import FULL, study
from tests.sweep.worlds import RECORD


def test_units_are_for_people_and_change_no_study(tmp_path: Path) -> None:
    plain, with_units = (study(tmp_path, FULL, *set_).config for set_ in ([], ["data.units=mg/dL"]))
    assert with_units.units == "mg/dL"
    assert fingerprint(plain, RECORD) == fingerprint(with_units, RECORD)


def test_a_study_that_was_begun_without_a_field_has_its_default(tmp_path: Path) -> None:
    config = study(tmp_path, FULL).config
    before = fingerprint(config, RECORD)
    data = json.loads(before["data"])
    del data["season"], data["predict"]
    assert begun({**before, "data": json.dumps(data)}, config) == config


def test_it_keeps_the_objective_that_it_was_begun_with(tmp_path: Path) -> None:
    before = fingerprint(study(tmp_path, FULL).config, RECORD)
    now = study(tmp_path, FULL, "objective.metric=validation/rmse").config
    assert begun(before, now).objective.metric == "validation/loss"


@pytest.mark.parametrize(
    "change", ["seed=7", "trial.units=9", "space.shuffle=[true]", "data.horizon=2", "sampler=random"]
)
def test_another_study_of_its_name_is_told_with_each_difference(tmp_path: Path, change: str) -> None:
    before = fingerprint(study(tmp_path, FULL).config, RECORD)
    with pytest.raises(StudyChanged, match=change.partition("=")[0].partition(".")[0]):
        begun(before, study(tmp_path, FULL, change).config)


def test_what_the_present_version_has_no_words_for_is_not_compared(tmp_path: Path) -> None:
    config = study(tmp_path, FULL).config
    assert begun({"objective": '{"aim": 3}', "seed": "7"}, config) == config
