"""Takes a study out of its ledger: Optuna's rows and ours, in one transaction, so that it is there whole or not at all.

Looks at test data stay: they are counted for the data, over all studies.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.study import comparison_runs, looks, versions
from sweep.study.optuna_private import models
from sweep.study.storage import claims, database, database_errors, tables
from sweep.study.storage.leader_table import Leader, leaders
from sweep.study.storage.leader_table import table as leader_table
from sweep.study.storage.lease import Lease

OURS = ("began", "question", versions.ATTRIBUTE)  # user attributes of which each study that we have begun has one


@dataclass(frozen=True)
class Rows:
    """What a ledger has of a study.

    of_tables  how many rows by table, without those that have none
    looks      how many looks at test data were noted under its name, which stay
    leader     the launcher that leads it, or the last one, if it ended without releasing its lease
    """

    of_tables: dict[str, int]
    looks: int
    leader: Leader | None

    @property
    def is_led(self) -> bool:
        """Whether a launcher leads it."""
        return self.leader is not None and self.leader.leads

    @property
    def trials(self) -> int:
        """Of the search."""
        return self.of_tables.get(models.TrialModel.__tablename__, 0)

    @property
    def runs(self) -> int:
        """Of the comparison."""
        return self.of_tables.get(comparison_runs.table.name, 0)


def rows(url: str, study: str) -> Rows:
    """What the ledger has of a study; writes nothing. Raises ServiceUnavailable where it cannot be read."""
    with database.reading(url) as connection:
        there = _names(connection)
        led = leaders(connection).get(study) if leader_table.name in there else None
        counts = {
            table.name: int(connection.execute(sa.select(sa.func.count()).select_from(table).where(own)).scalar_one())
            for table, own in _own(connection, study, there)
        }
        return Rows({name: count for name, count in counts.items() if count}, looks.looks_of(connection, study), led)


def delete(url: str, study: str, lease: Lease) -> None:
    """Delete all rows of a study but the one by which it is led, which the lease releases.

    A study of another program that has the same name is not touched. Raises LedBySomeoneElse where the lease is lost,
    CannotWrite and LedgerLost as launches do, and ServiceUnavailable while the database is away; the study is then
    in the ledger as it was.
    """
    engine = database.connect(url)
    lease.check_commits(engine)
    try:
        database.create(tables.metadata, engine)  # an earlier version's ledger may have no table for looks
        with engine.begin() as connection:
            there = _names(connection)
            study_id = _id(connection, study, there)
            if study_id is not None:
                looks.outlive(connection, study_id, study)
            for table, own in _own(connection, study, there):
                connection.execute(sa.delete(table).where(own))
            claims.forget_gone(connection, there)
    except sa.exc.DBAPIError as error:
        if refusal := database_errors.cannot_write(error):
            raise refusal from error
        why = f"{redact.address(url)}: {database_errors.reason(error)}"
        raise ServiceUnavailable(f"{study} is still in the ledger: {why}; the same command goes on") from error


def _own(connection: Connection, study: str, there: set[str]) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Each table that is there with rows of the study, and which they are: what refers to others first."""
    for table in tables.of_a_study():
        if table.name in there:
            yield table, table.c.study == study
    study_id = _id(connection, study, there)
    if study_id is None:
        return
    trials = models.TrialModel.__table__
    of_study = sa.select(trials.c.trial_id).where(trials.c.study_id == study_id)
    for table in reversed(models.BaseModel.metadata.sorted_tables):
        if table.name in there and "study_id" in table.c:
            yield table, table.c.study_id == study_id
        elif table.name in there and "trial_id" in table.c:
            yield table, table.c.trial_id.in_(of_study)


def _id(connection: Connection, study: str, there: set[str]) -> int | None:
    """Optuna's id of a study that this program has begun; None where there is none."""
    if models.StudyModel.__tablename__ not in there:
        return None
    named, note = models.StudyModel, models.StudyUserAttributeModel
    query = sa.select(named.study_id).join(note, note.study_id == named.study_id)
    found = connection.execute(query.where(named.study_name == study, note.key.in_(OURS)).limit(1)).scalar()
    return None if found is None else int(found)


def _names(connection: Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())
