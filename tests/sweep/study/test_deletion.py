"""A study is taken out of its ledger whole or not at all; others stay, and so do looks at test data."""

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from optuna.study import StudyDirection
from sqlalchemy.engine import Engine

from sweep.core.errors import CannotWrite, LedBySomeoneElse, ServiceUnavailable
from sweep.study import deletion
from sweep.study.looks import looks_so_far
from sweep.study.overview import overview
from sweep.study.storage import claims, database, tables
from sweep.study.storage.lease import Lease
from sweep.study.storage.optuna_storage import close_storage, open_storage
from tests.sweep.study.storage.test_retry import sqlite_error, wrapped
from tests.sweep.study.test_comparison_runs import COMPARED, confirm, verdict
from tests.sweep.study.test_looks import LEDGER_OF_VERSION_1
from tests.sweep.worlds import RECORD, open_study, run

pytestmark = pytest.mark.lengthy

Everything = dict[str, list[Any]]


def compared(folder: Path, url: str, name: str = "small", seed: int = 1) -> None:
    """A study with a search and a comparison, both run."""
    own = f"storage={url}", f"name={name}", f"seed={seed}", "budget.trials=6"
    with open_study(folder, *own, *COMPARED) as study:
        run(study)
        verdict(study, confirm(study))
        study.end("finished")


def everything(url: str) -> Everything:
    """All rows of all tables of a ledger that have any."""
    engine = database.connect(url)
    known = sa.MetaData()
    known.reflect(engine)
    with engine.connect() as connection:
        found = {
            name: sorted(map(tuple, connection.execute(sa.select(table)).all()), key=repr)
            for name, table in known.tables.items()
        }
    return {name: rows for name, rows in found.items() if rows}


def deleted(url: str, study: str = "small") -> None:
    lease = Lease(url, study)
    lease.acquire()
    try:
        deletion.delete(url, study, lease)
    finally:
        lease.release()


def without_looks(found: Everything) -> Everything:
    return {name: rows for name, rows in found.items() if name != "sweep_looks"}


def test_nothing_of_it_stays_but_looks_and_another_study_is_as_it_was(tmp_path: Path, url: str) -> None:
    """The other's name begins with the deleted one's, and so does the one's with the other's."""
    for seed, name in ((2, "small-2"), (3, "sma")):
        compared(tmp_path, url, name, seed)
    before, looks = everything(url), looks_so_far(database.connect(url), RECORD.test_digest)
    compared(tmp_path, url)
    there = deletion.rows(url, "small")
    assert (there.trials, there.runs > 0, there.looks, there.leader) == (6, True, 1, None)
    deleted(url)
    assert without_looks(everything(url)) == without_looks(before)
    assert looks_so_far(database.connect(url), RECORD.test_digest) == looks + 1
    assert [each.study for each in overview(url)] == ["small-2", "sma"]
    assert deletion.rows(url, "small").of_tables == {}
    deleted(url)
    assert without_looks(everything(url)) == without_looks(before)


def test_every_table_with_a_study_in_it_is_emptied_but_what_outlives_it(tmp_path: Path) -> None:
    """So that a table which is added is not forgotten."""
    url = f"sqlite:///{tmp_path}/sweep.db"
    compared(tmp_path, url)
    filled = {name for name, rows in everything(url).items() if any("small" in row for row in rows)}
    assert {each.name for each in tables.of_a_study()} | {"studies", "sweep_looks"} == filled
    deleted(url)
    assert everything(url).keys() == {"sweep_looks", "version_info", "alembic_version"}


def test_a_study_that_begins_anew_under_the_name_counts_the_looks_before_it(tmp_path: Path, url: str) -> None:
    compared(tmp_path, url)
    deleted(url)
    with open_study(tmp_path, f"storage={url}", "budget.trials=6", "seed=7", *COMPARED) as study:
        run(study)
        assert verdict(study, confirm(study)).looks == 1


