"""What Optuna does not document and this package relies on. Each was seen in Optuna 5.0.0 (SEEN_IN)."""

import ast
from pathlib import Path
from typing import Any

import optuna
import pytest
import sqlalchemy as sa
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from sweep.study import PRUNERS
from sweep.study.optuna_private import models, shared_copy, study_of_arm
from sweep.study.storage.optuna_storage import close_storage, create_study, open_storage, read_storage
from tests.paths import ROOT

pytestmark = pytest.mark.representative
SEEN_IN = "5.0.0"


def begun(number: int, arm: str = "never", **more: Any) -> FrozenTrial:
    """A trial that runs, as the proposer hands it to the ledger."""
    x: dict[str, BaseDistribution] = {"x": FloatDistribution(0, 1)}
    trial = create_trial(state=TrialState.RUNNING, params={"x": 0.5}, distributions=x, **more)
    trial.number = number
    trial.user_attrs = {"trial": {"arm": arm}}
    return trial


@pytest.fixture
def storage(url: str) -> Any:
    storage = open_storage(url)
    yield storage
    close_storage(storage)


def test_the_version_these_were_seen_in_is_the_one_that_is_installed() -> None:
    assert optuna.__version__ == SEEN_IN, "run these tests, look at each use in optuna_private.py, then set SEEN_IN"


def test_the_storage_takes_a_trial_in_any_state_with_all_that_was_set_on_it() -> None:
    """InMemoryStorage.create_new_trial with a template: the methods of a storage are meant for Optuna itself."""
    memory = optuna.storages.InMemoryStorage()
    study = create_study(memory, "small", "maximize")  # type: ignore[arg-type]
    trial = memory.create_new_trial(study, begun(0, intermediate_values={0: 2.0}))
    assert memory.get_trial_id_from_study_id_trial_number(study, 0) == trial
    taken = memory.get_trial(trial)
    assert (taken.state, taken.params, taken.intermediate_values) == (TrialState.RUNNING, {"x": 0.5}, {0: 2.0})
    assert memory.get_study_directions(study) == [StudyDirection.MAXIMIZE]


def test_of_a_storage_and_its_shared_copy_neither_sees_what_is_written_to_the_other() -> None:
    """InMemoryStorage replaces a trial and never changes it; these are all of its parts that change."""
    memory = optuna.storages.InMemoryStorage()
    study = create_study(memory, "small", "minimize")  # type: ignore[arg-type]
    first = memory.create_new_trial(study, begun(0))
    twin = shared_copy(memory)
    assert vars(memory).keys() == {
        "_trial_id_to_study_id_and_number",
        "_study_name_to_id",
        "_studies",
        "_max_study_id",
        "_max_trial_id",
        "_lock",
        "_prev_waiting_trial_number",
    }
    parts = {"name", "directions", "user_attrs", "system_attrs", "trials", "param_distribution", "best_trial_id"}
    assert vars(memory._studies[study]).keys() == parts
    second = twin.create_new_trial(study)
    twin.set_trial_param(second, "y", 0.25, FloatDistribution(0, 1))
    twin.set_trial_intermediate_value(first, 0, 1.0)
    twin.set_trial_state_values(second, TrialState.COMPLETE, [1.0])
    memory.set_trial_system_attr(first, "noted", 1)
    assert len(memory.get_all_trials(study)) == 1
    assert memory.get_trial(first).intermediate_values == {}
    assert "y" not in memory._studies[study].param_distribution
    with pytest.raises(ValueError, match="No trials"):
        memory.get_best_trial(study)
    assert len(twin.get_all_trials(study)) == 2
    assert twin.get_trial(first).system_attrs == {}


def test_the_tables_have_the_columns_that_are_read(storage: RDBStorage) -> None:
    """optuna.storages._rdb.models."""
    study = create_study(storage, "small", "maximize")
    trial = storage.create_new_trial(study, begun(0))
    storage.set_trial_state_values(trial, TrialState.COMPLETE, [3.0])
    storage.set_study_user_attr(study, "began", 1.5)
    with storage.engine.connect() as connection:
        assert connection.execute(
            sa.select(models.TrialModel.study_id, models.TrialModel.number, models.TrialModel.state)
        ).all() == [(study, 0, TrialState.COMPLETE)]
        value = models.TrialValueModel
        finite = sa.select(value.value).where(value.value_type == value.TrialValueType.FINITE)
        assert connection.execute(finite).scalars().all() == [3.0]
        assert connection.execute(sa.select(models.StudyModel.study_name)).scalars().all() == ["small"]
        direction = sa.select(models.StudyDirectionModel.direction)
        assert connection.execute(direction).scalars().all() == [StudyDirection.MAXIMIZE]
        note, card = models.StudyUserAttributeModel, models.TrialUserAttributeModel
        assert connection.execute(sa.select(note.key, note.value_json)).all() == [("began", "1.5")]
        assert connection.execute(sa.select(card.trial_id, card.key)).all() == [(trial, "trial")]


def test_a_storage_that_exists_can_be_opened_by_connections_that_cannot_write(storage: RDBStorage, url: str) -> None:
    """RDBStorage(skip_table_creation=True) writes its version only where none is written yet."""
    create_study(storage, "small", "minimize")
    reader = read_storage(url)
    study = reader.get_study_id_from_name("small")
    with pytest.raises(optuna.exceptions.StorageInternalError):
        reader.set_study_user_attr(study, "began", 1.0)
    assert reader.get_study_user_attrs(study) == {}
    close_storage(reader)


@pytest.mark.parametrize("pruner", sorted(set(PRUNERS) - {"none"}))
def test_a_pruner_sees_the_trials_of_one_arm_and_notes_what_it_needs(pruner: str) -> None:
    """A study takes any object that behaves as a storage, and pruners read trials with get_all_trials alone."""
    options = {"percentile": 50.0} if pruner == "percentile" else {}
    memory = optuna.storages.InMemoryStorage()
    study = optuna.create_study(study_name="small", storage=memory, pruner=PRUNERS[pruner](**options))
    study_id = memory.get_study_id_from_name("small")
    for number in range(12):
        arm, value = ("never", 1.0) if number % 2 else ("every_epoch", 0.0)
        reported = begun(number, arm, intermediate_values=dict.fromkeys(range(5), value))
        trial = memory.create_new_trial(study_id, reported)
        memory.set_trial_state_values(trial, TrialState.COMPLETE, [value])
    judged = memory.create_new_trial(study_id, begun(12, "never", intermediate_values=dict.fromkeys(range(5), 1.0)))
    shown = study_of_arm(study, memory, "never", study.pruner)
    assert {trial.number % 2 for trial in shown.get_trials() if trial.number < 12} == {1}
    assert not study.pruner.prune(shown, memory.get_trial(judged))


def test_nothing_else_in_the_project_names_what_optuna_keeps_private() -> None:
    allowed = ROOT / "sweep" / "study" / "optuna_private.py"
    users = [path for folder in ("sweep", "workers", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    offenders = [str(path.relative_to(ROOT)) for path in users if path != allowed and _is_private(path)]
    assert offenders == []
    assert _is_private(allowed)


def _is_private(path: Path) -> bool:
    """Whether a file imports a private module of Optuna, or names the private attributes of its studies and trials."""
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith("optuna")
            and "._" in (node.module or "")
        ):
            return True
        if isinstance(node, ast.Attribute) and node.attr in ("_trial_id", "_thread_local"):
            return True
        if isinstance(node, ast.Attribute) and node.attr in ("_storage", "_study_id") and not _is_self(node.value):
            return True
    return False


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
