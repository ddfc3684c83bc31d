"""What the command line changes in a study file."""

from pathlib import Path

import pytest

from tests.sweep.config.study_files import FULL, MINIMAL, complaint, study


def test_an_override_sets_a_field_as_yaml(tmp_path: Path) -> None:
    config = study(tmp_path, MINIMAL, "trial.units=64", "space.cell=[GRU]", "compare=none", "seed=1", "seed=2").config
    assert (config.trial.units, config.space, config.compare, config.seed) == (64, {"cell": ("GRU",)}, None, 2)


def test_what_is_wrong_with_an_override_is_said_of_the_override(tmp_path: Path) -> None:
    assert complaint(tmp_path, MINIMAL, "trial.unist=64", "space.units=[1, x]").splitlines() == [
        "--set space.units[1]: should be a whole number, not 'x'",
        "--set trial.unist: no such field; did you mean units?",
    ]


def test_what_is_wrong_with_the_file_comes_before_what_is_wrong_with_overrides(tmp_path: Path) -> None:
    assert complaint(tmp_path, MINIMAL + "seed: -1", "budget.trials=0").splitlines() == [
        "study.yaml:3: seed: should be at least 0, not -1",
        "--set budget.trials: should be at least 1, not 0",
    ]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("trial.units", "--set trial.units: should be FIELD=VALUE, such as trial.units=64"),
        ("trial units=3", "--set trial units: should be FIELD=VALUE, such as trial.units=64"),
        ("=3", "--set : should be FIELD=VALUE, such as trial.units=64"),
        ("trial.units=[", "--set trial.units: a value is missing here, or the bracket that closes"),
        ("name.first=x", "--set name.first: name is 'study', which has no fields; set name as a whole"),
        ("trial.units=!x 3", "--set trial.units: the tag !x is not allowed, as only plain YAML is read"),
        ("a" + ".a" * 10_000 + "=1", "--set a.a"),
    ],
)
def test_an_override_that_cannot_be_applied_says_why(tmp_path: Path, override: str, message: str) -> None:
    assert complaint(tmp_path, MINIMAL, override).startswith(message)


def test_what_turns_out_later_of_an_override_is_told_of_the_override(tmp_path: Path) -> None:
    file = study(tmp_path, FULL, "data.path=other.csv")
    assert str(file.problem("data.path", "there is no such file")) == "--set data.path: there is no such file"
