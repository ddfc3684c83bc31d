"""Checks of the ledger on a server: whom PostgreSQL lets in, and what a launch may do there."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.core.wording import listed
from sweep.doctor.case import Finding, news
from sweep.doctor.deployment.network import unencrypted
from sweep.doctor.deployment.scene import Check, Surroundings, Unclear, Unseen
from sweep.study.storage import database

DRIVERS = ("psycopg", "psycopg2")  # which hand to libpq what they are told
SECONDS = 3
UNSEEN = "whom it would let in cannot be seen"
NOWHERE = "/nonexistent/pgpass"
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
    """A PostgreSQL that answered a launch's address; `host`: as it was connected to, empty for a socket's file."""

    url: str
    shown: str
    host: str

    @contextmanager
    def connected(self, **instead: object) -> Iterator[sa.Connection]:
        """A connection as a launch makes it, but for what is said `instead`. Raises ServiceUnavailable."""
        told = {"connect_timeout": SECONDS, **instead}
        try:
            engine = sa.create_engine(self.url, poolclass=sa.NullPool, connect_args=told)
            with engine.connect() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise database.unavailable(self.url, error) from None

    def rows(self, query: str, **names: Sequence[str]) -> list[sa.RowMapping]:
        """What a query tells a launch. Raises ServiceUnavailable."""
        text = sa.text(query).bindparams(*(sa.bindparam(name, expanding=True) for name in names))
        with self.connected() as connection:
            return list(connection.execute(text, names).mappings())


def server(around: Surroundings) -> Server | Unseen | None:
    """The ledger, if a server has it."""
    if around.storage.startswith("sqlite"):
        return None
    shown = redact.address(around.storage)
    try:
        url = sa.make_url(around.storage)
        if url.get_backend_name() != "postgresql" or url.get_driver_name() not in DRIVERS:
            return Unseen(
                news(f"{shown} was not looked at", f"only PostgreSQL by {' or '.join(DRIVERS)} is, and SQLite")
            )
        with Server(around.storage, shown, "").connected() as connection:
            host = connection.connection.driver_connection.info.host  # type: ignore[union-attr]
        return Server(around.storage, shown, "" if host.startswith("/") else host)
    except (ServiceUnavailable, sa.exc.ArgumentError) as error:
        what = str(error if isinstance(error, ServiceUnavailable) else database.unavailable(around.storage, error))
        return Unseen(Finding(what, UNSEEN, "start it, or say where it is, and look again"))


def intruders(server: Server) -> Iterator[Finding]:
    """Whether our role gets in with a wrong password, or with none."""
    for how, password in (("with a wrong password", secrets.token_hex(8)), ("without a password", "")):
        try:
            with server.connected(password=password, passfile=NOWHERE):
                pass
        except ServiceUnavailable:
            continue
        if not server.host:
            raise Unclear(
                "it knows users of this machine by their accounts (peer), or lets all in (trust): see pg_hba.conf"
            )
        yield Finding(
            f"{server.shown} lets anybody in {how}",
            "whoever reaches it can read and change the ledger",
            "let pg_hba.conf say scram-sha-256 where it says trust, and reload (SELECT pg_reload_conf())",
        )
        return


def role(server: Server) -> Iterator[Finding]:
    """What else than its own tables a launch could get at."""
    (role,) = server.rows(ROLE)
    able = [what for name, what in POWERS.items() if role[name]]
    if not role["rolsuper"]:  # who is in every group
        able += [f"is in {row['rolname']}" for row in server.rows(MEMBER, names=GROUPS)]
    if able:
        yield Finding(
            f"the role {role['rolname']}, as which a launch logs in, {listed(able)}",
            "whoever gets at a launcher gets at the whole server",
            "give the database a role of its own, CREATE ROLE sweep LOGIN PASSWORD ..., which owns nothing else",
        )


def wire(server: Server) -> Iterator[Finding]:
    """Whether others can read along what is sent to it."""
    (row,) = server.rows(ENCRYPTED)
    if server.host and not row["ssl"]:
        why = "whoever listens on the wire reads the ledger, and may change what is sent"
        remedy = "turn ssl on in postgresql.conf, and add ?sslmode=verify-full to the ledger's address"
        yield from unencrypted("the ledger", server.host, why, remedy)


CHECKS: Iterable[Check[Any]] = (
    Check("ledger", "PostgreSQL lets nobody in with a wrong password, or with none", server, intruders),
    Check("ledger", "a launch's role in PostgreSQL has no power over the server", server, role),
    Check("ledger", "what is sent to PostgreSQL stays on this machine, or is encrypted", server, wire),
)
