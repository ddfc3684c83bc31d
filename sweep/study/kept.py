"""Whether the ledger really holds what this launcher has written to it."""

from collections.abc import Iterable

import sqlalchemy as sa

from sweep.core.errors import ServiceUnavailable
from sweep.core.trials import Run
from sweep.study import comparison_runs
from sweep.study.reader import StudyReader
from sweep.study.storage import database, database_errors
from sweep.study.storage.rows import rows


def check(study: StudyReader, runs: Iterable[Run]) -> None:
    """Look for every trial that has ended, and for every run of the comparison, through a connection of its own.

    Raises LedgerLost where one is missing, and what the database raises while it is away.
    """
    url, name = study.config.storage, study.config.name
    try:
        found = sum(row.settled for row in rows(url, name)) + _ended_runs(url, name)
    except ServiceUnavailable as error:
        if database_errors.is_away(error):
            raise
        raise database_errors.lost(str(error)) from error
    told = sum(outcome.state != "running" for each in (study, runs) for _, outcome in each)
    if found < told:
        raise database_errors.lost(f"of {told:,} trials and runs that have ended it holds {found:,}")


def _ended_runs(url: str, study: str) -> int:
    table = comparison_runs.table
    ended = (table.c.study == study) & table.c.outcome.is_not(None)
    with database.reading(url) as connection:
        if not sa.inspect(connection).has_table(table.name):
            return 0
        return int(connection.execute(sa.select(sa.func.count()).where(ended)).scalar_one())
