"""Lease: one launcher writes, a launcher that has lost its lease writes nothing, and a dead one is replaced at once."""

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from sweep.core import processes
from sweep.core.errors import LedBySomeoneElse, LedgerLost
from sweep.study.storage import leader_table
from sweep.study.storage.database import connect
from sweep.study.storage.leader_table import leader
from sweep.study.storage.lease import Lease

pytestmark = pytest.mark.representative  # of what is asked of both kinds of database


@pytest.fixture
def led(url: str) -> Iterator[Lease]:
    mine = Lease(url, "small")
    mine.acquire()
    yield mine
    mine.release()


def write(engine: sa.engine.Engine, text: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS notes (text VARCHAR(99))"))
        connection.execute(sa.text("INSERT INTO notes VALUES (:text)"), {"text": text})


def notes(engine: sa.engine.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT text FROM notes")).scalars())


def run_out(url: str) -> None:
    """As if the time of every lease were over."""
    with connect(url).begin() as connection:
        connection.execute(sa.update(leader_table.table).values(until=0.0))


def replaced(url: str) -> tuple[Lease, Lease]:
    """A leader that did not renew, and the one that took over."""
    paused = Lease(url, "small")
    paused._keep = lambda: None  # type: ignore[method-assign]
    paused._thread.run = lambda: None  # type: ignore[method-assign]
    paused.acquire()
    run_out(url)
    # As if on another host, where nothing is known of its process.
    successor = Lease(url, "small")
    successor.acquire()
    return paused, successor


def test_a_second_launcher_is_told_who_leads(url: str, led: Lease) -> None:
    with pytest.raises(LedBySomeoneElse, match=rf"small: another launcher leads this study: pid {os.getpid()} on"):
        Lease(url, "small").acquire()


def test_another_study_in_the_same_ledger_is_led_by_itself(url: str, led: Lease) -> None:
    other = Lease(url, "other")
    other.acquire()
    assert other.holds
    other.release()


def test_who_has_ended_is_followed_at_once(url: str) -> None:
    first, second = Lease(url, "small"), Lease(url, "small")
    first.acquire()
    first.release()
    second.acquire()
    assert second.holds
    second.release()


def _lead_and_wait(url: str) -> None:
    Lease(url, "small").acquire()
    os.kill(os.getpid(), signal.SIGSTOP)


def test_a_leader_that_was_killed_on_this_host_is_replaced_at_once_and_a_stopped_one_is_not(url: str) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_lead_and_wait, args=(url,))
    process.start()
    try:
        while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
            time.sleep(0.02)
        with pytest.raises(LedBySomeoneElse, match=f"pid {process.pid}"):
            Lease(url, "small").acquire()
    finally:
        process.kill()
        process.join()
    again = Lease(url, "small")
    again.acquire()
    assert again.holds
    again.release()


def test_a_leader_elsewhere_is_replaced_when_its_lease_has_run_out(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "place", lambda: "another machine")
    away = Lease(url, "small")
    away._renew = lambda: True  # type: ignore[method-assign]
    away.acquire()
    monkeypatch.undo()
    here = Lease(url, "small")
    with pytest.raises(LedBySomeoneElse):
        here.acquire()
    run_out(url)
    here.acquire()
    assert here.holds
    here.release()
    away.release()


def test_a_lease_is_renewed_for_as_long_as_it_is_wanted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweep.study.storage.lease.RENEWALS", 3000)  # every 10 ms
    mine = Lease(url, "small")
    mine.acquire()
    for _ in range(3):
        run_out(url)
        while not leader(connect(url), "small").leads:  # type: ignore[union-attr]
            time.sleep(0.01)
    assert mine.holds
    assert leader(connect(url), "small")
    mine.release()
    assert leader(connect(url), "small") is None


def test_the_leader_writes(url: str, led: Lease) -> None:
    engine = connect(url)
    led.check_commits(engine)
    write(engine, "mine")
    assert notes(engine) == ["mine"]


def test_a_leader_that_was_replaced_writes_nothing_and_may_still_read(url: str) -> None:
    engine = connect(url)
    paused, successor = replaced(url)
    paused.check_commits(engine)
    with pytest.raises(LedBySomeoneElse, match=r"was replaced: pid \d+ on .* leads it now"):
        write(engine, "too late")
    assert not sa.inspect(engine).has_table("notes") or notes(engine) == []
    assert not paused.holds
    successor.release()
    paused.release()


def test_a_transaction_that_began_before_the_lease_was_lost_is_refused_too(url: str) -> None:
    engine = connect(url)
    write(engine, "before")
    mine = Lease(url, "small")
    mine.acquire()
    mine.check_commits(engine)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":  # a writer there keeps all others out, so the loss must come first
            mine.release()
        connection.execute(sa.text("INSERT INTO notes VALUES ('in between')"))
        mine.release()
        with pytest.raises(LedBySomeoneElse):
            connection.commit()
    assert notes(engine) == ["before"]


def of_a_file(url: str) -> Path:
    """The ledger's file; of a database with a server there is none."""
    name = sa.make_url(url).database
    if not url.startswith("sqlite") or name is None:
        pytest.skip("a database with a server has no file")
    return Path(name)


def test_a_leader_whose_ledger_was_deleted_learns_it_and_makes_no_other(url: str, led: Lease) -> None:
    path, engine = of_a_file(url), connect(url)
    led.check_commits(engine)
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE notes (text VARCHAR(99))"))
        connection.execute(sa.text("INSERT INTO notes VALUES ('kept by nobody')"))
        path.unlink()
        with pytest.raises(LedgerLost, match=r"sweep.db was deleted, or replaced by another file"):
            connection.commit()
    with pytest.raises(LedgerLost):
        led.check()
    assert not led._renew()
    led.release()
    assert not path.exists()


def test_a_leader_whose_ledger_was_replaced_by_its_copy_learns_it(url: str, led: Lease, tmp_path: Path) -> None:
    path = of_a_file(url)
    shutil.copy(path, tmp_path / "copy")
    (tmp_path / "copy").replace(path)
    with pytest.raises(LedgerLost):
        led.check()


def test_a_leader_whose_row_was_removed_learns_it(url: str, led: Lease) -> None:
    with connect(url).begin() as connection:
        connection.execute(sa.delete(leader_table.table))
    with pytest.raises(LedgerLost, match="the row by which this launcher leads small was removed"):
        led.check()


def test_releasing_leaves_a_successors_lease_alone(url: str) -> None:
    paused, successor = replaced(url)
    paused.release()
    assert leader(connect(url), "small")
    successor.release()


def test_it_is_released_although_the_database_is_just_restarted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Lease(url, "small")
    mine.acquire()
    begin = mine.engine.begin
    refused: list[Exception] = []

    def restarting() -> object:
        if len(refused) < 3:
            refused.append(sa.exc.OperationalError("DELETE", {}, Exception("the database system is starting up")))
            raise refused[-1]
        return begin()

    monkeypatch.setattr(mine.engine, "begin", restarting)
    mine.release()
    with connect(url).connect() as connection:
        assert not connection.execute(sa.select(leader_table.table)).all()


def test_where_the_database_stays_away_it_is_left_to_run_out(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweep.study.storage.lease.RELEASE_SECONDS", 0.3)
    mine = Lease(url, "small")
    mine.acquire()

    def away() -> object:
        raise sa.exc.OperationalError("DELETE", {}, Exception("connection refused"))

    monkeypatch.setattr(mine.engine, "begin", away)
    mine.release()
    assert not mine.holds
