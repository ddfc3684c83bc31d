"""The addresses of services: what those of the ledger and of MLflow may be, and which cluster is joined."""

import os
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import urlsplit

from workers.wording import nearest

FORM = re.compile(r"[a-z][a-z0-9+]*://.*")
LEDGERS = ("sqlite", "postgresql")
MLFLOWS = ("http", "https", "sqlite", "postgresql", "mysql", "mssql", "file", "databricks", "databricks-uc", "uc")
OWN_CLUSTER = "local"  # as RAY_ADDRESS, of a launch on this machine
FILE_OF_SQLITE = re.compile(r"[\w./ -]+\.(?:db|sqlite3?)")
SERVER = re.compile(r"((?:localhost|\[[\da-f:]+\]|[\w-]+(?:\.[\w-]+)*)(?::\d+)?)(?:/[\w./-]*)?", re.IGNORECASE)
HERE = ("localhost", "127.0.0.1")
PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}


def ledger_problem(address: str) -> str:
    """What is wrong with the address of a ledger; empty if nothing is. It may hold a password, and is not repeated."""
    if not FORM.fullmatch(address):
        server = _server(address)
        meant = f"postgresql+psycopg://USER:PASSWORD@{server}/DATABASE" if server else _of_sqlite(address)
        return f"should be a database's URL, {f'here {meant}' if meant else 'such as sqlite:///sweep.db'}"
    kind = _kind(address)
    if kind not in LEDGERS:
        return f"should be a database of SQLite or PostgreSQL, such as sqlite:///sweep.db, and not of {kind}"
    return _sqlite_problem(address)


def mlflow_problem(address: str) -> str:
    """What is wrong with MLflow's address; empty if nothing is. It may be a folder, and hold a password."""
    meant = f"http://{address}" if _server(address) else _of_sqlite(address)
    if meant:
        return f"would be a folder of that name; write {meant}"
    if "://" not in address and ":" in address and _kind(address) in (*PORTS, "http", "https", "sqlite"):
        return f"would be a folder of that name; an address of {_kind(address)} begins with {_kind(address)}://"
    kind = _kind(address) if "://" in address else ""
    known = [*MLFLOWS, *(point.name for point in entry_points(group="mlflow.tracking_store"))]
    if kind and kind not in known:
        close = nearest(kind, known)
        advice = f"did you mean {close}://?" if close else "http:// is that of a server"
        return f"MLflow knows no {kind}://; {advice}"
    return _sqlite_problem(address)


def shared_problem(ledger: str, mlflow: str) -> str:
    """What is wrong with these two addresses together; empty if nothing is."""
    if _opened(ledger) is None or _opened(ledger) != _opened(mlflow):
        return ""
    return "is the database of the ledger (storage) too; each needs one of its own, such as sqlite:///mlflow.db"


def shared_cluster() -> str:
    """The address of the Ray cluster that RAY_ADDRESS names; empty where each launch has one of its own."""
    address = os.environ.get("RAY_ADDRESS", "")
    return "" if address == OWN_CLUSTER else address


def sqlite_file(address: str) -> Path | None:
    """The file of an address of SQLite; None of any other address."""
    found = re.fullmatch(r"sqlite(?:\+\w+)?:///([^?]+)(?:\?.*)?", address)
    return Path(found[1]) if found else None


def absolute(address: str) -> str:
    """The same address, with the absolute path of an SQLite file: it stays the same in every working directory."""
    path = sqlite_file(address)
    return f"sqlite:///{path.absolute()}" if path else address


def _sqlite_problem(address: str) -> str:
    if _kind(address) != "sqlite":
        return ""
    path, (_, _, options) = sqlite_file(address), address.partition("?")
    if path is None or path.name == ":memory:":
        return "is in memory, where nothing would be kept; name a file, as in sqlite:///sweep.db"
    if options:
        return f"takes no options, and {options.partition('&')[0].partition('=')[0]} would have no effect"
    return ""


def _of_sqlite(address: str) -> str:
    """The address of the database that is meant by a file's name; empty where that is none of a database."""
    return f"sqlite:///{address}" if FILE_OF_SQLITE.fullmatch(address) else ""


def _server(address: str) -> str:
    """The host and port where they stand without what belongs before them; else empty. It holds no password."""
    found = SERVER.fullmatch(address)
    return found[1] if found and (re.search(r":\d+$", found[1]) or found[1] in HERE) else ""


def _kind(address: str) -> str:
    """Of the database or server, without the driver."""
    return re.split(r"[+:]", address, maxsplit=1)[0].lower()


def _opened(address: str) -> object:
    """What an address opens, however it is written; None where that cannot be told."""
    path = sqlite_file(address)
    if path is not None:
        return path.resolve()
    try:
        parts = urlsplit(address.replace(" ", "%20"))
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    kind = _kind(address)
    return (kind, host, port or PORTS[kind], parts.path) if kind in PORTS and host else None


def problems(addresses: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The fields with a problem, and the problem of each; addresses: of the fields `storage` and `tracking`."""
    found = {"storage": ledger_problem(addresses["storage"]), "tracking": mlflow_problem(addresses["tracking"])}
    found["tracking"] = found["tracking"] or shared_problem(addresses["storage"], addresses["tracking"])
    yield from ((field, problem) for field, problem in found.items() if problem)