def test_looks_that_the_first_version_kept_with_the_study_are_kept_for_the_data(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/sweep.db"
    (tmp_path / "sweep.db").write_bytes(gzip.decompress((LEDGER_OF_VERSION_1 / "sweep.db.gz").read_bytes()))
    study = next(each.study for each in overview(url) if each.runs)
    digest = data_of(url, study)
    before = looks_so_far(database.connect(url), "of the test rows", earlier=digest) or of_first(url, digest)
    assert before > 0
    deleted(url, study)
    assert study not in {each.study for each in overview(url)}
    assert looks_so_far(database.connect(url), "of the test rows", earlier=digest) == before


def data_of(url: str, study: str) -> str:
    """The digest of a study's data in its ledger."""
    storage = open_storage(url)
    try:
        question = storage.get_study_user_attrs(storage.get_study_id_from_name(study))["question"]
        return str(question["contents of the data"])
    finally:
        close_storage(storage)


def of_first(url: str, digest: str) -> int:
    """How many looks the studies of the first version noted."""
    storage = open_storage(url)
    try:
        notes = [each.user_attrs for each in storage.get_all_studies()]
    finally:
        close_storage(storage)
    return sum(
        len(each.get("looks", ())) for each in notes if each.get("question", {}).get("contents of the data") == digest
    )


def test_a_study_of_another_program_is_not_touched(tmp_path: Path, url: str) -> None:
    storage = open_storage(url)
    storage.create_new_study([StudyDirection.MINIMIZE], "small")
    close_storage(storage)
    assert deletion.rows(url, "small").of_tables == {}
    before = everything(url)["studies"]
    deleted(url)
    assert everything(url)["studies"] == before


@contextmanager
def failing(at: int, error: Exception) -> Iterator[None]:
    """Let the so manieth deletion fail."""
    count = 0

    def fail(*shown: Any) -> None:
        nonlocal count
        if shown[2].startswith("DELETE") and "sweep_leaders" not in shown[2]:
            count += 1
            if count == at:
                raise error

    sa.event.listen(Engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        sa.event.remove(Engine, "before_cursor_execute", fail)


@pytest.mark.parametrize("at", [1, 4, 9])
def test_wherever_it_is_interrupted_the_study_is_whole_and_can_be_deleted_again(
    tmp_path: Path, url: str, at: int
) -> None:
    compared(tmp_path, url)
    before = everything(url)
    with failing(at, RuntimeError("interrupted")), pytest.raises(RuntimeError, match="interrupted"):
        deleted(url)
    assert everything(url) == before
    deleted(url)
    assert deletion.rows(url, "small").of_tables == {}


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (sqlite_error("SQLITE_FULL", "database or disk is full"), CannotWrite, "Make room"),
        (sqlite_error("SQLITE_BUSY", "database is locked"), ServiceUnavailable, "the same command goes on"),
    ],
)
def test_a_database_that_takes_no_writes_leaves_it_whole_and_says_what_to_do(
    tmp_path: Path, error: sqlite3.OperationalError, kind: type[Exception], said: str
) -> None:
    url = f"sqlite:///{tmp_path}/sweep.db"
    compared(tmp_path, url)
    before = everything(url)
    with failing(3, wrapped(error)), pytest.raises(kind, match=said):
        deleted(url)
    assert everything(url) == before


def test_whoever_has_lost_the_lease_deletes_nothing(tmp_path: Path, url: str) -> None:
    compared(tmp_path, url)
    lease = Lease(url, "small")
    lease.acquire()
    with database.connect(url).begin() as connection:
        connection.execute(sa.text("UPDATE sweep_leaders SET token = 'another'"))
    before = everything(url)
    with pytest.raises(LedBySomeoneElse):
        deletion.delete(url, "small", lease)
    assert everything(url) == before
    lease.release()


def test_claims_of_launchers_that_are_gone_go_too(tmp_path: Path, url: str) -> None:
    compared(tmp_path, url)
    lease = Lease(url, "small")
    lease.acquire()
    claims.Sharing(lease, "cluster")(1, 0.5, holds=False)
    lease.release()
    deleted(url)
    assert "sweep_claims" not in everything(url)
