"""Reading a study: everything can be read, and nothing can be written."""

import inspect
from pathlib import Path

import pytest
import sqlalchemy as sa

from sweep.config.study_file import load
from sweep.core.errors import StudyChanged, StudyUnknown
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.scheduler import Scheduler
from sweep.study import Study, StudyReader
from sweep.study.comparison_runs import ComparisonReader, ComparisonRuns
from sweep.study.looks import Identity
from sweep.study.storage.attempts import AttemptReader, Attempts
from sweep.study.storage.epochs import EpochReader, Epochs
from tests.sweep.worlds import RECORD, STUDY, open_study, run, study_file

COMPARED = ("compare={seeds: 2}", "budget.trials=6")
SCHEDULING = {"may_be_asked_ahead", "ask", "begin", "lost", "report", "tell"}


def finished(folder: Path, url: str) -> None:
    """A study with its comparison, that was closed."""
    with open_study(folder, f"storage={url}", *COMPARED) as study:
        run(study)
        runs = study.comparison_runs(2)
        Scheduler(runs, InProcessPool([FakeTrainer()]), study.objective).run()


def read(folder: Path, url: str) -> StudyReader:
    return Study.read(load(study_file(folder), [f"storage={url}", *COMPARED]).config, RECORD)


def public(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("writer", "reader", "writing"),
    [
        (Study, StudyReader, SCHEDULING | {"open", "end", "look", "give_up", "keep_stretches", "keep_finding"}),
        (ComparisonRuns, ComparisonReader, SCHEDULING),
        (Epochs, EpochReader, {"add", "kept", "forget"}),
        (Attempts, AttemptReader, {"begin", "end"}),
    ],
)
def test_a_reader_has_none_of_the_methods_that_write(writer: type, reader: type, writing: set[str]) -> None:
    assert public(writer) - public(reader) == writing


def test_every_method_of_a_reader_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/sweep.db"
    finished(tmp_path, url)
    before = (tmp_path / "sweep.db").read_bytes()
    with read(tmp_path, url) as reader:
        runs = reader.comparison_runs(2)
        trial, outcome = reader.best or next(iter(reader))
        assert outcome.state == "complete"
        assert reader.begun
        assert (runs.missing, len(list(runs.every()))) == (0, len(runs))
        assert runs.unfinished() == reader.unfinished() == []
        assert reader.finished(trial.key)
        assert reader.recorded(trial) == reader.epochs.of(trial.number)
        assert reader.attempts.of(trial.number)
        assert reader.times(trial)[0] <= reader.times(trial)[1]
        assert reader.looks_before(Identity(runs.keys, 0.01, 0.95, "minimize", {})) is None
    assert (tmp_path / "sweep.db").read_bytes() == before


def test_a_connection_of_a_reader_is_refused_each_write_by_the_database(tmp_path: Path, url: str) -> None:
    finished(tmp_path, url)
    rename = sa.text("UPDATE studies SET study_name = 'other'")
    with read(tmp_path, url) as reader, reader._storage.engine.connect() as connection:
        with pytest.raises(sa.exc.DBAPIError, match=r"read.?only"):
            connection.execute(rename)
        connection.rollback()
    with read(tmp_path, url) as again:
        assert again.begun


def test_a_reader_sees_what_the_writer_has_written(tmp_path: Path, url: str) -> None:
    with open_study(tmp_path, f"storage={url}", *COMPARED) as study:
        run(study, stopping=lambda: len(list(study)) == 4)
        with read(tmp_path, url) as reader:
            assert list(reader) == list(study)
            assert reader.unfinished() == study.unfinished()
            assert reader.best == study.best
            assert (reader.began, reader.ended) == (study.began, study.ended)


def test_reading_a_study_that_is_not_there_says_so_and_makes_no_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/none.db"
    with pytest.raises(StudyUnknown, match="has not been launched"):
        read(tmp_path, url)
    assert not (tmp_path / "none.db").exists()


def test_reading_a_database_without_the_study_makes_no_table(tmp_path: Path, url: str) -> None:
    engine = sa.create_engine(url)
    engine.connect().close()
    with pytest.raises(StudyUnknown, match="has not been launched"):
        read(tmp_path, url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_reading_another_study_of_the_same_name_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/sweep.db"
    finished(tmp_path, url)
    with pytest.raises(StudyChanged):
        Study.read(load(study_file(tmp_path, STUDY), [f"storage={url}", "seed=7"]).config, RECORD)


def test_a_ledger_of_a_version_that_had_fewer_tables_can_be_read(tmp_path: Path, url: str) -> None:
    finished(tmp_path, url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table in ("sweep_comparison_runs", "sweep_attempts", "sweep_epochs"):
            connection.execute(sa.text(f"DROP TABLE {table}"))
    engine.dispose()
    with read(tmp_path, url) as reader:
        assert len(list(reader)) == 6
        assert [*reader.attempts.of(0), *reader.epochs.of(0), *reader.comparison_runs(2).every()] == []
