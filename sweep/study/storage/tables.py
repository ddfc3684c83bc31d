"""The tables that stand beside Optuna's in the same database."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

metadata = sa.MetaData()
OUTLIVES = "outlives its study"  # in a table's info: what it holds is not of the study alone whose name it has


def of_trials(name: str, *columns: sa.Column[Any]) -> sa.Table:
    """A table whose rows belong to a trial of a study, in its search or its comparison."""
    return sa.Table(
        name,
        metadata,
        sa.Column("study", sa.String(255), primary_key=True),
        sa.Column("stage", sa.String(16), primary_key=True),
        sa.Column("trial", sa.Integer, primary_key=True),
        *columns,
    )


def of_a_study() -> list[sa.Table]:
    """The tables whose rows are a study's own, by its name in the column `study`."""
    return [each for each in metadata.sorted_tables if "study" in each.c and not each.info.get(OUTLIVES)]


def exists(engine: Engine, table: sa.Table) -> bool:
    """Whether the database has a table; one that an older version wrote may lack it."""
    return sa.inspect(engine).has_table(table.name)


def where(table: sa.Table, values: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    """The condition that each of these columns has its value."""
    return sa.and_(*(table.c[name] == value for name, value in values.items()))


def insert_if_new(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose keys are not there yet."""
    connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def insert_or_set(
    connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> None:
    """Insert the rows; where one with the same keys is there already, set its other columns."""
    insert = _insert(connection, table)
    others = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=others), rows)


def _insert(connection: Connection, table: sa.Table) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
