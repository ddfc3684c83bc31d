"""Several studies on one Ray cluster: each has its part of it, none waits for another to end, and all end whole."""

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from tests.faults.checked import check
from tests.faults.launcher import STUDY, Launcher, launch, said, until, whole, world
from tests.faults.ledger_check import Ledger
from tests.faults.ray_cluster import RayCluster


class Stint(NamedTuple):
    """A worker's go at a trial, in seconds since 1970."""

    began: float
    ended: float


class History:
    """What the ledger says of who trained when."""

    def __init__(self, folder: Path, study: str) -> None:
        attempts = Ledger(storage(folder), study).attempts
        self.stints = sorted(Stint(row.began, row.ended) for row in attempts)
        self.began, self.ended = self.stints[0].began, max(stint.ended for stint in self.stints)

    def at_work(self, at: float) -> int:
        """How many workers train at this moment."""
        return sum(stint.began <= at < stint.ended for stint in self.stints)


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """A Ray cluster without a token: a launcher that is forked has the one of the process that it is forked from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")
        nodes = RayCluster()
        yield nodes
        nodes.shutdown()


def storage(folder: Path) -> str:
    return f"sqlite:///{folder}/sweep.db"


def histories(
    folder: Path, cluster: RayCluster, trials: dict[str, int], *options: str, **how: Any
) -> dict[str, History]:
    """Let studies wait for a place, give the cluster a node with two processors, and await their ends.

    What their ledger then says of each, which is complete; `trials`: how many each has.
    """
    launchers = launch_all(folder, trials, *options, cluster=cluster.address, **how)
    until(lambda: joined(folder) == len(trials), folder)
    cluster.add_node(num_cpus=2)
    try:
        assert [launcher.wait(200) for launcher in launchers.values()] == [0] * len(trials), told(folder)
    finally:
        cluster.remove_node()
    for name, count in trials.items():
        check(folder / name, count, study=name, storage=storage(folder))
    return {name: History(folder, name) for name in trials}


def launch_all(folder: Path, trials: dict[str, int], *options: str, **how: Any) -> dict[str, Launcher]:
    """Launch studies in folders of their own and with one ledger."""
    launchers = {}
    for name, count in trials.items():
        world(folder / name, STUDY.replace("small", name).replace("workers: {count: 1}\n", ""))
        mine = ("--trials", str(count), "--set", f"storage={storage(folder)}")
        launchers[name] = launch(folder / name, *mine, *options, **how)
    return launchers


def joined(folder: Path) -> int:
    """How many studies have said in the ledger what they could use of the cluster."""
    engine = sa.create_engine(storage(folder), poolclass=sa.NullPool)
    if not sa.inspect(engine).has_table("sweep_claims"):
        return 0
    with engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM sweep_claims")).scalar_one())


def told(folder: Path) -> str:
    """What all launchers have said."""
    return "\n".join(said(each.parent) for each in folder.glob("*/study.yaml"))


def moments(studies: Sequence[History]) -> list[tuple[int, ...]]:
    """How many workers each study has, at each moment at which that changes."""
    changes = sorted({at for study in studies for stint in study.stints for at in stint})
    return [tuple(study.at_work(at) for study in studies) for at in changes]


def test_who_waits_for_a_place_can_be_stopped(tmp_path: Path, cluster: RayCluster) -> None:
    launchers = launch_all(tmp_path, {"waiting": 3}, cluster=cluster.address)
    until(lambda: joined(tmp_path) == 1, tmp_path / "waiting")
    launchers["waiting"].send(signal.SIGINT)
    assert launchers["waiting"].wait(60) == 130, said(tmp_path / "waiting")


def test_two_studies_have_a_worker_each_until_one_ends_whose_place_the_other_takes(
    tmp_path: Path, cluster: RayCluster
) -> None:
    studies = histories(tmp_path, cluster, {"short": 8, "long": 30}, pause=0.2)
    short, long = studies["short"], studies["long"]
    assert sum(stint.began < short.ended for stint in long.stints) >= 4
    assert all(stint.began < long.ended for stint in short.stints)
    at_work = moments([short, long])
    assert (1, 1) in at_work
    assert max(map(sum, at_work)) == 2
    assert max(long.at_work(stint.began) for stint in long.stints[-6:]) == 2  # of its comparison


@whole
def test_three_studies_take_turns_at_the_only_place(tmp_path: Path, cluster: RayCluster) -> None:
    trials = dict.fromkeys(("one", "two", "three"), 6)
    options = ("--set", "workers.cpus=2", "--set", "compare=none")
    studies = histories(tmp_path, cluster, trials, *options, pause=0.2, turn=1.0)
    first_end = min(study.ended for study in studies.values())
    assert all(study.began < first_end for study in studies.values())
    assert max(map(sum, moments(list(studies.values())))) == 1
    assert "studies share it, more than it has places, and take turns" in told(tmp_path)
