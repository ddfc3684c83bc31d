"""What an answer of MLflow's may take: its client would read a slow or an endless one for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests import PreparedRequest, Response
from typing_extensions import override
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from sweep.core.http_answers import LimitedResponse, Limits, limited
from sweep.tracking import mlflow_private

A_READ = 10.0  # seconds, where the client names none
READS = 2  # an answer may take as long as so many of its reads
ANSWER_BYTES = 50_000_000  # a page of a thousand runs has ten
FILE_BYTES = 2_000_000_000
FILE_RATE = 10_000.0  # bytes a second


def enforce() -> None:
    """Limit every answer that MLflow's client gets in this process from now on."""
    mlflow_private.send_through(LimitedAdapter)


@contextmanager
def enforced() -> Iterator[None]:
    """Limit them in the block alone: the process is a user's, who may fetch other things from MLflow."""
    before = mlflow_private.send_through(LimitedAdapter)
    try:
        yield
    finally:
        mlflow_private.send_through(before)


class LimitedAdapter(mlflow_private.Adapter):  # type: ignore[misc]
    """How requests are sent: as MLflow sends them, but no answer takes for ever, nor all memory."""

    @override
    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = POOLS

    @override
    def proxy_manager_for(self, *arguments: Any, **named: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **named)
        manager.pool_classes_by_scheme = POOLS
        return manager

    @override
    def send(
        self, request: PreparedRequest, stream: bool = False, timeout: Any = None, *arguments: Any, **named: Any
    ) -> Response:
        request.headers["Accept-Encoding"] = "identity"  # so that bytes that come are bytes in memory
        with limited(_limits(timeout, is_file=stream)):
            response: Response = super().send(request, stream, timeout, *arguments, **named)
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            response.close()
            raise OSError(f"the answer is in {encoding}, which was not asked for")
        return response


class _Connection(HTTPConnection):
    response_class = LimitedResponse


class _EncryptedConnection(HTTPSConnection):
    response_class = LimitedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _EncryptedConnection


POOLS = {"http": _Pool, "https": _EncryptedPool}


def _limits(timeout: Any, *, is_file: bool) -> Limits:
    """timeout: of one read, in seconds, as requests takes it; a file is read piece by piece."""
    a_read = timeout[1] if isinstance(timeout, tuple) else timeout
    seconds = READS * (a_read or A_READ)
    return Limits(seconds, FILE_BYTES, FILE_RATE) if is_file else Limits(seconds, ANSWER_BYTES)
