"""Retry: a database that is away costs time and no trial; a full disk ends the study with a clear message."""

import random
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sweep.core.errors import CannotWrite, Interrupted, LedgerLost
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.protocols import Ledger
from sweep.execution.retrying_ledger import RetryingLedger
from sweep.execution.scheduler import Scheduler
from sweep.study.storage import database_errors
from sweep.study.storage.retry import Retry
from tests.sweep.postgres import Postgres
from tests.sweep.worlds import open_study


def sqlite_error(name: str, message: str = "") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(message or f"it says {name}")
    error.sqlite_errorname = name
    return error


def postgresql_error(sqlstate: str) -> Exception:
    error = Exception(f"it says {sqlstate}")
    error.sqlstate = sqlstate  # type: ignore[attr-defined]
    return error


def wrapped(original: Exception) -> sa.exc.OperationalError:
    return sa.exc.OperationalError("INSERT", {}, original)


class Flaky:
    """Fails some times, then answers."""

    def __init__(self, times: int, error: Exception) -> None:
        self.times, self.error = times, error

    def __call__(self) -> str:
        self.times -= 1
        if self.times >= 0:
            raise self.error
        return "answer"


def test_what_a_database_that_is_away_has_failed_is_repeated_until_it_succeeds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert Retry(pause=0)(Flaky(5, wrapped(sqlite_error("SQLITE_BUSY")))) == "answer"
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "the ledger is away, and is waited for: it says SQLITE_BUSY"
    assert said[1].startswith("the ledger is back after")
    assert len(said) == 2


WHAT_TO_DO = {
    "SQLITE_FULL": "Make room",
    "SQLITE_IOERR_WRITE": "See whether its disk is full, beyond a quota",
    "SQLITE_READONLY": "Let it be written to",
    "SQLITE_CANTOPEN": "See whether its folder is still there",
    "SQLITE_CORRUPT": "Restore it from a backup; `sqlite3 FILE 'PRAGMA integrity_check'`",
    "SQLITE_NOTADB": "Restore it from a backup",
    "53100": "Make room",
    "42501": "Let the role of the database write to its tables",
    "XX001": "Restore it from a backup; PostgreSQL's pg_amcheck",
}


@pytest.mark.parametrize("name", WHAT_TO_DO)
def test_what_waiting_does_not_mend_is_said_at_once_with_what_to_do(name: str) -> None:
    original = sqlite_error(name) if name.startswith("SQLITE") else postgresql_error(name)
    with pytest.raises(CannotWrite) as error:
        Retry(pause=0)(Flaky(1, wrapped(original)))
    assert error.value.exit_code == 74
    first, second = str(error.value).splitlines()
    assert first == f"the ledger cannot be written: it says {name}"
    assert second.startswith(WHAT_TO_DO[name])


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_a_table_that_is_gone_is_a_lost_ledger_and_no_outage(kind: str) -> None:
    gone = sqlite_error("SQLITE_ERROR", "no such table: trials") if kind == "SQLite" else postgresql_error("42P01")
    with pytest.raises(LedgerLost, match=r"the ledger is gone: .*\nWhat was recorded in it is lost") as error:
        Retry(pause=0)(Flaky(1, wrapped(gone)))
    assert error.value.exit_code == 74


def test_a_server_that_is_read_only_after_a_failover_is_waited_for() -> None:
    error = sa.exc.InternalError("INSERT", {}, postgresql_error("25006"))
    assert Retry(pause=0)(Flaky(3, error)) == "answer"


def test_an_error_in_the_program_is_no_outage() -> None:
    with pytest.raises(sa.exc.OperationalError, match="no such column"):
        Retry(pause=0)(Flaky(1, wrapped(sqlite_error("SQLITE_ERROR", "no such column: trail"))))


def test_the_reason_is_found_below_the_errors_of_others() -> None:
    error = RuntimeError("of Optuna")
    error.__cause__ = wrapped(sqlite_error("SQLITE_BUSY"))
    assert database_errors.is_away(error)
    assert database_errors.reason(error) == "it says SQLITE_BUSY"


def test_who_waits_can_be_interrupted() -> None:
    with pytest.raises(Interrupted, match="the ledger is away: it says SQLITE_LOCKED"):
        Retry(stopping=lambda: True, pause=0)(Flaky(9, wrapped(sqlite_error("SQLITE_LOCKED"))))


def test_a_retrying_ledger_asks_patiently_whatever_it_is_asked() -> None:
    own = {name for name, value in vars(RetryingLedger).items() if callable(value) and not name.startswith("_")}
    assert own == {name for name, value in vars(Ledger).items() if callable(value) and not name.startswith("_")}


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_written_twice_although_answers_to_commits_are_lost(tmp_path: Path, seed: int) -> None:
    study = open_study(tmp_path, "budget.trials=3", "pruner=hyperband")
    lose_answers(study._storage.engine, random.Random(seed))
    Scheduler(RetryingLedger(study, Retry(pause=0)), InProcessPool([FakeTrainer()]), study.objective).run()
    again = open_study(tmp_path, "budget.trials=3", "pruner=hyperband")
    assert [trial.number for trial, _ in again] == [0, 1, 2]
    assert [outcome for _, outcome in again] == [outcome for _, outcome in study]
    assert [len(again.attempts.of(number)) for number in range(3)] == [1, 1, 1]
    assert len(again._storage.get_all_trials(again._study_id)) == 3


def lose_answers(engine: sa.engine.Engine, chance: random.Random) -> None:
    """One commit in five succeeds, and seems to have failed."""
    commit: Callable[[Any], None] = engine.dialect.do_commit

    def do_commit(dbapi_connection: Any) -> None:
        commit(dbapi_connection)
        if chance.random() < 0.2:
            raise sqlite_error("SQLITE_BUSY")

    engine.dialect.do_commit = do_commit  # type: ignore[method-assign]


def test_postgresql_stopped_hard_in_the_middle_fails_no_trial(tmp_path: Path, postgres: Postgres) -> None:
    study = open_study(tmp_path, f"storage={postgres.database('stopped')}", "budget.trials=8", "pruner=median")
    trainer = FakeTrainer(epochs_a_segment=1)

    def outage() -> None:
        while len(trainer.trained) < 10:
            time.sleep(0.001)
        postgres.stop()
        time.sleep(0.5)
        postgres.start()

    thread = threading.Thread(target=outage)
    thread.start()
    try:
        ledger = RetryingLedger(study, Retry(pause=0.05))
        Scheduler(ledger, InProcessPool([trainer]), study.objective).run()
    finally:
        thread.join()
    states = {outcome.state for _, outcome in study}
    assert len(list(study)) == 8
    assert states <= {"complete", "pruned"}
    study._storage.engine.dispose()
