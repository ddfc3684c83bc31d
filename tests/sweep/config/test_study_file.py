"""The study file: what it may leave out, how it is read, and where its fields are."""

from pathlib import Path

import pytest

from sweep.config.margin import Margin
from sweep.config.sections import Budget, Compare, StudyConfig, Workers
from sweep.config.strategies import Hyperband, NoPruner, Tpe
from sweep.config.study_file import load
from sweep.core import errors
from tests.paths import ROOT
from tests.sweep.config.study_files import DATA, FULL, MINIMAL, study
from workers.objective import Objective
from workers.spec import TrialSpec

SHIPPED = sorted((ROOT / "configs").glob("*.yaml"))


@pytest.fixture(autouse=True)
def _no_tracking_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_only_name_and_data_are_required(tmp_path: Path) -> None:
    config = study(tmp_path, MINIMAL).config
    assert config == StudyConfig(
        name="study",
        objective=Objective("validation/loss", "minimize", "best"),
        budget=Budget(trials=24, time=None),
        seed=0,
        sampler=Tpe(),
        pruner=NoPruner(),
        workers=Workers(count="auto", cpus=1, gpus=0),
        storage="sqlite:///sweep.db",
        tracking="sqlite:///mlflow.db",
        data=config.data,
        trial=TrialSpec(),
        space={},
        enqueue=(),
        compare=Compare(by="arm", seeds=10, margin=Margin(0.01), confidence=0.95),
    )


def test_every_field_can_be_given(tmp_path: Path) -> None:
    assert study(tmp_path, FULL).config.model_fields_set == set(StudyConfig.model_fields)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_study_file_that_ships_loads(path: Path) -> None:
    assert load(path).config.name


def test_it_is_kept_as_it_was_written(tmp_path: Path) -> None:
    assert study(tmp_path, FULL).text == FULL


def test_a_config_can_be_written_down(tmp_path: Path) -> None:
    written = study(tmp_path, FULL).config.model_dump(mode="json")
    assert written["space"]["reset_interval"] == {"low": 2, "high": 32, "log": True, "step": None}


def test_it_is_yaml_1_2(tmp_path: Path) -> None:
    assert study(tmp_path, MINIMAL + "trial: {learning_rate: 1e-4}").config.trial.learning_rate == 1e-4
    assert study(tmp_path, f"name: no\n{DATA}").config.name == "no"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    assert study(tmp_path, "\ufeff" + MINIMAL.replace("\n", "\r\n")).config.name == "study"


def test_an_alias_repeats_what_its_anchor_says(tmp_path: Path) -> None:
    assert study(tmp_path, FULL).config.enqueue[1].parameters == {"units": 64, "window": 24}


@pytest.mark.parametrize("section", ["trial", "space", "enqueue"])
def test_a_section_whose_lines_are_all_comments_is_as_if_left_out(tmp_path: Path, section: str) -> None:
    assert study(tmp_path, f"{MINIMAL}{section}:\n  # units: 3\n").config == study(tmp_path, MINIMAL).config


@pytest.mark.parametrize(
    ("duration", "seconds"), [("90s", 90), ("20m", 1200), ("2h", 7200), ("1h30m", 5400), ("15min", 900), ("1d", 86400)]
)
def test_a_budget_of_time_has_a_unit(tmp_path: Path, duration: str, seconds: float) -> None:
    assert study(tmp_path, f"{MINIMAL}budget: {{time: {duration}}}").config.budget.time == seconds


def test_a_name_alone_is_a_strategy_with_its_defaults(tmp_path: Path) -> None:
    assert study(tmp_path, MINIMAL + "pruner: hyperband").config.pruner == Hyperband(kind="hyperband")


@pytest.mark.parametrize("nothing", ["null", "none", "~", ""])
def test_null_and_none_both_say_no_pruner_and_no_comparison(tmp_path: Path, nothing: str) -> None:
    config = study(tmp_path, f"{MINIMAL}pruner: {nothing}\ncompare: {nothing}").config
    assert (config.pruner, config.compare) == (NoPruner(), None)


def test_the_options_of_a_strategy_are_optunas_keyword_arguments(tmp_path: Path) -> None:
    sampler = study(tmp_path, FULL).config.sampler
    assert sampler.options == {"n_startup_trials": 5, "n_ei_candidates": 24, "constant_liar": True}


def test_the_environment_beats_the_files_tracking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    assert study(tmp_path, FULL).config.tracking == "http://elsewhere"


@pytest.mark.parametrize(
    ("field", "where"),
    [
        ("data.path", ":12: data.path"),
        ("data.split.by", ":16: data.split.by"),
        ("data.horizon", ":10: data.horizon"),
        ("enqueue[0].shuffle", ":28: enqueue[0].shuffle"),
        ("trial.window", ":19: trial.window"),
        ("trial.learning_rate", ":26: space.learning_rate"),
        ("", ":1"),
    ],
)
def test_what_turns_out_later_is_told_with_the_line_of_the_field_or_of_what_it_lies_in(
    tmp_path: Path, field: str, where: str
) -> None:
    assert str(study(tmp_path, FULL).problem(field, "is odd")) == f"{tmp_path}/study.yaml{where}: is odd"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.SweepError, 1),
        (errors.ConfigError, 65),
        (errors.StudyChanged, 65),
        (errors.StudyFailed, 1),
        (errors.ServiceUnavailable, 69),
        (errors.LedBySomeoneElse, 75),
    ],
)
def test_every_error_has_its_exit_code(error: type[errors.SweepError], code: int) -> None:
    assert error("text").exit_code == code


@pytest.mark.parametrize("address", ["me:secret@db.example/sweep", "db.example/sweep?user=me&password=secret"])
def test_what_is_shared_of_a_file_has_no_password(tmp_path: Path, address: str) -> None:
    file = study(tmp_path, f"{MINIMAL}\nstorage: postgresql+psycopg://{address}\n")
    assert "secret" in file.text
    assert "postgresql+psycopg://db.example/sweep" in file.shareable_text
    assert "secret" not in file.shareable_text


def test_the_arguments_that_a_command_is_advised_with_load_the_same_study(tmp_path: Path) -> None:
    file = study(tmp_path, MINIMAL, "name=long", "trial.units=64")
    path, *said = file.arguments
    assert said[::2] == ["--set", "--set"]
    assert load(path, said[1::2]).config == file.config
    assert (file.named, study(tmp_path, MINIMAL).named) == ("long", str(file.origin.path))


def test_the_arguments_that_are_printed_hold_no_secret(tmp_path: Path) -> None:
    file = study(tmp_path, MINIMAL, "storage=postgresql+psycopg://me:pa/ss@127.0.0.1/sweep")
    assert "pa/ss" not in " ".join(file.arguments)
