"""Checks of a ledger in PostgreSQL: who may log in, and what a launch's role may do there."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.core.wording import listed
from sweep.doctor.checks import Finding, note
from sweep.doctor.deployment.checks import Check, Deployment, Inconclusive, NotChecked, unreachable
from sweep.doctor.deployment.network import unencrypted
from sweep.study.storage import database

DRIVERS = ("psycopg", "psycopg2")  # they pass connection arguments on to libpq
TIMEOUT_SECONDS = 3
NO_FILE = "/nonexistent/pgpass"
POWERS = {
    "rolsuper": "is superuser",
    "rolcreaterole": "may create roles",
    "rolcreatedb": "may create databases",
    "rolreplication": "may copy the whole server",
    "rolbypassrls": "passes row security by",
}
ROLE = "SELECT * FROM pg_roles WHERE rolname = current_user"
GROUPS = ("pg_execute_server_program", "pg_write_server_files", "pg_read_server_files")
MEMBER = "SELECT rolname FROM pg_roles WHERE rolname IN :names AND pg_has_role(current_user, oid, 'member')"
ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server that accepts a launch's login.

    shown  its URL without a password
    host   as the connection names it; empty for a Unix socket
    """

    url: str
    shown: str
    host: str

    @contextmanager
    def connected(self, **arguments: object) -> Iterator[sa.Connection]:
        """A connection as a launch opens it, with these connection arguments changed. Raises ServiceUnavailable."""
        arguments = {"connect_timeout": TIMEOUT_SECONDS, **arguments}
        try:
            engine = sa.create_engine(self.url, poolclass=sa.NullPool, connect_args=arguments)
            with engine.connect() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise database.unavailable(self.url, error) from None

    def rows(self, query: str, **names: Sequence[str]) -> list[sa.RowMapping]:
        """The rows that a query returns to a launch. Raises ServiceUnavailable."""
        text = sa.text(query).bindparams(*(sa.bindparam(name, expanding=True) for name in names))
        with self.connected() as connection:
            return list(connection.execute(text, names).mappings())

    def accepts(self, password: str) -> bool:
        """Whether a launch's role can log in with this password."""
        try:
            with self.connected(password=password, passfile=NO_FILE):
                return True
        except ServiceUnavailable:
            return False


def server(deployment: Deployment) -> Server | NotChecked | None:
    """The ledger's server; None where the ledger is SQLite."""
    if deployment.storage.startswith("sqlite"):
        return None
    try:
        return _server(deployment.storage)
    except (ServiceUnavailable, sa.exc.ArgumentError) as error:
        reason = error if isinstance(error, ServiceUnavailable) else database.unavailable(deployment.storage, error)
        return unreachable(str(reason), "start it, or say where it is, and look again")


def _server(storage: str) -> Server | NotChecked:
    url, shown = sa.make_url(storage), redact.address(storage)
    if url.get_backend_name() != "postgresql" or url.get_driver_name() not in DRIVERS:
        why = f"only PostgreSQL by {' or '.join(DRIVERS)} is, and SQLite"
        return NotChecked(note(f"{shown} was not looked at", why))
    with Server(storage, shown, "").connected() as connection:
        host = connection.connection.driver_connection.info.host  # type: ignore[union-attr]
    return Server(storage, shown, "" if host.startswith("/") else host)


def authentication(server: Server) -> Iterator[Finding]:
    """Whether a launch's role can log in with a wrong password, or with none."""
    for how, password in (("with a wrong password", secrets.token_hex(8)), ("without a password", "")):
        if server.accepts(password):
            if not server.host:
                raise Inconclusive(
                    "it knows users of this machine by their accounts (peer), or lets all in (trust): see pg_hba.conf"
                )
            yield Finding(
                f"{server.shown} lets anybody in {how}",
                "anyone who can reach it can read and change the ledger",
                "let pg_hba.conf say scram-sha-256 where it says trust, and reload (SELECT pg_reload_conf())",
            )
            return


def powers(server: Server) -> Iterator[Finding]:
    """Whether a launch's role may do more than use its own tables."""
    (role,) = server.rows(ROLE)
    found = [what for name, what in POWERS.items() if role[name]]
    if not role["rolsuper"]:  # a superuser is in every group
        found += [f"is in {row['rolname']}" for row in server.rows(MEMBER, names=GROUPS)]
    if found:
        yield Finding(
            f"the role {role['rolname']}, as which a launch logs in, {listed(found)}",
            "anyone who controls a launcher controls the whole server",
            "give the database a role of its own, CREATE ROLE sweep LOGIN PASSWORD ..., which owns nothing else",
        )


def encryption(server: Server) -> Iterator[Finding]:
    """Whether others can read or change the traffic to it."""
    (row,) = server.rows(ENCRYPTED)
    if server.host and not row["ssl"]:
        why = "anyone who can read the traffic reads the ledger, and may be able to change what is sent"
        remedy = "turn ssl on in postgresql.conf, and add ?sslmode=verify-full to the ledger's address"
        yield from unencrypted("the ledger", server.host, why, remedy)


CHECKS: Iterable[Check[Any]] = (
    Check("ledger", "PostgreSQL lets nobody in with a wrong password, or with none", server, authentication),
    Check("ledger", "a launch's role in PostgreSQL has no power over the server", server, powers),
    Check("ledger", "what is sent to PostgreSQL stays on this machine, or is encrypted", server, encryption),
)
