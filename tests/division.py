"""How tests are divided among the processes of xdist: those of a group stay in one.

Its own way, --dist loadgroup, does not work with pytest 9.2, in which the identity of a test cannot be changed. The
process that divides collects no tests, so one that does tells it the groups by a file.
"""

import json
import os
import tempfile
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

MARKS = ("tensorflow", "services", "campaign")  # whose tests are a group each; the others fill the gaps, file by file
ENGINE = "tensorflow of the engine"  # half of those with TensorFlow
FIRST = (ENGINE, *MARKS)
FILE = pytest.StashKey[Path]()


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole groups, in the order in which they were collected."""

    def schedule(self) -> None:
        self.groups: dict[str, str] = json.loads(self.config.stash[FILE].read_text())
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return self.groups[nodeid]


def prepare(config: pytest.Config) -> None:
    """In the process that divides."""
    handle, path = tempfile.mkstemp(prefix="groups-of-tests-")
    os.close(handle)
    config.stash[FILE] = Path(path)
    config.add_cleanup(Path(path).unlink)


def sort_and_tell(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process that collects: the large groups first, and to the one that divides what the groups are."""
    items.sort(key=lambda item: FIRST.index(group(item)) if group(item) in FIRST else len(FIRST))
    told = getattr(config, "workerinput", {})
    if told.get("workerid") == "gw0":
        Path(told["file_of_groups"]).write_text(json.dumps({item.nodeid: group(item) for item in items}))


def group(item: pytest.Item) -> str:
    marks = names(item)
    found = next((name for name in reversed(MARKS) if name in marks), str(item.path))
    return ENGINE if found == "tensorflow" and item.path.parent.name == "engine" else found


def names(item: pytest.Item) -> set[str]:
    """Of its marks."""
    return {mark.name for mark in item.iter_markers()}
