"""How often comparisons of a study were looked at: each look with other runs makes the confidence level stricter."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from optuna.storages import RDBStorage

from sweep.config.sections import StudyConfig
from sweep.study.storage.optuna_storage import close_storage, open_storage

Look = Callable[[Sequence[str]], int]  # the keys of the runs to how many other comparisons were looked at before


def looks_before(attributes: Mapping[str, Any], keys: Sequence[str]) -> int:
    """How many other comparisons were looked at before the one of these runs, by a study's user attributes."""
    looks: list[list[str]] = attributes.get("looks", [])
    return looks.index(sorted(keys)) if sorted(keys) in looks else len(looks)


def note_look(storage: RDBStorage, study_id: int, keys: Sequence[str]) -> int:
    """Note that a comparison of these runs is looked at; returns how many others were looked at before.

    To note the same runs again changes nothing.
    """
    attributes = storage.get_study_user_attrs(study_id)
    before, looks = looks_before(attributes, keys), attributes.get("looks", [])
    if before == len(looks):
        storage.set_study_user_attr(study_id, "looks", [*looks, sorted(keys)])
    return before


def look_without_lease(config: StudyConfig, keys: Sequence[str]) -> int:
    """Note a look at a study that is otherwise only read; returns how many others were looked at before.

    This is the only write to a study that needs no lease: a report may be written while a launcher is at work.
    Raises ServiceUnavailable.
    """
    storage = open_storage(config.storage)
    try:
        return note_look(storage, storage.get_study_id_from_name(config.name), keys)
    finally:
        close_storage(storage)
