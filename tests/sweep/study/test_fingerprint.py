"""What a study's trials have in common, and what of it another version may have written otherwise."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sweep.config.study_file import load
from sweep.core.errors import StudyChanged
from sweep.study import Study
from sweep.study.fingerprint import begun, check, fingerprint
from tests.sweep.config.study_files import FULL, MINIMAL, study
from tests.sweep.worlds import RECORD, NoLease, open_study, study_file
from workers.data.dataset import prepare
from workers.data.splits import Split


def test_units_are_for_people_and_change_no_study(tmp_path: Path) -> None:
    plain, with_units = (study(tmp_path, FULL, *set_).config for set_ in ([], ["data.units=mg/dL"]))
    assert with_units.units == "mg/dL"
    assert fingerprint(plain, RECORD) == fingerprint(with_units, RECORD)


def test_metrics_are_for_people_and_change_no_study(tmp_path: Path) -> None:
    plain, asked = (study(tmp_path, FULL, *set_).config for set_ in ([], ["data.metrics=[mae]"]))
    assert asked.data.metrics == ("mae",)
    assert fingerprint(plain, RECORD) == fingerprint(asked, RECORD)
    assert "metrics" not in plain.data.model_dump(mode="json")


@pytest.mark.parametrize(("inputs", "horizon"), [("[x, y]", 1), ("[x]", 0)])
def test_a_horizon_that_is_the_one_that_is_meant_may_be_written_out(tmp_path: Path, inputs: str, horizon: int) -> None:
    text = f"name: a\ndata: {{kind: table, path: a.csv, inputs: {inputs}, targets: [y]}}"
    said, unsaid, other = (
        fingerprint(study(tmp_path, text, *set_).config, RECORD)
        for set_ in ([f"data.horizon={horizon}"], [], [f"data.horizon={horizon + 1}"])
    )
    assert said == unsaid != other


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


def test_a_field_that_is_at_its_default_is_told_with_its_value(tmp_path: Path) -> None:
    short = fingerprint(study(tmp_path, MINIMAL, "trial.epochs=8").config, RECORD)
    config = study(tmp_path, MINIMAL).config
    with pytest.raises(StudyChanged) as refused:
        check(short, fingerprint(config, RECORD), config)
    assert str(refused.value).splitlines()[1:3] == [
        "  trial.epochs: was 8",
        f"  trial.epochs: is  {config.trial.epochs}",
    ]


def test_what_the_present_version_has_no_words_for_is_not_compared(tmp_path: Path) -> None:
    config = study(tmp_path, FULL).config
    assert begun({"objective": '{"aim": 3}', "seed": "7"}, config) == config


@pytest.mark.parametrize("factor", [1 / 1024, 2.0])
@pytest.mark.parametrize("column", ["features", "targets"])
def test_data_that_changed_in_a_way_that_scaling_hides_are_refused(tmp_path: Path, column: str, factor: float) -> None:
    open_study(tmp_path).close()
    before = RECORD.given
    changed = prepare(replace(before, **{column: getattr(before, column) * factor}), Split())
    np.testing.assert_array_equal(changed.timeline.features, RECORD.timeline.features)
    np.testing.assert_array_equal(changed.timeline.targets, RECORD.timeline.targets)
    with pytest.raises(StudyChanged, match="contents of the data: was") as refused:
        Study.open(load(study_file(tmp_path)).config, changed, NoLease())
    assert refused.value.exit_code == 65


def test_what_the_user_s_own_cells_are_made_of_is_told_by_its_file(tmp_path: Path) -> None:
    config = study(tmp_path, FULL).config
    before, now = (
        fingerprint(config, replace(RECORD, own_code={"my:Cell": {"my.py": "import base", "base.py": text}}))
        for text in ("a = 1", "a = 2")
    )
    assert set(before) - set(fingerprint(config, RECORD)) == {"code"}
    with pytest.raises(StudyChanged, match=r"\n  code\.base\.py: was .*\n  code\.base\.py: is  .*\nIts trials"):
        check(before, now, config)
