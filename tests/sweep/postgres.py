"""A PostgreSQL server of a test's own, on a free port of 127.0.0.1, that can be stopped and started again."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import sqlalchemy as sa

USER, PASSWORD = "sweep", "canary-of-the-ledger"


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl: Debian keeps them off the PATH. None without the package `postgresql`."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


class Postgres:
    """A server whose data lie in a folder; it runs once `start` returns."""

    def __init__(self, binaries: Path, folder: Path, method: str = "scram-sha-256", user: str = USER) -> None:
        self._binaries, self._folder, self._user = binaries, folder, user
        # PostgreSQL refuses to run as root, as containers and CI often do.
        self._who: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
        if self._who:
            shutil.chown(folder, **self._who)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.port = unused.getsockname()[1]
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        access = ["--username", user, "--pwfile", str(folder / "password"), "--auth", method]
        self._run("initdb", *access, "--no-sync", "--encoding", "UTF8", "--no-locale")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self._run("pg_ctl", "start", "--wait", "--log", str(self._folder / "log"), "--options", options)

    def stop(self) -> None:
        """At once, in the middle of whatever is going on."""
        self._run("pg_ctl", "stop", "--wait", "--mode", "immediate")

    def database(self, name: str) -> str:
        """The address of a new database."""
        engine = sa.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
        engine.dispose()
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://{self._user}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), "-D", str(self._folder / "data"), *arguments]
        # No pipes: the server that pg_ctl starts would keep them open.
        with (self._folder / "commands").open("a") as told:
            code = subprocess.call(command, cwd=self._folder, stdout=told, stderr=told, **self._who)
        assert code == 0, (self._folder / "commands").read_text()
