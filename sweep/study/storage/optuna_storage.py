"""Opens Optuna's storage, to write or to read only."""

import weakref
from collections.abc import Callable
from typing import TypeVar

import optuna
import sqlalchemy as sa
from optuna.exceptions import DuplicatedStudyError, StorageInternalError
from optuna.storages import RDBStorage
from optuna.study import StudyDirection

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.study.storage import database

PRE_PING = {"pool_pre_ping": True}  # a connection that the server has dropped is made anew

S = TypeVar("S", bound=RDBStorage)


def open_storage(url: str) -> RDBStorage:
    """The storage at an address; its tables are made where they lack. Raises ServiceUnavailable.

    Its connections are closed when it is no longer used.
    """

    def create() -> RDBStorage:
        return database.creating(lambda: RDBStorage(url, engine_kwargs=dict(PRE_PING)))

    storage = _opened(url, create)
    weakref.finalize(storage, storage.engine.dispose).atexit = False
    database.tune(storage.engine)
    return storage


def read_storage(url: str) -> RDBStorage:
    """The storage at an address that has Optuna's tables, through connections that cannot write.

    Raises ServiceUnavailable.
    """
    return _opened(url, lambda: RDBStorage(url, PRE_PING | database.read_only(url), skip_table_creation=True))


def create_study(storage: RDBStorage, name: str, goal: str) -> int:
    """The id of a study in its storage, created with this goal (minimize or maximize) if it is not there."""
    try:
        return storage.create_new_study([StudyDirection[goal.upper()]], name)
    except DuplicatedStudyError:
        return storage.get_study_id_from_name(name)


def close_storage(storage: RDBStorage) -> None:
    """Close the connections of a storage."""
    storage.remove_session()
    storage.engine.dispose()


def _opened(url: str, create: Callable[[], S]) -> S:
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # its lines on each new study are no news to the user
    try:
        return create()
    except RuntimeError as error:  # another version of Optuna has made the tables; the error names the command to run
        raise ServiceUnavailable(f"storage: {redact.address(url)}: {error}") from None
    except (sa.exc.SQLAlchemyError, StorageInternalError, ImportError, ValueError) as error:
        raise database.unavailable(url, error) from None
