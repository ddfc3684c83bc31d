"""What every kind of data and every task promises, whichever row it is."""

from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.paths import ROOT
from workers.data.sources import DataConfig, load
from workers.data.sources.fields import Kind
from workers.data.sources.tasks import Task

DOCS = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
TASKS: tuple[type[Kind], ...] = get_args(get_args(Task)[0])


def rows(union: Any) -> list[type[Kind]]:
    """All classes of a union, those of unions inside it too."""
    if isinstance(union, type):
        return [union]
    return [row for part in get_args(union) for row in rows(part) if not hasattr(part, "discriminator")]


KINDS = [row for row in rows(DataConfig) if issubclass(row, Kind)]


def test_all_tasks_are_among_the_kinds() -> None:
    assert set(TASKS) <= set(KINDS)
    assert {row.model_fields["kind"].default for row in KINDS} == {"table", "text", "arrays", "task", "python"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_strict_and_has_a_split(kind: type[Kind]) -> None:
    assert "split" in kind.model_fields
    with pytest.raises(ValidationError, match="not permitted"):
        kind.model_validate({"colour": "red"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_documented(kind: type[Kind]) -> None:
    assert f"kind: {kind.model_fields['kind'].default}" in DOCS


@pytest.mark.parametrize("task", TASKS)
def test_a_task_is_chosen_by_its_name_documented_and_the_same_each_time(task: type[Kind]) -> None:
    name = task.model_fields["name"].default
    assert name in DOCS
    config = TypeAdapter[Any](DataConfig).validate_python({"kind": "task", "name": name, "length": 400})
    first, second = (load(config, Path()) for _ in range(2))
    assert isinstance(config, task)
    assert first.digest == second.digest
