"""How tests are divided among the processes of xdist: those of a group stay in one.

Its own way, --dist loadgroup, does not work with pytest 9.2, in which the identity of a test cannot be changed. The
process that divides collects no tests, so one that does tells it the groups by a file.
"""

import json
import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

MARKS = ("tensorflow", "services")  # whose tests are a group a folder, since they share what is dear; others one a file
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
    sizes = Counter(map(group, items))
    items.sort(key=lambda item: (not names(item) & {*MARKS, "campaign"}, -sizes[group(item)], group(item)))
    told = getattr(config, "workerinput", {})
    if told.get("workerid") == "gw0":
        Path(told["file_of_groups"]).write_text(json.dumps({item.nodeid: group(item) for item in items}))


def group(item: pytest.Item) -> str:
    marks = names(item)
    if "campaign" in marks:
        return str(item.path)
    mark = next((name for name in reversed(MARKS) if name in marks), None)
    return f"{mark} in {item.path.parent}" if mark else str(item.path)


def names(item: pytest.Item) -> set[str]:
    """Of its marks."""
    return {mark.name for mark in item.iter_markers()}
